"""What lets a request pass although its gate is closed: grace, an exception, a replacement. Pure.

Grace and exceptions stand in for what a gate asks of people and figures. Neither stands in for the
partner's status, its first steps, the customer's class, a product that has to run first, or the
operator of the work; an exception not even for an agreement or addendum.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from licensing.rules.inputs import ACTIVE, GateInputs, Opened, case_of, trees_of
from licensing.rules.lapse import Standing, Step, standing_on, steps_of
from programs.document import GENERAL, ProgramDocument
from programs.rules import must_classify, required_by
from programs.rules.case import Case
from programs.rules.gates import AGREEMENT_IN_FORCE
from programs.rules.leaves import Addendum
from programs.rules.trees import All

Through = Literal["", "grace", "override", "break_glass", "replace", "transfer"]


@dataclass(frozen=True)
class Passing:
    """By which way the request passes (none: empty), and what there is to say of the ways.

    ``standing`` is there wherever a lapse closed the gate, whether it passes or not. ``growth_to``
    is the quantity up to which a directory may grow while growth is blocked.
    """

    through: Through = ""
    standing: Standing | None = None
    exceptions: tuple[str, ...] = ()
    growth_to: int | None = None


def customer_current(inputs: GateInputs) -> bool:
    """Whether the partner still manages the customer on the day."""
    return inputs.customer_until is None or inputs.on < inputs.customer_until


def class_to_settle(document: ProgramDocument, inputs: GateInputs) -> str | None:
    """The class to look at before anything is deployed at an unclassified regulated customer."""
    if inputs.customer is None:
        return None
    # "General" alone says nothing of a clinic: it is what the record holds before anyone looked.
    return must_classify(document, inputs.vertical, {*inputs.recorded} - {GENERAL})


def operator_tracks(document: ProgramDocument, inputs: GateInputs) -> tuple[str, ...]:
    """What the named operator of this work must hold; empty where nobody has to be named."""
    product = document.products.get(inputs.product)
    if product is None or inputs.seats is None or inputs.verb not in ("deploy", "grow"):
        return ()
    gates = [product.gates[code] for code in inputs.environments if code in product.gates]
    return tuple(dict.fromkeys(track for gate in gates for track in gate.operator or ()))


def operator_fit(inputs: GateInputs, tracks: tuple[str, ...]) -> bool:
    """Whether the named person is employed by the partner and holds all of these today."""
    for person in Case(inputs.facts, inputs.on).employed:
        if person.key == inputs.operator:
            held = {
                one.track
                for one in person.certificates
                if one.from_ <= inputs.on and (one.until is None or inputs.on < one.until)
            }
            return held.issuperset(tracks)
    return not tracks


def passing(document: ProgramDocument, inputs: GateInputs) -> Passing:
    """How the request passes a gate that is closed to it, if it does."""
    if inputs.verb in ("replace", "transfer"):
        stays = inputs.status != "exited" and customer_current(inputs)
        return Passing(inputs.verb if stays else "")
    if inputs.product not in document.products:
        return Passing()
    steps: list[Step] = []
    exceptions: list[Opened] = []
    for code in (inputs.product, *required_by(document, inputs.product)):
        needed = inputs if code == inputs.product else replace(inputs, product=code, seats=None)
        if _holds(document, needed):
            continue
        if found := _exception(document, needed, inputs):
            exceptions.append(found)
        elif code in inputs.lapses and (own := steps_of(document, code, inputs.lapses[code])):
            steps += own
        else:
            return Passing()
    standing = standing_on(steps, inputs.on)
    growth_to = _growth_to(document, inputs) if standing else None
    kinds = {one.kind for one in exceptions}
    if not _basics(document, inputs, waived=bool(exceptions)) or not (standing or kinds):
        return Passing("", standing, (), growth_to)
    if standing and not _staged(standing, inputs, growth_to):
        return Passing("", standing, (), growth_to)
    through: Through = "grace"
    if not standing:
        through = "break_glass" if "break_glass" in kinds else "override"
    refs = tuple(dict.fromkeys(one.ref for one in exceptions))
    return Passing(through, standing, refs, growth_to)


def _basics(document: ProgramDocument, inputs: GateInputs, *, waived: bool) -> bool:
    """What neither grace nor an exception stands in for."""
    required = required_by(document, inputs.product)
    return (
        inputs.status == ACTIVE
        and not inputs.onboarding
        and customer_current(inputs)
        and class_to_settle(document, inputs) is None
        and (inputs.customer is None or all(inputs.deployed.get(code, 0) for code in required))
        and (waived or operator_fit(inputs, operator_tracks(document, inputs)))
    )


def _holds(document: ProgramDocument, inputs: GateInputs) -> bool:
    trees = trees_of(document, inputs)
    if trees is None:
        return False
    case = case_of(document, inputs)
    return all(tree.holds(case) is True for tree in trees)


def _exception(document: ProgramDocument, inputs: GateInputs, request: GateInputs) -> Opened | None:
    """The exception that opens the product: the one that admits most, if it admits this many."""
    more = 0 if request.seats is None else max(request.seats - request.before, 0)
    fitting = [
        one
        for one in inputs.opened
        if one.product == inputs.product and (one.seats_left is None or one.seats_left >= more)
    ]
    if not fitting or not _papers(document, inputs):
        return None
    return min(fitting, key=lambda one: (one.kind == "break_glass", one.ref))


def _papers(document: ProgramDocument, inputs: GateInputs) -> bool:
    """Whether the agreement and every addendum of these classes is in force."""
    trees = trees_of(document, inputs)
    if trees is None:
        return False
    case = case_of(document, inputs)
    papers = [
        part
        for tree in trees
        if isinstance(tree, All)
        for part in tree.all
        if isinstance(part, Addendum)
    ]
    return all(one.holds(case) is True for one in (AGREEMENT_IN_FORCE, *papers))


def _staged(standing: Standing, inputs: GateInputs, growth_to: int | None) -> bool:
    """Whether the stage admits this verb."""
    if standing.stage == "grace":
        return True
    if inputs.verb != "grow":
        return False
    if standing.stage == "block_new":
        return True
    within = growth_to is not None and inputs.seats is not None and inputs.seats <= growth_to
    return standing.stage == "block_growth" and within


def _growth_to(document: ProgramDocument, inputs: GateInputs) -> int | None:
    if document.lapse is None or inputs.at_lapse is None:
        return None
    tolerance = document.lapse.growth_tolerance
    more = max(inputs.at_lapse * tolerance.percent // 100, tolerance.seats)
    return inputs.at_lapse + more
