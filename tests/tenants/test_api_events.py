from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

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


def problem(answer: object) -> tuple[int, str, list[str]]:
    """Status, code and pointers of a problem."""
    found = answer.json()  # type: ignore[attr-defined]
    assert answer["Content-Type"] == "application/problem+json"  # type: ignore[index]
    assert found["status"] == answer.status_code  # type: ignore[attr-defined]
    assert found["request_id"] == answer["X-Request-Id"]  # type: ignore[index]
    return found["status"], found["code"], [e["pointer"] for e in found["errors"]]


def test_a_list_holds_what_is_declared(vendor: Vendor, api: Api) -> None:
    (ana,) = add_people(vendor, "Ana")
    answer = api.get("/events?kind=person.added")
    assert answer.status_code == 200
    assert answer["Content-Type"] == "application/json"
    with scope.entered_vendor(vendor.pk):
        event = Event.objects.get(kind="person.added")
    body = answer.json()
    assert dt.datetime.fromisoformat(body["data"][0].pop("at")) == event.at
    assert body == {
        "data": [
            {
                "id": event.ref,
                "kind": "person.added",
                "subject_kind": "person",
                "subject_id": str(ana.public_id),
                "actor": event.actor,
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


def test_head_answers_without_a_body(api: Api) -> None:
    answer = api.call("HEAD", "/events")
    assert (answer.status_code, answer.content) == (200, b"")


def test_pages_follow_each_other_without_gap_or_repetition(vendor: Vendor, api: Api) -> None:
    add_people(vendor, *"abcdefg")
    seen: list[str] = []
    path = "/events?limit=3"
    while path:
        page = api.get(path).json()
        seen += [row["id"] for row in page["data"]]
        add_people(vendor, "meanwhile") if len(seen) == 3 else None
        path = f"/events?limit=3&cursor={page['next_cursor']}" if page["has_more"] else ""
    with scope.entered_vendor(vendor.pk):
        assert seen == [event.ref for event in Event.objects.order_by("id")]


def test_the_newest_come_first_on_request(vendor: Vendor, api: Api) -> None:
    add_people(vendor, "a", "b")
    first = api.get("/events?sort=-at&limit=2").json()
    second = api.get(f"/events?sort=-at&limit=2&cursor={first['next_cursor']}").json()
    rows = [row["id"] for row in first["data"] + second["data"]]
    assert rows == sorted(rows, reverse=True)
    assert len(set(rows)) == len(rows) == 4


def test_the_next_page_is_linked_with_the_same_parameters(vendor: Vendor, api: Api) -> None:
    add_people(vendor, "a", "b")
    answer = api.get("/events?limit=1&kind=person.added")
    address, rel = answer["Link"].split("; ")
    assert rel == 'rel="next"'
    assert api.get(address.strip("<>").removeprefix("/api/v1")).json()["has_more"] is False


def test_a_page_is_one_statement_however_long(vendor: Vendor, api: Api) -> None:
    api.get("/events?limit=100")  # the client itself is asked for once in half a minute
    counts = []
    for _ in range(3):
        add_people(vendor, *"abcdefghij")
        with CaptureQueriesContext(connection) as found:
            api.get("/events?limit=100")
        counts.append(len(found))
    assert counts == [1, 1, 1]


@pytest.mark.parametrize("limit", ["0", "101", "-1", "x", "1.5", "", "９", "9" * 30])
def test_a_limit_outside_1_to_100_is_refused(api: Api, limit: str) -> None:
    assert problem(api.get(f"/events?limit={limit}")) == (400, "invalid", ["?limit"])


@pytest.mark.parametrize("cursor", ["", "x", "AAAA", "é", "A" * 500])
def test_a_cursor_of_nobodys_is_refused(api: Api, cursor: str) -> None:
    assert problem(api.get(f"/events?cursor={cursor}")) == (400, "invalid", ["?cursor"])


def test_a_cursor_of_another_order_is_refused(vendor: Vendor, api: Api) -> None:
    cursor = api.get("/events?limit=1").json()["next_cursor"]
    assert problem(api.get(f"/events?sort=-at&cursor={cursor}")) == (400, "invalid", ["?cursor"])


def test_unknown_parameters_are_named(api: Api) -> None:
    answer = api.get("/events?tier=gold&limit=3&kinds=a")
    assert problem(answer) == (400, "unknown_parameter", ["?kinds", "?tier"])


def test_a_parameter_given_twice_is_refused(api: Api) -> None:
    assert problem(api.get("/events?limit=1&limit=2")) == (400, "invalid", ["?limit"])


@pytest.mark.parametrize(
    "query", ["sort=data", "fields=digest", "expand=actor", "include=count", "updated_since=x"]
)
def test_an_undeclared_word_is_refused(api: Api, query: str) -> None:
    status, _, pointers = problem(api.get(f"/events?{query}"))
    assert (status, pointers) == (400, [f"?{query.split('=')[0]}"])


@pytest.mark.parametrize("query", ["at__gte=yesterday", "subject_id=1", "kind=%00", "kind="])
def test_a_filters_wrong_value_is_named(api: Api, query: str) -> None:
    status, _, pointers = problem(api.get(f"/events?{query}"))
    assert (status, pointers) == (400, [f"?{query.split('=')[0]}"])


def test_fields_narrow_list_and_item(vendor: Vendor, api: Api) -> None:
    (row,) = api.get("/events?fields=id,kind&limit=1").json()["data"]
    assert list(row) == ["id", "kind"]
    item = api.get(f"/events/{row['id']}?fields=kind")
    assert item.json() == {"kind": row["kind"]}


def test_the_total_is_counted_on_request_only(vendor: Vendor, api: Api) -> None:
    add_people(vendor, "a", "b")
    assert "total" not in api.get("/events?limit=1").json()
    assert api.get("/events?limit=1&kind=person.added&include=total").json()["total"] == 2


@pytest.mark.parametrize(
    "id", ["1", "evt_", "prt_" + "0" * 32, "evt_" + "0" * 32, "evt_" + "G" * 32]
)
def test_an_item_that_is_not_there_is_404(api: Api, id: str) -> None:
    assert problem(api.get(f"/events/{id}")) == (404, "not_found", [])


def test_an_etag_spares_the_second_reading(vendor: Vendor, api: Api) -> None:
    path = f"/events/{api.get('/events').json()['data'][0]['id']}"
    etag = api.get(path)["ETag"]
    again = api.get(path, If_None_Match=etag)
    assert (again.status_code, again.content, again["ETag"]) == (304, b"", etag)
    assert api.get(path, If_None_Match='"other"').status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
def test_a_method_the_list_lacks_is_405(api: Api, method: str) -> None:
    assert problem(api.call(method, "/events"))[:2] == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/nothing", "/events/", "/events/x/y", "", "/"])
def test_an_address_that_leads_nowhere_is_a_problem(api: Api, path: str) -> None:
    assert problem(api.get(path))[:2] == (404, "not_found")


def test_another_vendors_rows_are_not_there(vendor: Vendor, api: Api) -> None:
    other = Vendor.objects.create(code="two", name="Two")
    add_people(other, "Bo")
    with scope.entered_vendor(other.pk):
        foreign = Event.objects.get(kind="person.added")
    assert api.get("/events?kind=person.added").json()["data"] == []
    assert api.get(f"/events/{foreign.ref}").status_code == 404
