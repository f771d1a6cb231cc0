from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from programs import document as documents
from programs.actions import publish_program
from programs.models import ProgramVersion
from tenants.models import Event, Vendor
from tests.api import Api, api_of
from tests.factories import prepared
from tests.programs.world import CHANGED, TEXT, add_partner, new_vendor, small, versions
from web import clock

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor()


@pytest.fixture
def api(vendor: Vendor) -> Api:
    return api_of(vendor, "program.read", "program.publish")


def publish_later(vendor: Vendor) -> None:
    with prepared(vendor):
        later = clock.now().date() + dt.timedelta(days=40)
        publish_program(small(CHANGED), at=clock.now(), effective_from=later, note="Secret")


def numbers(api: Api) -> list[int]:
    return [row["number"] for row in api.get("/program").json()["data"]]


def test_versions_are_listed_newest_first(vendor: Vendor, api: Api) -> None:
    publish_later(vendor)
    rows = api.get("/program").json()["data"]
    assert [(row["number"], row["note"], "document" in row) for row in rows] == [
        (2, "Secret", False),
        (1, "", False),
    ]


def test_an_item_carries_its_document(vendor: Vendor, api: Api) -> None:
    row = api.get("/program").json()["data"][0]
    item = api.get(f"/program/{row['id']}").json()
    assert documents.document_from(item["document"]) == small()
    assert {**row, "document": item["document"]} == item


def test_an_item_can_leave_its_document_out(vendor: Vendor, api: Api) -> None:
    row = api.get("/program").json()["data"][0]
    assert api.get(f"/program/{row['id']}?fields=number").json() == {"number": 1}


def test_a_partners_client_reads_the_version_in_force_only(vendor: Vendor) -> None:
    publish_later(vendor)
    partner = add_partner(vendor, "Alder IT", 60)
    api = api_of(vendor, "program.read", "program.publish", partner=partner)
    (row,) = api.get("/program").json()["data"]
    assert (row["number"], "note" in row, "published_by" in row) == (1, False, False)
    with prepared(vendor):
        coming = ProgramVersion.objects.get(number=2).ref
    assert api.get(f"/program/{coming}").status_code == 404


def test_a_partners_client_follows_what_comes_into_force(vendor: Vendor) -> None:
    api = api_of(vendor, "program.read", partner=add_partner(vendor, "Alder IT", 60))
    assert numbers(api) == [1]
    with prepared(vendor):
        publish_program(small(CHANGED), at=clock.now())
    assert numbers(api) == [2]


@pytest.mark.parametrize("path", ["/program/plan", "/program/versions"])
def test_a_partners_client_neither_plans_nor_publishes(vendor: Vendor, path: str) -> None:
    partner = add_partner(vendor, "Alder IT", 60)
    api = api_of(vendor, "program.read", "program.publish", partner=partner)
    body = {"yaml": CHANGED} | ({"base": 1} if path.endswith("versions") else {})
    answer = api.post(path, body)
    assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    assert len(versions(vendor)) == 1


@pytest.mark.parametrize("path", ["/program/plan", "/program/versions"])
def test_reading_alone_does_not_plan(vendor: Vendor, path: str) -> None:
    api = api_of(vendor, "program.read")
    assert api.post(path, {"yaml": CHANGED, "base": 1}).status_code == 403
    assert len(versions(vendor)) == 1


def test_a_plan_answers_changes_and_effects_and_writes_nothing(vendor: Vendor, api: Api) -> None:
    partner = add_partner(vendor, "Alder IT", 55)
    with prepared(vendor):
        partner.refresh_from_db()
        held = Event.objects.count()
    plan = api.post("/program/plan", {"yaml": CHANGED}).json()
    assert plan["base"] == plan["compared_with"] == 1
    assert plan["digest"] == documents.digest(small(CHANGED))
    assert {kind: n for kind, n in plan["counts"].items() if n} == {"closes": 1}
    assert len(plan["changes"]) == 3
    assert plan["effects"] == [
        {
            "kind": "closes",
            "partner": partner.ref,
            "partner_name": "Alder IT",
            "subject": "shield",
            "axis": "",
            "before": "general",
            "after": "general",
            "seats": 0,
            "lockout_months": 0,
            "worth": "0",
            "words": "Shield (general) closes for Alder IT",
        }
    ]
    with prepared(vendor):
        assert (Event.objects.count(), ProgramVersion.objects.count()) == (held, 1)


def test_a_document_as_values_plans_like_its_text(vendor: Vendor, api: Api) -> None:
    as_text = api.post("/program/plan", {"yaml": CHANGED}).json()
    as_values = api.post("/program/plan", {"document": documents.to_dict(small(CHANGED))}).json()
    assert as_values == as_text


def test_the_planned_document_is_published(vendor: Vendor, api: Api) -> None:
    base = api.post("/program/plan", {"yaml": CHANGED}).json()["base"]
    answer = api.post("/program/versions", {"yaml": CHANGED, "base": base, "note": "By API"})
    item = answer.json()
    assert (answer.status_code, answer["Location"]) == (201, f"/api/v1/program/{item['id']}")
    assert (item["number"], item["note"]) == (2, "By API")
    assert versions(vendor)[1] == (2, documents.digest(small(CHANGED)))


def refusal(api: Api, vendor: Vendor, **body: Any) -> tuple[int, str]:
    held = versions(vendor)
    answer = api.post("/program/versions", body)
    assert versions(vendor) == held
    return answer.status_code, answer.json()["code"]


def test_what_is_published_must_have_been_planned(vendor: Vendor, api: Api) -> None:
    assert refusal(api, vendor, yaml=CHANGED) == (400, "invalid")
    assert refusal(api, vendor, yaml=CHANGED, base=0) == (409, "plan_outdated")
    assert refusal(api, vendor, yaml=CHANGED, base=7) == (409, "plan_outdated")


def test_what_cannot_be_published_is_refused(vendor: Vendor, api: Api) -> None:
    assert refusal(api, vendor, yaml=TEXT, base=1) == (409, "nothing_changed")
    past = {"yaml": CHANGED, "base": 1, "effective_from": "2020-01-01"}
    assert refusal(api, vendor, **past) == (409, "effective_in_past")


@pytest.mark.parametrize(
    "body",
    [{}, {"yaml": TEXT, "document": {}}, {"yaml": 5}, {"document": "x"}, {"yaml": TEXT, "x": 1}],
)
def test_a_body_of_the_wrong_shape_is_a_400(vendor: Vendor, api: Api, body: Any) -> None:
    answer = api.post("/program/plan", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_each_defect_of_a_document_has_its_pointer(vendor: Vendor, api: Api) -> None:
    values = documents.to_dict(small())
    values["products"]["shield"]["gates"]["general"]["add"]["metric"]["code"] = "nope"
    values["tracks"] = {"v1.0": {"colour": "red"}}
    answer = api.post("/program/plan", {"document": values})
    assert answer.status_code == 400
    assert [(e["pointer"], e["code"]) for e in answer.json()["errors"]] == [
        ("/document/tracks/v1.0/colour", "unknown_key")
    ]
    del values["tracks"]
    (error,) = api.post("/program/plan", {"document": values}).json()["errors"]
    at = "/document/products/shield/gates/general/add/metric/code"
    assert (error["pointer"], error["code"]) == (at, "unknown_metric")


def test_a_defect_of_a_text_names_its_line(vendor: Vendor, api: Api) -> None:
    answer = api.post("/program/plan", {"yaml": "program: x\ntitle: X\ncolour: red\n"})
    errors = answer.json()["errors"]
    assert {e["pointer"] for e in errors} == {"/yaml"}
    assert "line 3, colour: unknown key 'colour'. Remove it or see the JSON Schema" in [
        e["detail"] for e in errors
    ]


@pytest.mark.parametrize(
    "body",
    [{"yaml": "# " + "x" * 5_000_001}, {"document": {"program": "x", "title": "x" * 5_000_001}}],
)
def test_a_document_beyond_five_megabytes_is_refused(vendor: Vendor, api: Api, body: Any) -> None:
    (error,) = api.post("/program/plan", body).json()["errors"]
    assert error["code"] == "too_large"


def test_another_vendors_version_is_not_found(vendor: Vendor, api: Api) -> None:
    other = new_vendor("borealis")
    with prepared(other):
        theirs = ProgramVersion.objects.get().ref
    assert api.get(f"/program/{theirs}").status_code == 404


def test_the_schema_is_served(vendor: Vendor, api: Api) -> None:
    assert api.get("/program/schema").json() == documents.json_schema()


def test_a_publication_repeated_with_its_key_is_one(vendor: Vendor, api: Api) -> None:
    body = {"yaml": CHANGED, "base": 1}
    first = api.post("/program/versions", body, Idempotency_Key="k1")
    again = api.post("/program/versions", body, Idempotency_Key="k1")
    assert (first.status_code, again.json()) == (201, first.json())
    assert len(versions(vendor)) == 2


def test_the_reference_describes_the_program(vendor: Vendor) -> None:
    document = Client(HTTP_HOST="aurora.localhost").get("/api/v1/openapi.json").json()
    found = {
        path.removeprefix("/api/v1"): sorted(set(held) & {"get", "post", "patch", "delete"})
        for path, held in document["paths"].items()
        if path.startswith("/api/v1/program")
    }
    assert found == {
        "/program": ["get"],
        "/program/{id}": ["get"],
        "/program/plan": ["post"],
        "/program/preview": ["get"],
        "/program/schema": ["get"],
        "/program/versions": ["post"],
    }
    plan = document["paths"]["/api/v1/program/plan"]["post"]["responses"]["200"]
    assert plan["content"]["application/json"]["schema"]["required"][:2] == [
        "base",
        "compared_with",
    ]
