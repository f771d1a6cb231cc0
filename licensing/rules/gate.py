"""The gate itself: the explained verdict. Pure, so that it can be replayed.

`judge(document, inputs)` is the whole decision. The portal, the API, the portfolio and replay
differ only in where the inputs come from.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from licensing.rules.inputs import ACTIVE, GateInputs, Verb, case_of, trees_of
from licensing.rules.lapse import Standing
from licensing.rules.passing import (
    Passing,
    Through,
    class_to_settle,
    customer_current,
    operator_fit,
    operator_tracks,
    passing,
)
from programs.document import GENERAL, ProgramDocument
from programs.rules import Case, Counted, Node, Truth, partner_tree, required_by
from programs.rules.outcome import at_least, outcome_of, until_of


@dataclass(frozen=True)
class Verdict:
    """What the gate answers: ``open`` for new and more seats; ``allowed`` for this very request.

    ``opens_until`` is the first day on which it would be closed if nobody acts. ``attested`` are
    the addenda that the partner signs with each customer, rather than with the vendor. ``through``
    is what lets the request pass a closed gate, ``standing`` where a lapse of it stands,
    ``exceptions`` the ids of the overrides it rests on, ``growth_to`` the tolerated quantity.
    """

    product: str
    product_title: str
    verb: Verb
    environments: tuple[str, ...]
    tree: Node
    customer: str | None = None
    attested: tuple[str, ...] = ()
    through: Through = ""
    standing: Standing | None = None
    exceptions: tuple[str, ...] = ()
    growth_to: int | None = None

    @property
    def open(self) -> bool:
        return self.tree.outcome == "pass"

    @property
    def allowed(self) -> bool:
        """Running with less is always allowed, whatever the gate says."""
        return self.open or self.verb == "shrink" or bool(self.through)

    @property
    def growth_ends(self) -> bool:
        """Whether growth is refused only because it goes beyond what a directory may add."""
        growing = self.verb == "grow" and not self.allowed
        return growing and self.standing is not None and self.standing.stage == "block_growth"

    @property
    def opens_until(self) -> dt.date | None:
        return self.tree.until if self.open else None

    def to_dict(self) -> dict[str, Any]:
        """JSON values; what replay compares bit by bit. What joined the verdict later is left out
        where it says nothing, so that older decisions replay as they were stored."""
        later = {
            "through": self.through,
            "standing": self.standing.to_dict() if self.standing else None,
            "exceptions": list(self.exceptions),
            "growth_to": self.growth_to,
        }
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
            **{key: value for key, value in later.items() if value not in ("", None, [])},
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Verdict:
        standing = values.get("standing")
        return cls(
            product=values["product"],
            product_title=values["product_title"],
            verb=values["verb"],
            environments=tuple(values["environments"]),
            tree=Node.from_dict(values["tree"]),
            customer=values["customer"],
            attested=tuple(values["attested"]),
            through=values.get("through", ""),
            standing=Standing.from_dict(standing) if standing else None,
            exceptions=tuple(values.get("exceptions", ())),
            growth_to=values.get("growth_to"),
        )


def judge(document: ProgramDocument, inputs: GateInputs) -> Verdict:
    """The verdict with every reason. Unknown never opens; an unknown code closes, never raises."""
    title = document.title_of("products", inputs.product)
    tree = _all(title, _nodes(document, inputs))
    way = Passing() if tree.outcome == "pass" else passing(document, inputs)
    return Verdict(
        product=inputs.product,
        product_title=title,
        verb=inputs.verb,
        environments=inputs.environments,
        tree=tree,
        customer=inputs.customer,
        attested=tuple(c for c, rule in document.addenda.items() if rule.with_ == "customer"),
        through=way.through,
        standing=way.standing,
        exceptions=way.exceptions,
        growth_to=way.growth_to,
    )


def is_open(document: ProgramDocument, inputs: GateInputs) -> bool:
    """The same answer as ``judge(..).open`` without explanations: for many partners at once."""
    if inputs.customer is None and inputs.seats is None:
        tree = partner_tree(document, inputs.product, inputs.environments)
        case = Case(inputs.facts, inputs.on)
        ready = inputs.status == ACTIVE and not inputs.onboarding
        return ready and tree is not None and tree.holds(case) is True
    plain = (
        inputs.status == ACTIVE,
        not inputs.onboarding,
        customer_current(inputs),
        class_to_settle(document, inputs) is None,
        operator_fit(inputs, operator_tracks(document, inputs)),
    )
    trees = trees_of(document, inputs)
    if trees is None or not all(plain) or not _required_run(document, inputs):
        return False
    case = case_of(document, inputs)
    return all(tree.holds(case) is True for tree in trees)


def _nodes(document: ProgramDocument, inputs: GateInputs) -> list[Node]:
    nodes = [_status_node(inputs), *_onboarding_nodes(document, inputs)]
    if inputs.customer is not None:
        nodes += [_customer_node(inputs), _classified_node(document, inputs)]
    trees = trees_of(document, inputs)
    if trees is None:
        return [*nodes, _not_offered(document, inputs)]
    if tracks := operator_tracks(document, inputs):
        nodes.append(_operator_node(document, inputs, tracks))
    nodes += [_required_node(document, inputs, c) for c in required_by(document, inputs.product)]
    case = case_of(document, inputs)
    return nodes + [tree.explain(case) for tree in trees]


def _status_node(inputs: GateInputs) -> Node:
    return _leaf(
        "partner_status", inputs.status == ACTIVE, "Active partner", subject=(inputs.status,)
    )


def _onboarding_nodes(document: ProgramDocument, inputs: GateInputs) -> list[Node]:
    """A leaf for each open step; none where the partner has nothing before it, so that decisions
    made before there were steps replay as they were."""
    nodes = []
    for kind, code in inputs.onboarding:
        found = document.types.get(kind)
        steps = found.onboarding.steps if found and found.onboarding else {}
        title, who = (steps[code].title, steps[code].who) if code in steps else (code, "vendor")
        nodes.append(_leaf("onboarding", False, title, subject=(kind, code, who)))
    return nodes


def _customer_node(inputs: GateInputs) -> Node:
    current = customer_current(inputs)
    return _leaf(
        "customer_current",
        current,
        "Customer under management",
        until=inputs.customer_until,
    )


def _classified_node(document: ProgramDocument, inputs: GateInputs) -> Node:
    wanted = class_to_settle(document, inputs)
    return _leaf(
        "classified",
        wanted is None,
        "Environments of the customer recorded",
        subject=(inputs.vertical, wanted) if wanted else (),
    )


def _operator_node(document: ProgramDocument, inputs: GateInputs, tracks: tuple[str, ...]) -> Node:
    fit = operator_fit(inputs, tracks)
    titles = ", ".join(document.title_of("tracks", track) for track in tracks)
    node = _leaf("operator", fit, f"Named operator with {titles}", subject=tracks)
    named = (Counted(inputs.operator),) if inputs.operator else ()
    return replace(node, counted=named if fit else (), lapsed=() if fit else named)


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
            code, [t.explain(case_of(document, needed)) for t in trees_of(document, needed) or ()]
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
