"""Addresses of the admin name rows by their public id (``prt_0199…``).

The table's own numbers are shared by all vendors: a new row's number would tell how much the
others do. So neither an address, a link nor a filter carries one; and none is understood.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.views import ChangeList

from tenants.admin_filters import ref_filter
from tenants.rows import VendorRow, parse_public_id


def address_of(row: VendorRow, page: str = "change") -> str:
    """The row's admin page, or nothing where its kind has none."""
    try:
        return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_{page}", args=[row.ref])
    except NoReverseMatch:
        return ""


def linked(row: VendorRow | None, words: str = "") -> str | SafeString:
    """The row's name as a link to its admin page; a dash where there is no row."""
    if row is None:
        return "–"
    if not (address := address_of(row)):
        return words or str(row)
    return format_html('<a class="text-link" href="{}">{}</a>', address, words or row)


class RefChangeList(ChangeList):
    """The list, with links that name rows by their public id."""

    def url_for_result(self, result: Any) -> str:
        return address_of(result)


@functools.cache
def link_column(field: Any) -> Callable[[Any], Any]:
    """A read-only column that links to the row a foreign key names."""

    def show(obj: Any) -> Any:
        return linked(getattr(obj, field.name))

    show.short_description = field.verbose_name  # type: ignore[attr-defined]
    show.__name__ = field.name
    return show


class PublicAddresses:
    """Mixed into ``VendorAdmin``: rows are found, listed, linked and filtered by public id."""

    model: type[Any]

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        found = parse_public_id(self.model, object_id)
        if found is None:
            return None
        return self.get_queryset(request).filter(public_id=found).first()  # type: ignore[attr-defined]

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Any]:
        return RefChangeList

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        declared = super().get_list_filter(request)  # type: ignore[misc]
        return [ref_filter(key) if (key := self._foreign_key(e)) else e for e in declared]

    def _foreign_key(self, name: Any) -> Any:
        """The field where ``name`` is a foreign key of the model to a vendor's row."""
        fields = {f.name: f for f in self.model._meta.concrete_fields if f.is_relation}
        field = fields.get(name) if isinstance(name, str) else None
        return field if field is not None and issubclass(field.related_model, VendorRow) else None
