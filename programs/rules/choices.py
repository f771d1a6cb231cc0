"""Requirements that turn another one round, or choose which one asks."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from pydantic import Field, PrivateAttr, model_validator

from programs.fields import Base, Code, Day
from programs.rules.base import Path, Problems, Requirement, first_other
from programs.rules.case import Case
from programs.rules.outcome import Node, Truth, negation, outcome_of

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.rules.trees import Tree


class Not(Requirement):
    """`{not: TREE}`: passes where the tree fails; unknown stays unknown."""

    not_: "Tree" = Field(alias="not")

    def children_at(self) -> Iterable[tuple[Path, Requirement]]:
        return ((("not",), self.not_),)

    def turns(self, case: Case) -> Iterable[date]:
        return self.not_.turns(case)

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return self.not_.bind(document, (*path, "not"))

    def words(self) -> str:
        return self.title or _("not (%(words)s)") % {"words": self.not_.words()}

    def holds(self, case: Case) -> Truth:
        truth = self.not_.holds(case)
        return None if truth is None else not truth

    def explain(self, case: Case) -> Node:
        inside = self.not_.explain(case)
        truth, missing = negation(inside.truth), ""
        if truth is False:
            missing = _("This must not hold: %(words)s") % {"words": inside.words}
        return Node(
            kind="not",
            outcome=outcome_of(truth),
            words=self.title or _("not (%(words)s)") % {"words": inside.words},
            id=self.id,
            missing=missing,
            unknown=inside.unknown if truth is None else (),
            until=first_other(self, case) if truth else None,
            children=(inside,),
        )


class Sets(Base):
    """One requirement for each country group, and one for everybody else."""

    by_group: dict[Code, "Tree"] = Field(min_length=1)
    otherwise: "Tree | None" = None


class ByCountry(Requirement):
    """`{by_country: {by_group: {tier1: TREE}, otherwise: TREE}}`: asked by the partner's country.

    Unknown for a partner without a country, and for one of a group for which nothing is stated.
    """

    by_country: Sets

    _by_country: dict[str, Requirement] = PrivateAttr()

    def children_at(self) -> Iterable[tuple[Path, Requirement]]:
        for group, tree in self.by_country.by_group.items():
            yield ("by_country", "by_group", group), tree
        if self.by_country.otherwise:
            yield ("by_country", "otherwise"), self.by_country.otherwise

    def turns(self, case: Case) -> Iterable[date]:
        asked = self._asked(case)
        return asked.turns(case) if asked else ()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        problems: Problems = []
        self._by_country = {}
        for group, tree in self.by_country.by_group.items():
            if group not in document.country_groups:
                here = (*path, "by_country", "by_group", group)
                problems += document.missing("country_groups", group, here)
            for country in document.country_groups.get(group, ()):
                self._by_country[country] = tree
        for below, child in self.children_at():
            problems += child.bind(document, (*path, *below))
        return problems

    def _asked(self, case: Case) -> Requirement | None:
        """What is asked of the case's partner; None where that is not known."""
        country = case.facts.country
        return self._by_country.get(country, self.by_country.otherwise) if country else None

    def words(self) -> str:
        sets = [f"{group}: {tree.words()}" for group, tree in self.by_country.by_group.items()]
        if self.by_country.otherwise:
            sets.append(_("elsewhere: %(words)s") % {"words": self.by_country.otherwise.words()})
        return self.title or _("by country (%(sets)s)") % {"sets": " | ".join(sets)}

    def holds(self, case: Case) -> Truth:
        asked = self._asked(case)
        return asked.holds(case) if asked else None

    def explain(self, case: Case) -> Node:
        asked = self._asked(case)
        if asked is None:
            why = _("the partner's country is not known")
            if country := case.facts.country:
                words = _("the program does not state what it asks in %(country)s")
                why = words % {"country": country}
            return Node("by_country", "unknown", self.words(), self.id, unknown=(why,))
        inside = asked.explain(case)
        return Node(
            kind="by_country",
            outcome=inside.outcome,
            words=self.title or inside.words,
            id=self.id,
            missing=inside.missing,
            unknown=inside.unknown,
            until=inside.until,
            children=(inside,),
        )


class Change(Base):
    """What will be asked from `enforced` on, and what is asked until then (nothing if left out).

    Before `announced` no partner is told of it. `measured_from` is the day from which they are
    measured against it; neither day decides anything.
    """

    asks: "Tree"
    announced: Day | None = None
    measured_from: Day | None = None
    enforced: Day
    until_then: "Tree | None" = None

    @model_validator(mode="after")
    def _in_order(self) -> "Change":
        days = [d for d in (self.announced, self.measured_from, self.enforced) if d]
        if days != sorted(days):
            raise ValueError(_("the days go in order: announced, measured_from, enforced"))
        return self


class Phased(Requirement):
    """`{phased: {asks: TREE, announced, measured_from, enforced, until_then: TREE}}`.

    Before `enforced` the older set decides. Once the change is announced, the explanation carries
    the coming set and whoever looks ahead sees it; until then nothing shows that it comes.
    """

    phased: Change

    def children_at(self) -> Iterable[tuple[Path, Requirement]]:
        yield ("phased", "asks"), self.phased.asks
        if self.phased.until_then:
            yield ("phased", "until_then"), self.phased.until_then

    def turns(self, case: Case) -> Iterable[date]:
        days = {self.phased.enforced, *self.phased.asks.turns(case)}
        return days.union(self.phased.until_then.turns(case) if self.phased.until_then else ())

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return [
            problem
            for below, child in self.children_at()
            for problem in child.bind(document, (*path, *below))
        ]

    def asked(self, case: Case) -> Requirement | None:
        """What decides on the case's day, as far as it is announced; None where nothing is asked.

        Seen from a day before the announcement the older set goes on.
        """
        change = self.phased
        return change.asks if change.enforced <= case.on and self._told(case) else change.until_then

    def _told(self, case: Case) -> bool:
        return self.phased.announced is None or self.phased.announced <= case.today

    def words(self) -> str:
        if self.title:
            return self.title
        said = {"day": self.phased.enforced.isoformat(), "words": self.phased.asks.words()}
        if self.phased.until_then is None:
            return _("from %(day)s %(words)s; until then nothing") % said
        said["now"] = self.phased.until_then.words()
        return _("from %(day)s %(words)s; until then %(now)s") % said

    def holds(self, case: Case) -> Truth:
        asked = self.asked(case)
        return asked.holds(case) if asked else True

    def explain(self, case: Case) -> Node:
        truth = self.holds(case)
        ahead = case.on < self.phased.enforced and self._told(case)
        coming = self.phased.asks.explain(case) if ahead else None
        deciding = self.asked(case)
        inside = deciding.explain(case) if deciding else None
        return Node(
            kind="phased",
            outcome=outcome_of(truth),
            words=self.title or (inside.words if inside else _("Nothing is required")),
            id=self.id,
            missing=inside.missing if inside else "",
            unknown=inside.unknown if inside else (),
            until=first_other(self, case) if truth else None,
            children=(inside,) if inside else (),
            coming=coming,
            coming_on=self.phased.enforced if coming else None,
        )
