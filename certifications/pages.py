"""What the pages show of a certificate: its state in words, its stakes, the ways to renew it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _

from certifications.models import Certificate
from certifications.rules import Stake, stakes_at, ways_to_renew
from certifications.tables import SOON_DAYS
from partners.models import Employment
from programs.compiled import program_or_none
from programs.document import ProgramDocument, TrackVersion
from tenants import scope
from tenants.clock import today
from tenants.models import Vendor


@dataclass(frozen=True)
class State:
    """``code`` is stable; ``tone`` paints it; words say it."""

    code: str
    label: str
    tone: str
    icon: str


def state_of(certificate: Certificate, on: dt.date) -> State:
    """Valid, ending soon, lapsed, superseded or revoked on the day ``on``; of rows that bring
    ``counts_until``."""
    if certificate.revoked_on is not None and certificate.revoked_on <= on:
        return State("revoked", _("Revoked"), "bad", "ban")
    until = certificate.counts_until  # type: ignore[attr-defined]
    if until is not None:
        left = (until - on).days
        if left <= 0:
            own = certificate.expires_on
            if own is None or own > on:
                return State("superseded", _("Superseded"), "bad", "alert-triangle")
            return State("expired", _("Lapsed"), "bad", "alert-triangle")
        if left <= SOON_DAYS:
            return State("ending", _("Ends soon"), "warn", "clock")
    return State("valid", _("Valid"), "ok", "circle-check")


def to_renew(on: dt.date) -> Any:
    """Per person and track the certificate to look at, of people employed today in the scope."""
    held = scope.current()
    partners = None if held.all_partners else held.partner_ids
    return with_employer(Certificate.objects.newest(on).of_employees(on, partners), on)


def with_employer(rows: Any, on: dt.date) -> Any:
    """The rows with who employs the person on the day, as far as the scope sees, and until when
    each counts."""
    held = scope.current()
    employed = Employment.objects.current(on).filter(person_id=OuterRef("person_id"))
    if not held.all_partners:
        employed = employed.filter(partner_id__in=list(held.partner_ids))
    employed = employed.order_by("since", "pk")
    return (
        rows.ending(on)
        .select_related("person", "track")
        .annotate(
            employer=Subquery(employed.values("partner__name")[:1]),
            employer_id=Subquery(employed.values("partner_id")[:1]),
            job=Subquery(employed.values("job_title")[:1]),
        )
    )


def explained(certificates: Iterable[Certificate], on: dt.date) -> list[Certificate]:
    """Give each row ``state``, ``days``, ``lasts``, ``stakes``, ``ways`` and ``newer`` for its
    template. The rows bring ``counts_until``, and with ``employer_id`` their stakes bring seats."""
    rows = list(certificates)
    program = program_or_none(on)
    document = program.document if program else None
    stakes = _stakes(document, rows) if document else {}
    for row in rows:
        until = row.counts_until  # type: ignore[attr-defined]
        row.__dict__.update(
            state=state_of(row, on),
            days=(until - on).days if until else None,
            lasts=(until - row.earned_on).days if until else 0,
            stakes=stakes.get((getattr(row, "employer_id", None) or 0, row.track.code), ()),
            ways=ways_to_renew(document, row, on) if document else (),
            newer=_newer(document, row) if document else None,
        )
    return rows


def _stakes(
    document: ProgramDocument, rows: list[Certificate]
) -> dict[tuple[int, str], tuple[Stake, ...]]:
    wanted = {(getattr(row, "employer_id", None) or 0, row.track.code) for row in rows}
    return stakes_at(document, wanted)


def _newer(document: ProgramDocument, row: Certificate) -> TrackVersion | None:
    """The newer version that ends the certificate before its own time, if one does."""
    code = document.successor("tracks", row.track.code)
    ends = document.tracks[code].superseded_by if code is not None else {}
    found = ends.get(row.version, ends.get(""))
    if found is None or found.recertify_by is None:
        return None
    sooner = row.expires_on is None or found.recertify_by < row.expires_on
    return found if sooner else None


def expiring_count(request: HttpRequest) -> int:
    """How many certificates end within 60 days: the count in the navigation. Two queries."""
    if getattr(request, "scope", None) is None:
        return 0
    on = today()
    soon = on + dt.timedelta(days=SOON_DAYS)
    held = scope.current()
    partners = None if held.all_partners else held.partner_ids
    found = Certificate.objects.newest(on).ending(on).of_employees(on, partners)
    return found.filter(counts_until__gt=on, counts_until__lte=soon).count()


def public_answer(vendor: Vendor, number: str, on: dt.date) -> dict[str, Any] | None:
    """What the world may know of the certificate with this number; ``None`` if there is none."""
    with scope.widen("public certificate", vendor_id=vendor.pk):
        found = (
            Certificate.objects.ending(on)
            .select_related("person", "track")
            .filter(number=number)
            .only(
                "number",
                "earned_on",
                "expires_on",
                "revoked_on",
                "person__name",
                "track__name",
            )
            .first()
        )
    if found is None:
        return None
    return {
        "number": found.number,
        "holder": found.person.name,
        "track": found.track.name,
        "earned_on": found.earned_on,
        "ends_on": found.counts_until,
        "revoked_on": found.revoked_on,
        "state": state_of(found, on),
    }
