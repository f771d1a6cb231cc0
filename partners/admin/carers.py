"""Who stands beside a partner's account manager, on the partner's admin page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.actions.handovers import assign_specialist, end_assignment
from partners.admin.forms import SpecialistForm
from partners.forms import DayField
from partners.models import Partner, PortfolioEntry, ServiceScope
from partners.rules.relations import beside_managers
from tenants.clock import today
from tenants.vendor_admin import Button


def carer_buttons(*, shown: Callable[[Any], bool]) -> tuple[Button, Button]:
    """Assign a specialist (where ``shown``); end what stands beside the account manager."""
    return (
        Button(
            "specialist",
            _("Assign specialist"),
            assign_specialist,
            form=SpecialistForm,
            shown=shown,
            note=_(
                "Beside the account manager, for one service: sees the partner and gets the "
                "alerts of that service's tracks."
            ),
        ),
        Button(
            "end_assignment",
            _("End assignment"),
            _end,
            form_of=_form_of,
            shown=lambda partner: bool(_beside(partner)),
            done=_("Ended: the day is recorded."),
            note=_("A specialist's or a stand-in's. An account manager is followed by another."),
        ),
    )


def _end(partner: Partner, *, entry: str, on: dt.date) -> PortfolioEntry:
    row = next(one for one in _beside(partner) if one.ref == entry)
    return end_assignment(row, on=on)


_end.capability = end_assignment.capability  # type: ignore[attr-defined]


def _beside(partner: Partner) -> list[PortfolioEntry]:
    return list(beside_managers(today()).filter(partner=partner))


def _form_of(partner: Partner) -> type[forms.Form]:
    services = dict(ServiceScope.choices)
    choices = []
    for row in _beside(partner):
        kind = services.get(row.scope) or row.get_kind_display()
        choices.append((row.ref, f"{row.person.name} · {kind}"))
    entry = forms.ChoiceField(label=_("assignment"), choices=choices)
    on = DayField(label=_("first day without"), initial=today)
    return type("EndAssignmentForm", (forms.Form,), {"entry": entry, "on": on})
