"""Verbs: record results, revoke a certificate, and the sweep that raises certificate alerts."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Sequence
from decimal import Decimal
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _

from alerts.actions import SweepTerms, raise_alerts, settle_alerts
from certifications.models import Certificate, Result
from certifications.numbers import new_number
from certifications.rules import NewResult, PlannedResult, plan_results
from certifications.sweeping import DUE, KIND
from partners.models import Employment
from programs.locks import lock_partners
from programs.models import Track
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.models import Person
from tenants.writing import NotAllowed, Reason, Refused, action, actor_json, record_event


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
) -> Certificate:
    """Record that ``person`` passed ``version`` of ``track`` on the vendor's day ``passed_on``.

    Returns the numbered certificate it earns (``.result`` is the result). ``score`` in percent.
    A person employed nowhere may pass: the certificate travels. Raises ``Refused``:
    ``already_recorded``, ``retired_track``, ``unknown_version``, ``version_needed``,
    ``passed_in_future``, ``passed_before_release``, ``already_expired``, ``needs_track``,
    ``delta_without_course``, ``external_id_taken``, ``validity_not_stated``.
    """
    row = NewResult(person, track, version, passed_on, score, source, external_id, expires_on)
    [found] = _record([row], at)
    if found is None:
        raise Refused(
            "already_recorded",
            _("This result is recorded already; nothing was changed."),
        )
    return found


@action("certificates.record")
def record_results(rows: Sequence[NewResult], *, at: dt.datetime) -> list[Certificate | None]:
    """Record a set of results in one statement: all, or none at all.

    Returns the certificates in the rows' order, ``None`` where the result was recorded before:
    the same set twice changes nothing. Raises ``Refused`` with the reasons of every row, whose
    ``pointer`` is ``rows/<index>/<field>`` (for a single row just the field). Results are the
    vendor's word: a client bound to a partner may not record them.
    """
    return _record(rows, at)


def _record(rows: Sequence[NewResult], at: dt.datetime) -> list[Certificate | None]:
    held = scope.current()
    if not held.all_partners:
        raise NotAllowed("certificates.record")
    on = vendor_by_id(held.vendor_id).day_of(at)
    program, planned = plan_results(rows, on=on)
    _refuse_any(planned)
    wanted = {place: new_number() for place, row in enumerate(planned) if not row.unchanged}
    if not wanted:
        return [None] * len(rows)
    values = [_values(planned[place], number) for place, number in wanted.items()]
    issued = _insert(values, at, program.number)
    _settle({value["person_id"] for value in values}, on)
    return [issued.get(wanted.get(place, "")) for place in range(len(rows))]


def _refuse_any(planned: Sequence[PlannedResult]) -> None:
    reasons = []
    for place, row in enumerate(planned):
        before = f"rows/{place}/" if len(planned) > 1 else ""
        for reason in row.reasons:
            held = {**reason.to_dict(), "pointer": f"{before}{reason.pointer}"}
            reasons.append(Reason(**held))
    if reasons:
        raise Refused(reasons[0].code, reasons[0].detail, reasons=reasons)


def _values(planned: PlannedResult, number: str) -> dict[str, Any]:
    row = planned.row
    return {
        "person_id": row.person.pk,
        "track_id": row.track.pk,
        "track": row.track.code,
        "version": row.version,
        "passed_on": row.passed_on.isoformat(),
        "expires_on": planned.expires_on.isoformat() if planned.expires_on else None,
        "score": None if row.score is None else str(row.score),
        "source": str(row.source),
        "external_id": row.external_id,
        "number": number,
        "partner_id": planned.partner_id,
    }


# Result, certificate and event in one statement: a set costs what one costs. DO NOTHING meets only
# a result recorded by somebody else since it was planned; its row then issues nothing.
_INSERT = """
WITH given AS MATERIALIZED (
  SELECT * FROM jsonb_to_recordset(%(rows)s::jsonb) AS r(
    person_id bigint, track_id bigint, track text, version text, passed_on date,
    expires_on date, score numeric, source text, external_id text, number text, partner_id bigint)
), result AS (
  INSERT INTO certifications_result (vendor_id, person_id, track_id, version, passed_on, score,
                                     source, external_id, recorded_at)
  SELECT %(vendor)s, person_id, track_id, version, passed_on, score, source, external_id, %(at)s
  FROM given
  ON CONFLICT DO NOTHING
  RETURNING id, public_id, person_id, track_id, version, passed_on
), certificate AS (
  INSERT INTO certifications_certificate (vendor_id, person_id, track_id, result_id, version,
    number, earned_on, expires_on, revoked_reason, updated_at)
  SELECT %(vendor)s, g.person_id, g.track_id, r.id, g.version, g.number, g.passed_on,
         g.expires_on, '', %(at)s
  FROM given g JOIN result r USING (person_id, track_id, version, passed_on)
  RETURNING id, public_id, result_id, number
)
SELECT c.id, c.public_id, r.id, r.public_id, g.number, event_append(
  'certificate.issued', 'certificate', c.public_id, g.partner_id, %(actor)s::jsonb,
  jsonb_build_object('person', g.person_id, 'track', g.track, 'version', g.version,
    'passed_on', g.passed_on, 'expires_on', g.expires_on, 'source', g.source,
    'result', 'res_' || replace(r.public_id::text, '-', '')),
  NULL, NULL, %(program)s)
FROM certificate c JOIN result r ON r.id = c.result_id JOIN given g ON g.number = c.number
"""


def _insert(
    values: list[dict[str, Any]], at: dt.datetime, program_version: int
) -> dict[str, Certificate]:
    vendor_id = scope.current().vendor_id
    with connection.cursor() as cursor:
        cursor.execute(
            _INSERT,
            {
                "rows": json.dumps(values),
                "vendor": vendor_id,
                "at": at,
                "actor": actor_json(),
                "program": program_version,
            },
        )
        found = cursor.fetchall()
    by_number = {row["number"]: row for row in values}
    return {
        number: _certificate(vendor_id, by_number[number], at, keys)
        for *keys, number, _event in found
    }


def _certificate(
    vendor_id: int, values: dict[str, Any], at: dt.datetime, keys: Sequence[Any]
) -> Certificate:
    """The row just written, without reading it again."""
    pk, public_id, result_pk, result_public_id = keys
    shared = {
        "vendor_id": vendor_id,
        "person_id": values["person_id"],
        "track_id": values["track_id"],
        "version": values["version"],
    }
    passed_on = dt.date.fromisoformat(values["passed_on"])
    ends = values["expires_on"]
    result = Result(
        pk=result_pk,
        public_id=result_public_id,
        passed_on=passed_on,
        score=values["score"] and Decimal(values["score"]),
        source=values["source"],
        external_id=values["external_id"],
        recorded_at=at,
        **shared,
    )
    found = Certificate(
        pk=pk,
        public_id=public_id,
        result=result,
        number=values["number"],
        earned_on=passed_on,
        expires_on=dt.date.fromisoformat(ends) if ends else None,
        updated_at=at,
        **shared,
    )
    for row in (result, found):
        row._state.adding, row._state.db = False, "default"
    return found


@action("certificates.revoke")
def revoke_certificate(certificate: Certificate, reason: str, *, at: dt.datetime) -> Certificate:
    """Revoke from the vendor's day of ``at`` on: it stops counting at once, everywhere.

    Takes the lock of every partner that employs the person, so that no deployment is granted on
    it once this commits. Raises ``Refused``: ``reason_needed``, ``already_revoked``.
    """
    reason = reason.strip()
    if not reason:
        detail = _("Say why: the person and the partner will read it.")
        raise Refused("reason_needed", reasons=[Reason("reason_needed", detail, pointer="reason")])
    held = scope.current()
    if not held.all_partners:
        raise NotAllowed("certificates.revoke")
    on = vendor_by_id(held.vendor_id).day_of(at)
    employers = _lock_employers(certificate.person_id, on)
    locked = Certificate.objects.select_for_update().get(pk=certificate.pk)
    if locked.revoked_on is not None:
        detail = _("It was revoked on %(day)s.") % {"day": locked.revoked_on}
        raise Refused("already_revoked", detail)
    locked.revoked_on, locked.revoked_reason = on, reason[:300]
    locked.updated_at = at
    locked.save(update_fields=["revoked_on", "revoked_reason", "updated_at"])
    _settle({locked.person_id}, on)
    record_event(
        "certificate.revoked",
        locked,
        partner_id=employers[0] if employers else None,
        data={"person": locked.person_id, "number": locked.number, "revoked_on": on},
        private={"reason": reason},
        private_person_id=locked.person_id,
    )
    return locked


def _settle(person_ids: Collection[int], on: dt.date) -> None:
    """Alerts of these people stand for the certificates to renew, no longer for those renewed or
    revoked."""
    of_them = Certificate.objects.filter(person_id__in=person_ids)
    newest = of_them.newest(on)
    over = of_them.exclude(pk__in=newest.values("pk"))
    settle_alerts(KIND, over.values("public_id"), newest.values("public_id"))


def _lock_employers(person_id: int, on: dt.date) -> list[int]:
    """Lock the partners that employ the person on the day or later; their ids.

    Read again under the lock: somebody may have been hired while this waited for it.
    """
    locked: list[int] = []
    while True:
        employed = Employment.objects.filter(person_id=person_id).exclude(until__lte=on)
        found = sorted(set(employed.values_list("partner_id", flat=True)))
        if found == locked:
            return locked
        lock_partners(found)
        locked = found


def sweep_certificate_alerts(*, at: dt.datetime) -> int:
    """Raise every certificate alert whose window was entered by ``at``, for all vendors.

    No vendor is entered; one statement on the ``ops`` connection. An alert is raised once per
    certificate, employer and window of the program in force on the vendor's day; after downtime
    all windows are written and the most urgent is delivered. Returns the number of alerts.
    """
    return raise_alerts(SweepTerms("certificate alerts", DUE, every_seconds=300), at=at)
