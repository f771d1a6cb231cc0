"""Import of results, by the vendor's staff: a file of an exam centre or a learning system."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BeforeValidator, Field

from certifications.actions import record_results
from certifications.actions.people import lock_people
from certifications.models import Result
from certifications.rules import NewResult, PlannedResult, plan_results
from partners.models import Employment
from programs.compiled import declared
from programs.models import Track
from tenants.importing import (
    Context,
    Day,
    Email,
    ImportKind,
    ImportSchema,
    Line,
    Number,
    Planned,
    Row,
    register_import,
)
from tenants.importing.kinds import Outcome
from tenants.models import Person


def _yes(value: Any) -> Any:
    """Yes or no as exam centres write it."""
    if isinstance(value, str):
        word = value.strip().casefold()
        if word in _WORDS:
            return _WORDS[word]
        raise ValueError(_("Write yes or no."))
    return value


_WORDS = {
    "": None, "yes": True, "y": True, "true": True, "1": True, "passed": True, "pass": True,
    "no": False, "n": False, "false": False, "0": False, "failed": False, "fail": False,
}  # fmt: skip
Yes = Annotated[bool | None, BeforeValidator(_yes)]


_THEY = "people with results"


class ResultRow(ImportSchema):
    """``external_id`` and ``email`` find the person; ``result_id`` is the exam centre's own."""

    track: Line = Field(max_length=60)
    passed_on: Day
    external_id: Line = Field("", max_length=120)
    email: Email = ""
    version: Line = Field("", max_length=40)
    score: Number | None = None
    result_id: Line = Field("", max_length=120)
    expires_on: Day | None = None
    part: Line = Field("", max_length=60)
    passed: Yes = None

    also: ClassVar[dict[str, tuple[str, ...]]] = {
        "track": ("track code", "certification"),
        "passed_on": ("passed", "date", "exam date"),
        "external_id": ("person", "person id", "employee id"),
        "email": ("e-mail", "mail"),
        "version": ("track version", "exam version"),
        "score": ("percent",),
        "result_id": ("exam id", "certificate id"),
        "expires_on": ("valid until", "ends on"),
        "part": ("module", "exam part"),
        "passed": ("result", "outcome"),
    }


def key(values: ResultRow) -> Any:
    who = values.external_id or values.email
    exam = (values.track, values.version, values.part, values.passed_on)
    return (who.casefold(), *exam, values.passed)


class _People:
    """Who the rows may mean: two queries. A partner chosen for the file narrows them down."""

    def __init__(self, rows: Sequence[Row], context: Context) -> None:
        self.by_external: dict[str, dict[int, Person]] = defaultdict(dict)
        self.by_email: dict[str, dict[int, Person]] = defaultdict(dict)
        external = {row.values.external_id for row in rows} - {""}
        email = {row.values.email for row in rows} - {""}
        employed = Employment.objects.current(context.on).select_related("person")
        if context.partner_id is not None:
            employed = employed.filter(partner_id=context.partner_id)
        for one in employed.filter(external_id__in=external):
            self.by_external[one.external_id][one.person_id] = one.person
        people = Person.objects.all()
        if context.partner_id is not None:
            people = people.filter(pk__in=employed.values("person_id"))
        for person in people.filter(external_id__in=external):
            self.by_external[person.external_id][person.pk] = person
        for person in people.filter(email__in=email):
            self.by_email[person.email][person.pk] = person

    def of(self, row: Row) -> Person | Planned:
        """The person, or the row's error; two people of one address are never guessed at."""
        values = row.values
        column = "external_id" if values.external_id else "email"
        known = self.by_external if values.external_id else self.by_email
        wanted = getattr(values, column)
        if not wanted:
            return row.error("external_id", _("Name the person by external id or e-mail."))
        found = list(known.get(wanted, {}).values())
        if len(found) == 1:
            return found[0]
        words = (
            _("Several people have “%(value)s”: name the person by the other column.")
            if found
            else _("There is no person with “%(value)s”.")
        )
        return row.error(column, words % {"value": wanted})


def together(rows: Sequence[Row], context: Context) -> list[str | int]:
    """Whose result each row is: one may build on another. Rows with the same id of the exam centre
    are judged with the first of them, since only one result may have it."""
    people = _People(rows, context)
    first = context.known.setdefault("results by id", {})
    found = []
    for row in rows:
        person, result_id = people.of(row), row.values.result_id
        about = person.pk if isinstance(person, Person) else row.number
        found.append(first.setdefault(hash(result_id), about) if result_id else about)
    return found


def plan(rows: Sequence[Row], context: Context) -> list[Planned]:
    """Each row is a new certificate, a result recorded before, or an error."""
    people = _People(rows, context)
    tracks = {track.code: track for track in Track.objects.all()}
    answers: dict[int, Planned] = {}
    fit: list[tuple[Row, NewResult]] = []
    for row in rows:
        person = people.of(row)
        track = tracks.get(row.values.track)
        if isinstance(person, Planned):
            answers[row.number] = person
        elif track is None:
            listed = declared(Track.objects.all(), context.on).values_list("code", flat=True)
            known = ", ".join(sorted(listed))
            words = _("There is no track “%(code)s”. Known: %(known)s.")
            answers[row.number] = row.error(
                "track", words % {"code": row.values.track, "known": known}
            )
        else:
            fit.append((row, _result(row.values, person, track)))
            context.known.setdefault(_THEY, set()).add(person.pk)
    if fit:
        _program, judged = plan_results([result for _row, result in fit], on=context.on)
        for one, found in zip(fit, judged, strict=True):
            answers[one[0].number] = _planned(one[0], found)
    return [answers[row.number] for row in rows]


def _result(values: ResultRow, person: Person, track: Track) -> NewResult:
    return NewResult(
        person=person,
        track=track,
        version=values.version,
        passed_on=values.passed_on,
        score=_percent(values.score),
        source=Result.Source.IMPORT,
        external_id=values.result_id,
        expires_on=values.expires_on,
        part=values.part,
        passed=values.passed,
    )


def _percent(score: Decimal | None) -> Decimal | None:
    return None if score is None else score.quantize(Decimal("0.01"))


def _planned(row: Row, found: PlannedResult) -> Planned:
    if found.unchanged:
        return Planned(row, Outcome.UNCHANGED)
    if found.reasons:
        errors = tuple(
            {
                "column": "result_id" if r.pointer == "external_id" else r.pointer,
                "message": " ".join(filter(None, [r.detail, r.fix])),
            }
            for r in found.reasons
        )
        return Planned(row, Outcome.ERROR, errors=errors)
    changes = {"person": [None, found.row.person.name], "track": [None, found.row.track.name]}
    return Planned(row, Outcome.CREATE, {**changes, **_outcome(found)}, extra=found.row)


def _outcome(found: PlannedResult) -> dict[str, list[Any]]:
    """What the preview says of a row: the end of what it earns, or that it earns nothing."""
    if not found.earns:
        return {"passed": [None, _("part passed") if found.passed else _("not passed")]}
    ends = found.earns[0].expires_on
    also = ", ".join(one.track for one in found.earns[1:])
    shown = {"ends_on": [None, ends.isoformat() if ends else _("never")]}
    return shown | ({"also": [None, also]} if also else {})


def apply(todo: Sequence[Planned], context: Context) -> None:
    """All people of the file are held first, in one order: chunk by chunk two files would wait for
    each other."""
    if they := context.known.pop(_THEY, None):
        lock_people(they)
    record_results([one.extra for one in todo], at=context.at)


def register() -> None:
    """Called once the apps are loaded."""
    register_import(
        ImportKind(
            name="results",
            title=gettext_lazy("Exam results"),
            schema=ResultRow,
            capability="certificates.record",
            key=key,
            plan=plan,
            apply=apply,
            together=together,
            key_columns=("external_id", "email", "track", "passed_on"),
            staff_only=True,
            help=gettext_lazy(
                "One line per exam taken, passed or not. The person is found by external id or "
                "e-mail; the certificate’s end follows from the program."
            ),
        )
    )
