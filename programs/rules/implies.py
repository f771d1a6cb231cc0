"""Whether whoever meets one requirement also meets another: proved, refuted or open."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import combinations, islice
from typing import TYPE_CHECKING, Any

from programs.fields import NOT_STATED
from programs.rules.base import Requirement
from programs.rules.held import InCountry, OnDay, PartnerFor
from programs.rules.leaves import Addendum, Agreement, Attestation
from programs.rules.mentions import ANYBODY, Subject, subjects
from programs.rules.metrics import Metric
from programs.rules.outcome import Truth, every
from programs.rules.people import People
from programs.rules.quantity import Quantity
from programs.rules.score import Score
from programs.rules.selection import OF_TRACKS, Criteria
from programs.rules.trees import All, AnyOf, AtLeast

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

Count = tuple[tuple[Criteria, ...], Decimal]  # people who meet all of these, at least so many
MOST_LOOKS = 20_000  # at pairs of requirements of one document; real ones take some hundreds


class Proofs:
    """What is proved of pairs of requirements; each pair is looked at once.

    After `most` looks nothing more is proved or refuted, so that no document holds up the others:
    groups nested in groups would else be compared along every way down to each pair.
    """

    def __init__(self, most: int = MOST_LOOKS) -> None:
        self._left = most
        # The requirements stay with the answer: while they live, nothing else has their ids.
        self._known: dict[tuple[int, int], tuple[Requirement, Requirement, bool]] = {}

    def spent(self, looks: int = 1) -> bool:
        """Count so many looks; whether there have been too many."""
        self._left -= looks
        return self._left < 0

    def of(self, asked: Sequence[Requirement], wanted: Requirement) -> bool:
        """Whether whoever meets all that is asked meets what is wanted."""
        if self.spent():
            return False
        if any(self.stronger(have, wanted) for have in asked):
            return True
        if isinstance(wanted, All):
            return all(self.of(asked, child) for child in wanted.all)
        if isinstance(wanted, AnyOf | AtLeast):
            return sum(self.of(asked, child) for child in wanted.children) >= wanted.need
        return False

    def stronger(self, have: Requirement, wanted: Requirement) -> bool:
        """Whether the one alone implies the other."""
        if self.spent():
            return False
        key = (id(have), id(wanted))
        if key not in self._known:
            self._known[key] = have, wanted, self._stronger(have, wanted)
        return self._known[key][2]

    def _stronger(self, have: Requirement, wanted: Requirement) -> bool:
        if _alike(have, wanted):
            return True
        if isinstance(have, All):
            return self.of(_conjuncts(have), wanted)
        if isinstance(have, AnyOf):
            return all(self.of(_conjuncts(child), wanted) for child in have.any)
        if isinstance(have, AtLeast):
            if isinstance(wanted, AtLeast) and self._one_by_one(have, wanted):
                return True
            return all(self.of(_conjuncts(child), wanted) for child in have.children)
        return _stronger_leaf(have, wanted)

    def _one_by_one(self, have: AtLeast, wanted: AtLeast) -> bool:
        """As many or more of requirements of which each is as strong as the other's."""
        if have.need < wanted.need or len(have.children) != len(wanted.children):
            return False
        pairs = zip(have.children, wanted.children, strict=True)
        return all(self.stronger(left, right) for left, right in pairs)


def implies(entry: Requirement, retain: Requirement, document: "ProgramDocument") -> Truth:
    """True: whoever meets `entry` meets `retain`, proved by their structure. False: some partner
    meets the one and fails the other. None: this cannot tell."""
    return every(truth for _, truth in _each(entry, retain, document, Proofs()))


def proved(entry: Requirement, retain: Requirement, proofs: Proofs) -> bool:
    """Only whether it is proved: without looking for the opposite, which takes longer."""
    asked = _conjuncts(entry)
    return all(proofs.of(asked, wanted) for wanted in _conjuncts(retain))


def refuted(
    entry: Requirement, retain: Requirement, document: "ProgramDocument", proofs: Proofs
) -> list[Requirement]:
    """What `retain` asks of which somebody who meets `entry` need not have anything."""
    return [wanted for wanted, truth in _each(entry, retain, document, proofs) if truth is False]


def _each(
    entry: Requirement, retain: Requirement, document: "ProgramDocument", proofs: Proofs
) -> list[tuple[Requirement, Truth]]:
    asked = _conjuncts(entry)
    about = [(have, subjects(have, document)) for have in asked]
    every_subject = subjects(entry, document)

    def truth(wanted: Requirement) -> Truth:
        if proofs.of(asked, wanted):
            return True
        if proofs.spent(len(about)):
            return None
        return False if _refuted(about, every_subject, wanted, document) else None

    return [(wanted, truth(wanted)) for wanted in _conjuncts(retain)]


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
    return _exclude_each_other(asked)


def _conjuncts(tree: Requirement) -> list[Requirement]:
    """What all must hold."""
    if isinstance(tree, All):
        return [inner for child in tree.all for inner in _conjuncts(child)]
    if isinstance(tree, AnyOf) and len(tree.any) == 1:
        return _conjuncts(tree.any[0])
    if isinstance(tree, AtLeast) and tree.need == len(tree.children):
        return [inner for child in tree.children for inner in _conjuncts(child)]
    return [tree]


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
    if wanted.people.disjoint or have.people.disjoint or not have.company <= wanted.company:
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
    if wanted.all_of or have.all_of:
        return _alike_people(have, wanted)
    if have.org != wanted.org and not (have.org == "own" or wanted.org == "family"):
        return False
    if wanted.role and not (have.role and set(have.role) <= set(wanted.role)):
        return False
    if wanted._match.tracks is None:
        return True
    if have._match.tracks is None or not have._tracks <= wanted._tracks:
        return False
    return wanted.versions is None or have.versions == wanted.versions


def _alike_people(have: Criteria, wanted: Criteria) -> bool:
    """Where each person holds several certificates: the same ones, or more beside them."""
    names = [*OF_TRACKS, "versions", "role", "org"]
    same = all(getattr(have, name) == getattr(wanted, name) for name in names)
    return same and all(held in have.all_of for held in wanted.all_of)


def _refuted(
    asked: Sequence[tuple[Requirement, frozenset[Subject]]],
    every_subject: frozenset[Subject],
    wanted: Requirement,
    document: "ProgramDocument",
) -> bool:
    """Whether a partner can meet all that is asked (each with what it is about) and not this."""
    if not _can_fail(wanted):
        return False
    about = subjects(wanted, document)
    if ANYBODY in about or not about & every_subject:
        return ANYBODY not in about
    touching = [have for have, subject in asked if about & subject]
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
        if wanted.company:  # somebody else's audit may meet it
            return False
        less, more = have.people.at_least, wanted.people.at_least
        if less is None or more is None or less.fixed is None or more.fixed is None:
            return False
        alike = _narrower(have.people, wanted.people) and _narrower(wanted.people, have.people)
        return alike and less.fixed < more.fixed
    return False


def _exclude_each_other(asked: Sequence[Requirement]) -> bool:
    """Whether nobody meets two of these: each is looked at once, countries pair by pair."""
    least: dict[str, Decimal] = {}
    most: dict[str, Decimal] = {}
    starts, ends, places = [], [], set()
    for node in asked:
        if isinstance(node, Metric):
            code, asks = node.metric.code, node.metric
            low = asks.at_least.bounds()[0] if asks.at_least else None
            high = asks.at_most.bounds()[1] if asks.at_most else None
            if low is not None:
                least[code] = max(low, least.get(code, low))
            if high is not None:
                most[code] = min(high, most.get(code, high))
        elif isinstance(node, OnDay):
            starts += [node.day.from_] if node.day.from_ else []
            ends += [node.day.before] if node.day.before else []
        elif isinstance(node, InCountry):
            places.add(frozenset(node._countries))
    return (
        any(code in most and low > most[code] for code, low in least.items())
        or bool(starts and ends and max(starts) >= min(ends))
        or any(not one & other for one, other in islice(combinations(places, 2), MOST_LOOKS))
    )
