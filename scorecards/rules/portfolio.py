"""The CAM's portfolio: one row per partner, from a constant number of queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace

from licensing.rules import Ground, ground_for
from partners.models import Enrolment, Partner, PortfolioEntry, ServiceScope
from programs.document.types import TIER
from scorecards.rules.signals import (
    Expiry,
    Signal,
    blocked_seats,
    expiries,
    managed_by,
    running_groups,
    signals_of,
    unclassified_customers,
)
from scorecards.rules.todo import Todo, todo_of


@dataclass(frozen=True)
class PortfolioRow:
    """A partner as its account manager reads it. Seats are managed seats (glossary)."""

    partner: Partner
    type_name: str
    level_name: str
    level_rank: int
    cam_name: str
    cam_id: int | None
    seats: int
    blocked: tuple[Signal, ...]
    blocked_seats: int
    expiring: tuple[Expiry, ...]
    people: int
    signals: tuple[Signal, ...] = field(default=())
    beside: tuple[str, ...] = ()

    @property
    def pk(self) -> int:
        return self.partner.pk

    @property
    def name(self) -> str:
        return self.partner.name

    @property
    def ref(self) -> str:
        return self.partner.ref

    @property
    def top(self) -> Signal | None:
        return self.signals[0] if self.signals else None

    @property
    def top_todo(self) -> Todo | None:
        """The most urgent signal in words."""
        return todo_of(self.top) if self.top else None

    @property
    def urgency(self) -> float:
        return self.top.urgency if self.top else 0.0

    @property
    def next_expiry(self) -> dt.date | None:
        return self.expiring[0].until if self.expiring else None

    @property
    def state(self) -> str:
        """``blocked``, ``watch`` (something closes or expires) or ``clear``; suspended apart."""
        if self.partner.status != Partner.Status.ACTIVE:
            return str(self.partner.status)
        if self.blocked:
            return "blocked"
        return "watch" if self.signals else "clear"

    def in_state(self, state: str) -> bool:
        """Whether the filter ``state`` shows it: at a suspended partner everything is blocked."""
        return not state or self.state == state or (state == "blocked" and bool(self.blocked))


def portfolio(partners: Iterable[Partner], on: dt.date) -> list[PortfolioRow]:
    """Rows for ``partners`` on the day ``on``; the most urgent first."""
    held = list(partners)
    ids = [partner.pk for partner in held]
    ground = ground_for(held, on)
    groups = running_groups(ids)
    unclassified = unclassified_customers(
        ids, list(ground.program.document.regulated_verticals), on
    )
    levels = {
        row[0]: row[1:]
        for row in Enrolment.objects.current(on)
        .filter(partner_id__in=ids, axis=TIER)
        .order_by("partner_id", "-level__rank")
        .values_list("partner_id", "partner_type__name", "level__name", "level__rank")
    }
    cams, beside = _carers(ids, on)
    signals = {pk: signals_of(ground, pk, groups.get(pk, []), unclassified) for pk in ids}
    blocked = {
        pk: [signal for signal in found if signal.kind in ("blocked", "suspended")]
        for pk, found in signals.items()
    }
    stuck = blocked_seats(ground, blocked)
    rows = [
        replace(
            _row(ground, partner, signals[partner.pk], blocked[partner.pk], stuck, levels, cams),
            beside=tuple(beside.get(partner.pk, ())),
        )
        for partner in held
    ]
    return sorted(rows, key=lambda row: (-row.urgency, row.name))


def _carers(
    ids: Collection[int], on: dt.date
) -> tuple[dict[int, tuple[str, int]], dict[int, list[str]]]:
    """Per partner its account manager (name, id), and who stands beside, in words."""
    cams: dict[int, tuple[str, int]] = {}
    beside: dict[int, list[str]] = defaultdict(list)
    kinds, scopes = dict(PortfolioEntry.Kind.choices), dict(ServiceScope.choices)
    rows = (
        PortfolioEntry.objects.current(on).filter(partner_id__in=ids).order_by("partner_id", "pk")
    )
    for pk, kind, scope, name, person_id in rows.values_list(
        "partner_id", "kind", "scope", "person__name", "person_id"
    ):
        if kind == PortfolioEntry.Kind.MAIN:
            cams[pk] = (name, person_id)
        else:
            beside[pk].append(f"{scopes.get(scope) or kinds[kind]}: {name}")
    return cams, beside


def _row(
    ground: Ground,
    partner: Partner,
    signals: list[Signal],
    blocked: list[Signal],
    stuck: Mapping[int, int],
    levels: Mapping[int, tuple[str, str | None, int | None]],
    cams: Mapping[int, tuple[str, int]],
) -> PortfolioRow:
    type_name, level_name, rank = levels.get(partner.pk, ("", "", 0))
    cam_name, cam_id = cams.get(partner.pk, ("", None))
    facts = ground.facts[partner.pk]
    return PortfolioRow(
        partner=partner,
        type_name=type_name,
        level_name=level_name or "",
        level_rank=rank or 0,
        cam_name=cam_name,
        cam_id=cam_id,
        seats=managed_by(ground, partner.pk),
        blocked=tuple(blocked),
        blocked_seats=stuck[partner.pk],
        expiring=tuple(expiries(ground, partner.pk)),
        people=len(facts.own_people),
        signals=tuple(signals),
    )
