"""Seats as facts: what runs, counted for requirement trees until statements exist."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from decimal import Decimal

from django.db.models import Count, F, Sum

from licensing.models import Deployment
from licensing.rules.inputs import SEAT_METRICS, managed_seats
from licensing.rules.running import RUNS_OR_WILL
from programs.compiled import program_or_none
from programs.gathering import Deployed
from programs.rules import MetricValue
from web.statements import Keys

SOURCE = "deployments"


def deployed_seats(partner_ids: Collection[int], on: dt.date) -> dict[int, dict[str, MetricValue]]:
    """``managed_seats`` (= ``seats``) and ``seats.<product>`` per partner, where anything runs.

    Managed seats are the sum over customers of the most seats of any product that counts as
    seats (glossary); reserved seats count as if they ran. What runs carries no history: the day
    only chooses the program.
    """
    program = program_or_none(on)
    if program is None:
        return {}
    rows = Deployment.objects.filter(RUNS_OR_WILL, partner_id__any=Keys(partner_ids)).values_list(
        "partner_id", "customer_id", "product__code", F("seats") + F("reserved")
    )
    per_customer: dict[int, dict[int, dict[str, int]]] = defaultdict(lambda: defaultdict(dict))
    per_product: dict[int, Counter[str]] = defaultdict(Counter)
    for partner_id, customer_id, named, seats in rows:
        code = program.document.successor("products", named) or named
        there = per_customer[partner_id][customer_id]
        there[code] = there.get(code, 0) + seats
        per_product[partner_id][code] += seats
    found: dict[int, dict[str, MetricValue]] = {}
    for partner_id, customers in per_customer.items():
        total = sum(managed_seats(program.document, there) for there in customers.values())
        values = dict.fromkeys(SEAT_METRICS, total)
        values |= {f"seats.{code}": seats for code, seats in per_product[partner_id].items()}
        found[partner_id] = {code: _value(number, on) for code, number in values.items()}
    return found


def running(partner_ids: Collection[int]) -> dict[int, tuple[Deployed, ...]]:
    """What each partner runs, as the plan of a program, signals and alerts weigh it; one query."""
    found: dict[int, list[Deployed]] = defaultdict(list)
    rows = (
        Deployment.objects.filter(partner_id__any=Keys(partner_ids), seats__gt=0)
        .order_by()
        .values_list("partner_id", "product__code", "environments")
        .annotate(total=Sum("seats"))
    )
    for partner_id, code, environments, seats in rows:
        found[partner_id].append(Deployed(code, tuple(environments), seats))
    return {pk: tuple(several) for pk, several in found.items()}


def in_use(on: dt.date) -> Mapping[str, int]:
    """Per product the deployments with seats."""
    rows = Deployment.objects.filter(seats__gt=0).order_by().values_list("product__code")
    return dict(rows.annotate(n=Count("pk")))


def nothing_deployed(
    partner_ids: Collection[int], on: dt.date
) -> dict[int, dict[str, MetricValue]]:
    """No seats where nothing runs and nobody imported a value: zero is known, not unknown."""
    zeros = {code: _value(0, on) for code in SEAT_METRICS}
    return dict.fromkeys(partner_ids, zeros)


def _value(number: int, on: dt.date) -> MetricValue:
    return MetricValue(Decimal(number), source=SOURCE, as_of=on)
