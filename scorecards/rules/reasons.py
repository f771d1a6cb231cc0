"""What a partner's case is about: the signals, what a review or a deployment waits for, by key.

Nothing is judged here: gates, certificates and classes come from ``signals``, missing figures from
``partners``, cures from ``reviews``, unconfirmed deployments from ``licensing``. For a set of
partners in a constant number of queries.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from django.db.models import Count

from licensing.models import Reservation
from partners.models import Partner
from partners.rules.asked import asked_facts
from programs.compiled import program_on
from reviews.models import Cure
from scorecards.rules.portfolio import PortfolioRow, portfolio
from scorecards.rules.signals import Place, Signal, missing_data, seats_at_stake

SOON = 30
"""Days: an end within them is another reason than one further ahead."""
_KEPT = ("unit", "product", "product_title", "environments", "who", "count", "in_grace")


@dataclass(frozen=True)
class Reason:
    """A signal with the key that tells it from others of its kind at the partner."""

    key: str
    signal: Signal

    @property
    def identity(self) -> tuple[str, str]:
        return self.signal.kind, self.key

    @property
    def data(self) -> dict[str, Any]:
        """What ``signal_from`` needs besides the row's own columns, as JSON gives it back."""
        held = asdict(self.signal)
        return {n: list(v) if isinstance(v := held[n], tuple) else v for n in _KEPT if held[n]}


@dataclass(frozen=True)
class Concern:
    """What one partner's case is about on a day: its reasons, and the seats at stake together."""

    reasons: tuple[Reason, ...] = ()
    seats: int = 0


def signal_from(kind: str, partner_id: int, seats: int, due: dt.date | None,
                data: Mapping[str, Any], on: dt.date) -> Signal:  # fmt: skip
    """The signal as recorded, with the days that are left on ``on``."""
    held: dict[str, Any] = {n: tuple(v) if isinstance(v, list) else v for n, v in data.items()}
    days = max((due - on).days, 0) if due else 0
    return Signal(kind, partner_id, seats, days, due=due, **held)


def concerns(partners: Collection[Partner], at: dt.datetime, on: dt.date) -> dict[int, Concern]:
    """What needs somebody at each of these partners on the vendor's day ``on`` (``at``: now)."""
    ids = [partner.pk for partner in partners]
    rows = portfolio(partners, on)
    asked = asked_facts(ids, on)
    others = _cures(ids, on)
    for pk, signal in _unconfirmed(ids, at).items():
        others[pk].append(Reason("", signal))
    found: dict[int, list[Reason]] = {}
    for row in rows:
        missing = missing_data(row.pk, asked.get(row.pk, ()), staff=True)
        own = [Reason(_key(signal, row), signal) for signal in (*row.signals, *missing)]
        found[row.pk] = [*own, *others[row.pk]]
    stake = _stake(found, on)
    return {pk: Concern(tuple(reasons), stake[pk]) for pk, reasons in found.items()}


def _key(signal: Signal, row: PortfolioRow) -> str:
    window = "30" if signal.days <= SOON else "60"
    if signal.kind in ("blocked", "closing"):
        place = "/".join([signal.product, *signal.environments])
        if signal.kind == "blocked":
            return place
        return f"{place}/{'grace' if signal.in_grace else window}"
    if signal.kind == "expiring":
        keys = {expiry.person: expiry.person_key for expiry in row.expiring}
        return f"{keys.get(signal.who[0], '')}/{window}"
    return ""


def _stake(found: Mapping[int, Collection[Reason]], on: dt.date) -> dict[int, int]:
    places = {
        pk: [
            Place(pk, one.signal.product, one.signal.environments, one.signal.seats)
            for one in reasons
            if one.signal.product
        ]
        for pk, reasons in found.items()
    }
    seats = seats_at_stake(program_on(on).document, places)
    return {
        pk: max([seats[pk], *(one.signal.seats for one in reasons)])
        for pk, reasons in found.items()
    }


def _cures(ids: Collection[int], on: dt.date) -> dict[int, list[Reason]]:
    found: dict[int, list[Reason]] = defaultdict(list)
    rows = Cure.objects.filter(partner_id__in=ids, ended_on__isnull=True)
    for cure in rows.select_related("level", "partner_type"):
        gap = tuple(str(one.get("words", "")) for one in cure.gap if one.get("words"))
        days = max((cure.until - on).days, 0)
        signal = Signal(
            "cure", cure.partner_id, 0, days, due=cure.until, product_title=cure.level.name, who=gap
        )
        found[cure.partner_id].append(Reason(f"{cure.partner_type.code}/{cure.axis}", signal))
    return found


def _unconfirmed(ids: Collection[int], at: dt.datetime) -> dict[int, Signal]:
    rows = (
        Reservation.objects.filter(
            partner_id__in=ids, state=Reservation.State.RESERVED, expires_at__gt=at
        )
        .order_by()
        .values_list("partner_id")
        .annotate(count=Count("pk"))
    )
    return {pk: Signal("unconfirmed", pk, 0, 1, count=count) for pk, count in rows}
