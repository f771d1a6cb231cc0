"""What a partner plans for a renewal, and what came of it. Only the partner says either."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.utils.translation import gettext as _

from deals.models import Renewal
from deals.rules.renewals import wrong_outcome
from partners.actions.contracts import refuse_staff
from partners.actions.writing import changed, fresh, held_partner, refused, written
from partners.models import ServiceContract
from tenants import scope
from tenants.writing import Refused, action, record_event


@action("renewals.write")
def plan_renewal(
    renewal: Renewal,
    *,
    at: dt.datetime,
    stage: str | None = None,
    at_risk: bool | None = None,
    next_step: str | None = None,
    next_step_on: dt.date | str | None = "",
) -> Renewal:
    """Say how far the talks are and what comes next; what is left out stays.

    ``next_step_on`` is a vendor's day, ``None`` takes it away. Raises ``Refused``:
    ``partner_only``, ``already_settled``, ``partner_exited``, ``invalid``.
    """
    renewal = _held(renewal)
    if renewal.outcome:
        raise refused("already_settled", _("This renewal is settled."))
    wanted: dict[str, Any] = {
        "stage": stage,
        "at_risk": at_risk,
        "next_step": None if next_step is None else next_step.strip(),
    }
    values = {name: value for name, value in wanted.items() if value is not None}
    if next_step_on != "":
        values["next_step_on"] = next_step_on
    found = changed(renewal, values)
    if found:
        _touch(renewal, at)
        record_event("renewal.planned", renewal, data={"fields": sorted(found)})
    return renewal


@action("renewals.write")
def record_outcome(
    renewal: Renewal,
    *,
    outcome: str,
    at: dt.datetime,
    on: dt.date,
    reason: str = "",
    competitor: str = "",
    note: str = "",
    next_contract: ServiceContract | None = None,
) -> Renewal:
    """Record what came of the renewal, on the vendor's day ``on``.

    ``next_contract`` is the contract that follows, or the same one where new terms were agreed.
    What the clock assumed may be corrected; what a person said stays. Raises ``Refused``:
    ``partner_only``, ``unknown_outcome``, ``already_settled``, ``too_early``, ``reason_missing``,
    ``contract_of_lost``, ``other_customer``, ``no_new_terms``, ``contract_too_short``,
    ``partner_exited``.
    """
    renewal = _held(renewal)
    if next_contract is not None:
        next_contract = fresh(next_contract)
    wrong = wrong_outcome(renewal, outcome, reason, next_contract, on)
    if wrong is not None:
        raise Refused(wrong.code, wrong.detail, reasons=[wrong])
    lost, before = outcome == Renewal.Outcome.LOST, renewal.outcome
    renewal.outcome = outcome
    renewal.reason = reason if lost else ""
    renewal.competitor = competitor.strip() if lost else ""
    renewal.note = note.strip()
    renewal.next_contract = next_contract
    renewal.settled_at, renewal.settled_by_id = at, scope.current().person_id
    names = ["outcome", "reason", "competitor", "note", "next_contract", "settled_at", "settled_by"]
    written(renewal, only=names)
    _touch(renewal, at)
    # The event says that there is an outcome; which one is the partner's to share.
    record_event("renewal.settled", renewal, data={"corrected": bool(before)})
    return renewal


def _held(renewal: Renewal) -> Renewal:
    held_partner(renewal.partner)
    refuse_staff()
    return fresh(renewal)


def _touch(renewal: Renewal, at: dt.datetime) -> None:
    renewal.updated_at = at
    written(renewal, only=["updated_at"])
