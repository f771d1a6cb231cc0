"""Where a renewal stands on a day, and what the clock makes of one that nobody settled; pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from deals.models import Renewal
from partners.models import ServiceContract
from tenants.writing import Reason
from web.templatetags.mainstay import short_date

HOLDOVER_DAYS = 60
"""Days past the end after which an outcome is assumed (glossary, "Renewal rate")."""


class Standing(StrEnum):
    """Where an open renewal stands; a settled one stands at its outcome."""

    AHEAD = "ahead"
    PLANNING = "planning"
    WINDOW = "window"
    DECIDED = "decided"
    """The notice day has passed, the term has not: it renews by itself unless said otherwise."""
    OVERDUE = "overdue"
    SETTLED = "settled"


STANDINGS: Mapping[str, Any] = {
    Standing.AHEAD: gettext_lazy("Later"),
    Standing.PLANNING: gettext_lazy("Coming up"),
    Standing.WINDOW: gettext_lazy("In the window"),
    Standing.DECIDED: gettext_lazy("Notice day passed"),
    Standing.OVERDUE: gettext_lazy("Overdue"),
    Standing.SETTLED: gettext_lazy("Settled"),
}


def standing(row: Renewal, on: dt.date) -> Standing:
    """Where the renewal stands on the vendor's day ``on``."""
    if row.outcome:
        return Standing.SETTLED
    if row.term_end <= on:
        return Standing.OVERDUE
    if row.decision_on < on:
        return Standing.DECIDED
    if row.window_on <= on:
        return Standing.WINDOW
    return Standing.PLANNING if row.planning_on <= on else Standing.AHEAD


def assumed(row: Renewal, *, renews: bool, seats: int, moved: bool, on: dt.date) -> str:
    """The outcome that the clock assumes on the day ``on``, empty while it waits.

    ``renews``: the contract is evergreen or renews by itself; ``seats`` run at the customer;
    ``moved``: the customer, or the whole partner, went to another partner. A contract, or a
    customer, that ended before the term did is decided at once.
    """
    contract, customer = row.contract, row.contract.customer
    ends = [contract.until if contract.ended else None, customer.until]
    early = [day for day in ends if day is not None and day < row.term_end]
    if early and min(early) <= on:
        return Renewal.Outcome.MOVED if moved else Renewal.Outcome.LAPSED
    if row.term_end > on:
        return ""
    if renews and not contract.ended:
        return Renewal.Outcome.AUTO
    if on < row.term_end + dt.timedelta(days=HOLDOVER_DAYS):
        return ""
    if moved:
        return Renewal.Outcome.MOVED
    return Renewal.Outcome.HOLDOVER if seats else Renewal.Outcome.LAPSED


def wrong_outcome(
    row: Renewal, outcome: str, reason: str, next_contract: ServiceContract | None, on: dt.date
) -> Reason | None:
    """Why the outcome cannot be recorded on the day ``on``, or ``None``."""
    if outcome not in Renewal.SAID:
        return Reason("unknown_outcome", _("Choose what came of it."), pointer="outcome")
    if outcome not in Renewal.TRANSITIONS[Renewal.Outcome(row.outcome)]:
        words = {"outcome": row.get_outcome_display(), "day": short_date(row.term_end)}
        return Reason(
            "already_settled",
            _("The renewal of %(day)s is settled: %(outcome)s.") % words,
            fix=_("What comes next is the next term's renewal."),
        )
    if row.planning_on > on:
        detail = _("This term is decided from %(day)s on.") % {"day": short_date(row.planning_on)}
        return Reason("too_early", detail, pointer="outcome")
    if outcome == Renewal.Outcome.LOST and reason not in Renewal.Reason.values:
        return Reason("reason_missing", _("Say why it was lost."), pointer="reason")
    return _wrong_contract(row, outcome, next_contract)


def _wrong_contract(
    row: Renewal, outcome: str, next_contract: ServiceContract | None
) -> Reason | None:
    if next_contract is None:
        return None
    if outcome == Renewal.Outcome.LOST:
        detail = _("A lost renewal has no new contract.")
        return Reason("contract_of_lost", detail, pointer="next_contract")
    if next_contract.customer_id != row.contract.customer_id:
        detail = _("That contract is with another customer.")
        return Reason("other_customer", detail, pointer="next_contract")
    if next_contract.pk == row.contract_id:
        # New terms of the same contract: they have to reach past the end that was decided on.
        if next_contract.until is not None and next_contract.until <= row.term_end:
            detail = _("Its terms end on %(day)s as before: agree new terms first.")
            words = {"day": short_date(next_contract.until)}
            return Reason("no_new_terms", detail % words, pointer="next_contract")
    elif next_contract.until is not None and next_contract.until <= row.term_end:
        detail = _("That contract ends before this term does.")
        return Reason("contract_too_short", detail, pointer="next_contract")
    return None
