"""What of a partner and of the program a requirement's answer depends on."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from programs.rules.base import Requirement, walk
from programs.rules.choices import ByCountry, Phased
from programs.rules.held import HeldBefore, InCountry, OnDay, PartnerFor
from programs.rules.leaves import Addendum, Agreement, Attestation
from programs.rules.metrics import Metric
from programs.rules.people import People
from programs.rules.score import Score
from programs.rules.steps import StepDone

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

Subject = tuple[str, str]  # a section or kind of fact, and the code in it

ANYBODY: Subject = ("people", "")
COUNTRY: Subject = ("country", "")
SINCE: Subject = ("since", "")


def subjects(tree: Requirement, document: "ProgramDocument") -> frozenset[Subject]:
    """Everything that the answer may depend on; two trees without a common subject are
    independent of each other."""
    return frozenset(subject for _, node in walk(tree) for subject in _of(node, document))


def same(
    left: Requirement | None,
    right: Requirement | None,
    old: "ProgramDocument",
    new: "ProgramDocument",
) -> bool:
    """Whether two trees, each bound to its document, answer alike for every partner and day.

    Never wrongly true; false where they only happen to ask the same in other words.
    """
    if left is None or right is None:
        return left is right
    if left.model_dump() != right.model_dump():
        return False
    asked = subjects(left, old)
    return asked == subjects(right, new) and all(
        _rule(old, *subject) == _rule(new, *subject) for subject in asked
    )


def _rule(document: "ProgramDocument", section: str, code: str) -> Any:
    """What the document says of a subject, without its words."""
    if section == "country":
        return document.group_of_country
    if section == "people":
        return None
    if section == "types":
        found = document.types.get(code)
        axes = found.axis_codes() if found else ()
        return [[(c, v.rank) for c, v in found.levels_of(a).items()] for a in axes if found]
    rules = getattr(document, section, None)
    rule = rules.get(code) if isinstance(rules, dict) else None
    return rule.model_dump(exclude={"title"}) if rule is not None else document.currency


def _of(node: Requirement, document: "ProgramDocument") -> Iterator[Subject]:
    if isinstance(node, Metric):
        yield from _metric(node.metric.code, document)
    elif isinstance(node, People):
        yield from _people(node)
    elif isinstance(node, Score):
        for part in node.all_parts():
            if part.metric is not None:
                yield from _metric(part.metric, document)
    elif isinstance(node, Attestation):
        yield "attestations", node.attestation
    elif isinstance(node, Addendum):
        yield "addenda", node.addendum
    elif isinstance(node, Agreement):
        yield "agreement", ""
    elif isinstance(node, HeldBefore):
        yield "types", node.held.type
        yield SINCE  # who holds a level is a partner
    elif isinstance(node, PartnerFor):
        yield SINCE
    elif isinstance(node, StepDone):
        yield "onboarding", node.type
    elif isinstance(node, InCountry | ByCountry):
        yield COUNTRY
    elif isinstance(node, OnDay | Phased):
        yield "day", ""
    yield from _quantities(node.model_dump(), document)


def _people(node: People) -> Iterator[Subject]:
    for selection in node.selections:
        if selection.org != "own":
            yield COUNTRY
        if selection._match.tracks is None:
            yield ANYBODY
        for track in selection._tracks:
            yield "tracks", track
    for code in node.company:
        yield "attestations", code


def _metric(code: str, document: "ProgramDocument") -> Iterator[Subject]:
    """The metric, those it is derived from, and the rows they are computed from."""
    pending, seen = [code], set()
    while pending:
        here = pending.pop()
        rule = document.metrics.get(here)
        if here in seen or rule is None:
            continue
        seen.add(here)
        pending += rule.inputs
        yield "metrics", here
        if rule.records is not None:
            yield "records", rule.records
        if rule.org != "own":
            yield COUNTRY


def _quantities(value: Any, document: "ProgramDocument") -> Iterator[Subject]:
    """What the numbers inside a node depend on."""
    if isinstance(value, dict):
        if "by_group" in value:
            yield COUNTRY
        if isinstance(value.get("agreed"), str):
            yield "agreed", value["agreed"]
        if isinstance(value.get("per"), str):
            yield from _metric(value["per"], document)
        for inner in value.values():
            yield from _quantities(inner, document)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _quantities(inner, document)
