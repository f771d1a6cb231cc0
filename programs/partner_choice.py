"""Choosing a partner to try a program on: by its public id, or by a part of its name."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from programs.gathering import active_partners, partner_refs

MATCHES_SHOWN = 12


@dataclass(frozen=True)
class Chosen:
    """An active partner: key, public id, name."""

    pk: int
    ref: str
    name: str


def partners_like(wanted: str, on: dt.date) -> list[Chosen]:
    """Active partners (on the vendor's day) whose name has the words, those that begin so first."""
    text = wanted.strip().casefold()
    names = active_partners(on)
    found = [(pk, name) for pk, name in names.items() if text in name.casefold()]
    found.sort(key=lambda pair: (not pair[1].casefold().startswith(text), pair[1].casefold()))
    shown = found[:MATCHES_SHOWN]
    refs = partner_refs([pk for pk, _name in shown])
    return [Chosen(pk, refs[pk], name) for pk, name in shown if pk in refs]


def chosen_partner(ref: str, on: dt.date) -> Chosen | None:
    """The active partner of a public id; None for another id."""
    if not ref:
        return None
    names = active_partners(on)
    refs = partner_refs(list(names))
    return next((Chosen(pk, one, names[pk]) for pk, one in refs.items() if one == ref), None)
