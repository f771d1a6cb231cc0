"""A vendor with a published program, for tests of certificates."""

from __future__ import annotations

import datetime as dt
from typing import Any

from certifications.actions import Recorded, record_result
from certifications.models import Certificate
from programs import document as documents
from programs import library
from programs.actions import publish_program
from programs.compiled import program_on
from programs.document import ProgramDocument
from programs.models import Track
from tenants import scope
from tenants.models import Person, Vendor
from tests import factories as make

FIRST_DAY = dt.date(2015, 1, 1)


def noon(day: dt.date | str) -> dt.datetime:
    """Midday UTC of a day: the same calendar day in every zone the tests use."""
    found = dt.date.fromisoformat(day) if isinstance(day, str) else day
    return dt.datetime.combine(found, dt.time(12), dt.UTC)


def day(text: str) -> dt.date:
    return dt.date.fromisoformat(text)


def small_program(**tracks: dict[str, Any]) -> ProgramDocument:
    """A program with the tracks given (``exam`` anchored, 12 months) and no products."""
    return documents.document_from(
        {
            "program": "small",
            "title": "Small",
            "currency": "EUR",
            "tracks": tracks or {"basics": {"title": "Basics", "months": 12}},
            "types": {"msp": {"tiers": {"member": {}}}},
        }
    )


def publish(vendor: Vendor, document: ProgramDocument | str) -> None:
    """Put a program in force since 2015."""
    found = make.document(library.text_of(document)) if isinstance(document, str) else document
    with scope.entered_vendor(vendor.pk):
        publish_program(found, at=noon("2026-01-01"), effective_from=FIRST_DAY)


def track(vendor: Vendor, code: str) -> Track:
    with scope.entered_vendor(vendor.pk):
        return Track.objects.get(code=code)


def take(
    person: Person, code: str, taken_on: str, *, version: str = "", at: str = "", **more: Any
) -> Recorded:
    """Record whatever came of an exam on the day it was taken (or ``at``)."""
    with scope.entered_vendor(person.vendor_id):
        return record_result(
            person,
            Track.objects.get(code=code),
            version,
            day(taken_on),
            at=noon(at or taken_on),
            **more,
        )


def pass_exam(
    person: Person, code: str, passed_on: str, *, version: str = "", at: str = "", **more: Any
) -> Certificate:
    """Record a pass on the day (or ``at``), of each part where there are parts; the certificate."""
    with scope.entered_vendor(person.vendor_id):
        rule = program_on(day(at or passed_on)).document.tracks.get(code)
        parts = (rule and rule.parts) or ("",)
    *others, last = parts
    for part in others:
        take(person, code, passed_on, version=version, at=at, part=part, **more)
    return take(person, code, passed_on, version=version, at=at, part=last, **more).certificate


def engineer(partner: Any, **more: Any) -> Person:
    """Somebody employed by the partner since 2015."""
    person = make.PersonFactory(vendor=partner.vendor, **more)
    make.EmploymentFactory(partner=partner, person=person, since=FIRST_DAY)
    return person
