"""Bodies, problems, ETags and expansion, on the trial resources of ``trial_api``."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership, Person, User, Vendor
from tests.api import Api, api_of
from tests.factories import prepared

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.tenants.trial_api")]


@pytest.fixture
def vendor() -> Vendor:
    return Vendor.objects.create(code="one", name="One")


@pytest.fixture
def api(vendor: Vendor) -> Api:
    return api_of(vendor, "people.read", "people.write")


def names(vendor: Vendor) -> list[str]:
    with scope.entered_vendor(vendor.pk):
        return list(Person.objects.order_by("id").values_list("name", flat=True))


def all_pages(api: Api, path: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    while path:
        answer = api.get(path)
        rows += answer.json()["data"]
        path = answer["Link"].split(">")[0][8:] if answer.json()["has_more"] else ""
    return rows


def test_a_creation_answers_with_the_item_and_its_address(vendor: Vendor, api: Api) -> None:
    answer = api.post("/people", {"name": "Ana", "email": "ana@example.com"})
    assert answer.status_code == 201
    item = answer.json()
    assert (list(item), item["name"]) == (["id", "name", "created_at"], "Ana")
    assert answer["Location"] == f"/api/v1/people/{item['id']}"
    again = api.get(f"/people/{item['id']}")
    assert (again.json(), again["ETag"]) == (item, answer["ETag"])


def test_a_refusal_is_a_409_with_its_blockers(vendor: Vendor, api: Api) -> None:
    answer = api.post("/people", {"name": "Nobody"})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (409, "no_name")
    assert body["blockers"] == [
        {
            "code": "no_name",
            "detail": "Nobody is no name.",
            "fix": "Give a name.",
            "fix_url": "/people/",
        }
    ]
    assert names(vendor) == []


def test_wrong_fields_are_named_together(vendor: Vendor, api: Api) -> None:
    answer = api.post("/people", {"name": 7, "email": "no", "nick": "A"})
    body = answer.json()
    assert (answer.status_code, body["code"]) == (400, "invalid")
    assert [(e["pointer"], e["code"]) for e in body["errors"]] == [("/nick", "unknown_field")]
    answer = api.post("/people", {"name": 7, "email": "no"})
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/name", "invalid_type"),
        ("/email", "invalid"),
    ]


def test_an_error_inside_an_object_points_there(api: Api) -> None:
    answer = api.post("/people/check", {"inner": {"name": ""}})
    assert [e["pointer"] for e in answer.json()["errors"]] == ["/inner/name"]


GOOD = [
    ("text", "x", "x"),
    ("number", 3, "3"),
    ("number", 3.0, "3"),
    ("yes", False, "False"),
    ("amount", "12.50", "12.50"),
    ("day", "2028-02-29", "2028-02-29"),
    ("at", "2026-11-23T08:00:00Z", "2026-11-23 08:00:00+00:00"),
]
BAD = [
    ("text", 0),
    ("text", True),
    ("text", None),
    ("text", ""),
    ("text", "a\0b"),
    ("number", "3"),
    ("number", 3.5),
    ("number", True),
    ("number", -1),
    ("number", 2**63),
    ("yes", "yes"),
    ("yes", 1),
    ("amount", 12.5),
    ("amount", "NaN"),
    ("amount", "1e3"),
    ("amount", "1.234"),
    ("day", "2027-02-29"),
    ("day", "29.02.2028"),
    ("day", 20280229),
    ("at", "2026-11-23T08:00:00"),
    ("at", "2026-11-23"),
    ("at", "9999-99-99T99:99:99Z"),
    ("person", "per_" + "0" * 32),
    ("person", 1),
    ("inner", []),
    ("inner", "x"),
]


@pytest.mark.parametrize(("name", "sent", "read"), GOOD)
def test_a_right_value_is_taken(api: Api, name: str, sent: Any, read: str) -> None:
    assert api.post("/people/check", {name: sent}).json() == {name: read}


@pytest.mark.parametrize(("name", "sent"), BAD)
def test_a_wrong_value_is_refused(api: Api, name: str, sent: Any) -> None:
    answer = api.post("/people/check", {name: sent})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert [e["pointer"].split("/")[1] for e in answer.json()["errors"]] == [name]


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"nul", b"\xff", b"{'a': 1}", b"NaN"])
def test_a_body_that_is_no_object_is_refused(api: Api, body: bytes) -> None:
    answer = api.post("/people", body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"


def test_another_media_type_is_refused(api: Api) -> None:
    answer = api.post("/people", b"name=Ana", Content_Type="application/x-www-form-urlencoded")
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


def test_another_vendors_id_in_a_body_is_not_found(api: Api) -> None:
    other = Vendor.objects.create(code="two", name="Two")
    with prepared(other):
        foreign = Person.objects.create(name="Bo")
        foreign.refresh_from_db()
    answer = api.post("/people/check", {"person": foreign.ref})
    assert [e["code"] for e in answer.json()["errors"]] == ["does_not_exist"]


def test_a_defect_says_nothing_of_itself(api: Api) -> None:
    answer = api.post("/people/crash")
    assert (answer.status_code, answer.json()["code"]) == (500, "error")
    assert b"secret" not in answer.content


def test_a_change_needs_the_version_it_changes(vendor: Vendor, api: Api) -> None:
    made = api.post("/people", {"name": "Ana"})
    path, etag = f"/people/{made.json()['id']}", made["ETag"]
    assert api.patch(path, {"name": "Bea"}).json()["code"] == "if_match_required"
    assert api.patch(path, {"name": "Bea"}).status_code == 428
    changed = api.patch(path, {"name": "Bea"}, If_Match=etag)
    assert (changed.status_code, changed.json()["name"]) == (200, "Bea")
    stale = api.patch(path, {"name": "Cleo"}, If_Match=etag)
    assert (stale.status_code, stale.json()["code"]) == (412, "stale")
    assert stale["ETag"] == changed["ETag"]
    weak = api.patch(path, {"name": "Cleo"}, If_Match=f"W/{changed['ETag']}")
    assert weak.status_code == 412
    assert names(vendor) == ["Bea"]
    assert api.patch(path, {"name": "Dora"}, If_Match="*").status_code == 200


def test_a_change_of_what_is_not_there_is_404(api: Api) -> None:
    answer = api.patch("/people/per_" + "0" * 32, {"name": "x"}, If_Match="*")
    assert answer.status_code == 404


def test_reading_rights_do_not_write(vendor: Vendor) -> None:
    reader = api_of(vendor, "people.read")
    answer = reader.post("/people", {"name": "Ana"})
    assert (answer.status_code, answer.json()["capability"]) == (403, "people.write")
    assert names(vendor) == []


def test_a_sync_follows_the_changes(vendor: Vendor, api: Api) -> None:
    with prepared(vendor):
        for name, day in (("late", 20), ("early", 1), ("middle", 10)):
            person = Person.objects.create(name=name)
            at = dt.datetime(2026, 5, day, tzinfo=dt.UTC)
            Person.objects.filter(pk=person.pk).update(created_at=at)
    answer = api.get("/people?updated_since=2026-05-10T00:00:00Z&fields=name&limit=1")
    assert answer.json()["data"] == [{"name": "middle"}]
    second = api.get(answer["Link"].split(">")[0][1:].removeprefix("/api/v1")).json()
    assert (second["data"], second["has_more"]) == ([{"name": "late"}], False)
    assert api.get("/people?updated_since=2026-05-10T00:00:00").status_code == 400
    assert api.get("/people?updated_since=0001-01-01T00:00:00%2B14:00").status_code == 400


def test_a_sort_by_name_pages_through_equal_names(vendor: Vendor, api: Api) -> None:
    with prepared(vendor):
        for name in ("b", "a", "b", "b", "a"):
            Person.objects.create(name=name)
    for sign, wanted in (("", list("aabbb")), ("-", list("bbbaa"))):
        rows = all_pages(api, f"/people?sort={sign}name&limit=2")
        assert [row["name"] for row in rows] == wanted
        assert len({row["id"] for row in rows}) == 5


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_a_sort_by_an_open_end_pages_through_those_without(
    vendor: Vendor, api: Api, limit: int
) -> None:
    with prepared(vendor):
        person = Person.objects.create(name="Ana")
        for day in (None, 3, 1, None, 3, None):
            Membership.objects.create(
                person=person,
                role=Role.CAM,
                since=dt.date(2026, 1, 1),
                until=day and dt.date(2026, 5, day),
            )
    rising = all_pages(api, f"/memberships?sort=until&fields=until,id&limit={limit}")
    falling = all_pages(api, f"/memberships?sort=-until&fields=until,id&limit={limit}")
    days = [row["until"] and int(row["until"][-1]) for row in rising]
    assert days == [1, 3, 3, None, None, None]
    assert falling == rising[::-1]


@pytest.fixture
def membership(vendor: Vendor) -> Membership:
    with prepared(vendor):
        user = User.objects.create_user("ana@example.com")
        person = Person.objects.create(name="Ana", user=user)
        found = Membership.objects.create(person=person, role=Role.CAM, since=dt.date(2026, 1, 1))
        found.refresh_from_db()
        assert found.person.user == user  # held, so that tests need no scope to ask
        return found


def test_an_object_is_filled_out_on_request(api: Api, membership: Membership) -> None:
    def row(query: str = "") -> dict[str, Any]:
        return api.get(f"/memberships?fields=person{query}").json()["data"][0]["person"]

    person = membership.person
    assert row() == person.ref
    filled = {"id": person.ref, "name": "Ana", "user": person.user_id}
    assert row("&expand=person") == filled
    assert row("&expand=person.user") == filled | {"user": {"email": "ana@example.com"}}
    assert row("&expand=person.user,person") == filled | {"user": {"email": "ana@example.com"}}
    assert row("&expand=person") == filled
    assert row() == person.ref


def test_an_expansion_costs_no_further_statement(api: Api, membership: Membership) -> None:
    with CaptureQueriesContext(connection) as found:
        api.get("/memberships")
        api.get("/memberships?expand=person.user")
    assert len([q for q in found.captured_queries if "tenants_membership" in q["sql"]]) == 2


def test_a_filter_takes_public_ids_and_words(api: Api, membership: Membership) -> None:
    def found(query: str) -> int:
        return len(api.get(f"/memberships?{query}").json()["data"])

    assert found(f"person={membership.person.ref}") == 1
    assert found("person=per_" + "0" * 32) == 0
    assert found("role=cam,examiner") == 1
    assert found("role=examiner") == 0
    assert api.get("/memberships?person=prt_" + "0" * 32).status_code == 400


def test_remembered_statements_never_cross_scopes(vendor: Vendor, membership: Membership) -> None:
    first, other = api_of(vendor, "people.read"), Vendor.objects.create(code="two", name="Two")
    second = api_of(other, "people.read")
    for _ in range(2):
        assert len(first.get("/memberships").json()["data"]) == 1
        assert len(second.get("/memberships").json()["data"]) == 0
        path = f"/memberships/{membership.ref}"
        assert (first.get(path).status_code, second.get(path).status_code) == (200, 404)
