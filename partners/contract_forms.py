"""The shape of a service contract's form, and of the choices who can see it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.forms import DayField
from partners.models import Billing, Duty, ServiceContract, ServiceScope, SharingChoice
from partners.rules.agreeing import SEVERITIES, TIMES
from partners.rules.sharing import FIELDS, Sharing


class ContractForm(forms.Form):
    """A new contract; ``held`` is the one whose terms change."""

    scopes = forms.MultipleChoiceField(
        label=_("Services"), choices=ServiceScope.choices, widget=forms.CheckboxSelectMultiple
    )
    duties = forms.MultipleChoiceField(
        label=_("Duties"),
        choices=Duty.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    since = DayField(label=_("Start"))
    months = forms.IntegerField(
        label=_("Months of a term"), required=False, help_text=_("Typically 12 to 36.")
    )
    ends_on = DayField(
        label=_("End"),
        required=False,
        help_text=_("First day after the term. Empty: after the months above; without both the "
                    "contract is evergreen."),
    )  # fmt: skip
    auto_renews = forms.BooleanField(label=_("Renews by itself"), required=False)
    notice_days = forms.IntegerField(label=_("Days of notice"), required=False, initial=0)
    fee = forms.DecimalField(
        label=_("Fee"),
        max_digits=14,
        decimal_places=2,
        required=False,
        help_text=_("What the customer pays you per billing period."),
    )
    currency = forms.CharField(label=_("Currency"), max_length=3, required=False)
    billing = forms.ChoiceField(label=_("Billing"), choices=Billing.choices)
    uptime = forms.DecimalField(
        label=_("Promised uptime, percent"), max_digits=6, decimal_places=3, required=False
    )
    credit = forms.DecimalField(
        label=_("Service credit, percent of the fee"),
        max_digits=5,
        decimal_places=2,
        required=False,
        help_text=_("At most, where a promise is missed."),
    )
    external_id = forms.CharField(label=_("Your own id"), max_length=120, required=False)

    TIMES = {"response": _("first response"), "restoration": _("restoration")}

    def __init__(
        self, *args: Any, on: dt.date, held: ServiceContract | None = None, **kwargs: Any
    ) -> None:
        kwargs["initial"] = {"since": on} if held is None else _recorded(held, on)
        super().__init__(*args, **kwargs)
        if held is not None:
            del self.fields["scopes"]
            self.fields["since"].label = _("These terms hold from")
            self.fields["since"].help_text = _(
                "The first day of the latest terms corrects those; a later day begins new ones."
            )
        for severity in SEVERITIES:
            for name in TIMES:
                words = {"n": severity.removeprefix("s"), "time": self.TIMES[name]}
                self.fields[f"{name}_{severity}"] = forms.IntegerField(
                    label=_("Severity %(n)s, %(time)s in minutes") % words, required=False
                )
        self.order_fields([*(name for name in self.fields if name != "external_id"), "external_id"])

    def clean(self) -> dict[str, Any]:
        found = super().clean() or {}
        found["promises"] = {
            severity: {name: found.pop(f"{name}_{severity}", None) for name in TIMES}
            for severity in SEVERITIES
        }
        return found


def _recorded(held: ServiceContract, on: dt.date) -> dict[str, Any]:
    terms = held.agreed
    names = (
        "since", "ends_on", "months", "notice_days", "auto_renews", "duties", "billing", "fee",
        "currency", "uptime", "credit",
    )  # fmt: skip
    times = {
        f"{name}_{severity}": terms.promises.get(severity, {}).get(name)
        for severity in SEVERITIES
        for name in TIMES
    }
    own = {name: getattr(terms, name) for name in names}
    return {**own, **times, "external_id": held.external_id}


class SharingForm(forms.Form):
    """Who can see each field: for all customers, or for ``customer_id`` alone."""

    def __init__(
        self,
        *args: Any,
        sharing: Sharing,
        partner_id: int,
        customer_id: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        choices: list[tuple[str, Any]] = list(SharingChoice.Class.choices)
        known = dict(choices)
        for name, (title, _default) in FIELDS.items():
            usual = sharing.share(partner_id, None, name)
            offered, initial = choices, usual
            if customer_id is not None:
                words = _("As for all customers (%(usual)s)") % {"usual": known[usual]}
                offered = [("", words), *choices]
                initial = sharing.chosen(partner_id, customer_id, name)
            self.fields[name] = forms.ChoiceField(
                label=title, choices=offered, initial=initial, required=customer_id is None
            )
