"""The gate's lock for whom a decision concerns."""

from __future__ import annotations

import datetime as dt

from licensing.rules.standing import needs_of
from partners.providers import organisations
from programs.compiled import program_or_none
from programs.locks import lock_partners
from tenants import scope
from tenants.clock import day_of


def hold(partner_ids: set[int], at: dt.datetime) -> None:
    """Lock the partners and, where a gate counts their families, those too: whose certificates a
    grant rests on, none of them ends one meanwhile. What to lock is read before the lock, so it is
    asked again under it."""
    on = day_of(at)
    if not _families_count(on):
        lock_partners(partner_ids)
    if not _families_count(on):
        return
    with scope.widen("family"):
        wanted = partner_ids | _relatives(partner_ids, on)
        lock_partners(wanted)
        if joined := _relatives(partner_ids, on) - wanted:
            lock_partners(joined)


def _families_count(on: dt.date) -> bool:
    program = program_or_none(on)
    return program is not None and "organisation" in needs_of(program)[0]


def _relatives(partner_ids: set[int], on: dt.date) -> set[int]:
    found = organisations(partner_ids, on).values()
    return {relative for held in found for relative, *_ in held.family}
