"""What runs at customers and which exceptions are in force, each in one query."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from django.db.models import Q

from licensing.models import Deployment, Override
from licensing.rules.inputs import Opened
from programs.compiled import Program

RUNS_OR_WILL = Q(seats__gt=0) | Q(reserved__gt=0)


@dataclass(frozen=True)
class Running:
    """Seats of one product at one customer, the classes they run in, and the seats granted beyond
    them that nobody has confirmed yet."""

    seats: int
    environments: tuple[str, ...]
    reserved: int = 0


@dataclass(frozen=True)
class InForce:
    """An override in force: for which customer (None: all of the partner's), and until when."""

    customer_id: int | None
    opened: Opened
    ends_at: dt.datetime

    def less(self, seats: int) -> InForce:
        """The same once so many more seats were granted under it."""
        left = self.opened.seats_left
        if left is None:
            return self
        return replace(self, opened=replace(self.opened, seats_left=left - seats))


def exceptions_at(
    partner_ids: Iterable[int], at: dt.datetime, program: Program
) -> dict[int, tuple[InForce, ...]]:
    """Per partner the overrides in force at the instant: one query."""
    rows = Override.objects.filter(
        partner_id__in=list(partner_ids), state=Override.State.APPROVED, ends_at__gt=at
    ).select_related("product")
    found: dict[int, tuple[InForce, ...]] = {}
    for row in rows.order_by("pk"):
        code = program.document.successor("products", row.product.code) or row.product.code
        left = None if row.max_seats is None else row.max_seats - row.seats_used
        opened = Opened(code, row.ref, row.kind, left)
        one = InForce(row.customer_id, opened, row.ends_at)
        found[row.partner_id] = (*found.get(row.partner_id, ()), one)
    return found


def as_named_by(program: Program, there: Mapping[str, Running]) -> dict[str, Running]:
    """What runs under the program's codes: seats of a product that went are those of the one that
    follows it."""
    found: dict[str, Running] = {}
    for code, one in there.items():
        to = program.document.successor("products", code) or code
        before = found.get(to, Running(0, ()))
        classes = tuple(dict.fromkeys([*before.environments, *one.environments]))
        reserved = before.reserved + one.reserved
        found[to] = Running(before.seats + one.seats, classes, reserved)
    return found


def running_at(customer_ids: Iterable[int]) -> dict[int, dict[str, Running]]:
    """Per customer and product code what runs there now, or is reserved to run."""
    found: dict[int, dict[str, Running]] = {}
    ids = list(customer_ids)
    if not ids:
        return found
    rows = Deployment.objects.filter(RUNS_OR_WILL, customer_id__in=ids).values_list(
        "customer_id", "product__code", "seats", "environments", "reserved"
    )
    for customer_id, code, seats, environments, reserved in rows:
        found.setdefault(customer_id, {})[code] = Running(seats, tuple(environments), reserved)
    return found
