"""Facts under the codes of a document: what is known under a code that went counts for the code
that stands for it, as `mapping` and `was` say."""

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from programs.rules.facts import Facts, Held, MetricValue, Person

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

SEATS = "seats."  # and a product's code: the metric of its seats


def as_named_by(document: "ProgramDocument", facts: Facts) -> Facts:
    """The facts with every former code replaced; the same object where there is none."""
    former = document.successors
    if not any(former.values()):
        return facts
    metrics = _metrics(document)
    changed: dict[str, Any] = {}
    if people := _people(facts.people, former["tracks"]):
        changed["people"] = people
    if facts.metrics.keys() & metrics.keys():
        changed["metrics"] = _values(facts.metrics, metrics)
    for kind, names in (
        ("records", _histories(document)),
        ("attestations", former["attestations"]),
        ("agreements", former["addenda"]),
    ):
        rows = getattr(facts, kind)
        if rows.keys() & names.keys():
            changed[kind] = _joined(rows, names)
    if former["types"] or former["levels"]:
        held = _held(document, facts.held)
        if held != facts.held:
            changed["held"] = held
        if facts.onboarding.keys() & former["types"].keys():
            changed["onboarding"] = _joined(facts.onboarding, former["types"])
    return replace(facts, **changed) if changed else facts


def with_former(document: "ProgramDocument", codes: frozenset[str]) -> frozenset[str]:
    """Codes of records, and the former codes under which the same records may stand."""
    return codes.union(old for old, new in _histories(document).items() if new in codes)


def _metrics(document: "ProgramDocument") -> dict[str, str]:
    former = document.successors
    return former["metrics"] | {SEATS + old: SEATS + new for old, new in former["products"].items()}


def _histories(document: "ProgramDocument") -> dict[str, str]:
    """Former codes of the metrics whose values stand among the records."""
    counted = {rule.records for rule in document.metrics.values()}
    return {old: new for old, new in _metrics(document).items() if old not in counted}


def _people(people: tuple[Person, ...], tracks: Mapping[str, str]) -> tuple[Person, ...] | None:
    if not tracks or not any(held.track in tracks for one in people for held in one.certificates):
        return None
    return tuple(
        replace(
            one,
            certificates=tuple(
                replace(held, track=tracks[held.track]) if held.track in tracks else held
                for held in one.certificates
            ),
        )
        for one in people
    )


def _values(values: Mapping[str, MetricValue], names: Mapping[str, str]) -> dict[str, MetricValue]:
    """A value under the new code wins over one under the old."""
    found = dict(values)
    for old, new in names.items():
        value = found.pop(old, None)
        if value is not None and (new not in found or found[new].value is None):
            found[new] = value
    return found


def _joined(
    rows: Mapping[str, tuple[Any, ...]], names: Mapping[str, str]
) -> dict[str, tuple[Any, ...]]:
    found: dict[str, tuple[Any, ...]] = {}
    for code, several in rows.items():
        to = names.get(code, code)
        found[to] = (*found.get(to, ()), *several)
    return found


def _held(
    document: "ProgramDocument", held: Mapping[str, tuple[Held, ...]]
) -> dict[str, tuple[Held, ...]]:
    """Levels move by status match: to the level, and the type, that follow."""
    found: dict[str, tuple[Held, ...]] = {}
    for code, spans in held.items():
        to = document.successor("types", code) or code
        found.setdefault(to, ())
        for span in spans:
            heir = document.level_successor(code, span.tier) or (to, span.tier)
            kind = document.types.get(heir[0])
            axis = (kind.axis_of(heir[1]) if kind else None) or span.axis
            moved = span if (heir[1], axis) == (span.tier, span.axis) else replace(
                span, tier=heir[1], axis=axis
            )  # fmt: skip
            found[heir[0]] = (*found.get(heir[0], ()), moved)
    return found


def as_named_before(now: "ProgramDocument", before: "ProgramDocument", facts: Facts) -> Facts:
    """The facts, named by the document `now`, under the codes of the one `before` it: to ask on a
    day of the past what was asked then."""

    def back(section: str) -> dict[str, str]:
        known = getattr(before, section)
        return {
            new: old
            for old, new in now.successors[section].items()
            if old in known and new not in known
        }

    tracks, metrics = back("tracks"), back("metrics")
    metrics |= {SEATS + new: SEATS + old for new, old in back("products").items()}
    changed: dict[str, Any] = {
        "metrics": _values(facts.metrics, metrics) if metrics else facts.metrics,
        "records": _joined(facts.records, metrics),
        "attestations": _joined(facts.attestations, back("attestations")),
        "agreements": _joined(facts.agreements, back("addenda")),
    }
    if people := _people(facts.people, tracks):
        changed["people"] = people
    return replace(facts, **changed)
