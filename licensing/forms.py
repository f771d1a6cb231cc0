"""The shape of what the portal asks before it asks the gate."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from licensing.actions import MAX_SEATS
from licensing.rules import GateInputs
from partners.forms import DecisionForm
from partners.models import Customer
from programs.document import GENERAL, ProgramDocument
from web.codes import words_of


class SeatsForm(forms.Form):
    """How many seats shall run at the customer, and in which environment."""

    seats = forms.IntegerField(
        label=_("Quantity afterwards"),
        min_value=0,
        max_value=MAX_SEATS,
        help_text=_("The quantity that runs when this is done, not the difference."),
    )
    environment = forms.ChoiceField(
        label=_("Environment"),
        help_text=_("The classes recorded for the customer always count as well."),
    )

    operator = forms.ChoiceField(
        label=_("Who does the work"),
        required=False,
        help_text=_("The gate asks for a named operator, certified and employed today."),
    )

    def __init__(
        self, *args: Any, document: ProgramDocument, held: GateInputs, names: Any, **kwargs: Any
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
        if not any(gate.operator for gate in gates.values()):
            del self.fields["operator"]
            return
        operator = self.fields["operator"]
        assert isinstance(operator, forms.ChoiceField)
        listed = sorted((names[p.key], p.key) for p in held.facts.own_people if p.key in names)
        operator.choices = [("", _("Nobody named"))] + [(key, name) for name, key in listed]


class BreakGlassForm(forms.Form):
    """Why, and at which customer; a field for a thumb at night."""

    reason = forms.CharField(
        label=_("What happened?"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your account manager reads it in the morning."),
    )


class LowerForm(forms.Form):
    """Which classes stay at the customer, and what proves it."""

    environments = forms.MultipleChoiceField(
        label=_("Environment classes that stay"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What shows that the class no longer applies, and where it can be read."),
    )

    def __init__(self, *args: Any, held: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["environments"]
        assert isinstance(field, forms.MultipleChoiceField)
        field.choices = [(code, words_of(code)) for code in held]
        field.initial = held


class ClassDecisionForm(DecisionForm):
    """Approve that classes are taken away, or refuse with the reason."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("accept", _("Approve: the gate becomes wider")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
    )


class DuplicateForm(forms.Form):
    """Which other customer of the same partner is the same company."""

    duplicate = forms.ModelChoiceField(
        label=_("The duplicate"),
        queryset=Customer._base_manager.none(),
        empty_label=_("Choose a customer"),
    )

    def __init__(self, *args: Any, kept: Customer, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Customer.objects.filter(partner_id=kept.partner_id, until__isnull=True)
        self.fields["duplicate"].queryset = rows.exclude(pk=kept.pk)  # type: ignore[attr-defined]


class ReadDuplicateForm(DuplicateForm):
    """The same where what will stand afterwards is read first: ``read`` is the duplicate of which
    it was."""

    read = forms.CharField(required=False, widget=forms.HiddenInput)


def duplicate_form(kept: Customer) -> Callable[..., DuplicateForm]:
    """The form for one customer that is kept."""
    return partial(DuplicateForm, kept=kept)


class CustomerPick(forms.Form):
    """At which customer to deploy; the choice leads to its seats page."""

    customer = forms.ChoiceField(label=_("Customer"))

    def __init__(self, *args: Any, customers: list[Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["customer"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [(row.ref, row.name) for row in customers]
