"""Filters by custom fields, for the API (``custom.region=north``) and for lists."""

from __future__ import annotations

from typing import Any

import django_filters as filters
from django.db.models import QuerySet

from partners.field_forms import CustomValue
from partners.models import CustomField
from partners.rules.field_sets import fields_of, holding
from partners.rules.fields import PREFIX, Kind
from web.api.problems import wrong_parameter

CHOSEN = (Kind.CHOICE, Kind.SEVERAL, Kind.BOOLEAN)
"""Kinds that a list offers as drop-down lists."""


class CustomFilter(filters.Filter):
    """Rows that hold a value of one custom field; text is compared whole."""

    def __init__(self, definition: CustomField) -> None:
        super().__init__(label=definition.label)
        self.definition = definition

    @property
    def field(self) -> CustomValue:
        """Reads what is asked for by the rule that reads values."""
        return CustomValue(self.definition, asked=False)

    def filter(self, qs: QuerySet[Any], value: Any) -> QuerySet[Any]:
        """Keep the rows that hold the value."""
        return qs if value is None else qs.filter(holding(self.definition, value))


class CustomFilters(filters.FilterSet):
    """A filter set that also knows the vendor's fields of ``custom_subject``.

    ``offered``: a list's form shows those that are choices; an API reads only what is asked for.
    """

    open_prefix = PREFIX
    custom_subject = ""
    offered = False

    def __init__(self, data: Any = None, *args: Any, **kwargs: Any) -> None:
        super().__init__(data, *args, **kwargs)
        asked = {name for name in data or () if name.startswith(PREFIX)}
        if not asked and not self.offered:
            return
        known = {field.pointer: field for field in fields_of(self.custom_subject)}
        for name in sorted(asked - known.keys()) if not self.offered else ():
            words = f"There is no custom field “{name.removeprefix(PREFIX)[:60]}”."
            raise wrong_parameter(name, "unknown_parameter", words)
        for name, field in known.items():
            if name in asked or (self.offered and field.kind in CHOSEN):
                held = CustomFilter(field)
                held.parent, held.model = self, self._meta.model
                self.filters[name] = held
