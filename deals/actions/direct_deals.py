"""What the vendor's own sales work on, as its CRM tells it, and the trace it leaves in ledgers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext as _

from deals.actions.accounts import locked_account, note_touch
from deals.models import Account, DirectDeal
from deals.rules.direct_deals import touch_of, wrong_deal
from partners.actions.writing import refused, written
from programs.compiled import program_or_none
from tenants.clock import day_of
from tenants.writing import Reason, Refused, action, changes, record_event

FIELDS = ("title", "families", "state", "opened_on", "closed_on", "touched_on")


@action("accounts.write")
def record_direct_deal(
    account: Account,
    *,
    external_id: str,
    title: str,
    opened_on: dt.date,
    at: dt.datetime,
    families: Sequence[str] = (),
    state: str = DirectDeal.State.OPEN,
    closed_on: dt.date | None = None,
    touched_on: dt.date | None = None,
) -> DirectDeal:
    """Record an opportunity of the vendor's own sales, or what became of the one with this external
    id. Days are the vendor's; without ``touched_on`` the last touch stays, at first the day it was
    opened. ``families`` are codes of product families, none means all.

    What happened stands in the account's ledger. Raises ``Refused``: ``external_id_missing``,
    ``unknown_family``, ``unknown_state``, ``closed_on_missing``, ``span_reversed``,
    ``wrong_step`` (a deal that was won is lost only once it was opened again), ``invalid``.
    """
    external_id = external_id.strip()
    if not external_id:
        words = _("Give the id under which your sales know the deal.")
        raise refused("external_id_missing", words, pointer="external_id")
    account = locked_account(account.pk)
    held = DirectDeal.objects.select_for_update().filter(external_id=external_id).first()
    row = held or DirectDeal(external_id=external_id, touched_on=opened_on)
    before = {name: getattr(row, name) for name in FIELDS} if held else {}
    touched_on = max(filter(None, [touched_on, row.touched_on, closed_on]))
    values = (" ".join(title.split()), [*dict.fromkeys(families)], state, opened_on, closed_on)
    after: dict[str, Any] = dict(zip(FIELDS, (*values, touched_on), strict=True))
    program = program_or_none(day_of(at))
    _refuse(wrong_deal(before.get("state"), after, program.document if program else None))
    moved = held is not None and held.account_id != account.pk
    if not changes(before, after) and not moved:
        return row
    for name, value in after.items():
        setattr(row, name, value)
    row.account, row.updated_at = account, at
    written(row)
    if touch := touch_of(before, after, moved=moved):
        note_touch(account, f"direct_deal.{touch}", told(row), at=at)
    if held is None:
        row.refresh_from_db(fields=["public_id"])
    data = {"account": account.ref, "title": row.title, "state": row.state}
    record_event("direct_deal.changed" if held else "direct_deal.recorded", row, data=data)
    return row


def told(row: DirectDeal) -> dict[str, Any]:
    """What the ledger keeps of the deal as it was."""
    return {"title": row.title, "families": list(row.families)}


def _refuse(wrong: Reason | None) -> None:
    if wrong is not None:
        raise Refused(wrong.code, wrong.detail, reasons=[wrong])
