"""The public application and the answer to a question about it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.actions.applications import applicants_fields
from partners.field_forms import CountryField, WithCustom
from partners.models import Application
from programs.models import PartnerType

OWN = ("company", "domain", "country", "contact_name", "contact_email", "message")


class ApplicationForm(WithCustom):
    """A company asks to join. ``website`` is a trap: people do not see it, robots fill it.

    ``kind`` is the type applied for, once it is chosen; ``saving``: a draft, where only company and
    address are needed.
    """

    partner_type = forms.ModelChoiceField(
        label=_("You are a"),
        queryset=PartnerType._base_manager.none(),
        to_field_name="code",
        empty_label=_("Choose what fits best"),
    )
    company = forms.CharField(label=_("Company"), max_length=160)
    domain = forms.CharField(label=_("Web site"), max_length=253, required=False)
    country = CountryField()
    contact_name = forms.CharField(label=_("Your name"), max_length=160)
    contact_email = forms.EmailField(
        label=_("Your e-mail"), help_text=_("The answer and your invitation go there.")
    )
    message = forms.CharField(
        label=_("What you do"),
        max_length=2000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    website = forms.CharField(
        required=False, widget=forms.TextInput(attrs={"autocomplete": "off", "tabindex": "-1"})
    )

    def __init__(
        self,
        *args: Any,
        types: list[PartnerType],
        kind: PartnerType | None,
        draft: Application | None = None,
        saving: bool = False,
        **kwargs: Any,
    ) -> None:
        start = {name: getattr(draft, name) for name in OWN} if draft else {}
        kwargs["initial"] = {**start, "partner_type": kind.code if kind else ""}
        super().__init__(*args, **kwargs)
        keys = [row.pk for row in types]
        field = self.fields["partner_type"]
        field.queryset = PartnerType.objects.filter(pk__in=keys)  # type: ignore[attr-defined]
        if saving:
            for name in ("country", "contact_name"):
                self.fields[name].required = False
        if kind is not None:
            field.widget = forms.HiddenInput()
            values = draft.custom if draft else {}
            self.ask(applicants_fields(kind, complete=not saving), values)

    def own(self) -> list[forms.BoundField]:
        """The fields about the company, which every type is asked for."""
        return [self[name] for name in OWN]


class AnswerForm(WithCustom):
    """The answer, and what may be corrected with it."""

    answer = forms.CharField(
        label=_("Your answer"), max_length=4000, widget=forms.Textarea(attrs={"rows": 6})
    )

    def __init__(self, *args: Any, application: Application, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask(applicants_fields(application.partner_type), application.custom)
