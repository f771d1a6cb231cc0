"""Setting a step of onboarding aside, on a partner's admin page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from partners.actions.onboarding import waive_step
from partners.admin.forms import lines
from partners.models import Partner
from partners.rules.onboarding import Asked, checklists
from tenants.clock import today
from tenants.edges import with_now
from tenants.vendor_admin import Button


def waive_button(*, shown: Callable[[Any], bool]) -> Button:
    """The button that sets an open step aside, with the reason."""
    return Button(
        "waive",
        _("Set a first step aside"),
        with_now(_waive),
        form_of=_form_of,
        shown=lambda partner: shown(partner) and bool(_open(partner)),
        done=_("Set aside: it holds nothing back any more."),
    )


def _waive(partner: Partner, *, step: str, reason: str, at: dt.datetime) -> Any:
    kind, _dot, code = step.partition(".")
    return waive_step(partner, type=kind, code=code, reason=reason, at=at)


_waive.capability = waive_step.capability  # type: ignore[attr-defined]


def _open(partner: Partner) -> list[Asked]:
    return [one for one in checklists([partner.pk], today())[partner.pk] if one.done is None]


def _form_of(partner: Partner) -> type[forms.Form]:
    choices = [(f"{one.type}.{one.code}", one.step.title) for one in _open(partner)]
    step = forms.ChoiceField(label=_("step"), choices=choices)
    return type("WaiveForm", (forms.Form,), {"step": step, "reason": lines(_("reason"))})
