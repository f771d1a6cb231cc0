"""List filters of the admin: one choice from a list, rows named by their public id."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from tenants.event_words import subject_words
from tenants.labels import event_kinds, partners_listed


class ChoiceFilter(admin.SimpleListFilter):
    """One value from a drop-down list; hundreds of links would bury the other filters."""

    template = "admin/vendor_filter.html"

    def choices(self, changelist: Any) -> Iterator[Any]:
        for value, words in [("", _("All")), *self.lookup_choices]:
            chosen = str(value) == (self.value() or "")
            yield {"value": value, "display": words, "selected": chosen, "query_string": ""}


@functools.cache
def ref_filter(field: Any) -> type[ChoiceFilter]:
    """The list filter of a foreign key: the scope's rows, by their public id."""

    class RefFilter(ChoiceFilter):
        title = field.verbose_name
        parameter_name = field.name

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(row.ref, str(row)) for row in field.related_model.objects.all()]

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            if not self.value():
                return queryset
            chosen = field.related_model.objects.by_ref(self.value())
            return queryset.filter(**{field.name: chosen}) if chosen else queryset.none()

    return RefFilter


class EventKindFilter(ChoiceFilter):
    title = _("what happened")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return event_kinds()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


class EventPartnerFilter(ChoiceFilter):
    """Every partner of the vendor; the log's index by partner answers, however old the event."""

    title = _("partner")
    parameter_name = "partner"

    def has_output(self) -> bool:
        return True  # without it a partner in the address would be ignored where none is listed

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(one.ref, one.name) for one in partners_listed()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        chosen = [one.pk for one in partners_listed() if one.ref == self.value()]
        return queryset.filter(partner_id__in=chosen)


class EventSubjectFilter(ChoiceFilter):
    title = _("about")
    parameter_name = "subject_kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return subject_words()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(subject_kind=self.value()) if self.value() else queryset
