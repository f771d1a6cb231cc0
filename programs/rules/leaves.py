"""The leaves that ask for an attestation or a signature."""

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, Literal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from pydantic import PrivateAttr

from programs.fields import NOT_STATED, Code, NotStated
from programs.rules.base import Path, Problems, Requirement
from programs.rules.case import Case
from programs.rules.facts import AGREEMENT, Period
from programs.rules.outcome import Counted, Node, Truth, outcome_of
from programs.rules.periods import Span, add_months, end_of, merge, span

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument


class Attestation(Requirement):
    """`{attestation: business_plan}`: attested, and not longer ago than it stays valid."""

    attestation: Code

    _name: str = PrivateAttr()
    _months: int | NotStated | None = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        found = document.attestations.get(self.attestation)
        if found is None:
            return document.missing("attestations", self.attestation, (*path, "attestation"))
        self._name = document.title_of("attestations", self.attestation)
        self._months = found.months
        return []

    def words(self) -> str:
        months = self._months if isinstance(self._months, int) else None
        if self.title or not months:
            return self.title or self._name
        words = ngettext(
            "%(name)s, not older than %(n)s month", "%(name)s, not older than %(n)s months", months
        )
        return words % {"name": self._name, "n": months}

    def _spans(self, case: Case) -> list[Span]:
        periods = case.facts.attestations.get(self.attestation, ())
        return merge(span(period.from_, self._end(period)) for period in periods)

    def _end(self, period: Period) -> date | None:
        if not isinstance(self._months, int):
            return period.until
        limit = add_months(period.from_, self._months)
        return min(limit, period.until) if period.until else limit

    def turns(self, case: Case) -> Iterable[date]:
        for period in case.facts.attestations.get(self.attestation, ()):
            yield from filter(None, (period.from_, self._end(period)))

    def holds(self, case: Case) -> Truth:
        found: Truth = False
        months, on = self._months, case.on
        for period in case.facts.attestations.get(self.attestation, ()):
            if period.from_ > on or (period.until is not None and period.until <= on):
                continue
            if months == NOT_STATED and period.until is None:
                found = None  # attested without an end, and nobody says how long that counts
            elif not isinstance(months, int) or on < add_months(period.from_, months):
                return True
        return found

    def explain(self, case: Case) -> Node:
        truth = self.holds(case)
        spans = self._spans(case)
        end = end_of(spans, case.on) if truth else None
        past = [until for _start, until in spans if until <= case.on]
        missing = _("%(name)s is not attested") % {"name": self._name}
        if past:
            words = _("%(name)s is not attested (ended %(day)s)")
            missing = words % {"name": self._name, "day": max(past).isoformat()}
        why = _("%(name)s: the program does not state how long it counts") % {"name": self._name}
        return Node(
            kind="attestation",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=(self.attestation,),
            need=1,
            have=1 if truth else 0,
            missing=missing if truth is False else "",
            unknown=(why,) if truth is None else (),
            until=end,
            counted=(Counted(self.attestation, self._name, until=end),) if truth else (),
        )


class Signature(Requirement):
    """Shared by the agreement and its addenda: signed, and in force on the day."""

    @property
    def code(self) -> str:
        """Of the addendum, or that of the agreement itself."""
        raise NotImplementedError

    def turns(self, case: Case) -> Iterable[date]:
        for period in case.facts.agreements.get(self.code, ()):
            yield from filter(None, (period.from_, period.until))

    def _answer(self, name: str, case: Case, *, per_customer: bool) -> Node:
        code = self.code
        periods = case.agreements(code, per_customer=per_customer)
        spans = merge(span(period.from_, period.until) for period in periods)
        truth = self.holds(case)
        end = end_of(spans, case.on) if truth else None
        return Node(
            kind=AGREEMENT if code == AGREEMENT else "addendum",
            outcome=outcome_of(truth),
            words=self.words(),
            id=self.id,
            subject=(code,),
            need=1,
            have=1 if truth else 0,
            missing=_("%(name)s is not in force") % {"name": name} if truth is False else "",
            unknown=(_("%(name)s: no customer is named") % {"name": name},)
            if truth is None
            else (),
            until=end,
            counted=(Counted(code, name, until=end),) if truth else (),
        )


class Agreement(Signature):
    """`{agreement: in_force}`: the partner agreement with the vendor."""

    agreement: Literal["in_force"]

    @property
    def code(self) -> str:
        return AGREEMENT

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        return []

    def words(self) -> str:
        return self.title or _("Partner agreement in force")

    def holds(self, case: Case) -> Truth:
        on = case.on
        for period in case.facts.agreements.get(AGREEMENT, ()):
            if period.from_ <= on and (period.until is None or on < period.until):
                return True
        return False

    def explain(self, case: Case) -> Node:
        return self._answer(_("The partner agreement"), case, per_customer=False)


class Addendum(Signature):
    """`{addendum: baa_vendor}`: signed with the vendor, or attested for the case's customer."""

    addendum: Code

    _name: str = PrivateAttr()
    _per_customer: bool = PrivateAttr()

    def bind(self, document: "ProgramDocument", path: Path) -> Problems:
        found = document.addenda.get(self.addendum)
        if found is None:
            return document.missing("addenda", self.addendum, (*path, "addendum"))
        self._name = document.title_of("addenda", self.addendum)
        self._per_customer = found.with_ == "customer"
        return []

    @property
    def code(self) -> str:
        return self.addendum

    @property
    def per_customer(self) -> bool:
        """Whether it is a fact of each customer rather than of the partner."""
        return self._per_customer

    def words(self) -> str:
        return self.title or self._name

    def holds(self, case: Case) -> Truth:
        if self._per_customer and case.customer is None:
            return None
        periods = case.agreements(self.addendum, per_customer=self._per_customer)
        return any(period.covers(case.on) for period in periods)

    def explain(self, case: Case) -> Node:
        return self._answer(self._name, case, per_customer=self._per_customer)
