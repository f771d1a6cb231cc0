"""The shape of what is asked about a renewal. Whether it may happen is the actions' to say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from deals.models import Renewal
from partners.contracts_shown import end_words, services_words
from partners.forms import DayField
from partners.models import ServiceContract


class PlanForm(forms.Form):
    stage = forms.ChoiceField(label=_("Stage"), choices=Renewal.Stage.choices)
    at_risk = forms.BooleanField(
        label=_("At risk"), required=False, help_text=_("The customer may leave or shrink.")
    )
    next_step = forms.CharField(
        label=_("Next step"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"data-wide": True}),
    )
    next_step_on = DayField(label=_("By"), required=False)

    def __init__(self, *args: Any, held: Renewal, **kwargs: Any) -> None:
        names = ("stage", "at_risk", "next_step", "next_step_on")
        kwargs["initial"] = {name: getattr(held, name) for name in names}
        super().__init__(*args, **kwargs)


class OutcomeForm(forms.Form):
    outcome = forms.ChoiceField(label=_("What came of it"), widget=forms.RadioSelect)
    next_contract = forms.ChoiceField(
        label=_("Contract that follows"),
        required=False,
        help_text=_("Where it is recorded already; it can also be left out."),
    )
    reason = forms.ChoiceField(
        label=_("Why it was lost"),
        choices=[("", _("Not lost")), *Renewal.Reason.choices],
        required=False,
    )
    competitor = forms.CharField(label=_("Went to"), max_length=120, required=False)
    note = forms.CharField(
        label=_("Note"), max_length=500, required=False, widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, held: Renewal, on: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = dict(Renewal.Outcome.choices)
        self.fields["outcome"].choices = [(one, names[one]) for one in Renewal.SAID]  # type: ignore[attr-defined]
        self.contracts = {row.ref: row for row in _follow(held, on)}
        shown = [
            (ref, f"{services_words(row)} · {end_words(row, on)}")
            for ref, row in self.contracts.items()
        ]
        self.fields["next_contract"].choices = [("", _("None recorded")), *shown]  # type: ignore[attr-defined]

    def clean_next_contract(self) -> ServiceContract | None:
        """The contract chosen, of those offered."""
        return self.contracts.get(self.cleaned_data["next_contract"])


def _follow(held: Renewal, on: dt.date) -> list[ServiceContract]:
    """The customer's contracts that run past the term which is decided on."""
    rows = ServiceContract.objects.filter(
        Q(until__isnull=True) | Q(until__gt=held.term_end),
        customer_id=held.contract.customer_id,
        terms__isnull=False,
    )
    return list(rows.select_related("terms"))
