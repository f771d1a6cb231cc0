"""Definitions of custom fields in the vendor's admin."""

from __future__ import annotations

import re
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import slugify
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from partners.actions import fields as actions
from partners.models import CustomField
from programs.compiled import declared
from programs.models import PartnerType
from tenants.admin_filters import ChoiceFilter
from tenants.clock import today
from tenants.edges import with_now
from tenants.vendor_admin import Button, VendorAdmin


class ChoicesField(forms.CharField):
    """Choices, a line for each: ``north: North``; without a code one is made of the label."""

    widget = forms.Textarea(attrs={"rows": 5})

    def prepare_value(self, value: Any) -> Any:
        """Lines of what is recorded."""
        if isinstance(value, list):
            return "\n".join(f"{choice['code']}: {choice['label']}" for choice in value)
        return value

    def to_python(self, value: Any) -> Any:
        """``[{"code", "label"}]``."""
        found = []
        for line in str(value or "").splitlines():
            code, colon, label = line.partition(":")
            if not line.strip():
                continue
            label = (label if colon else code).strip()
            code = code.strip() if colon else slugify(label).replace("-", "_")
            if not re.fullmatch(r"[a-z0-9][a-z0-9_]{0,39}", code):
                words = _("Codes of choices are small letters, digits and _: “%(code)s” is not.")
                raise forms.ValidationError(words % {"code": code[:60]})
            found.append({"code": code, "label": label[:80]})
        return found

    def validate(self, value: Any) -> None:
        """Whether there must be choices is for the rule."""

    def run_validators(self, value: Any) -> None:
        """Lengths are seen to above."""

    def has_changed(self, initial: Any, data: Any) -> bool:
        return bool(self.prepare_value(initial) != data)


class FieldForm(forms.ModelForm):  # type: ignore[type-arg]
    choices = ChoicesField(
        label=_("choices"),
        required=False,
        help_text=_("A line for each, like “north: North”. Only for choices."),
    )
    partner_types = forms.MultipleChoiceField(
        label=_("partner types"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("Asked of these; none chosen: of all."),
    )

    class Meta:
        model = CustomField
        exclude: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "partner_types" in self.fields:
            types = declared(PartnerType.objects.all(), today())
            found = {row.code: row.name for row in types}
            found |= {c: c for c in self.instance.partner_types if c not in found}
            self.fields["partner_types"].choices = list(found.items())  # type: ignore[attr-defined]


class InUseFilter(ChoiceFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("used", _("In use")), ("archived", _("Archived"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        return queryset.filter(archived_at__isnull=self.value() == "used")


def _archived(field: CustomField) -> bool:
    return field.archived_at is not None


@admin.register(CustomField)
class CustomFieldAdmin(VendorAdmin):
    """Further fields of applications, partners and customers: asked for in every form, in the API
    and in files."""

    job, icon, job_order = "settings", "list_alt", 40
    blank = _("Define what else your partners and customers are asked for.")
    list_display = ("label", "subject", "kind", "access", "required", "order", "archived_at")
    list_filter = ("subject", InUseFilter)
    search_fields = ("label", "code")
    form = FieldForm
    show = (
        "subject", "code", "kind", *actions.CHANGEABLE, "values_recorded", "archived_at",
    )  # fmt: skip
    add_action = actions.define_field
    add_form = FieldForm
    add_fields = ("subject", "code", "label", "kind", *actions.CHANGEABLE[1:])
    change_action = actions.change_field
    change_fields = actions.CHANGEABLE
    buttons = (
        Button(
            "archive",
            _("Archive"),
            with_now(actions.archive_field),
            shown=lambda field: not _archived(field),
            done=_("Archived: nobody is asked for it any more, and its values stay."),
        ),
        Button("restore", _("Restore"), actions.restore_field, shown=_archived),
        Button(
            "delete",
            _("Delete"),
            actions.delete_field,
            tone="danger",
            shown=lambda field: not actions.uses_of(field),
            done=_("Deleted."),
        ),
    )

    @admin.display(description=_("values recorded"))
    def values_recorded(self, field: CustomField) -> int:
        return actions.uses_of(field)
