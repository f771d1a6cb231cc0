"""What the clock brings about: renewals come and move with their contracts, are told, lapse."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator

from django.db import connections, transaction
from django.db.models import Q, Sum

from alerts.actions import SweepTerms, note_sweep, raise_alerts, settle_alerts
from deals.models import Renewal
from deals.rules.renewals import assumed
from deals.sweeping import KINDS, LATE, SYNC, WINDOWS
from licensing.models import CustomerMove, Deployment, PartnerMerge
from tenants.writing import Happened, action, record_events

EVERY_SECONDS = 900
_TERMS = (
    SweepTerms("renewal windows", WINDOWS, EVERY_SECONDS),
    SweepTerms("overdue renewals", LATE, EVERY_SECONDS),
)
CHUNK = 2_000


def sweep_renewals(*, at: dt.datetime) -> tuple[int, int]:
    """Make the renewals whose planning begins by the instant ``at`` and move those whose contract's
    end moved, for all vendors in one statement; returns how many of each.

    Asks which running term has no row, so that nothing is missed after downtime or a late import.
    """
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute(SYNC, {"at": at, "since": None, "kinds": list(KINDS)})
        made, moved = cursor.fetchone()
    note_sweep("renewals", every_seconds=EVERY_SECONDS, at=at, count=made + moved)
    return int(made), int(moved)


def sweep_renewal_alerts(*, at: dt.datetime) -> int:
    """Tell of the windows that opened by the instant ``at``, and of ends that passed without an
    outcome, each exactly once; returns how many alerts."""
    return sum(raise_alerts(terms, at=at) for terms in _TERMS)


@action("renewals.write")
def settle_elapsed(*, on: dt.date, at: dt.datetime) -> int:
    """Give the outcome that the clock assumes to the entered vendor's renewals that nobody settled
    by the day ``on``, and close what was told of settled ones; returns how many were settled.

    The system's own work (``Role.SYSTEM``); a row that somebody settles meanwhile is left alone.
    """
    count = sum(_settle(rows, on, at) for rows in _elapsed(on))
    _close_told()
    return count


def _elapsed(on: dt.date) -> Iterator[list[Renewal]]:
    """Open renewals whose term or contract is over, some thousand at a time, locked."""
    last = 0
    over = (
        Q(term_end__lte=on)
        | Q(contract__ended=True, contract__until__lte=on)
        | Q(contract__customer__until__lte=on)
    )
    while True:
        rows = list(
            Renewal.objects.filter(over, outcome="", pk__gt=last)
            .select_related("contract__terms", "contract__customer", "partner")
            .select_for_update(of=("self",), skip_locked=True)
            .order_by("pk")[:CHUNK]
        )
        if not rows:
            return
        yield rows
        last = rows[-1].pk


def _settle(rows: list[Renewal], on: dt.date, at: dt.datetime) -> int:
    customers = {row.contract.customer_id for row in rows}
    seats = _seats(customers)
    moved = set(
        CustomerMove.objects.filter(state="done", customer_id__in=customers).values_list(
            "customer_id", flat=True
        )
    )
    merged = set(
        PartnerMerge.objects.filter(state="merged", gone__in={row.partner_id for row in rows})
        .values_list("gone_id", flat=True)
    )  # fmt: skip
    found: dict[str, list[Renewal]] = defaultdict(list)
    for row in rows:
        customer = row.contract.customer
        outcome = assumed(
            row,
            renews=row.evergreen or row.contract.agreed.auto_renews,
            seats=seats.get(customer.pk, 0),
            moved=customer.pk in moved or row.partner_id in merged,
            on=on,
        )
        if outcome:
            found[outcome].append(row)
    for outcome, several in found.items():
        Renewal.objects.filter(pk__in=[row.pk for row in several]).update(
            outcome=outcome, settled_at=at, updated_at=at
        )
        told = [Happened(row.public_id, row.partner_id, {"assumed": True}) for row in several]
        record_events("renewal.settled", "renewal", told)
    return sum(map(len, found.values()))


def _seats(customer_ids: set[int]) -> dict[int, int]:
    rows = Deployment.objects.filter(customer_id__in=customer_ids, seats__gt=0).order_by()
    return dict(rows.values_list("customer_id").annotate(total=Sum("seats")))


def _close_told() -> None:
    """Close what was told of renewals that are settled."""
    settled = Renewal.objects.exclude(outcome="").order_by().values("public_id")
    for kind in KINDS:
        settle_alerts(kind, settled, Renewal.objects.none().values("public_id"))
