"""The leaves that ask for a level held, for time, for a day and for a place."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import Field, PrivateAttr, StrictBool, model_validator

from programs.errors import Problem
from programs.fields import Base, Code, Codes, Country, Day, Months, or_words
from programs.rules.base import Path, Problems, Requirement
from programs.rules.case import Case
from programs.rules.facts import OWN
from programs.rules.outcome import Counted, Node, Truth, outcome_of
from programs.rules.periods import Span, add_months, end_of, merge, span

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument


class HeldLevel(Base):
    """Which level of which type, won when and held for how long.

    `acquired_before` and `acquired_from` bound the day on which it was won, counted from the
    beginning of an unbroken time; `months` is how long that lasts already.
    """

    type: Code
    axis: Code | None = None
    level: Codes
    or_better: StrictBool = False
    acquired_before: Day | None = None
    acquired_from: Day | None = None
    months: Months | None = None


class HeldBefore(Requirement):
    """`{held: {type: msp, level: gold, or_better: true, acquired_before: 2021-11-04}}`."""

    held: HeldLevel

    _levels: frozenset[str] = PrivateAttr()
    _titles: tuple[str, ...] = PrivateAttr()
    _of: str = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        here, asked = (*path, "held"), self.held
        found = document.types.get(asked.type)
        self._levels, self._titles, self._of = frozenset(), (), ""
        if found is None:
            return document.missing("types", asked.type, (*here, "type"))
        problems: Problems = []
        levels: set[str] = set()
        for code in asked.level:
            axis = found.axis_of(code)
            if axis is None or asked.axis not in (None, axis):
                problems.append(_no_level(document, asked, code, here))
            elif not asked.or_better:
                levels.add(code)
            elif found.kind_of(axis) == "set":
                words = _("the axis %(axis)s is a set: no level of it is better than another")
                message = words % {"axis": repr(axis)}
                problem = Problem("no_ladder", "", message, remedy=_("Remove or_better"))
                problems.append(((*here, "or_better"), problem))
            else:
                ladder = found.levels_of(axis)
                levels |= {c for c, level in ladder.items() if level.rank >= ladder[code].rank}
        self._levels = frozenset(levels)
        self._titles = tuple(found.level_title(code) for code in asked.level)
        self._of = document.title_of("types", asked.type)
        return problems

    @property
    def _what(self) -> str:
        better = self.held.or_better
        words = _("%(level)s or better as %(type)s") if better else _("%(level)s as %(type)s")
        return words % {"level": or_words(self._titles), "type": self._of}

    def words(self) -> str:
        if self.title:
            return self.title
        words = [self._what]
        if self.held.acquired_from:
            day = self.held.acquired_from.isoformat()
            words.append(_("won on %(day)s or later") % {"day": day})
        if self.held.acquired_before:
            day = self.held.acquired_before.isoformat()
            words.append(_("won before %(day)s") % {"day": day})
        if self.held.months:
            words.append(_("held for %(months)s") % {"months": _months(self.held.months)})
        return ", ".join(words)

    def _spans(self, case: Case) -> list[Span]:
        """The times, without a gap, in which one of the levels was held."""
        rows = case.facts.held.get(self.held.type, ())
        return merge(
            span(row.from_, row.until) for row in rows
            if row.tier in self._levels and row.member == OWN
        )  # fmt: skip

    def holds(self, case: Case) -> Truth:
        if self.held.type not in case.facts.held:
            return False
        on, asked = case.on, self.held
        for start, until in self._spans(case):
            if start <= on < until:
                return (
                    (asked.acquired_before is None or start < asked.acquired_before)
                    and (asked.acquired_from is None or asked.acquired_from <= start)
                    and (asked.months is None or add_months(start, asked.months) <= on)
                )
        return False

    def turns(self, case: Case) -> Iterable[date]:
        for start, until in self._spans(case):
            yield from (start, until)
            if self.held.months:
                yield add_months(start, self.held.months)

    def explain(self, case: Case) -> Node:
        truth, spans = self.holds(case), self._spans(case)
        end = end_of(spans, case.on) if truth else None
        return Node(
            kind="held",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=self.held.level,
            need=1,
            have=1 if truth else 0,
            missing="" if truth else self._missing(spans, case.on),
            until=end,
            counted=(Counted(self.held.type, self._what, until=end),) if truth else (),
        )

    def _missing(self, spans: list[Span], on: date) -> str:
        start = next((start for start, until in spans if start <= on < until), None)
        if start is None:
            return _("%(what)s is not held") % {"what": self._what}
        words = _("%(words)s (held since %(day)s)")
        return words % {"words": self.words(), "day": start.isoformat()}


def _no_level(
    document: "ProgramDocument", asked: HeldLevel, code: str, here: Path
) -> tuple[Path, Problem]:
    """The problem of a level that the type, or the axis named, does not have."""
    found = document.types[asked.type]
    if asked.axis is not None and not found.levels_of(asked.axis):
        words = _("the type %(type)s has no axis %(axis)s")
        message = words % {"type": repr(asked.type), "axis": repr(asked.axis)}
        remedy = _("Known: %(known)s") % {"known": ", ".join(found.axis_codes())}
        return (*here, "axis"), Problem("unknown_axis", "", message, remedy=remedy)
    axes = [asked.axis] if asked.axis else list(found.axis_codes())
    known = [level for axis in axes for level in found.levels_of(axis)]
    message = _("there is no level %(code)s") % {"code": repr(code)}
    remedy = _("Known: %(known)s") % {"known": ", ".join(known)}
    successor = document.successor("levels", f"{asked.type}.{code}")
    if successor not in (None, f"{asked.type}.{code}"):
        message = _("the level %(code)s is retired") % {"code": repr(code)}
        remedy = _("Write %(code)s instead") % {"code": repr(successor)}
    return (*here, "level"), Problem("unknown_level", "", message, remedy=remedy)


class PartnerFor(Requirement):
    """`{partner_for: 12}`: a partner for so many months; unknown without the day it joined."""

    partner_for: Months

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return []

    def words(self) -> str:
        return self.title or _("partner for %(months)s") % {"months": _months(self.partner_for)}

    def holds(self, case: Case) -> Truth:
        since = case.facts.since
        return None if since is None else add_months(since, self.partner_for) <= case.on

    def turns(self, case: Case) -> Iterable[date]:
        since = case.facts.since
        return () if since is None else (add_months(since, self.partner_for),)

    def explain(self, case: Case) -> Node:
        truth, since = self.holds(case), case.facts.since
        missing = ""
        if truth is False and since:
            day = add_months(since, self.partner_for).isoformat()
            words = _("Partner for %(months)s on %(day)s")
            missing = words % {"months": _months(self.partner_for), "day": day}
        return Node(
            kind="partner_for",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            need=self.partner_for,
            have=None if since is None else _full_months(since, case.on),
            unit="months",
            missing=missing,
            unknown=(_("the day this partner joined is not known"),) if truth is None else (),
        )


class Days(Base):
    """`[from, before)`."""

    from_: Day | None = Field(None, alias="from")
    before: Day | None = None

    @model_validator(mode="after")
    def _some_days(self) -> "Days":
        if self.from_ is None and self.before is None:
            raise ValueError(_("give from, before or both"))
        if self.from_ and self.before and self.before <= self.from_:
            raise ValueError(_("before lies after from"))
        return self


class OnDay(Requirement):
    """`{day: {from: 2026-01-01, before: 2027-01-01}}`: holds on these days."""

    day: Days

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return []

    def words(self) -> str:
        if self.title:
            return self.title
        first, end = self.day.from_, self.day.before
        said = {"first": first and first.isoformat(), "end": end and end.isoformat()}
        if first is None:
            return _("before %(end)s") % said
        if end is None:
            return _("from %(first)s") % said
        return _("from %(first)s and before %(end)s") % said

    def holds(self, case: Case) -> Truth:
        days = self.day
        return (days.from_ is None or days.from_ <= case.on) and (
            days.before is None or case.on < days.before
        )

    def turns(self, case: Case) -> Iterable[date]:
        return [day for day in (self.day.from_, self.day.before) if day]

    def explain(self, case: Case) -> Node:
        truth = self.holds(case)
        return Node(
            kind="day",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            missing="" if truth else _("Only %(words)s") % {"words": self.words()},
            until=self.day.before if truth else None,
        )


class Places(Base):
    """Countries by their group or by their code."""

    group: Codes | None = None
    in_: tuple[Country, ...] | None = Field(None, alias="in", min_length=1)

    @model_validator(mode="after")
    def _one_way(self) -> "Places":
        if (self.group is None) == (self.in_ is None):
            raise ValueError(_("give either group or in"))
        return self


class InCountry(Requirement):
    """`{country: {group: tier1}}` or `{country: {in: [US, GB]}}`; unknown without a country."""

    country: Places

    _countries: frozenset[str] = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        problems: Problems = []
        countries = set(self.country.in_ or ())
        for group in self.country.group or ():
            if group not in document.country_groups:
                here = (*path, "country", "group")
                problems += document.missing("country_groups", group, here)
            countries.update(document.country_groups.get(group, ()))
        self._countries = frozenset(countries)
        return problems

    def words(self) -> str:
        listed = self.country.group or self.country.in_ or ()
        return self.title or _("in %(places)s") % {"places": or_words(listed)}

    def holds(self, case: Case) -> Truth:
        country = case.facts.country
        return country in self._countries if country else None

    def turns(self, case: Case) -> Iterable[date]:
        return ()

    def explain(self, case: Case) -> Node:
        truth, missing = self.holds(case), ""
        if truth is False:
            said = {"words": self.words(), "country": case.facts.country}
            missing = _("Only %(words)s, not in %(country)s") % said
        return Node(
            kind="country",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=tuple(sorted(self._countries)),
            missing=missing,
            unknown=(_("the partner's country is not known"),) if truth is None else (),
        )


def _months(count: int) -> str:
    return ngettext("%(n)s month", "%(n)s months", count) % {"n": count}


def _full_months(since: date, on: date) -> int:
    months = (on.year - since.year) * 12 + on.month - since.month
    return max(0, months - (add_months(since, months) > on)) if on >= since else 0
