"""What the vendor's own sales may say of a deal, and what of it a ledger notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _

from deals.models import DirectDeal
from deals.rules.declared import wrong_families
from programs.document import ProgramDocument
from tenants.writing import Reason

State = DirectDeal.State


def wrong_days(before: str | None, deal: Mapping[str, Any]) -> Reason | None:
    """Why a deal with these values, in the state ``before`` until now, cannot be recorded."""
    state, opened, closed = deal["state"], deal["opened_on"], deal["closed_on"]
    if state not in State.values:
        return Reason(
            "unknown_state",
            _("“%(state)s” is no state of a deal.") % {"state": state},
            fix=_("Write open, won or lost."),
            pointer="state",
        )
    if before is not None and state != before and state not in DirectDeal.TRANSITIONS[before]:
        return Reason(
            "wrong_step",
            _("The deal is closed already, as %(state)s.") % {"state": State(before).label.lower()},
            fix=_("If that was wrong, record it as open first."),
            pointer="state",
        )
    if state == State.OPEN and closed is not None:
        words = _("An open deal has no day on which it was closed.")
        return Reason("closed_on_open", words, fix=_("Leave it empty."), pointer="closed_on")
    if state != State.OPEN and closed is None:
        words = _("On which day was the deal closed?")
        return Reason("closed_on_missing", words, fix=_("Give the day."), pointer="closed_on")
    if closed is not None and closed < opened:
        words = _("The deal was closed before it was opened.")
        return Reason(
            "span_reversed", words, fix=_("Correct one of the days."), pointer="closed_on"
        )
    return None


def wrong_deal(
    before: str | None, deal: Mapping[str, Any], document: ProgramDocument | None
) -> Reason | None:
    """``wrong_days``, or what of the deal's families is not among those of the program in force."""
    return wrong_days(before, deal) or next(iter(wrong_families(deal["families"], document)), None)


def touch_of(before: Mapping[str, Any], after: Mapping[str, Any], *, moved: bool = False) -> str:
    """What the ledger notes of a change: ``opened``, ``won``, ``lost``, ``touched``, or nothing.
    ``before`` is empty for a new deal; one that ``moved`` is new to its account."""
    state = after["state"]
    if not before or moved or before["state"] != state:
        return "opened" if state == State.OPEN else str(state)
    return "touched" if after["touched_on"] > before["touched_on"] else ""
