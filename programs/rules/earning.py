"""What a passed exam, or part of one, earns: the certificates that one result brings. Pure.

A result earns the certificate of its own track; each certificate earned completes composites and
carries on those of other tracks that name its track as a way to renew. Each track is earned once
by a result, so that tracks may renew each other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from programs.errors import ProgramError
from programs.fields import NOT_STATED
from programs.rules.expiry import certificate_expiry, counts_until
from programs.rules.periods import add_months

if TYPE_CHECKING:
    from programs.document.models import ProgramDocument
    from programs.document.tracks import RenewalByTrack, Track


@dataclass(frozen=True, slots=True)
class Held:
    """A certificate that counts over `[earned_on, until)`; `until` None: no end is known."""

    track: str
    version: str
    earned_on: date
    until: date | None

    def counts(self, on: date) -> bool:
        return self.earned_on <= on and (self.until is None or on < self.until)


@dataclass(frozen=True, slots=True)
class Attempt:
    """An exam, or a part of one, taken on a day. `version` and `part` are empty where none is."""

    track: str
    version: str
    part: str
    on: date
    passed: bool = True


@dataclass(frozen=True, slots=True)
class Earned:
    """A certificate that a result brings; `expires_on` None: it never ends."""

    track: str
    version: str
    earned_on: date
    expires_on: date | None


def passes(track: "Track", part: str, score: Decimal | None, told: bool | None) -> bool:
    """Whether a result is a pass: never below the pass mark, nor where its sender says it is none;
    without a score the sender's word counts."""
    mark = track.mark(part)
    return told is not False and (score is None or mark is None or score >= mark)


def retake_from(track: "Track", part: str, attempts: Iterable[Attempt]) -> date | None:
    """The first day on which the next attempt may be, given those of one person; None: any day.

    The waits count from the last failed attempt, one wait for each failure since the last pass;
    `per_year` counts every attempt of the twelve months before.
    """
    rule = track.retake
    if rule is None:
        return None
    taken = sorted((one for one in attempts if one.part == part), key=lambda one: one.on)
    days: list[date] = []
    failures = 0
    for one in taken:
        failures = 0 if one.passed else failures + 1
    if failures and rule.waits_days:
        wait = rule.waits_days[min(failures, len(rule.waits_days)) - 1]
        days.append(taken[-1].on + timedelta(days=wait))
    if rule.per_year is not None and len(taken) >= rule.per_year:
        days.append(add_months(taken[-rule.per_year].on, 12))
    return max(days, default=None)


def renewable_from(track: "Track", held: Held, version: str | None) -> date | None:
    """The first day on which a certificate may be renewed by this version; None: any day.

    A newer version than the one held is never too early.
    """
    if track.renew_from_days is None or held.until is None:
        return None
    if track.is_newer(version, held.version):
        return None
    return held.until - timedelta(days=track.renew_from_days)


def parts_missing(
    track: "Track", version: str, attempts: Iterable[Attempt], since: date | None
) -> tuple[date | None, tuple[str, ...]]:
    """The day on which the last part was met, or None with the parts that are still missing.

    Parts of this version that were passed after `since`, the day of the last certificate, count;
    none lies more than `parts_within_days` before the last.
    """
    met: dict[str, date] = {}
    for one in attempts:
        fresh = since is None or one.on > since
        if one.passed and one.part in track.parts and one.version == version and fresh:
            met[one.part] = max(one.on, met.get(one.part, one.on))
    if met and track.parts_within_days is not None:
        first = max(met.values()) - timedelta(days=track.parts_within_days)
        met = {part: day for part, day in met.items() if day >= first}
    missing = tuple(part for part in track.parts if part not in met)
    return (None if missing else max(met.values())), missing


def earned_by(
    document: "ProgramDocument",
    attempt: Attempt,
    held: Iterable[Held],
    attempts: Iterable[Attempt],
    *,
    on: date,
    printed_end: date | None = None,
) -> list[Earned]:
    """The certificates that a passed attempt brings, known on the day `on`; that of its own track
    is the first. None where parts are missing.

    `attempts` are the person's others. `printed_end` is the issuer's, for a track whose validity
    the program does not state. Raises ProgramError as `certificate_expiry` does.
    """
    has = list(held)
    day = _met_on(document.tracks[attempt.track], attempt, has, attempts)
    if day is None:
        return []
    own = _best(has, attempt.track, day)
    expires = printed_end or certificate_expiry(
        document, attempt.track, attempt.version or None, day, on=on,
        held_until=own.until if own else None,
    )  # fmt: skip
    found = [Earned(attempt.track, attempt.version, day, expires)]
    place = 0
    while place < len(found):
        one = found[place]
        has.append(_as_held(document, one))
        done = {earned.track for earned in found}
        found += [
            more for more in _further(document, one, has, on) if more.track not in done
        ]  # fmt: skip
        place += 1
    return found


def _met_on(
    track: "Track", attempt: Attempt, held: list[Held], attempts: Iterable[Attempt]
) -> date | None:
    edition = track.version(attempt.version)
    if not track.parts or (edition is not None and edition.kind == "delta"):
        return attempt.on
    last = max((h.earned_on for h in held if h.track == attempt.track), default=None)
    of_track = [one for one in attempts if one.track == attempt.track]
    return parts_missing(track, attempt.version, [*of_track, attempt], last)[0]


def _as_held(document: "ProgramDocument", one: Earned) -> Held:
    until = counts_until(document, one.track, one.version, one.expires_on)
    return Held(one.track, one.version, one.earned_on, until)


def _best(held: Iterable[Held], track: str, day: date) -> Held | None:
    """The certificate of the track that counts on the day and ends last."""
    counting = [one for one in held if one.track == track and one.counts(day)]
    return max(counting, key=lambda one: one.until or date.max, default=None)


def _further(
    document: "ProgramDocument", one: Earned, held: list[Held], on: date
) -> Iterator[Earned]:
    """What a certificate brings beside itself."""
    for code in document.follows.get(one.track, ()):
        track, found = document.tracks[code], None
        if one.track in (track.composite or ()):
            found = _composite(code, track, held, one.earned_on)
        for way in track.by_tracks:
            if found is None and way.track == one.track:
                found = _carried(document, code, way, held, one.earned_on)
        if found is None:
            continue
        until = _as_held(document, found).until
        now = _best(held, code, found.earned_on)
        longer = now is None or (now.until or date.max) < (until or date.max)
        if longer and (until is None or until > max(on, found.earned_on)):
            yield found


def _composite(code: str, track: "Track", held: list[Held], day: date) -> Earned | None:
    """The composite, where all members are held on the day, or on the last one's."""
    members = track.composite or ()
    if track.months == NOT_STATED:
        return None
    if not all(_best(held, member, day) for member in members):
        # Recorded late: the member that completes it may have been earned after this one.
        day = max(
            (one.earned_on for one in held if one.track in members and one.earned_on >= day),
            default=day,
        )
    best = [_best(held, member, day) for member in members]
    if not all(best):
        return None
    ends = [one.until for one in best if one is not None and one.until is not None]
    if isinstance(track.months, int):
        return Earned(code, "", day, add_months(day, track.months))
    return Earned(code, "", day, min(ends, default=None))


def _carried(
    document: "ProgramDocument", code: str, way: "RenewalByTrack", held: list[Held], day: date
) -> Earned | None:
    """The certificate of the track that another one carries on, while it counts."""
    track, now = document.tracks[code], _best(held, code, day)
    if now is None or now.until is None:
        return None
    newest = track.latest(day)
    version = newest.code if newest else ""
    first = renewable_from(track, now, version)
    if first is not None and day < first:
        return None
    try:
        expires = certificate_expiry(
            document, code, version or None, day, held_until=now.until, months=way.months
        )
    except ProgramError:
        return None
    return Earned(code, version, day, expires)
