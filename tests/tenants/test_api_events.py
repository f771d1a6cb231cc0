from __future__ import annotations

import pytest

from tenants import scope
from tenants.models import Event, Person, Vendor
from tenants.writing import acting, record_event
from tests.api import Api, api_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor() -> Vendor:
    return Vendor.objects.create(code="one", name="One")


@pytest.fixture
def api(vendor: Vendor) -> Api:
    return api_of(vendor, "events.read")


def add_people(vendor: Vendor, *names: str) -> list[Person]:
    with scope.entered_vendor(vendor.pk), acting():
        people = [Person.objects.create(name=name) for name in names]
        for person in people:
            person.refresh_from_db()
            record_event("person.added", person)
        return people


def test_a_list_holds_what_is_declared(vendor: Vendor, api: Api) -> None:
    (ana,) = add_people(vendor, "Ana")
    answer = api.get("/events?kind=person.added")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    with scope.entered_vendor(vendor.pk):
        event = Event.objects.get(kind="person.added")
    assert answer.json() == {
        "data": [
            {
                "id": event.ref,
                "kind": "person.added",
                "at": event.at.isoformat(),
                "subject_kind": "person",
                "subject_id": str(ana.public_id),
                "actor": {"role": "system", "origin": "command"},
                "data": {},
                "program_version": None,
            }
        ],
        "has_more": False,
        "next_cursor": None,
    }


def test_an_item_is_the_row_of_the_list(vendor: Vendor, api: Api) -> None:
    row = api.get("/events").json()["data"][0]
    answer = api.get(f"/events/{row['id']}")
    assert answer.status_code == 200
    assert answer.json() == row
