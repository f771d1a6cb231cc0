"""What the pages show of a certificate: its state in words, its stakes, the ways to renew it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest
from django.utils.translation import gettext as _

from certifications.models import Certificate
from certifications.rules import ways_to_renew
from certifications.rules.stakes import products_needing
from certifications.tables import SOON_DAYS
from partners.models import Employment
from programs.compiled import program_or_none
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
    """Valid, ending soon, lapsed or revoked on the day ``on``."""
    if certificate.revoked_on is not None and certificate.revoked_on <= on:
        return State("revoked", _("Revoked"), "bad", "ban")
    if certificate.expires_on is not None:
        left = (certificate.expires_on - on).days
        if left <= 0:
            return State("expired", _("Lapsed"), "bad", "alert-triangle")
        if left <= SOON_DAYS:
            return State("ending", _("Ends soon"), "warn", "clock")
    return State("valid", _("Valid"), "ok", "circle-check")


def to_renew(on: dt.date) -> QuerySet[Certificate]:
    """Per person and track the certificate to look at, of people employed today in the scope."""
    held = scope.current()
    partners = None if held.all_partners else held.partner_ids
    employed = Employment.objects.current(on).filter(person_id=OuterRef("person_id"))
    if partners is not None:
        employed = employed.filter(partner_id__in=list(partners))
    employed = employed.order_by("since", "pk")
    return (
        Certificate.objects.newest(on)
        .of_employees(on, partners)
        .select_related("person", "track")
        .annotate(
            employer=Subquery(employed.values("partner__name")[:1]),
            job=Subquery(employed.values("job_title")[:1]),
        )
    )


def explained(certificates: Iterable[Certificate], on: dt.date) -> list[Certificate]:
    """Give each row ``state``, ``days``, ``lasts``, ``stakes`` and ``ways`` for its template."""
    rows = list(certificates)
    program = program_or_none(on)
    document = program.document if program else None
    stakes = products_needing(document, (r.track.code for r in rows)) if document else {}
    for row in rows:
        row.__dict__.update(
            state=state_of(row, on),
            days=(row.expires_on - on).days if row.expires_on else None,
            lasts=(row.expires_on - row.earned_on).days if row.expires_on else 0,
            stakes=stakes.get(row.track.code, ()),
            ways=ways_to_renew(document, row, on) if document else (),
        )
    return rows


def expiring_count(request: HttpRequest) -> int:
    """How many certificates end within 60 days: the count in the navigation. One query."""
    if getattr(request, "scope", None) is None:
        return 0
    on = today()
    soon = on + dt.timedelta(days=SOON_DAYS)
    held = scope.current()
    partners = None if held.all_partners else held.partner_ids
    found = Certificate.objects.newest(on).of_employees(on, partners)
    return found.filter(expires_on__gt=on, expires_on__lte=soon).count()


def public_answer(vendor: Vendor, number: str, on: dt.date) -> dict[str, Any] | None:
    """What the world may know of the certificate with this number; ``None`` if there is none."""
    with scope.widen("public certificate", vendor_id=vendor.pk):
        found = (
            Certificate.objects.select_related("person", "track")
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
        "expires_on": found.expires_on,
        "revoked_on": found.revoked_on,
        "state": state_of(found, on),
    }
