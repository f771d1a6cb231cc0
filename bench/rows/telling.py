"""The sweep that tells machines of stages and authorisations that changed."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

from bench.measuring import Measured, in_turns, row, seconds
from bench.rows.portfolio import AT, PARTNERS, seeded
from bench.statements import load, sent_by
from bench.world import World

ROUNDS = 5
LATER = dt.timedelta(days=40)
"""After it the certificates of a third have ended: those gates stand in the stages of a lapse."""


@row("standing.told", target=10.0, better="lower")
def standing_told(world: World) -> Measured:
    """What holds at 2,000 partners, a third of them in a lapse, compared with what was told, with
    nothing new; against the statements it sent, sent again bare past row-level security, their
    rows fetched."""
    from django.db import connection

    from licensing.actions import tell_standing
    from tenants import scope

    world.fresh("standing_told")
    vendor_id = seeded(lapse={"expiry": {"block_new_after": 14, "block_growth_after": 60}})
    at = AT + LATER
    world.run("ANALYZE")
    connection.close()
    with scope.entered_vendor(vendor_id), closing(world.connect()) as bare:

        def told() -> int:
            return tell_standing(on=at.date(), at=at)

        changed: list[int] = []
        first = seconds(lambda: changed.append(told()))
        if changed[0] < PARTNERS // 4:
            raise RuntimeError(f"{changed[0]} changes: hardly anything is in a lapse.")
        # Apart from what only holds a transaction together.
        sent = [one for one in sent_by(told) if one[0].startswith("SELECT")]
        found, limit = in_turns(
            lambda: seconds(told), lambda: seconds(lambda: load(bare, vendor_id, sent)), ROUNDS
        )
    note = (
        f"{found:.2f} s of {limit:.2f} s, {len(sent)} statements; {changed[0]} new: {first:.2f} s"
    )
    return Measured(found / limit, ROUNDS, note)
