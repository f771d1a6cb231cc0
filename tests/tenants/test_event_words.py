"""How single values of an event read."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from django.utils import timezone

from partners.models import CustomField
from tenants import scope
from tenants.event_words import in_words, value_words
from tenants.models import Event
from tests import factories as make

DIGEST = "dc98d8a58112dbc3dd4f3d40de749e7f339b8a61e11bf22248c5b1f2b89a881d"


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (DIGEST, DIGEST),
        ("2026-12-03T14:00:00Z", "3 Dec 2026, 15:00"),
        ("2026-12-03", "3 Dec 2026"),
        ("between_reviews", "Between reviews"),
        (None, "nothing"),
        (["mdr", "edr"], "MDR, EDR"),
    ],
)
def test_values_read_as_people_write_them(value: object, words: str) -> None:
    with timezone.override(dt.timezone(dt.timedelta(hours=1))):
        assert value_words(value) == words


@pytest.mark.django_db
def test_codes_of_the_program_read_by_their_titles() -> None:
    product = make.ProductFactory(code="mdr", name="Managed Detection")
    facts = {"product": "mdr", "products": ["mdr", "edr"], "changes": {"product": ["edr", "mdr"]}}
    event = Event(vendor=product.vendor, kind="thing.done", subject_kind="thing", data=facts)
    event.actor, event.at, event.public_id = {}, timezone.now(), uuid.uuid4()
    with scope.entered_vendor(product.vendor_id):
        (shown,) = in_words([event])
    assert [(line.label, line.old, line.new) for line in shown.lines] == [
        ("Product", "", "Managed Detection"),
        ("Products", "", "Managed Detection, EDR"),
        ("Product", "EDR", "Managed Detection"),
    ]


@pytest.mark.django_db
def test_what_a_row_may_be_and_the_vendors_own_fields_read_as_their_forms_call_them() -> None:
    vendor = make.VendorFactory()
    with make.prepared(vendor):
        CustomField.objects.create(subject="customer", code="patch", label="Patches", kind="text")
    asked = {"kind": "co_sell", "axis": "badge"}
    changed = {"changes": {"custom.patch": [None, "agreed"]}}
    events = [
        Event(vendor=vendor, kind="thing.done", subject_kind=kind, data=data)
        for kind, data in (("cosellrequest", asked), ("customer", changed))
    ]
    for event in events:
        event.actor, event.at, event.public_id = {}, timezone.now(), uuid.uuid4()
    with scope.entered_vendor(vendor.pk):
        lines = [line for shown in in_words(events) for line in shown.lines]
    assert [(line.label, line.old, line.new) for line in lines] == [
        ("Kind", "", "Co-sell"),
        ("Axis", "", "Badge"),
        ("Patches", "nothing", "Agreed"),
    ]
