"""What a verdict depends on besides the document: stored with each decision, so that it can be
judged again."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from licensing.rules.lapse import Lapse
from programs.document import GENERAL, ProgramDocument
from programs.errors import ProgramError
from programs.rules import (
    Case,
    Facts,
    MetricValue,
    Period,
    Requirement,
    facts_from,
    gate_tree,
)
from programs.rules.gates import AGREEMENT_IN_FORCE

Verb = Literal["deploy", "grow", "shrink", "replace", "transfer"]
GRANTS: frozenset[Verb] = frozenset({"deploy", "grow", "transfer"})
"""The verbs after which more seats run than before."""
ACTIVE = "active"
SEAT_METRICS = ("managed_seats", "seats")


@dataclass(frozen=True)
class Opened:
    """An exception in force: which product it opens, whose it is (``override`` of the staff or
    ``break_glass``), and how many more seats it admits (None: any number)."""

    product: str
    ref: str
    kind: Literal["override", "break_glass"] = "override"
    seats_left: int | None = None


@dataclass(frozen=True)
class GateInputs:
    """Everything a verdict depends on besides the document; stored with each decision.

    ``asked`` are the classes somebody named, ``recorded`` those of the customer, ``running`` those
    of what already runs there: all of them count. ``customer`` is the customer's key in the facts,
    ``None`` to answer for the partner alone; ``seats`` the quantity wanted, ``None`` to ask whether
    anything may be deployed. ``deployed`` are the seats per product at the customer, ``reserved``
    those granted but not confirmed. ``lapses`` are those of the products whose gate is closed to
    this request, ``at_lapse`` the seats on that day; the finding is kept, not the history behind
    it. ``onboarding`` are type and code of the partner's open steps that keep the product, or one
    that it builds on, closed. Names of people are left out: whoever shows a verdict looks them up
    by key.
    """

    on: dt.date
    product: str
    asked: tuple[str, ...]
    facts: Facts
    status: str = ACTIVE
    customer: str | None = None
    vertical: str = ""
    recorded: tuple[str, ...] = ()
    running: tuple[str, ...] = ()
    customer_until: dt.date | None = None
    deployed: Mapping[str, int] = field(default_factory=dict)
    seats: int | None = None
    replaces: bool = False
    transfers: bool = False
    operator: str = ""
    reserved: Mapping[str, int] = field(default_factory=dict)
    lapses: Mapping[str, Lapse] = field(default_factory=dict)
    at_lapse: int | None = None
    opened: tuple[Opened, ...] = ()
    onboarding: tuple[tuple[str, str], ...] = ()

    @property
    def before(self) -> int:
        """Seats of the product at the customer today."""
        return self.deployed.get(self.product, 0)

    @property
    def verb(self) -> Verb:
        """What the quantity wanted means."""
        if self.replaces:
            return "replace"
        if self.transfers:
            return "transfer"
        if self.seats is not None and self.seats < self.before:
            return "shrink"
        return "grow" if self.before else "deploy"

    @property
    def environments(self) -> tuple[str, ...]:
        """Every class that counts, the general one first: nobody who asks can leave one out."""
        named = {*self.asked, *self.recorded, *self.running} - {GENERAL}
        return (GENERAL, *sorted(named))

    def to_dict(self) -> dict[str, Any]:
        """JSON values in one canonical order, without names of people."""
        return {
            "on": self.on.isoformat(),
            "product": self.product,
            "asked": sorted(self.asked),
            "recorded": sorted(self.recorded),
            "running": sorted(self.running),
            "status": self.status,
            "customer": self.customer,
            "customer_until": self.customer_until and self.customer_until.isoformat(),
            "vertical": self.vertical,
            "deployed": dict(sorted(self.deployed.items())),
            "seats": self.seats,
            "facts": json.loads(relevant(self.facts, self.customer).canonical_json()),
            **self._later(),
        }

    def _later(self) -> dict[str, Any]:
        """What joined the inputs after decisions were stored: left out where it says nothing, so
        that those decisions keep their text and their digest."""
        opened = [[one.product, one.ref, one.kind, one.seats_left] for one in self.opened]
        values = {
            "replaces": self.replaces,
            "transfers": self.transfers,
            "operator": self.operator,
            "reserved": dict(sorted(self.reserved.items())),
            "lapses": {code: lapse.to_dict() for code, lapse in sorted(self.lapses.items())},
            "opened": sorted(opened, key=str),
            "onboarding": sorted(map(list, self.onboarding)),
        }
        found = {key: value for key, value in values.items() if value}
        return found if self.at_lapse is None else found | {"at_lapse": self.at_lapse}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> GateInputs:
        """The inputs that `to_dict` wrote. ``ProgramError`` where the facts do not fit."""
        until = values["customer_until"]
        return cls(
            **dict(values)
            | {
                "on": dt.date.fromisoformat(values["on"]),
                "customer_until": dt.date.fromisoformat(until) if until else None,
                "facts": facts_from(values["facts"]),
                **{key: tuple(values[key]) for key in ("asked", "recorded", "running")},
                "lapses": {
                    code: Lapse.from_dict(one) for code, one in values.get("lapses", {}).items()
                },
                "opened": tuple(Opened(*one) for one in values.get("opened", ())),
                "onboarding": tuple((kind, code) for kind, code in values.get("onboarding", ())),
            }
        )

    def canonical(self) -> GateInputs:
        """The same inputs as they will be read back: decisions are made on exactly these."""
        return self.from_dict(self.to_dict())

    def digest(self) -> str:
        """sha256 (hex) of the canonical JSON."""
        return digest_of(self.to_dict())


def digest_of(values: Mapping[str, Any]) -> str:
    """sha256 (hex) of JSON values with sorted keys and no spaces."""
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def relevant(facts: Facts, customer: str | None) -> Facts:
    """The facts without names, without numbers of another company's certificates, and without what
    other customers signed."""

    def concerns(period: Period) -> bool:
        return period.customer is None or period.customer == customer

    return replace(
        facts.unnamed,
        agreements={
            code: kept
            for code, periods in facts.agreements.items()
            if (kept := tuple(filter(concerns, periods)))
        },
    )


def trees_of(document: ProgramDocument, inputs: GateInputs) -> list[Requirement] | None:
    """The agreement and the gate of every class, or ``None`` where it is not offered."""
    try:
        gate = gate_tree(
            document,
            inputs.product,
            inputs.environments,
            with_customer=inputs.customer is not None,
        )
    except ProgramError:  # a product or class that this version no longer has: closed
        return None
    return None if gate is None else [AGREEMENT_IN_FORCE, *gate.all]


def case_of(document: ProgramDocument, inputs: GateInputs) -> Case:
    """The facts as they will be once the seats are there: a gate that is tighter above 250 seats
    judges the growth that leads beyond them, not the next one."""
    facts = inputs.facts
    if inputs.seats is not None and inputs.verb in GRANTS:
        facts = facts_with(document, inputs)
    return Case(facts, inputs.on, inputs.customer)


def facts_with(document: ProgramDocument, inputs: GateInputs) -> Facts:
    """The partner's facts once the product runs at the customer with the seats asked for."""
    assert inputs.seats is not None
    held = {
        code: inputs.deployed.get(code, 0) + inputs.reserved.get(code, 0)
        for code in {*inputs.deployed, *inputs.reserved}
    }
    then = {**held, inputs.product: inputs.seats}
    more = managed_seats(document, then) - managed_seats(document, held)
    own = {f"seats.{inputs.product}": inputs.seats - held.get(inputs.product, 0)}
    growth = dict.fromkeys(SEAT_METRICS, more) | own
    metrics = {
        code: _plus(value, growth[code]) if code in growth else value
        for code, value in inputs.facts.metrics.items()
    }
    return replace(inputs.facts, metrics=metrics)


def _plus(held: MetricValue, more: int) -> MetricValue:
    return held if held.value is None else replace(held, value=held.value + Decimal(more))


def managed_seats(document: ProgramDocument, deployed: Mapping[str, int]) -> int:
    """Managed seats of one customer: the most seats of any product that counts as seats, since a
    user with three products is one seat."""
    counting = (
        seats
        for product, seats in deployed.items()
        if product in document.products and document.products[product].counts_as == "seat"
    )
    return max(counting, default=0)
