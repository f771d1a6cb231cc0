"""Custom fields on the admin pages of partners and customers: shown, filtered, written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from partners.field_forms import CountryField, WithCustom
from partners.fields_shown import custom_facts
from partners.models import CustomField
from partners.rules.field_sets import asked_fields, fields_of, filled, holding
from partners.rules.fields import Kind, read
from partners.words import country_name
from tenants.admin_filters import ChoiceFilter
from tenants.vendor_admin import Button, VendorAdmin

FILLED, EMPTY = "any", "none"


def custom_button(verb: Callable[..., Any], *, shown: Callable[[Any], bool]) -> Button:
    """The button that asks for the record's custom fields and gives them to ``verb``."""
    return Button(
        "custom",
        _("Custom fields"),
        verb,
        form_of=_form_of,
        shown=lambda row: shown(row) and bool(asked_fields(row, writable=True)),
        done=_("Saved."),
    )


def _form_of(row: Any) -> Callable[..., Any]:
    def make(*args: Any) -> WithCustom:
        form = WithCustom(*args)
        form.ask_of(row)
        return form

    return make


class CustomRecordAdmin(VendorAdmin):
    """A page of rows that have custom fields of ``custom_subject``."""

    custom_subject = ""

    @admin.display(description=_("custom fields"))
    def custom_fields(self, row: Any) -> str:
        facts = [(fact["label"], fact["value"]) for fact in custom_facts(row)]
        return format_html_join("", "<div>{}: {}</div>", facts) or "–"

    @admin.display(description=_("country"), ordering="country")
    def country_words(self, row: Any) -> str:
        return country_name(row.country)

    def formfield_for_dbfield(self, db_field: Any, request: Any, **kwargs: Any) -> Any:
        """A country is chosen by its name."""
        if db_field.name == "country":
            return CountryField(required=not db_field.blank)
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        own = [_filter_of(field) for field in fields_of(self.custom_subject)]
        return [*super().get_list_filter(request), *own]


def _filter_of(field: CustomField) -> type[ChoiceFilter]:
    """Choices by choice; anything else by whether it is recorded."""
    chosen = [(choice["code"], choice["label"]) for choice in field.choices]
    if field.kind == Kind.BOOLEAN:
        chosen = [("yes", _("Yes")), ("no", _("No"))]

    class CustomListFilter(ChoiceFilter):
        title = field.label
        parameter_name = field.pointer

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
            return [*chosen, (FILLED, _("Recorded")), (EMPTY, _("Not recorded"))]

        def queryset(self, request: HttpRequest, queryset: Any) -> Any:
            wanted = self.value()
            if not wanted:
                return queryset
            if wanted in (FILLED, EMPTY):
                has = filled(field)
                return queryset.filter(has) if wanted == FILLED else queryset.exclude(has)
            found = read(field, wanted)
            return (
                queryset.none() if found.problem else queryset.filter(holding(field, found.value))
            )

    return CustomListFilter
