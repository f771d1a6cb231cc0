"""Verbs: record results, and with them the certificates that they earn."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from certifications.actions.people import lock_people, settle
from certifications.models import Certificate, Result
from certifications.numbers import new_number
from certifications.rules import NewResult, PlannedResult, plan_results
from programs.compiled import program_on
from programs.models import Track
from tenants import scope
from tenants.actions.files import keep
from tenants.directory import vendor_by_id
from tenants.files import Document
from tenants.models import Person
from tenants.writing import NotAllowed, Reason, Refused, action, actor_json


@dataclass(frozen=True)
class Recorded:
    """A result with the certificates it brought: that of its own track first, then those that it
    completed or carried on. None for a failed attempt, or while parts are missing."""

    result: Result
    certificates: tuple[Certificate, ...] = ()

    @property
    def certificate(self) -> Certificate:
        """The certificate of the result's own track. ``LookupError`` if it earned none."""
        for found in self.certificates:
            if found.track_id == self.result.track_id:
                return found
        raise LookupError("The result earned no certificate.")


@action("certificates.record")
def record_result(
    person: Person,
    track: Track,
    version: str,
    passed_on: dt.date,
    *,
    at: dt.datetime,
    score: Decimal | None = None,
    source: str = Result.Source.FORM,
    external_id: str = "",
    expires_on: dt.date | None = None,
    part: str = "",
    passed: bool | None = None,
    document: Document | None = None,
) -> Recorded:
    """Record that ``person`` took ``version`` of ``track``, or its ``part``, on the vendor's day
    ``passed_on``, and issue the numbered certificates that a pass earns.

    ``score`` in percent: below the program's pass mark the attempt is kept and earns nothing, as
    where ``passed`` is false. ``document`` shows it and is kept for the vendor's people alone. A
    person employed nowhere may pass: the certificate travels. Raises
    ``Refused``: ``already_recorded``, ``retired_track``, ``composite_track``, ``unknown_version``,
    ``version_needed``, ``unknown_part``, ``part_needed``, ``passed_in_future``,
    ``passed_before_release``, ``already_expired``, ``needs_track``, ``delta_without_course``,
    ``renewed_otherwise``, ``renewal_too_early``, ``retake_wait``, ``external_id_taken``,
    ``validity_not_stated``, ``end_by_program``, ``score_out_of_range``.
    """
    row = NewResult(
        person, track, version, passed_on, score, source, external_id, expires_on, part, passed,
        document,
    )  # fmt: skip
    [found] = _record([row], at)
    if found is None:
        raise Refused(
            "already_recorded",
            _("This result is recorded already; nothing was changed."),
        )
    return found


@action("certificates.record")
def record_results(rows: Sequence[NewResult], *, at: dt.datetime) -> list[Recorded | None]:
    """Record a set of results in one statement: all, or none at all.

    Returns what each row brought, in the rows' order, ``None`` where the result was recorded
    before: the same set twice changes nothing. Raises ``Refused`` with the reasons of every row,
    whose ``pointer`` is ``rows/<index>/<field>`` (for a single row just the field). Results are
    the vendor's word: a client bound to a partner may not record them.
    """
    return _record(rows, at)


def _record(rows: Sequence[NewResult], at: dt.datetime) -> list[Recorded | None]:
    held = scope.current()
    if not held.all_partners:
        raise NotAllowed("certificates.record")
    on = vendor_by_id(held.vendor_id).day_of(at)
    if any(track.joined for track in program_on(on).document.tracks.values()):
        # Two parts recorded at once would each miss the other.
        lock_people({row.person.pk for row in rows})
    program, planned = plan_results(rows, on=on)
    _refuse_any(planned)
    wanted = [place for place, row in enumerate(planned) if not row.unchanged]
    if not wanted:
        return [None] * len(rows)
    codes = {one.track for place in wanted for one in planned[place].earns}
    tracks = {row.track.code: row.track for row in rows}
    if missing := codes - tracks.keys():
        tracks |= {track.code: track for track in Track.objects.filter(code__in=missing)}
    values = [_values(place, planned[place], tracks, at) for place in wanted]
    found = _insert(values, at, on, program.number)
    settle({value["person_id"] for value in values}, on)
    return [found.get(place) for place in range(len(rows))]


def _refuse_any(planned: Sequence[PlannedResult]) -> None:
    reasons = []
    for place, row in enumerate(planned):
        before = f"rows/{place}/" if len(planned) > 1 else ""
        for reason in row.reasons:
            held = {**reason.to_dict(), "pointer": f"{before}{reason.pointer}"}
            reasons.append(Reason(**held))
    if reasons:
        raise Refused(reasons[0].code, reasons[0].detail, reasons=reasons)


def _values(
    place: int, planned: PlannedResult, tracks: dict[str, Track], at: dt.datetime
) -> dict[str, Any]:
    row = planned.row
    # What shows it is the vendor's: the person takes the certificate along, not the file.
    file = keep(row.document, partner_id=None, at=at) if row.document else None
    return {
        "place": place,
        "person_id": row.person.pk,
        "person": row.person.ref,
        "track_id": row.track.pk,
        "track": row.track.code,
        "version": row.version,
        "part": row.part,
        "passed": planned.passed,
        "passed_on": row.passed_on.isoformat(),
        "score": None if row.score is None else str(row.score),
        "source": str(row.source),
        "external_id": row.external_id,
        "document_id": file.pk if file else None,
        "partner_id": planned.partner_id,
        "certificates": [
            {
                "place": number,
                "track_id": tracks[one.track].pk,
                "track": one.track,
                "version": one.version,
                "number": new_number(),
                "earned_on": one.earned_on.isoformat(),
                "expires_on": one.expires_on.isoformat() if one.expires_on else None,
            }
            for number, one in enumerate(planned.earns)
        ],
    }


# Result, certificates, events and the enrolments that they end in one statement: a set costs what
# one costs. DO NOTHING meets only a result recorded by somebody else since it was planned; its row
# then issues nothing.
INSERT = """
WITH given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(
    place int, person_id bigint, person text, track_id bigint, track text, version text, part text,
    passed boolean, passed_on date, score numeric, source text, external_id text,
    document_id bigint, partner_id bigint, certificates jsonb)
), result AS (
  INSERT INTO certifications_result (vendor_id, person_id, track_id, version, part, passed,
    passed_on, score, source, external_id, document_id, recorded_at)
  SELECT %(vendor)s, person_id, track_id, version, part, passed, passed_on, score, source,
         external_id, document_id, %(at)s
  FROM given
  ON CONFLICT DO NOTHING
  RETURNING id, public_id, person_id, track_id, version, part, passed, passed_on
), kept AS (
  SELECT g.*, r.id AS result_id, r.public_id AS result_ref
  FROM given g
  JOIN result r USING (person_id, track_id, version, part, passed, passed_on)
), earned AS (
  SELECT k.place AS of_place, k.result_id, k.person_id, c.*
  FROM kept k, jsonb_to_recordset(k.certificates) AS c(
    place int, track_id bigint, track text, version text, number text, earned_on date,
    expires_on date)
), certificate AS (
  INSERT INTO certifications_certificate (vendor_id, person_id, track_id, result_id, version,
    number, earned_on, expires_on, revoked_reason, updated_at)
  SELECT %(vendor)s, person_id, track_id, result_id, version, number, earned_on, expires_on, '',
         %(at)s
  FROM earned
  RETURNING id, public_id, number
), reached AS (
  UPDATE certifications_courseenrolment n
  SET state = 'passed', until = %(on)s, updated_at = %(at)s
  FROM earned e
  WHERE n.vendor_id = %(vendor)s AND n.person_id = e.person_id AND n.track_id = e.track_id
    AND n.state IN ('planned', 'under_way')
)
SELECT k.place, k.result_id, k.result_ref, e.place, c.id, c.public_id,
  CASE WHEN c.id IS NULL THEN event_append(
    'result.recorded', 'result', k.result_ref, k.partner_id, %(actor)s::jsonb,
    jsonb_build_object('person', k.person, 'track', k.track, 'version', k.version,
      'part', k.part, 'passed', k.passed, 'passed_on', k.passed_on, 'source', k.source),
    NULL, NULL, %(program)s)
  ELSE event_append(
    'certificate.issued', 'certificate', c.public_id, k.partner_id, %(actor)s::jsonb,
    jsonb_build_object('person', k.person, 'track', e.track, 'version', e.version,
      'passed_on', e.earned_on, 'expires_on', e.expires_on, 'source', k.source,
      'result', 'res_' || replace(k.result_ref::text, '-', ''))
    || CASE WHEN e.track = k.track THEN '{}'::jsonb ELSE jsonb_build_object('by', k.track) END,
    NULL, NULL, %(program)s)
  END
FROM kept k
LEFT JOIN earned e ON e.of_place = k.place
LEFT JOIN certificate c ON c.number = e.number
"""


def _insert(
    values: list[dict[str, Any]], at: dt.datetime, on: dt.date, program_version: int
) -> dict[int, Recorded]:
    vendor_id = scope.current().vendor_id
    with connection.cursor() as cursor:
        cursor.execute(
            INSERT,
            {
                "rows": json.dumps(values),
                "vendor": vendor_id,
                "at": at,
                "on": on,
                "actor": actor_json(),
                "program": program_version,
            },
        )
        found = cursor.fetchall()
    by_place = {row["place"]: row for row in values}
    results: dict[int, Result] = {}
    earned: dict[int, dict[int, Certificate]] = {}
    for place, pk, ref, number, *keys, _event in found:
        row = by_place[place]
        results.setdefault(place, _result(vendor_id, row, at, pk, ref))
        held = earned.setdefault(place, {})
        if number is not None:
            values_of = row["certificates"][number]
            held[number] = _certificate(results[place], values_of, at, keys)
    return {
        place: Recorded(result, tuple(earned[place][number] for number in sorted(earned[place])))
        for place, result in results.items()
    }


def _result(vendor_id: int, row: dict[str, Any], at: dt.datetime, pk: int, ref: Any) -> Result:
    """The row just written, without reading it again."""
    result = Result(
        pk=pk,
        public_id=ref,
        vendor_id=vendor_id,
        person_id=row["person_id"],
        track_id=row["track_id"],
        version=row["version"],
        part=row["part"],
        passed=row["passed"],
        passed_on=dt.date.fromisoformat(row["passed_on"]),
        score=row["score"] and Decimal(row["score"]),
        source=row["source"],
        external_id=row["external_id"],
        document_id=row["document_id"],
        recorded_at=at,
    )
    result._state.adding, result._state.db = False, "default"
    return result


def _certificate(
    result: Result, values: dict[str, Any], at: dt.datetime, keys: Sequence[Any]
) -> Certificate:
    pk, public_id = keys
    ends = values["expires_on"]
    found = Certificate(
        pk=pk,
        public_id=public_id,
        vendor_id=result.vendor_id,
        person_id=result.person_id,
        track_id=values["track_id"],
        version=values["version"],
        result=result,
        number=values["number"],
        earned_on=dt.date.fromisoformat(values["earned_on"]),
        expires_on=dt.date.fromisoformat(ends) if ends else None,
        updated_at=at,
    )
    found._state.adding, found._state.db = False, "default"
    return found
