"""`people`: how many distinct persons count, with minimums for subsets of them.

Persons are distinct within one requirement; the same person may serve several requirements and
several subsets (`of_them`), but only one of those that are `disjoint`.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date
from decimal import Decimal
from functools import cached_property
from math import ceil
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import Field, PrivateAttr, model_validator

from programs.fields import and_words, or_words
from programs.rules.base import Path, Problems, Requirement, first_other, people_days
from programs.rules.case import Case, org_reason
from programs.rules.company import stand_ins
from programs.rules.leaves import Attestation
from programs.rules.matching import assigned, can_serve, short_of
from programs.rules.outcome import Node, Truth, at_least, every, outcome_of
from programs.rules.periods import Span, end_of, first_below, intersect
from programs.rules.quantity import Quantity, at_least_one
from programs.rules.selection import CRITERIA, Criteria

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument

Spans = dict[str, list[Span]]  # per person the merged days on which they count
MOST_DISJOINT = 8  # each subset of them is looked at


class Selection(Criteria):
    """Which people count, and how many of them there must be."""

    at_least: Quantity

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        here = (*path, "at_least")
        problems = super().bind(document, path) + self.at_least.bind(document, here)
        return problems + at_least_one(self.at_least, here)

    def words(self) -> str:
        """`2 people with Endpoint Deploy`."""
        need, fixed = self.at_least, self.at_least.fixed
        if not need.stated:
            return _("a number (not stated) of people %(what)s") % {"what": self.what}
        said = {"number": need.words(), "what": self.what}
        if fixed is None:
            return _("people %(what)s: %(number)s") % said
        words = ngettext("%(number)s person %(what)s", "%(number)s people %(what)s", _whole(fixed))
        return words % said

    def needed(self, case: Case) -> int | None:
        """How many people, rounded up; None if unknown."""
        need = self.at_least.value(case)
        return None if need is None else _whole(need)

    def enough(self, case: Case, have: int | None) -> Truth:
        """Whether so many persons are enough; unknown when the need or the people are."""
        need = self.at_least.value(case)
        return None if need is None or have is None else have >= need

    def reasons(self, case: Case, chosen_from: Criteria | None = None) -> tuple[str, ...]:
        """Why the outcome is unknown, also where that of those they are chosen from is."""
        if self.at_least.value(case) is None:
            return (self.at_least.why(case),)
        for who in (self, chosen_from):
            if who is not None and case.people(who.match) is None:
                return (org_reason(who.org),)
        return ()

    def node(
        self, kind: str, case: Case, spans: Spans, chosen_from: Criteria | None = None
    ) -> Node:
        """The explained count over these days per person, of people chosen from others."""
        ends = {key: end_of(found, case.on) for key, found in spans.items()}
        valid = {key for key, found in spans.items() if covers(found, case.on)}
        need = self.needed(case)
        reasons = self.reasons(case, chosen_from)
        truth = None if reasons else self.enough(case, len(valid))
        missing = ""
        if truth is False and need:
            missing = _more(need - len(valid), self.what)
        return Node(
            kind=kind,
            outcome=outcome_of(truth),
            words=self.words(),
            subject=self.subject,
            need=need,
            have=len(valid),
            unit="people",
            missing=missing,
            unknown=reasons,
            until=first_below(spans.values(), need, case.on) if truth and need else None,
            counted=self.rows(case, valid, ends),
            lapsed=self.lapsed(case, valid),
        )


class PeopleCount(Criteria):
    """A count of people; of them so many who also count as something else; and others again of
    whom nobody serves twice.

    With `disjoint` the criteria may be left out: it then chooses among everybody.
    """

    at_least: Quantity | None = None
    of_them: tuple[Selection, ...] = ()
    disjoint: tuple[Selection, ...] = Field((), max_length=MOST_DISJOINT)

    _total: Selection | None = PrivateAttr(None)

    @model_validator(mode="after")
    def _counts_something(self) -> "PeopleCount":
        if self.at_least is None and (not self.disjoint or self.of_them):
            raise ValueError(_("at_least says how many people"))
        if len(self.disjoint) == 1:
            raise ValueError(_("disjoint keeps two or more selections apart"))
        return self

    @property
    def chooses(self) -> bool:
        return bool(self.disjoint) or super().chooses

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        problems = super().bind(document, path)
        if self.at_least is not None:
            given = {name: getattr(self, name) for name in (*CRITERIA, "all_of", "versions", "org")}
            self._total = Selection.model_construct(**given, at_least=self.at_least)
            at = (*path, "at_least")
            self._total.share(self)
            problems += self.at_least.bind(document, at) + at_least_one(self.at_least, at)
        for name in ("of_them", "disjoint"):
            for index, selection in enumerate(getattr(self, name)):
                problems += selection.bind(document, (*path, name, index))
        return problems


class People(Requirement):
    """`{people: {track: endpoint-deploy, at_least: 2, of_them: [{track: infra, at_least: 1}]}}`."""

    people: PeopleCount

    _company: tuple[Attestation, ...] = PrivateAttr(())

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        self.__dict__.pop("test", None)
        problems = self.people.bind(document, (*path, "people"))
        self._company = () if problems else stand_ins(self.selections, document)
        return problems

    @property
    def company(self) -> frozenset[str]:
        """The attestations by which the company itself meets it, without any person."""
        return frozenset(leaf.attestation for leaf in self._company)

    @property
    def selections(self) -> tuple[Criteria, ...]:
        """The count itself and all selections inside it."""
        return self.people, *self.people.of_them, *self.people.disjoint

    def words(self) -> str:
        if self.title:
            return self.title
        people = self.people
        words = [people._total.words()] if people._total else []
        words += [_("of them %(people)s") % {"people": one.words()} for one in people.of_them]
        if people.disjoint:
            apart = and_words(subset.words() for subset in people.disjoint)
            among = (
                _("of them different people for each: %(people)s")
                if words
                else _("different people for each: %(people)s")
            )
            words.append(among % {"people": apart})
        return ", ".join(words)

    def turns(self, case: Case) -> Iterable[date]:
        days = set(people_days(case)).union(*(leaf.turns(case) for leaf in self._company))
        for selection in self.selections:
            days |= set(selection.turns())
            if isinstance(selection, Selection):
                days |= set(selection.at_least.turns(case))
        return days | set(self.people.at_least.turns(case) if self.people.at_least else ())

    def holds(self, case: Case) -> Truth:
        return self.test(case)

    @cached_property
    def test(self) -> Callable[[Case], Truth]:
        """`holds`, with all that is the same for every partner looked up before."""
        by_people = self._by_people()
        if not self._company:
            return by_people
        tests = (by_people, *(leaf.holds for leaf in self._company))
        return lambda case: at_least((test(case) for test in tests), 1)

    def _by_people(self) -> Callable[[Case], Truth]:
        people, match = self.people, self.people.match
        fixed = people.at_least.fixed if people.at_least is not None else None
        if fixed is None or people.of_them or people.disjoint:
            return self._in_full
        need = _whole(fixed)

        def enough(case: Case) -> Truth:
            found = case.people(match)
            return None if found is None else len(found) >= need

        return enough

    def _in_full(self, case: Case) -> Truth:
        people = self.people
        found = case.people(people.match)
        if people.at_least is None:
            total: Truth = True if found is not None else None
        else:
            need = people.at_least.value(case)
            total = None if found is None or need is None else len(found) >= need
        if total is False or not (people.of_them or people.disjoint):
            return total
        truths: list[Truth] = [total]
        for subset in people.of_them:
            both = _both(found, case.people(subset.match))
            truths.append(subset.enough(case, None if both is None else len(both)))
        if people.disjoint:
            truths.append(self._apart(case, found))
        return every(truths)

    def _apart(self, case: Case, found: frozenset[str] | None) -> Truth:
        """Whether there are different people for each of the disjoint selections."""
        groups = [_both(found, case.people(subset.match)) for subset in self.people.disjoint]
        needs = [subset.needed(case) for subset in self.people.disjoint]
        known = [
            (keys, need) for keys, need in zip(groups, needs, strict=True)
            if keys is not None and need is not None
        ]  # fmt: skip
        if not can_serve([keys for keys, _ in known], [need for _, need in known]):
            return False
        return True if len(known) == len(groups) else None

    def explain(self, case: Case) -> Node:
        node = self._people_node(case)
        for leaf in self._company:
            if node.truth is True:
                break
            company = leaf.explain(case)
            if company.truth is not False:
                node = company.labelled(self.id, self.title)
        return _until(node, self, case) if self._company else node

    def _people_node(self, case: Case) -> Node:
        people = self.people
        spans = case.spans(people.match)
        total = people._total and people._total.node("people", case, spans)
        if total and not people.of_them and not people.disjoint:
            if people.at_least is not None and people.at_least.fixed is None:
                total = _until(total, self, case)
            return total.labelled(self.id, self.title)
        parts = [total] if total else []
        for subset in people.of_them:
            parts.append(subset.node("of_them", case, _within(spans, case, subset), people))
        if people.disjoint:
            parts.append(self._apart_node(case, spans))
        truth = every(part.truth for part in parts)
        ends = [part.until for part in parts if part.until]
        reasons = [reason for part in parts for reason in part.unknown]
        simple = not people.disjoint and all(s.at_least.fixed is not None for s in people.of_them)
        node = Node(
            kind="people",
            outcome=outcome_of(truth),
            words=self.words(),
            subject=total.subject if total else parts[0].subject,
            need=total.need if total else parts[0].need,
            have=total.have if total else parts[0].have,
            unit="people",
            missing=_of_them([part.missing for part in parts if part.missing]),
            unknown=tuple(dict.fromkeys(reasons)) if truth is None else (),
            until=min(ends) if truth and ends else None,
            counted=total.counted if total else parts[0].counted,
            lapsed=total.lapsed if total else (),
            children=tuple(parts),
        )
        return (node if simple else _until(node, self, case)).labelled(self.id, self.title)

    def _apart_node(self, case: Case, spans: Spans) -> Node:
        """Who serves which of the disjoint selections, and how many are missing for which."""
        subsets = self.people.disjoint
        of_each = [_within(spans, case, subset) for subset in subsets]
        of = self.people
        needs = [0 if subset.reasons(case, of) else subset.needed(case) or 0 for subset in subsets]
        valid = [
            frozenset(key for key, found in days.items() if covers(found, case.on))
            for days in of_each
        ]
        serving = assigned(valid, needs)
        children = []
        for subset, days, keys in zip(subsets, of_each, serving, strict=True):
            served = {key: days[key] for key in sorted(keys)}
            children.append(subset.node("disjoint", case, served, of))
        reasons = [reason for child in children for reason in child.unknown]
        short, among = short_of(valid, needs)
        truth: Truth = False if short else (None if reasons else True)
        words = and_words(subset.words() for subset in subsets)
        together = or_words(subsets[index].what for index in among)
        return Node(
            kind="disjoint",
            outcome=outcome_of(truth),
            words=_("different people for each: %(people)s") % {"people": words},
            subject=tuple(sorted({code for subset in subsets for code in subset.subject})),
            need=sum(needs) if all(subset.needed(case) for subset in subsets) else None,
            have=sum(map(len, serving)),
            unit="people",
            missing=_more(short, together) if short else "",
            unknown=tuple(dict.fromkeys(reasons)) if truth is None else (),
            counted=tuple(row for child in children for row in child.counted),
            children=tuple(children),
        )


def _until(node: Node, requirement: Requirement, case: Case) -> Node:
    """The node with its end found by trying the days on which anything changes."""
    return replace(node, until=first_other(requirement, case)) if node.truth else node


def _within(spans: Spans, case: Case, subset: Selection) -> Spans:
    inner = case.spans(subset.match)
    return {key: intersect(days, inner.get(key, [])) for key, days in spans.items()}


def _both(left: frozenset[str] | None, right: frozenset[str] | None) -> frozenset[str] | None:
    return None if left is None or right is None else left & right


def _whole(need: Decimal) -> int:
    return ceil(need)


def _more(short: int, what: str) -> str:
    """`2 more people with Endpoint Deploy`."""
    words = ngettext("%(n)s more person %(what)s", "%(n)s more people %(what)s", short)
    return words % {"n": f"{short:,}", "what": what}


def _of_them(missing: list[str]) -> str:
    """What is missing, the parts of a whole after it."""
    rest = [_("of them %(people)s") % {"people": words} for words in missing[1:]]
    return "; ".join([*missing[:1], *rest])


def covers(spans: list[Span], on: date) -> bool:
    """Whether the day lies in one of the spans."""
    return any(start <= on < until for start, until in spans)
