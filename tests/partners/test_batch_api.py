"""Upserts by external id over the API: per-row answers, once per key, inside the walls."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from partners.models import Customer, Employment, Partner, Record
from tenants import scope
from tests import factories as make
from tests.api import Api, new_client, token_of
from tests.partners.conftest import NOW, events

RIGHTS = ("imports.run", "people.write", "customers.write", "facts.write", "partners.write")


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture
def api(world: SimpleNamespace) -> Api:
    return Api(token_of(new_client(world.vendor, *RIGHTS, name="all")))


@pytest.fixture
def own(world: SimpleNamespace) -> Api:
    """The client of one partner."""
    return Api(token_of(new_client(world.vendor, *RIGHTS, partner=world.partner, name="own")))


def send(api: Api, kind: str, *rows: dict[str, str], **more: Any) -> Any:
    return api.post("/batch", {"kind": kind, "rows": list(rows), **more})


def person(number: int, **values: str) -> dict[str, str]:
    return {"external_id": f"E-{number}", "name": f"Person {number}", **values}


def outcomes(answer: Any) -> list[str]:
    return [row["outcome"] for row in answer.json()["results"]]


def count(world: SimpleNamespace, model: Any) -> int:
    with scope.entered_vendor(world.vendor.pk):
        return int(model.objects.count())


def test_rows_are_added_then_changed_then_left_alone(world: SimpleNamespace, own: Api) -> None:
    first = send(own, "people", person(1), person(2, roles="sales; engineer"))
    assert (first.status_code, outcomes(first)) == (200, ["create", "create"])
    second = send(own, "people", person(1, name="Ana"), person(2))
    assert outcomes(second) == ["update", "unchanged"]
    result = second.json()["results"][0]
    assert result["changes"] == {"name": ["Person 1", "Ana"]}
    assert [one["id"] for one in second.json()["results"]] == [
        one["id"] for one in first.json()["results"]
    ]
    with scope.entered_vendor(world.vendor.pk):
        rows = Employment.objects.values_list("person__name", "roles").order_by("external_id")
        assert list(rows) == [("Ana", []), ("Person 2", ["engineer", "sales"])]
        assert Employment.objects.get(external_id="E-1").ref == result["id"]
        told = [kind for kind in events() if kind.startswith("employment.")]
        assert told == ["employment.began", "employment.began", "employment.changed"]


def test_a_wrong_row_hinders_no_other(world: SimpleNamespace, own: Api) -> None:
    answer = send(
        own,
        "people",
        person(1, email="nobody"),
        person(2),
        {"name": "No id"},
        person(4, shoe="42"),
        person(5),
        person(5),
    )
    assert outcomes(answer) == ["error", "create", "error", "error", "error", "error"]
    body = answer.json()
    assert {name: body[name] for name in ("created", "updated", "unchanged", "failed")} == {
        "created": 1,
        "updated": 0,
        "unchanged": 0,
        "failed": 5,
    }
    pointers = [row["errors"][0]["pointer"] for row in body["results"] if row["errors"]]
    assert pointers == [
        "/rows/0/email",
        "/rows/2/external_id",
        "/rows/3/shoe",
        "/rows/4/external_id",
        "/rows/5/external_id",
    ]
    assert [row["id"] is None for row in body["results"]] == [True, False] + [True] * 4
    assert count(world, Employment) == 1


def test_the_same_key_writes_once(world: SimpleNamespace, own: Api) -> None:
    body = {"kind": "people", "rows": [person(1)]}
    first = own.post("/batch", body, Idempotency_Key="k-1")
    again = own.post("/batch", body, Idempotency_Key="k-1")
    assert again.json() == first.json()
    assert again["Idempotency-Replayed"] == "true"
    other = own.post("/batch", {"kind": "people", "rows": [person(2)]}, Idempotency_Key="k-1")
    assert (other.status_code, count(world, Employment)) == (422, 1)


@pytest.mark.parametrize(
    ("kind", "row", "model"),
    [
        ("customers", {"external_id": "C-1", "name": "Clinic"}, Customer),
        (
            "records",
            {"external_id": "R-1", "kind": "opportunities", "on": "2026-02-01", "value": "5.5",
             "currency": "EUR", "tags": "status: launched"},
            Record,
        ),
    ],
)  # fmt: skip
def test_staff_name_the_partner_of_the_rows(
    world: SimpleNamespace, api: Api, kind: str, row: dict[str, str], model: Any
) -> None:
    answer = send(api, kind, row, partner=world.partner.ref)
    assert outcomes(answer) == ["create"]
    assert outcomes(send(api, kind, row, partner=world.partner.ref)) == ["unchanged"]
    with scope.entered_vendor(world.vendor.pk):
        assert model.objects.get().ref == answer.json()["results"][0]["id"]


def test_a_partner_is_added_by_its_external_id(world: SimpleNamespace, api: Api) -> None:
    row = {"external_id": "P-77", "name": "New", "type": "msp", "country": "DE"}
    assert outcomes(send(api, "partners", row)) == ["create"]
    assert outcomes(send(api, "partners", row | {"name": "Newer"})) == ["update"]
    with scope.entered_vendor(world.vendor.pk):
        assert Partner.objects.get(external_id="P-77").name == "Newer"


@pytest.mark.parametrize("kind", ["partners", "records", "attestations"])
def test_a_partners_client_loads_nothing_of_the_vendors(world: SimpleNamespace, kind: str) -> None:
    rights = (*RIGHTS, "attestations.write")
    own = Api(token_of(new_client(world.vendor, *rights, partner=world.partner)))
    before = count(world, Partner)
    answer = send(own, kind, {"external_id": "1", "name": "X"})
    assert (answer.status_code, count(world, Partner)) == (403, before)


def test_rows_of_another_partner_are_not_reached(world: SimpleNamespace, own: Api) -> None:
    row = make.EmploymentFactory(partner=world.other, external_id="E-1")
    answer = send(own, "people", person(1, partner=world.other.ref))
    assert outcomes(answer) == ["error"]
    assert outcomes(send(own, "people", person(1))) == ["create"]
    foreign = make.PartnerFactory()
    assert send(own, "people", person(2), partner=foreign.ref).status_code == 400
    with scope.entered_vendor(world.vendor.pk):
        untouched = Employment.objects.get(pk=row.pk).person.name
        assert (untouched, Employment.objects.count()) == (row.person.name, 2)


@pytest.mark.parametrize(
    "body",
    [
        {"kind": "people", "rows": []},
        {"kind": "people", "rows": [person(n) for n in range(101)]},
        {"kind": "facts", "rows": [person(1)]},
        {"kind": "people", "rows": [{"external_id": 1, "name": "Ana"}]},
        {"kind": "people", "rows": "E-1"},
        {"kind": "people"},
    ],
)
def test_a_body_that_does_not_fit_writes_nothing(
    world: SimpleNamespace, own: Api, body: dict[str, Any]
) -> None:
    answer = own.post("/batch", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert count(world, Employment) == 0


def test_who_may_not_import_sends_no_batch(world: SimpleNamespace) -> None:
    reader = Api(token_of(new_client(world.vendor, "people.read", "people.write", name="r")))
    assert send(reader, "people", person(1), partner=world.partner.ref).status_code == 403


def test_a_hundred_rows_take_as_many_statements_as_ten(
    world: SimpleNamespace, own: Api, django_assert_max_num_queries: Any
) -> None:
    send(own, "people", *(person(n) for n in range(10)))
    with django_assert_max_num_queries(60):
        answer = send(own, "people", *(person(n) for n in range(100, 200)))
    assert answer.json()["created"] == 100
