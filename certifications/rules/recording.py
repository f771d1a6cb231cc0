"""May this result be recorded, what certificate does it earn, and if not, why not."""

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
from partners.models import Employment
from programs.compiled import Program, program_on
from programs.document import ProgramDocument, ProgramError, TrackVersion
from programs.document import Track as TrackRule
from programs.fields import NOT_STATED
from programs.models import Track
from programs.rules import certificate_expiry
from tenants.models import Person
from tenants.writing import Reason
from web.statements import Late


@dataclass(frozen=True)
class NewResult:
    """A result as somebody reports it. ``expires_on`` is given only where the program does not
    state how long the track is valid: the end that the issuer printed."""

    person: Person
    track: Track
    version: str
    passed_on: dt.date
    score: Decimal | None = None
    source: str = Result.Source.FORM
    external_id: str = ""
    expires_on: dt.date | None = None


@dataclass(frozen=True)
class PlannedResult:
    """What recording would do: issue a certificate, nothing (``unchanged``), or refuse."""

    row: NewResult
    expires_on: dt.date | None = None
    partner_id: int | None = None
    unchanged: bool = False
    reasons: tuple[Reason, ...] = ()


@dataclass(frozen=True)
class _Held:
    """A certificate that the person has, or earns by an earlier row of the same set."""

    track: str
    version: str
    earned_on: dt.date
    ends: dt.date | None

    def counts(self, on: dt.date) -> bool:
        return self.earned_on <= on and (self.ends is None or on < self.ends)


@dataclass
class _Known:
    """What is known of the people of a set, read in a constant number of queries."""

    program: Program
    on: dt.date
    held: dict[int, list[_Held]] = field(default_factory=lambda: defaultdict(list))
    employers: dict[int, int] = field(default_factory=dict)
    external_ids: dict[str, tuple[int, str, str, dt.date]] = field(default_factory=dict)

    @property
    def document(self) -> ProgramDocument:
        return self.program.document


def plan_results(rows: Sequence[NewResult], *, on: dt.date) -> tuple[Program, list[PlannedResult]]:
    """What recording ``rows`` on the vendor's day ``on`` would do, in the rows' order.

    A row may build on another (a delta on its course, a track on its prerequisite), whichever
    stands first in the set. At most four queries. Raises ``Refused("no_program")``.
    """
    known = _read(rows, on)
    planned: dict[int, PlannedResult] = {}
    for place in sorted(range(len(rows)), key=lambda i: _turn(known.document, rows[i])):
        planned[place] = found = _plan(rows[place], known)
        if not found.reasons and not found.unchanged:
            row = found.row
            known.held[row.person.pk].append(
                _Held(row.track.code, row.version, row.passed_on, found.expires_on)
            )
            if row.external_id:
                known.external_ids[row.external_id] = _identity(row)
    return known.program, [planned[place] for place in range(len(rows))]


def _read(rows: Sequence[NewResult], on: dt.date) -> _Known:
    known = _Known(program_on(on), on)
    people = sorted({row.person.pk for row in rows})
    certificates = Certificate.objects.compiled("held by people", _certificates_of)
    for person_id, track, version, earned_on, expires_on, revoked_on in certificates.run([people]):
        ends = min(filter(None, (expires_on, revoked_on)), default=None)
        known.held[person_id].append(_Held(track, version, earned_on, ends))
    employed = Employment.objects.compiled("employers of people", _employers_of)
    known.employers = dict(employed.run([people, on]))
    external = [row.external_id for row in rows if row.external_id]
    if external:
        found = Result.objects.filter(external_id__in=external).values_list(
            "external_id", "person_id", "track__code", "version", "passed_on"
        )
        known.external_ids = {values[0]: values[1:] for values in found}
    return known


_PEOPLE = Late(0, ArrayField(BigIntegerField()))


def _certificates_of(rows: Any) -> Any:
    return rows.filter(person_id__any=_PEOPLE).values_list(
        "person_id", "track__code", "version", "earned_on", "expires_on", "revoked_on"
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


def _identity(row: NewResult) -> tuple[int, str, str, dt.date]:
    return row.person.pk, row.track.code, row.version, row.passed_on


def _plan(row: NewResult, known: _Known) -> PlannedResult:
    employer = known.employers.get(row.person.pk)
    if any(
        (h.track, h.version, h.earned_on) == (row.track.code, row.version, row.passed_on)
        for h in known.held[row.person.pk]
    ):
        return PlannedResult(row, partner_id=employer, unchanged=True)
    rule = known.document.tracks.get(row.track.code)
    if rule is None:
        return PlannedResult(row, reasons=(_retired(row.track),))
    reasons = list(_misfits(row, rule, known))
    expires_on, expiry_reasons = _expiry(row, rule, known)
    return PlannedResult(row, expires_on, employer, reasons=(*reasons, *expiry_reasons))


def _retired(track: Track) -> Reason:
    return Reason(
        "retired_track",
        _("“%(track)s” is not in the program any more.") % {"track": track.name},
        fix=_("Choose a track of the program in force."),
        pointer="track",
    )


def _expiry(
    row: NewResult, rule: TrackRule, known: _Known
) -> tuple[dt.date | None, tuple[Reason, ...]]:
    """The day the certificate ends, by the program's pure rule, or why there is none."""
    if rule.months == NOT_STATED and row.expires_on is not None:
        if row.expires_on > max(row.passed_on, known.on):
            return row.expires_on, ()
        detail = _("It would have ended on %(day)s already.") % {"day": row.expires_on}
        return None, (Reason("already_expired", detail, pointer="expires_on"),)
    if row.expires_on is not None:
        detail = _("The program itself states how long this track is valid.")
        return None, (Reason("end_by_program", detail, pointer="expires_on"),)
    try:
        return (
            certificate_expiry(
                known.document, row.track.code, row.version or None, row.passed_on, on=known.on
            ),
            (),
        )
    except ProgramError as error:
        pointers = {"passed_before_release": "passed_on", "already_expired": "passed_on"}
        return None, tuple(
            Reason(
                problem.code,
                f"{problem.message[:1].upper()}{problem.message[1:]}.",
                fix=problem.remedy,
                pointer=pointers.get(problem.code, "version"),
            )
            for problem in error.problems
        )


def _misfits(row: NewResult, rule: TrackRule, known: _Known) -> Iterable[Reason]:
    """Why the result cannot be, apart from its expiry."""
    held = known.held[row.person.pk]
    if row.passed_on > known.on:
        detail = _("Passed on %(day)s, which is still to come.") % {"day": row.passed_on}
        yield Reason("passed_in_future", detail, pointer="passed_on")
    if row.score is not None and not 0 <= row.score <= 100:
        yield Reason("score_out_of_range", _("A score is 0 to 100 percent."), pointer="score")
    missing = [
        need
        for need in rule.needs or ()
        if not any(h.track == need and h.counts(row.passed_on) for h in held)
    ]
    for need in missing:
        title = known.document.title_of("tracks", need)
        yield Reason(
            "needs_track",
            _("This track needs “%(track)s” first.") % {"track": title},
            fix=_("Record the result of “%(track)s”.") % {"track": title},
            need=title,
            pointer="track",
        )
    edition = rule.version(row.version) if row.version else None
    if edition is not None and edition.kind == "delta" and not _has_course(row, edition, held):
        yield Reason(
            "delta_without_course",
            _("%(version)s is a delta course: it extends a valid certificate of version %(of)s.")
            % {"version": edition.code, "of": edition.of or "?"},
            fix=_("Record the full course, or the result of the earlier version first."),
            need=edition.of or "",
            pointer="version",
        )
    taken = known.external_ids.get(row.external_id) if row.external_id else None
    if taken is not None and taken != _identity(row):
        detail = _("Another result has the external id “%(id)s”.") % {"id": row.external_id}
        yield Reason("external_id_taken", detail, pointer="external_id")


def _has_course(row: NewResult, edition: TrackVersion, held: list[_Held]) -> bool:
    """A certificate of the course that the delta extends, or of a delta on it, still valid."""
    return any(
        h.track == row.track.code
        and (edition.of is None or h.version in (edition.of, edition.code))
        and h.counts(row.passed_on)
        for h in held
    )
