"""Certification coverage and certified depth, as the glossary defines them."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal

from licensing.models import Deployment
from licensing.rules.inputs import ACTIVE
from partners.models import Customer
from programs.document import ProgramDocument
from programs.rules import (
    Case,
    Certificate,
    Requirement,
    gate_tree,
    partner_tree,
    required_by,
)
from programs.rules.base import walk
from programs.rules.leaves import Addendum
from programs.rules.trees import NOTHING
from scorecards.rules.runway import facts_without
from scorecards.rules.runways import Outlook
from tenants.rows import format_public_id
from web.statements import Keys

PER_SEATS = Decimal(1000)


@dataclass(frozen=True)
class Coverage:
    """Seats (in the products' own units) whose gate passes today without grace or exception, of
    all that run; and people with a certificate that counts, beside the managed seats."""

    covered: int = 0
    deployed: int = 0
    certified: int = 0
    managed: int | None = None

    @property
    def share(self) -> Decimal | None:
        """Covered seats in percent; None where nothing runs."""
        if not self.deployed:
            return None
        return Decimal(self.covered * 100) / Decimal(self.deployed)

    @property
    def depth(self) -> Decimal | None:
        """Certified people per 1,000 managed seats; None without seats, or if they are unknown."""
        if not self.managed:
            return None
        return Decimal(self.certified) * PER_SEATS / Decimal(self.managed)

    def plus(self, other: Coverage) -> Coverage:
        """Of both together; managed seats that are unknown make the sum unknown."""
        known = self.managed is not None and other.managed is not None
        return Coverage(
            self.covered + other.covered,
            self.deployed + other.deployed,
            self.certified + other.certified,
            (self.managed or 0) + (other.managed or 0) if known else None,
        )


def coverage(found: Outlook) -> dict[int, Coverage]:
    """Per partner id, from the facts of an outlook, without those who leave; one query, for what
    runs at which customer.

    The customer's recorded classes join those of the deployment, and its own addenda count."""
    seats: dict[int, list[tuple[str, str, frozenset[str], int]]] = defaultdict(list)
    rows = Deployment.objects.filter(partner_id__any=Keys(found.partners), seats__gt=0)
    for pk, customer, recorded, code, running, number in rows.values_list(
        "partner_id", "customer__public_id", "customer__environments", "product__code",
        "environments", "seats",
    ):  # fmt: skip
        code = found.document.successor("products", code) or code
        ref = format_public_id(Customer.prefix, customer)
        seats[pk].append((ref, code, frozenset([*recorded, *running]), number))
    gates = _Gates(found.document)
    return {pk: _of(found, pk, seats[pk], gates) for pk in found.partners}


Running = tuple[str, str, frozenset[str], int]
"""(customer's id, product, classes, seats)."""


def _of(found: Outlook, partner_id: int, rows: list[Running], gates: _Gates) -> Coverage:
    facts = facts_without(found.facts[partner_id], found.without, found.on)
    active = found.partners[partner_id].status == ACTIVE
    today = Case(facts, found.on)
    covered = sum(
        number for customer, code, classes, number in rows
        if active and gates.passes(today, customer, code, classes)
    )  # fmt: skip
    certified = sum(any(_counts(one, found.on) for one in p.certificates) for p in today.employed)
    managed = facts.metrics.get("managed_seats")
    return Coverage(
        covered,
        sum(number for *_, number in rows),
        certified,
        int(managed.value) if managed and managed.value is not None else None,
    )


def _counts(held: Certificate, on: dt.date) -> bool:
    return held.from_ <= on and (held.until is None or on < held.until)


class _Gates:
    """The gates of a program, put together once: what each asks of the partner, and which addenda
    the customer signs."""

    def __init__(self, document: ProgramDocument) -> None:
        self.document = document
        self._trees: dict[object, tuple[Requirement | None, tuple[Requirement, ...]]] = {}
        self._known: dict[object, bool] = {}

    def passes(self, today: Case, customer: str, code: str, classes: frozenset[str]) -> bool:
        """Whether more seats could run there by the requirements alone."""
        own, signed = self._asked(code, classes)
        key = today.facts.partner, code, classes
        if key not in self._known:
            self._known[key] = own is not None and own.holds(today) is True
        if not self._known[key] or not signed:
            return self._known[key]
        there = Case(today.facts, today.on, customer)
        return all(one.holds(there) is True for one in signed)

    def _asked(
        self, code: str, classes: frozenset[str]
    ) -> tuple[Requirement | None, tuple[Requirement, ...]]:
        key = code, classes
        if key not in self._trees:
            own = partner_tree(self.document, code, sorted(classes))
            signed: list[Requirement] = []
            for product in (code, *required_by(self.document, code)) if own else ():
                gate = gate_tree(self.document, product, classes)
                signed += [
                    one for _, one in walk(gate or NOTHING)
                    if isinstance(one, Addendum) and one.per_customer
                ]  # fmt: skip
            self._trees[key] = own, tuple(signed)
        return self._trees[key]
