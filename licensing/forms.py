"""The shape of what the portal asks before it asks the gate."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.actions import MAX_SEATS
from licensing.rules import GateInputs
from partners.words import words_of
from programs.document import GENERAL, ProgramDocument


class SeatsForm(forms.Form):
    """How many seats shall run at the customer, and in which environment."""

    seats = forms.IntegerField(
        label=_("Seats afterwards"),
        min_value=0,
        max_value=MAX_SEATS,
        help_text=_("The quantity that runs when this is done, not the difference."),
    )
    environment = forms.ChoiceField(
        label=_("Environment of these seats"),
        help_text=_("The classes recorded for the customer always count as well."),
    )

    def __init__(
        self, *args: Any, document: ProgramDocument, held: GateInputs, **kwargs: Any
    ) -> None:
        kwargs.setdefault(
            "initial", {"seats": held.before or None, "environment": held.environments[-1]}
        )
        super().__init__(*args, **kwargs)
        gates = document.products[held.product].gates if held.product in document.products else {}
        offered = [GENERAL, *(code for code in document.environments if code in gates)]
        field = self.fields["environment"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(code, words_of(code)) for code in dict.fromkeys(offered)]


class CustomerPick(forms.Form):
    """At which customer to deploy; the choice leads to its seats page."""

    customer = forms.ChoiceField(label=_("Customer"))

    def __init__(self, *args: Any, customers: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["customer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.ref, row.name) for row in customers]
