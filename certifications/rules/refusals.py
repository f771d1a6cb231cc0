"""Why a result cannot be: each reason says what is wrong and what to do about it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from programs.document import Problem, ProgramDocument, ProgramError, TrackVersion
from programs.document import Track as TrackRule
from programs.rules.earning import Attempt, Held, renewable_from, retake_from
from programs.rules.expiry import edition_taken
from tenants.writing import Reason
from web.templatetags.mainstay import short_date

if TYPE_CHECKING:
    from certifications.rules.recording import NewResult

_POINTERS = {"passed_before_release": "passed_on", "already_expired": "passed_on"}


def problem_reason(problem: Problem) -> Reason:
    """A refusal of the program's own rule, as the sender of a result reads it."""
    return Reason(
        problem.code,
        f"{problem.message[:1].upper()}{problem.message[1:]}.",
        fix=problem.remedy,
        pointer=_POINTERS.get(problem.code, "version"),
    )


def retired(track: str) -> Reason:
    return Reason(
        "retired_track",
        _("“%(track)s” is not in the program any more.") % {"track": track},
        fix=_("Choose a track of the program in force."),
        pointer="track",
    )


def end_by_program() -> Reason:
    detail = _("The program itself states how long this track is valid.")
    return Reason("end_by_program", detail, pointer="expires_on")


def already_over(day: dt.date) -> Reason:
    detail = _("It would have ended on %(day)s already.") % {"day": day}
    return Reason("already_expired", detail, pointer="expires_on")


def version_problem(document: ProgramDocument, row: NewResult) -> list[Reason]:
    """Nobody could take this version on this day."""
    try:
        edition_taken(document, row.track.code, row.version or None, row.passed_on)
    except ProgramError as error:
        return [problem_reason(problem) for problem in error.problems]
    return []


def misfits(
    row: NewResult,
    rule: TrackRule,
    document: ProgramDocument,
    held: Sequence[Held],
    attempts: Sequence[Attempt],
) -> Iterable[Reason]:
    """What the track, and what the person holds and took before, have against a result."""
    edition = rule.version(row.version) if row.version else None
    if row.score is not None and not 0 <= row.score <= 100:
        yield Reason("score_out_of_range", _("A score is 0 to 100 percent."), pointer="score")
    if rule.composite:
        yield composite_reason(document, rule)
        return
    yield from _part(row, rule, edition)
    yield from _needs(row, rule, document, held)
    if edition is not None and edition.kind == "delta" and not _has_course(row, edition, held):
        yield Reason(
            "delta_without_course",
            _("%(version)s is a delta course: it extends a valid certificate of version %(of)s.")
            % {"version": edition.code, "of": edition.of or "?"},
            fix=_("Record the full course, or the result of the earlier version first."),
            need=edition.of or "",
            pointer="version",
        )
    of_track = [one for one in attempts if one.track == row.track.code]
    yield from _too_soon(row, rule, edition, held)
    before = [one for one in of_track if one.on <= row.passed_on]
    if (reason := waiting(rule, row.part, before, row.passed_on)) is not None:
        yield reason


def waiting(rule: TrackRule, part: str, attempts: Iterable[Attempt], on: dt.date) -> Reason | None:
    """Why another attempt may not be on the day; says from when it may."""
    first = retake_from(rule, part, attempts)
    if first is None or on >= first:
        return None
    return Reason(
        "retake_wait",
        _("After the attempts so far the next one may be on %(day)s or later.")
        % {"day": short_date(first)},
        fix=_("Wait until that day, or check the day of the exam."),
        need=first.isoformat(),
        pointer="passed_on",
    )


def composite_reason(document: ProgramDocument, rule: TrackRule) -> Reason:
    """A composite has no exam."""
    members = ", ".join(document.title_of("tracks", code) for code in rule.composite or ())
    return Reason(
        "composite_track",
        _("This track has no exam: it is earned by holding %(tracks)s.") % {"tracks": members},
        fix=_("Record the results of those tracks."),
        pointer="track",
    )


def _part(row: NewResult, rule: TrackRule, edition: TrackVersion | None) -> Iterable[Reason]:
    known = ", ".join(rule.parts)
    whole = not rule.parts or (edition is not None and edition.kind == "delta")
    if row.part and (whole or row.part not in rule.parts):
        detail = _("This track has no part “%(part)s”.") % {"part": row.part}
        fix = _("Known: %(parts)s.") % {"parts": known} if not whole else _("Leave the part out.")
        yield Reason("unknown_part", detail, fix=fix, pointer="part")
    elif not row.part and not whole:
        yield Reason(
            "part_needed",
            _("This track is taken in parts: say which one."),
            fix=_("Known: %(parts)s.") % {"parts": known},
            pointer="part",
        )


def _needs(
    row: NewResult, rule: TrackRule, document: ProgramDocument, held: Sequence[Held]
) -> Iterable[Reason]:
    for need in rule.needs or ():
        if not any(h.track == need and h.counts(row.passed_on) for h in held):
            title = document.title_of("tracks", need)
            yield Reason(
                "needs_track",
                _("This track needs “%(track)s” first.") % {"track": title},
                fix=_("Record the result of “%(track)s”.") % {"track": title},
                need=title,
                pointer="track",
            )


def _too_soon(
    row: NewResult, rule: TrackRule, edition: TrackVersion | None, held: Sequence[Held]
) -> Iterable[Reason]:
    """A certificate that counts is renewed in the ways and in the time that the track names."""
    mine = [h for h in held if h.track == row.track.code and h.counts(row.passed_on)]
    if not mine:
        return
    best = max(mine, key=lambda h: h.until or dt.date.max)
    way = "delta" if edition is not None and edition.kind == "delta" else "exam"
    if not rule.renewed_by("delta" if way == "delta" else "exam"):
        yield Reason(
            "renewed_otherwise",
            _("A certificate of this track that counts is not renewed this way."),
            fix=_("Record what renews it, or wait until it has ended."),
            pointer="version" if way == "delta" else "track",
        )
    first = renewable_from(rule, best, row.version)
    if first is not None and row.passed_on < first:
        yield Reason(
            "renewal_too_early",
            _("The certificate counts until %(day)s and may be renewed from %(first)s on.")
            % {"day": short_date(best.until), "first": short_date(first)},
            fix=_("Take the exam in that time."),
            need=first.isoformat(),
            pointer="passed_on",
        )


def _has_course(row: NewResult, edition: TrackVersion, held: Sequence[Held]) -> bool:
    """A certificate of the course that the delta extends, or of a delta on it, still valid."""
    return any(
        h.track == row.track.code
        and (edition.of is None or h.version in (edition.of, edition.code))
        and h.counts(row.passed_on)
        for h in held
    )
