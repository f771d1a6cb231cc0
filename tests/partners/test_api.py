from __future__ import annotations

import base64
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine

from partners.models import Agreement, Customer, Employment, Partner
from tenants import scope
from tenants.models import ImportJob
from tests import factories as make
from tests.api import Api, new_client, token_of
from tests.partners.conftest import NOW

DIGEST = "ab" * 32


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


ALL = (
    "partners.read",
    "partners.write",
    "partners.suspend",
    "profile.write",
    "people.read",
    "people.write",
    "customers.read",
    "customers.write",
    "agreements.read",
    "agreements.write",
    "imports.run",
)
OWN = (
    "partners.read",
    "people.read",
    "people.write",
    "customers.read",
    "customers.write",
    "agreements.read",
    "profile.write",
    "imports.run",
)


@pytest.fixture
def api(world: SimpleNamespace) -> Api:
    return Api(token_of(new_client(world.vendor, *ALL, name="all")))


@pytest.fixture
def own(world: SimpleNamespace) -> Api:
    """The client of one partner."""
    return Api(token_of(new_client(world.vendor, *OWN, partner=world.partner, name="own")))


def count(world: SimpleNamespace, model: Any) -> int:
    with scope.entered_vendor(world.vendor.pk):
        return model.objects.count()


def test_a_partner_is_added_changed_and_suspended(world: SimpleNamespace, api: Api) -> None:
    made = api.post("/partners", {"name": "Cedar", "partner_type": "msp", "external_id": "C-1"})
    assert (made.status_code, made.json()["status"]) == (201, "active")
    ref = made.json()["id"]
    changed = api.patch(f"/partners/{ref}", {"city": "Ulm"}, If_Match=made["ETag"])
    assert changed.json()["city"] == "Ulm"
    held = api.post(f"/partners/{ref}/suspend", {"reason": "Unpaid"})
    assert (held.json()["status"], held.json()["status_reason"]) == ("suspended", "Unpaid")
    again = api.post(f"/partners/{ref}/suspend", {"reason": "Unpaid"})
    assert (again.status_code, again.json()["code"]) == (409, "wrong_state")


def test_lists_hold_only_the_clients_partner(world: SimpleNamespace, own: Api) -> None:
    for partner in (world.partner, world.other):
        make.CustomerFactory(partner=partner, name=f"At {partner.name}")
        make.EmploymentFactory(partner=partner)
        make.AgreementFactory(partner=partner)
    assert [row["name"] for row in own.get("/partners").json()["data"]] == ["Alder IT"]
    assert [row["name"] for row in own.get("/customers").json()["data"]] == ["At Alder IT"]
    for path in ("/people", "/agreements"):
        rows = own.get(path).json()["data"]
        assert [row["partner"]["name"] for row in rows] == ["Alder IT"]


def test_a_person_joins_and_leaves(world: SimpleNamespace, own: Api) -> None:
    made = own.post("/people", {"partner": world.partner.ref, "name": "Ana", "since": "2026-02-01"})
    assert made.status_code == 201
    ended = own.post(f"/people/{made.json()['id']}/end", {"on": "2026-03-01"})
    assert ended.json()["until"] == "2026-03-01"


def test_a_customer_keeps_its_classes(world: SimpleNamespace, own: Api) -> None:
    made = own.post(
        "/customers",
        {"partner": world.partner.ref, "name": "Clinic", "environments": ["clinical"]},
    )
    ref = made.json()["id"]
    lowered = own.patch(f"/customers/{ref}", {"environments": []}, If_Match=made["ETag"])
    assert (lowered.status_code, lowered.json()["code"]) == (409, "environment_lowered")
    assert own.get(f"/customers/{ref}").json()["environments"] == ["clinical"]


def test_an_agreement_is_signed_and_ended(world: SimpleNamespace, api: Api) -> None:
    made = api.post(
        "/agreements",
        {
            "partner": world.partner.ref,
            "kind": "partner_agreement",
            "signed_by": "Ada",
            "since": "2026-01-01",
            "text_sha256": DIGEST,
        },
    )
    assert made.status_code == 201
    ended = api.post(
        f"/agreements/{made.json()['id']}/end", {"on": "2026-03-01", "reason": "Replaced"}
    )
    assert ended.json()["until"] == "2026-03-01"


def foreign_refs(world: SimpleNamespace) -> dict[str, dict[str, str]]:
    """Ids of another partner, of another vendor, and of nobody, per kind."""
    elsewhere = make.PartnerFactory()
    return {
        "partner": {
            "other": world.other.ref,
            "foreign": elsewhere.ref,
            "unknown": f"prt_{'0' * 32}",
        },
        "customer": {
            "other": make.CustomerFactory(partner=world.other).ref,
            "foreign": make.CustomerFactory(partner=elsewhere).ref,
            "unknown": f"cus_{'0' * 32}",
        },
        "people": {
            "other": make.EmploymentFactory(partner=world.other).ref,
            "foreign": make.EmploymentFactory(partner=elsewhere).ref,
            "unknown": f"emp_{'0' * 32}",
        },
        "agreement": {
            "other": make.AgreementFactory(partner=world.other).ref,
            "foreign": make.AgreementFactory(partner=elsewhere).ref,
            "unknown": f"agr_{'0' * 32}",
        },
    }


def told(response: Any, ref: str) -> tuple[int, str]:
    """Status and body without what names the request itself."""
    body = response.json()
    for key in ("instance", "request_id"):
        body.pop(key, None)
    return response.status_code, str(body).replace(ref, "REF")


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("partner", "/partners/{}"),
        ("customer", "/customers/{}"),
        ("people", "/people/{}"),
        ("agreement", "/agreements/{}"),
    ],
)
def test_foreign_ids_in_an_address_are_unknown_ids(
    world: SimpleNamespace, own: Api, kind: str, path: str
) -> None:
    refs = foreign_refs(world)[kind]
    answers = {told(own.get(path.format(ref)), ref) for ref in refs.values()}
    assert {status for status, _body in answers} == {404}
    assert len(answers) == 1


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/people", {"name": "Ana", "since": "2026-01-01"}),
        ("/customers", {"name": "Shop"}),
        ("/imports", {"kind": "people", "content": "name\nAna\n"}),
    ],
)
def test_foreign_partners_in_a_body_are_unknown_ids(
    world: SimpleNamespace, own: Api, path: str, body: dict[str, Any]
) -> None:
    before = [count(world, model) for model in (Employment, Customer, ImportJob)]
    refs = {
        "other": world.other.ref,
        "foreign": make.PartnerFactory().ref,
        "unknown": f"prt_{'0' * 32}",
    }
    answers = {told(own.post(path, {**body, "partner": ref}), ref) for ref in refs.values()}
    assert {status for status, _text in answers} == {400}
    assert len(answers) == 1
    assert [count(world, model) for model in (Employment, Customer, ImportJob)] == before


def test_foreign_customers_in_a_body_are_unknown_ids(world: SimpleNamespace, api: Api) -> None:
    elsewhere = make.CustomerFactory()
    body = {
        "partner": world.partner.ref,
        "kind": "baa_customer",
        "signed_by": "Ada",
        "since": "2026-01-01",
        "text_sha256": DIGEST,
    }
    refs = (elsewhere.ref, f"cus_{'0' * 32}")
    answers = {told(api.post("/agreements", {**body, "customer": ref}), ref) for ref in refs}
    assert {status for status, _text in answers} == {400}
    assert len(answers) == 1
    assert count(world, Agreement) == 0


def test_a_foreign_parent_is_an_unknown_id(world: SimpleNamespace, api: Api) -> None:
    etag = api.get(f"/partners/{world.partner.ref}")["ETag"]
    refs = (make.PartnerFactory().ref, f"prt_{'0' * 32}")
    answers = {
        told(api.patch(f"/partners/{world.partner.ref}", {"parent": ref}, If_Match=etag), ref)
        for ref in refs
    }
    assert {status for status, _text in answers} == {400}
    assert len(answers) == 1
    with scope.entered_vendor(world.vendor.pk):
        assert Partner.objects.get(pk=world.partner.pk).parent_id is None


def test_an_import_is_previewed_and_applied(world: SimpleNamespace, own: Api) -> None:
    made = own.post("/imports", {"kind": "people", "content": "name,id\nAna,1\nBo,2\n"})
    assert (made.status_code, made.json()["creates"]) == (202, 2)
    ref = made.json()["id"]
    assert count(world, Employment) == 0
    rows = own.get(f"/imports/{ref}/rows").json()["data"]
    assert [(row["number"], row["outcome"]) for row in rows] == [(2, "create"), (3, "create")]
    assert own.post(f"/imports/{ref}/apply").json()["state"] == "applied"
    again = own.post(f"/imports/{ref}/apply")
    assert (again.status_code, again.json()["code"]) == (409, "import_finished")
    assert count(world, Employment) == 2


def test_an_import_with_errors_is_not_applied(world: SimpleNamespace, own: Api) -> None:
    made = own.post("/imports", {"kind": "people", "content": "name,email\nAna,nope\nBo,\n"})
    response = own.post(f"/imports/{made.json()['id']}/apply")
    assert (response.status_code, response.json()["code"]) == (409, "import_has_errors")
    assert count(world, Employment) == 0


def test_a_wrong_encoding_is_a_clear_answer(world: SimpleNamespace, own: Api) -> None:
    packed = base64.b64encode("name\nMüller\n".encode("cp1252")).decode()
    response = own.post("/imports", {"kind": "people", "content_base64": packed})
    assert (response.status_code, response.json()["code"]) == (409, "wrong_encoding")
    assert count(world, ImportJob) == 0


def test_a_partners_client_loads_nothing_of_staffs(world: SimpleNamespace, own: Api) -> None:
    response = own.post("/imports", {"kind": "facts", "content": "partner\nA-1\n"})
    assert response.status_code == 403
