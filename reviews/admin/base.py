"""What the admin pages of reviews share: the axis in words, actions that are told the day."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from reviews.admin.axes import axis_words, with_axis_title
from tenants.edges import with_now, with_today
from tenants.vendor_admin import VendorAdmin


def dated(action: Any) -> Any:
    """The action told the vendor's day and the instant."""
    return with_now(with_today(action))


class OfAxis(VendorAdmin):
    """Base of what concerns one axis of a type, which it names as the program does."""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return with_axis_title(super().get_queryset(request))

    @admin.display(description=_("axis"), ordering="axis")
    def axis_words(self, row: Any) -> str:
        return axis_words(row) or "–"
