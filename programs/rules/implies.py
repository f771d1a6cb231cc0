"""Whether whoever meets one requirement also meets another: proved, refuted or open."""

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from programs.fields import NOT_STATED
from programs.rules.base import Requirement
from programs.rules.held import InCountry, OnDay, PartnerFor
from programs.rules.leaves import Addendum, Agreement, Attestation
from programs.rules.mentions import ANYBODY, subjects
from programs.rules.metrics import Metric
from programs.rules.outcome import Truth, every
from programs.rules.people import People
from programs.rules.quantity import Quantity
from programs.rules.score import Score
from programs.rules.selection import Criteria
from programs.rules.trees import All, AnyOf, AtLeast

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

Count = tuple[tuple[Criteria, ...], Decimal]  # people who meet all of these, at least so many


def implies(entry: Requirement, retain: Requirement, document: "ProgramDocument") -> Truth:
    """True: whoever meets `entry` meets `retain`, proved by their structure. False: some partner
    meets the one and fails the other. None: this cannot tell."""
    return every(truth for _, truth in _each(entry, retain, document))


def proved(entry: Requirement, retain: Requirement) -> bool:
    """Only whether it is proved: without looking for the opposite, which takes longer."""
    asked = _conjuncts(entry)
    return all(_proved(asked, wanted) for wanted in _conjuncts(retain))


def refuted(
    entry: Requirement, retain: Requirement, document: "ProgramDocument"
) -> list[Requirement]:
    """What `retain` asks of which somebody who meets `entry` need not have anything."""
    return [wanted for wanted, truth in _each(entry, retain, document) if truth is False]


def _each(
    entry: Requirement, retain: Requirement, document: "ProgramDocument"
) -> list[tuple[Requirement, Truth]]:
    asked = _conjuncts(entry)
    return [(wanted, _one(asked, entry, wanted, document)) for wanted in _conjuncts(retain)]


def impossible(tree: Requirement) -> bool:
    """Whether no partner can ever meet it: numbers or days that exclude each other, or a score
    that all its parts together do not reach. A value that is not stated is not impossible."""
    if isinstance(tree, AnyOf):
        return all(map(impossible, tree.any))
    if isinstance(tree, AtLeast):
        return sum(not impossible(child) for child in tree.children) < tree.need
    if isinstance(tree, Score):
        most, need = tree.most(), tree.score.at_least.bounds()[0]
        gate = tree.score.gate
        short = most is not None and need is not None and most < need
        return short or (gate is not None and impossible(gate))
    if not isinstance(tree, All):
        return False
    asked = _conjuncts(tree)
    if any(impossible(child) for child in asked):
        return True
    return any(_exclude(a, b) for a in asked for b in asked if a is not b)


def _conjuncts(tree: Requirement) -> list[Requirement]:
    """What all must hold."""
    if isinstance(tree, All):
        return [inner for child in tree.all for inner in _conjuncts(child)]
    if isinstance(tree, AnyOf) and len(tree.any) == 1:
        return _conjuncts(tree.any[0])
    if isinstance(tree, AtLeast) and tree.need == len(tree.children):
        return [inner for child in tree.children for inner in _conjuncts(child)]
    return [tree]


def _one(
    asked: Sequence[Requirement], entry: Requirement, wanted: Requirement,
    document: "ProgramDocument",
) -> Truth:  # fmt: skip
    if _proved(asked, wanted):
        return True
    return False if _refuted(asked, entry, wanted, document) else None


def _proved(asked: Sequence[Requirement], wanted: Requirement) -> bool:
    if any(_stronger(have, wanted) for have in asked):
        return True
    if isinstance(wanted, All):
        return all(_proved(asked, child) for child in wanted.all)
    if isinstance(wanted, AnyOf | AtLeast):
        return sum(_proved(asked, child) for child in wanted.children) >= wanted.need
    return False


def _stronger(have: Requirement, wanted: Requirement) -> bool:
    """Whether the one alone implies the other."""
    if _alike(have, wanted):
        return True
    if isinstance(have, All):
        return _proved(_conjuncts(have), wanted)
    if isinstance(have, AnyOf):
        return all(_proved(_conjuncts(child), wanted) for child in have.any)
    if isinstance(have, AtLeast):
        if isinstance(wanted, AtLeast) and _one_by_one(have, wanted):
            return True
        return all(_proved(_conjuncts(child), wanted) for child in have.children)
    return _stronger_leaf(have, wanted)


def _one_by_one(have: AtLeast, wanted: AtLeast) -> bool:
    """As many or more of requirements of which each is as strong as the other's."""
    if have.need < wanted.need or len(have.children) != len(wanted.children):
        return False
    pairs = zip(have.children, wanted.children, strict=True)
    return all(_stronger(left, right) for left, right in pairs)


def _stronger_leaf(have: Requirement, wanted: Requirement) -> bool:
    if isinstance(have, Metric) and isinstance(wanted, Metric):
        return have.metric.code == wanted.metric.code and _tighter(have, wanted)
    if isinstance(have, People) and isinstance(wanted, People):
        return _enough_people(have, wanted)
    if isinstance(have, PartnerFor) and isinstance(wanted, PartnerFor):
        return have.partner_for >= wanted.partner_for
    if isinstance(have, InCountry) and isinstance(wanted, InCountry):
        return have._countries <= wanted._countries
    if isinstance(have, OnDay) and isinstance(wanted, OnDay):
        return _inside(have, wanted)
    return False


def _alike(left: Requirement, right: Requirement) -> bool:
    """The same question, whatever its id and title; not one whose numbers nobody knows."""
    if type(left) is not type(right):
        return False
    asked = [name for name in type(left).model_fields if name not in ("id", "title")]
    if any(getattr(left, name) != getattr(right, name) for name in asked):
        return False
    return _stated(left.model_dump())


def _stated(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_stated, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_stated, value))
    return value != NOT_STATED


def _tighter(have: Metric, wanted: Metric) -> bool:
    if have.metric.at_least is not None and wanted.metric.at_least is not None:
        return _reaches(have.metric.at_least, wanted.metric.at_least)
    if have.metric.at_most is not None and wanted.metric.at_most is not None:
        return _reaches(wanted.metric.at_most, have.metric.at_most)
    return False


def _reaches(more: Quantity, less: Quantity) -> bool:
    """Whether the one is at least as much as the other for every partner."""
    least, most = more.bounds()[0], less.bounds()[1]
    return (more.stated and more == less) or (
        least is not None and most is not None and least >= most
    )


def _inside(have: OnDay, wanted: OnDay) -> bool:
    starts = wanted.day.from_ is None or (
        have.day.from_ is not None and have.day.from_ >= wanted.day.from_
    )
    return starts and (
        wanted.day.before is None
        or (have.day.before is not None and have.day.before <= wanted.day.before)
    )


def _enough_people(have: People, wanted: People) -> bool:
    if wanted.people.disjoint or have.people.disjoint:
        return False
    known, needed = _counts(have), _counts(wanted)
    if known is None or needed is None:
        return False
    return all(
        any(
            count >= need and all(any(_narrower(h, w) for h in held) for w in asked)
            for held, count in known
        )
        for asked, need in needed
    )


def _counts(node: People) -> list[Count] | None:
    """Every count that it asks for; None where one is not a plain number."""
    people = node.people
    if people.at_least is None or people.at_least.fixed is None:
        return None
    found: list[Count] = [((people,), people.at_least.fixed)]
    for subset in people.of_them:
        if subset.at_least.fixed is None:
            return None
        found.append(((people, subset), subset.at_least.fixed))
    return found


def _narrower(have: Criteria, wanted: Criteria) -> bool:
    """Whether everybody who counts for the one counts for the other."""
    if have.org != wanted.org and not (have.org == "own" or wanted.org == "family"):
        return False
    if wanted.role and not (have.role and set(have.role) <= set(wanted.role)):
        return False
    if wanted._match.tracks is None:
        return True
    if have._match.tracks is None or not have._tracks <= wanted._tracks:
        return False
    return wanted.versions is None or have.versions == wanted.versions


def _refuted(
    asked: Sequence[Requirement], entry: Requirement, wanted: Requirement,
    document: "ProgramDocument",
) -> bool:  # fmt: skip
    """Whether a partner can meet all that is asked and not this."""
    if not _can_fail(wanted):
        return False
    about = subjects(wanted, document)
    if ANYBODY in about or not about & subjects(entry, document):
        return ANYBODY not in about
    touching = [have for have in asked if about & subjects(have, document)]
    return bool(touching) and all(_weaker(have, wanted) for have in touching)


def _can_fail(tree: Requirement) -> bool:
    """Whether a partner of whom nothing is known to be good fails it: only where that is sure."""
    if isinstance(tree, All):
        return any(map(_can_fail, tree.all))
    if isinstance(tree, AnyOf | AtLeast):
        return all(map(_can_fail, tree.children))
    if isinstance(tree, Metric):
        least = tree.metric.at_least.fixed if tree.metric.at_least else None
        return least is not None and least > 0
    if isinstance(tree, People):
        return not tree.people.disjoint and _counts(tree) is not None
    return isinstance(tree, Attestation | Agreement | Addendum | PartnerFor)


def _weaker(have: Requirement, wanted: Requirement) -> bool:
    """Whether it asks for less of exactly the same, so that just meeting it is not enough."""
    if isinstance(have, Metric) and isinstance(wanted, Metric):
        less, more = have.metric.at_least, wanted.metric.at_least
        if have.metric.code != wanted.metric.code or less is None or more is None:
            return False
        return less.fixed is not None and more.fixed is not None and less.fixed < more.fixed
    if isinstance(have, PartnerFor) and isinstance(wanted, PartnerFor):
        return have.partner_for < wanted.partner_for
    if isinstance(have, People) and isinstance(wanted, People):
        if have.people.of_them or wanted.people.of_them or have.people.disjoint:
            return False
        less, more = have.people.at_least, wanted.people.at_least
        if less is None or more is None or less.fixed is None or more.fixed is None:
            return False
        alike = _narrower(have.people, wanted.people) and _narrower(wanted.people, have.people)
        return alike and less.fixed < more.fixed
    return False


def _exclude(left: Requirement, right: Requirement) -> bool:
    """Whether nobody meets both."""
    if isinstance(left, Metric) and isinstance(right, Metric):
        if left.metric.code != right.metric.code:
            return False
        least = left.metric.at_least.bounds()[0] if left.metric.at_least else None
        most = right.metric.at_most.bounds()[1] if right.metric.at_most else None
        return least is not None and most is not None and least > most
    if isinstance(left, OnDay) and isinstance(right, OnDay):
        start, end = left.day.from_, right.day.before
        return start is not None and end is not None and start >= end
    if isinstance(left, InCountry) and isinstance(right, InCountry):
        return not left._countries & right._countries
    return False
