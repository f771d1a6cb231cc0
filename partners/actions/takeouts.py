"""A partner takes out all its own data, also after leaving, for as long as its people sign in."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from partners.actions.writing import held_partner, refused, written
from partners.models import Partner, TakeOut
from tenants import scope
from tenants.actions.files import keep
from tenants.files import Document
from tenants.writing import action, record_event


@action("data.take_out")
def ask_take_out(partner: Partner, *, at: dt.datetime) -> TakeOut:
    """Ask for a ZIP of everything that the partner may see; a job makes it.

    Raises ``Refused``: ``already_asked``.
    """
    partner = held_partner(partner, living=False)
    if TakeOut.objects.filter(partner=partner, state=TakeOut.State.ASKED).exists():
        raise refused("already_asked", _("One is being made already."))
    row = written(
        TakeOut(
            partner=partner,
            state=TakeOut.State.ASKED,
            asked_by_id=scope.current().person_id,
            asked_at=at,
        )
    )
    record_event("takeout.asked", row)
    return row


@action("data.take_out")
def note_progress(take_out: TakeOut, *, done: int, total: int, rows: int) -> None:
    """Say how far the job is; no event: it says nothing that outlives the job."""
    TakeOut.objects.filter(pk=take_out.pk, state=TakeOut.State.ASKED).update(
        done=done, total=total, rows=rows
    )


@action("data.take_out")
def finish_take_out(
    take_out: TakeOut, document: Document | None, *, rows: int, at: dt.datetime
) -> bool:
    """Keep the ZIP, or say that it failed (``None``); returns false where another run was first."""
    held_partner(take_out.partner, living=False)
    row = TakeOut.objects.filter(pk=take_out.pk, state=TakeOut.State.ASKED).first()
    if row is None:
        return False
    if document is not None:
        row.file = keep(document, partner_id=row.partner_id, at=at)
    row.state = TakeOut.State.READY if document else TakeOut.State.FAILED
    row.finished_at, row.rows = at, rows
    written(row, only=["file", "state", "finished_at", "rows"])
    data = {"rows": rows, **({"sha256": document.sha256} if document else {})}
    record_event("takeout.ready" if document else "takeout.failed", row, data=data)
    return True
