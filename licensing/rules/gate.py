"""The gate itself: what it is given, and the explained verdict. Pure, so that it can be replayed.

`judge(document, inputs)` is the whole decision. The portal, the API, the portfolio and replay
differ only in where the inputs come from.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any, Literal

from programs.document import GENERAL, ProgramDocument
from programs.errors import ProgramError
from programs.rules import (
    Case,
    Facts,
    MetricValue,
    Node,
    Period,
    Requirement,
    Truth,
    facts_from,
    gate_tree,
    must_classify,
    partner_tree,
    required_by,
)
from programs.rules.gates import AGREEMENT_IN_FORCE
from programs.rules.outcome import at_least, outcome_of, until_of

Verb = Literal["deploy", "grow", "shrink"]
ACTIVE = "active"
SEAT_METRICS = ("managed_seats", "seats")


@dataclass(frozen=True)
class GateInputs:
    """Everything a verdict depends on besides the document; stored with each decision.

    ``asked`` are the classes somebody named, ``recorded`` those of the customer, ``running`` those
    of what already runs there: all of them count. ``customer`` is the customer's key in the facts,
    ``None`` to answer for the partner alone; ``seats`` the quantity wanted, ``None`` to ask whether
    anything may be deployed. ``deployed`` are the seats per product at the customer. Names of
    people are left out: whoever shows a verdict looks them up by key.
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

    @property
    def before(self) -> int:
        """Seats of the product at the customer today."""
        return self.deployed.get(self.product, 0)

    @property
    def verb(self) -> Verb:
        """What the quantity wanted means."""
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
        }

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


@dataclass(frozen=True)
class Verdict:
    """What the gate answers: ``open`` for new and more seats; ``allowed`` for this very request.

    ``opens_until`` is the first day on which it would be closed if nobody acts. ``attested`` are
    the addenda that the partner signs with each customer, rather than with the vendor.
    """

    product: str
    product_title: str
    verb: Verb
    environments: tuple[str, ...]
    tree: Node
    customer: str | None = None
    attested: tuple[str, ...] = ()

    @property
    def open(self) -> bool:
        return self.tree.outcome == "pass"

    @property
    def allowed(self) -> bool:
        """Running with less is always allowed, whatever the gate says."""
        return self.open or self.verb == "shrink"

    @property
    def opens_until(self) -> dt.date | None:
        return self.tree.until if self.open else None

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what replay compares bit by bit."""
        return {
            "product": self.product,
            "product_title": self.product_title,
            "verb": self.verb,
            "environments": list(self.environments),
            "customer": self.customer,
            "attested": list(self.attested),
            "open": self.open,
            "allowed": self.allowed,
            "tree": self.tree.to_dict(),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Verdict:
        return cls(
            product=values["product"],
            product_title=values["product_title"],
            verb=values["verb"],
            environments=tuple(values["environments"]),
            tree=Node.from_dict(values["tree"]),
            customer=values["customer"],
            attested=tuple(values["attested"]),
        )


def judge(document: ProgramDocument, inputs: GateInputs) -> Verdict:
    """The verdict with every reason. Unknown never opens; an unknown code closes, never raises."""
    title = document.title_of("products", inputs.product)
    return Verdict(
        product=inputs.product,
        product_title=title,
        verb=inputs.verb,
        environments=inputs.environments,
        tree=_all(title, _nodes(document, inputs)),
        customer=inputs.customer,
        attested=tuple(c for c, rule in document.addenda.items() if rule.with_ == "customer"),
    )


def is_open(document: ProgramDocument, inputs: GateInputs) -> bool:
    """The same answer as ``judge(..).open`` without explanations: for many partners at once."""
    if inputs.customer is None and inputs.seats is None:
        tree = partner_tree(document, inputs.product, inputs.environments)
        case = Case(inputs.facts, inputs.on)
        return inputs.status == ACTIVE and tree is not None and tree.holds(case) is True
    plain = (
        inputs.status == ACTIVE,
        _customer_current(inputs),
        _class_to_settle(document, inputs) is None,
    )
    trees = _trees(document, inputs)
    if trees is None or not all(plain) or not _required_run(document, inputs):
        return False
    case = _case(document, inputs)
    return all(tree.holds(case) is True for tree in trees)


def _nodes(document: ProgramDocument, inputs: GateInputs) -> list[Node]:
    nodes = [_status_node(inputs)]
    if inputs.customer is not None:
        nodes += [_customer_node(inputs), _classified_node(document, inputs)]
    trees = _trees(document, inputs)
    if trees is None:
        return [*nodes, _not_offered(document, inputs)]
    nodes += [_required_node(document, inputs, c) for c in required_by(document, inputs.product)]
    case = _case(document, inputs)
    return nodes + [tree.explain(case) for tree in trees]


def _trees(document: ProgramDocument, inputs: GateInputs) -> list[Requirement] | None:
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


def _case(document: ProgramDocument, inputs: GateInputs) -> Case:
    return Case(_after(document, inputs), inputs.on, inputs.customer)


def _after(document: ProgramDocument, inputs: GateInputs) -> Facts:
    """The facts as they will be once the seats are there: a gate that is tighter above 250 seats
    judges the growth that leads beyond them, not the next one."""
    if inputs.seats is None or inputs.verb == "shrink":
        return inputs.facts
    return facts_with(document, inputs)


def facts_with(document: ProgramDocument, inputs: GateInputs) -> Facts:
    """The partner's facts once the product runs at the customer with the seats asked for."""
    assert inputs.seats is not None
    then = {**inputs.deployed, inputs.product: inputs.seats}
    more = managed_seats(document, then) - managed_seats(document, inputs.deployed)
    own = {f"seats.{inputs.product}": inputs.seats - inputs.before}
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


def _customer_current(inputs: GateInputs) -> bool:
    return inputs.customer_until is None or inputs.on < inputs.customer_until


def _class_to_settle(document: ProgramDocument, inputs: GateInputs) -> str | None:
    if inputs.customer is None:
        return None
    # "General" alone says nothing of a clinic: it is what the record holds before anyone looked.
    return must_classify(document, inputs.vertical, {*inputs.recorded} - {GENERAL})


def _status_node(inputs: GateInputs) -> Node:
    return _leaf(
        "partner_status", inputs.status == ACTIVE, "Active partner", subject=(inputs.status,)
    )


def _customer_node(inputs: GateInputs) -> Node:
    current = _customer_current(inputs)
    return _leaf(
        "customer_current",
        current,
        "Customer under management",
        until=inputs.customer_until,
    )


def _classified_node(document: ProgramDocument, inputs: GateInputs) -> Node:
    wanted = _class_to_settle(document, inputs)
    return _leaf(
        "classified",
        wanted is None,
        "Environments of the customer recorded",
        subject=(inputs.vertical, wanted) if wanted else (),
    )


def _not_offered(document: ProgramDocument, inputs: GateInputs) -> Node:
    strange = tuple(e for e in inputs.environments if e not in {GENERAL, *document.environments})
    if inputs.product in document.products and strange:
        return _leaf("environment", False, "Environments known to the program", subject=strange)
    return _leaf("offered", False, "Offered for these environments", subject=inputs.environments)


def _required_run(document: ProgramDocument, inputs: GateInputs) -> bool:
    required = required_by(document, inputs.product)
    return all(_required_node(document, inputs, code).truth for code in required)


def _required_node(document: ProgramDocument, inputs: GateInputs, code: str) -> Node:
    """A product is never more open than what it builds on, nor open for longer: that gate must be
    open too, and at a customer it must run there."""
    truth: Truth = False
    until, place = None, "here"
    if inputs.customer is None or inputs.deployed.get(code, 0) > 0:
        needed = replace(inputs, product=code, seats=None)
        gate = _all(
            code, [t.explain(_case(document, needed)) for t in _trees(document, needed) or ()]
        )
        truth, until = gate.truth if gate.children else False, gate.until
        place = "anywhere"
    title = document.title_of("products", code)
    return _leaf("requires", truth, title, subject=(code, place), until=until)


def _leaf(
    kind: str,
    truth: Truth,
    words: str,
    *,
    subject: tuple[str, ...] = (),
    until: dt.date | None = None,
) -> Node:
    return Node(
        kind=kind,
        outcome=outcome_of(truth),
        words=words,
        subject=subject,
        until=until if truth else None,
    )


def _all(words: str, children: list[Node]) -> Node:
    truth = at_least((child.truth for child in children), len(children))
    return Node(
        kind="all",
        outcome=outcome_of(truth),
        words=words,
        need=len(children),
        have=sum(child.truth is True for child in children),
        unit="requirements",
        until=until_of(children, len(children)) if truth else None,
        children=tuple(children),
    )
