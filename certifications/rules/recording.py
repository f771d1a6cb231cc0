"""May this result be recorded, what certificates does it earn, and if not, why not."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField, DateField
from django.utils.translation import gettext as _

from certifications.models import Certificate, Result
from certifications.rules.refusals import (
    already_over,
    end_by_program,
    misfits,
    problem_reason,
    retired,
    version_problem,
)
from partners.models import Employment
from programs.compiled import Program, program_on
from programs.document import ProgramDocument, ProgramError
from programs.document import Track as TrackRule
from programs.fields import NOT_STATED
from programs.models import Track
from programs.rules import counts_until
from programs.rules.earning import Attempt, Earned, Held, earned_by, passes
from tenants.files import Document
from tenants.models import Person
from tenants.writing import Reason
from web.statements import Late

Identity = tuple[int, str, str, str, dt.date, bool]
"""Person, track, version, part, day, passed: a result is recorded once."""


@dataclass(frozen=True)
class NewResult:
    """A result as somebody reports it: of an exam, or of one ``part`` of a track.

    ``passed`` is the sender's word, the pass mark goes before it. ``expires_on`` is given only
    where the program does not state how long the track is valid: the end that the issuer printed.
    """

    person: Person
    track: Track
    version: str
    passed_on: dt.date
    score: Decimal | None = None
    source: str = Result.Source.FORM
    external_id: str = ""
    expires_on: dt.date | None = None
    part: str = ""
    passed: bool | None = None
    document: Document | None = None


@dataclass(frozen=True)
class PlannedResult:
    """What recording would do: keep the result and issue what it earns, which for a failed attempt
    or an unfinished part is nothing; change nothing (``unchanged``); or refuse."""

    row: NewResult
    passed: bool = True
    earns: tuple[Earned, ...] = ()
    partner_id: int | None = None
    unchanged: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass
class _Known:
    """What is known of the people of a set, read in a constant number of queries."""

    program: Program
    on: dt.date
    held: dict[int, list[Held]] = field(default_factory=lambda: defaultdict(list))
    attempts: dict[int, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    employers: dict[int, int] = field(default_factory=dict)
    external_ids: dict[str, Identity] = field(default_factory=dict)

    @property
    def document(self) -> ProgramDocument:
        return self.program.document


def plan_results(rows: Sequence[NewResult], *, on: dt.date) -> tuple[Program, list[PlannedResult]]:
    """What recording ``rows`` on the vendor's day ``on`` would do, in the rows' order.

    A row may build on another (a delta on its course, a track on its prerequisite, a part on the
    others), whichever stands first in the set. At most five queries. Raises
    ``Refused("no_program")``.
    """
    known = _read(rows, on)
    planned: dict[int, PlannedResult] = {}
    for place in sorted(range(len(rows)), key=lambda i: _turn(known.document, rows[i])):
        planned[place] = found = _plan(rows[place], known)
        if not found.reasons and not found.unchanged:
            _remember(known, found)
    return known.program, [planned[place] for place in range(len(rows))]


def _remember(known: _Known, found: PlannedResult) -> None:
    """Later rows of the set build on this one."""
    row, person = found.row, found.row.person.pk
    known.attempts[person].append(_attempt(row, found.passed))
    for one in found.earns:
        until = counts_until(known.document, one.track, one.version, one.expires_on)
        known.held[person].append(Held(one.track, one.version, one.earned_on, until))
    if row.external_id:
        known.external_ids[row.external_id] = _identity(row, found.passed)


def _attempt(row: NewResult, passed: bool) -> Attempt:
    return Attempt(row.track.code, row.version, row.part, row.passed_on, passed)


def _read(rows: Sequence[NewResult], on: dt.date) -> _Known:
    known = _Known(program_on(on), on)
    document = known.document
    people = sorted({row.person.pk for row in rows})
    certificates = Certificate.objects.compiled("held by people", _certificates_of)
    for person_id, track, version, earned_on, expires_on, revoked_on in certificates.run([people]):
        code = document.successor("tracks", track) or track
        ends = counts_until(document, track, version, expires_on, revoked_on)
        known.held[person_id].append(Held(code, version, earned_on, ends))
    results = Result.objects.compiled("taken by people", _results_of)
    for person_id, track, *taken in results.run([people]):
        code = document.successor("tracks", track) or track
        known.attempts[person_id].append(Attempt(code, *taken))
    employed = Employment.objects.compiled("employers of people", _employers_of)
    known.employers = dict(employed.run([people, on]))
    external = [row.external_id for row in rows if row.external_id]
    if external:
        found = Result.objects.filter(external_id__in=external).values_list(
            "external_id", "person_id", "track__code", "version", "part", "passed_on", "passed"
        )
        known.external_ids = {values[0]: values[1:] for values in found}
    return known


_PEOPLE = Late(0, ArrayField(BigIntegerField()))


def _certificates_of(rows: Any) -> Any:
    return rows.filter(person_id__any=_PEOPLE).values_list(
        "person_id", "track__code", "version", "earned_on", "expires_on", "revoked_on"
    )


def _results_of(rows: Any) -> Any:
    return rows.filter(person_id__any=_PEOPLE).values_list(
        "person_id", "track__code", "version", "part", "passed_on", "passed"
    )


def _employers_of(rows: Any) -> Any:
    employed = rows.current(Late(1, DateField())).filter(person_id__any=_PEOPLE)
    return employed.order_by("-since", "-pk").values_list("person_id", "partner_id")


def _turn(document: ProgramDocument, row: NewResult) -> tuple[dt.date, int, dt.date]:
    """Rows are judged by day; on one day prerequisites first, then older versions first."""
    rule = document.tracks.get(row.track.code)
    edition = rule.version(row.version) if rule else None
    released = edition.released if edition else dt.date.min
    return row.passed_on, _depth(document, row.track.code), released


def _depth(document: ProgramDocument, track: str, seen: frozenset[str] = frozenset()) -> int:
    rule = document.tracks.get(track)
    if rule is None or track in seen:
        return 0
    return max((1 + _depth(document, need, seen | {track}) for need in rule.needs or ()), default=0)


def _identity(row: NewResult, passed: bool) -> Identity:
    return row.person.pk, row.track.code, row.version, row.part, row.passed_on, passed


def _plan(row: NewResult, known: _Known) -> PlannedResult:
    employer, document = known.employers.get(row.person.pk), known.document
    rule = document.tracks.get(row.track.code)
    if rule is None:
        return PlannedResult(row, reasons=(retired(row.track.name),))
    passed = passes(rule, row.part, row.score, row.passed)
    attempts = known.attempts[row.person.pk]
    if _attempt(row, passed) in attempts:
        return PlannedResult(row, passed, partner_id=employer, unchanged=True)
    reasons = list(misfits(row, rule, document, known.held[row.person.pk], attempts))
    reasons += _known_better(row, passed, known)
    wrong_version = version_problem(document, row)
    if wrong_version or rule.composite:
        return PlannedResult(row, passed, (), employer, reasons=(*reasons, *wrong_version))
    earns, unearned = _earns(row, rule, known) if passed else ((), ())
    return PlannedResult(row, passed, earns, employer, reasons=(*reasons, *unearned))


def _known_better(row: NewResult, passed: bool, known: _Known) -> Iterable[Reason]:
    """What the day and the results recorded before have against it."""
    if row.passed_on > known.on:
        detail = _("Passed on %(day)s, which is still to come.") % {"day": row.passed_on}
        yield Reason("passed_in_future", detail, pointer="passed_on")
    taken = known.external_ids.get(row.external_id) if row.external_id else None
    if taken is not None and taken != _identity(row, passed):
        detail = _("Another result has the external id “%(id)s”.") % {"id": row.external_id}
        yield Reason("external_id_taken", detail, pointer="external_id")


def _earns(
    row: NewResult, rule: TrackRule, known: _Known
) -> tuple[tuple[Earned, ...], tuple[Reason, ...]]:
    """The certificates of a pass by the program's pure rule, or why there are none."""
    if row.expires_on is not None and rule.months != NOT_STATED:
        return (), (end_by_program(),)
    if row.expires_on is not None and row.expires_on <= max(row.passed_on, known.on):
        return (), (already_over(row.expires_on),)
    person = row.person.pk
    try:
        found = earned_by(
            known.document,
            _attempt(row, True),
            known.held[person],
            known.attempts[person],
            on=known.on,
            printed_end=row.expires_on,
        )
    except ProgramError as error:
        return (), tuple(problem_reason(problem) for problem in error.problems)
    return tuple(found), ()
