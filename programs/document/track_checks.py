"""What makes a track unsound: references that lead nowhere, anchors and ways that cannot work."""

from collections.abc import Iterator

from django.utils.translation import gettext as _

from programs.document.circles import circles
from programs.document.models import ProgramDocument
from programs.document.tracks import Track, TrackVersion
from programs.errors import Problem
from programs.fields import or_words
from programs.rules.base import Path, Problems

Found = Iterator[tuple[Path, Problem]]


def tracks_unfit(document: ProgramDocument) -> Problems:
    """Every track and company equivalent that nobody could earn, renew or judge."""
    problems: Problems = []
    for code, track in document.tracks.items():
        path: Path = ("tracks", code)
        problems += _references(document, code, track, path)
        problems += [*_anchor(track, path), *_ways(code, track, path), *_versions(track, path)]
    problems += circles({c: t.needs or () for c, t in document.tracks.items()}, "tracks", "needs")
    if not any(problem.code == "cycle" for _, problem in problems):
        built_on = {
            code: (*(track.needs or ()), *(track.composite or ()))
            for code, track in document.tracks.items()
        }
        problems += circles(built_on, "tracks", "composite")
    return problems + _equivalents(document)


def _references(document: ProgramDocument, code: str, track: Track, path: Path) -> Problems:
    problems: Problems = []
    for key in ("needs", "composite"):
        for needed in getattr(track, key) or ():
            if needed not in document.tracks:
                problems += document.missing("tracks", needed, (*path, key))
    for place, way in enumerate(track.renew):
        if isinstance(way, str):
            continue
        if way.track not in document.tracks:
            problems += document.missing("tracks", way.track, (*path, "renew", place, "track"))
        elif way.track == code:
            message = _("a track does not renew itself by its own code")
            remedy = _("Write exam or delta")
            at: Path = (*path, "renew", place, "track")
            problems.append((at, Problem("renews_itself", "", message, remedy=remedy)))
    return problems


def _equivalents(document: ProgramDocument) -> Problems:
    problems: Problems = []
    for code, rule in document.equivalents.items():
        path: Path = ("equivalents", code)
        for track in rule.tracks:
            if track not in document.tracks:
                problems += document.missing("tracks", track, (*path, "tracks"))
        if rule.attestation not in document.attestations:
            problems += document.missing("attestations", rule.attestation, (*path, "attestation"))
    return problems


def _anchor(track: Track, path: Path) -> Found:
    at: Path = (*path, "anchor")
    if track.anchor == "course_release" and not track.versions:
        message = _("anchor course_release needs versions with their release days")
        yield at, Problem("no_versions", "", message, remedy=_("Add them, or take another anchor"))
    if track.anchor in ("course_release", "old_expiry") and not isinstance(track.months, int):
        message = _("anchor %(anchor)s needs months") % {"anchor": track.anchor}
        remedy = _("Say for how many months a certificate counts, or take another anchor")
        yield at, Problem("no_months", "", message, remedy=remedy)
    if track.anchor == "old_expiry" and track.renew_from_days is None:
        message = _("each renewal adds to the one before: without renew_from_days they pile up")
        remedy = _("Say how many days before its end a certificate may be renewed")
        yield at, Problem("renewals_pile_up", "", message, remedy=remedy)


def _ways(code: str, track: Track, path: Path) -> Found:
    """Parts, composites and renewals that contradict each other."""
    if len(track.parts) == 1:
        message = _("a single part is the exam itself")
        yield (
            (*path, "parts"),
            Problem("one_part", "", message, remedy=_("Add parts, or remove it")),
        )
    if track.parts_within_days and not track.parts:
        message = _("there are no parts to be passed within these days")
        problem = Problem("no_parts", "", message, remedy=_("Add parts, or remove it"))
        yield (*path, "parts_within_days"), problem
    if len(set(track.renew)) < len(track.renew):
        problem = Problem(
            "twice", "", _("a way to renew stands twice"), remedy=_("Keep one of them")
        )
        yield (*path, "renew"), problem
    if track.composite is None:
        return
    if len(set(track.composite)) < max(2, len(track.composite)):
        message = _("a composite is earned by holding two or more other tracks, each named once")
        remedy = _("Name two or more, each once")
        yield (*path, "composite"), Problem("composite", "", message, remedy=remedy)
    for key in ("parts", "versions", "pass_mark", "retake", "needs"):
        if getattr(track, key):
            message = _("a composite has no exam of its own")
            remedy = _("Remove %(key)s or composite") % {"key": key}
            yield (*path, key), Problem("composite_with_exam", "", message, remedy=remedy)
    if track.anchor in ("course_release", "old_expiry"):
        message = _("a composite counts from the day on which the last member was met")
        remedy = _("Write requirement_met")
        yield (*path, "anchor"), Problem("composite_anchor", "", message, remedy=remedy)


def _versions(track: Track, path: Path) -> Found:
    seen: set[str] = set()
    for index, version in enumerate(track.versions):
        here = (*path, "versions", index)
        yield from _version(track, version, version.code in seen, here)
        if version.recertify_by and version.recertify_by <= version.released:
            message = _(
                "people would have to recertify by %(day)s, not later than the release on "
                "%(released)s"
            ) % {"day": version.recertify_by, "released": version.released}
            remedy = _("Leave them time, or remove recertify_by")
            problem = Problem("recertify_before_release", "", message, remedy=remedy)
            yield (*here, "recertify_by"), problem
        seen.add(version.code)


def _version(track: Track, version: TrackVersion, twice: bool, here: Path) -> Found:
    base = track.version(version.of)
    if twice:
        message = _("the version %(code)s stands twice") % {"code": repr(version.code)}
        yield (*here, "code"), Problem("twice", "", message, remedy=_("Keep one of them"))
    elif (version.kind == "delta") != (version.of is not None):
        message = _("a delta, and only a delta, says of which version it is")
        yield here, Problem("delta", "", message, remedy=_("Add or remove of"))
    elif version.of and (base is None or base is version):
        message = _("there is no other version %(of)s in this track") % {"of": repr(version.of)}
        known = or_words(one.code for one in track.versions if one is not version)
        remedy = _("Known: %(known)s") % {"known": known or "–"}
        yield (*here, "of"), Problem("unknown_version", "", message, remedy=remedy)
    elif base and base.released > version.released:
        message = _("released before the version %(code)s that it builds on") % {
            "code": repr(base.code)
        }
        remedy = _("Put one of the two days right")
        yield (*here, "released"), Problem("release_order", "", message, remedy=remedy)
