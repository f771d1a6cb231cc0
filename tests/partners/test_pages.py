from __future__ import annotations

import hashlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from partners import actions
from partners.models import Agreement, Application, Customer, Employment, Partner
from tenants import directory, scope
from tenants.capabilities import Role
from tenants.messages import register_sender
from tenants.models import ImportJob, Invitation, Membership, Vendor
from tests import factories as make
from tests.partners.conftest import NOW, TODAY
from web.api import rates


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    rates.forget()
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def outbox() -> Iterator[list[str]]:
    sent: list[str] = []

    def send(template: str, address: str, *rest: Any, **more: Any) -> None:
        sent.append(address)

    replaced = register_sender(send)
    yield sent
    register_sender(replaced)


@pytest.fixture
def owner(world: SimpleNamespace) -> Client:
    return make.sign_in(Client(), world.owner)


@pytest.fixture
def reader(world: SimpleNamespace) -> Client:
    return make.sign_in(Client(), world.reader)


def rows(world: SimpleNamespace, model: Any) -> list[Any]:
    with scope.entered_vendor(world.vendor.pk):
        return list(model.objects.order_by("pk"))


def text(response: Any) -> str:
    return response.content.decode()


READ = ["partners:customers", "partners:team", "partners:company"]
WRITE = ["partners:customer_add", "partners:person_add", "partners:person_invite"]


@pytest.mark.parametrize("name", [*READ, *WRITE, "partners:company_change"])
def test_pages_open_to_the_partners_admin(owner: Client, name: str) -> None:
    assert owner.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", READ)
def test_lists_open_to_members(reader: Client, name: str) -> None:
    assert reader.get(reverse(name)).status_code == 200


@pytest.mark.parametrize("name", [*WRITE, "partners:company_change"])
def test_forms_are_closed_to_members(reader: Client, name: str) -> None:
    assert reader.get(reverse(name)).status_code == 403


@pytest.mark.parametrize("name", [*READ, *WRITE])
def test_pages_ask_strangers_to_sign_in(world: SimpleNamespace, name: str) -> None:
    client = Client(HTTP_HOST=f"{world.vendor.code}.localhost")
    response = client.get(reverse(name))
    assert (response.status_code, response.url.split("?")[0]) == (302, "/account/login/")


def test_a_customer_is_added_by_its_form(world: SimpleNamespace, owner: Client) -> None:
    response = owner.post(
        reverse("partners:customer_add"),
        {"name": "Clinic", "environments": ["clinical"], "since": "2026-03-01"},
    )
    assert response.status_code == 302
    assert [(row.name, row.environments) for row in rows(world, Customer)] == [
        ("Clinic", ["clinical"])
    ]


def test_a_refusal_is_shown_beside_its_field(world: SimpleNamespace, owner: Client) -> None:
    row = make.CustomerFactory(partner=world.partner, environments=["clinical"])
    response = owner.post(
        reverse("partners:customer_change", args=[row.ref]),
        {"name": row.name, "environments": ["general"]},
    )
    assert response.status_code == 422
    assert response.context["form"].errors["environments"] == [
        "Nobody takes an environment class away alone: Clinical. Ask for it with evidence; "
        "another person of the vendor decides."
    ]
    assert rows(world, Customer)[0].environments == ["clinical"]


@pytest.mark.parametrize("name", ["customer", "customer_change", "customer_end", "customer_attest"])
def test_another_partners_customer_is_not_found(
    world: SimpleNamespace, owner: Client, name: str
) -> None:
    row = make.CustomerFactory(partner=world.other)
    unknown = f"cus_{'0' * 32}"
    for ref in (row.ref, unknown, "nonsense"):
        assert owner.get(reverse(f"partners:{name}", args=[ref])).status_code == 404


@pytest.mark.parametrize("name", ["person_change", "person_end", "member_end"])
def test_another_partners_people_are_not_found(
    world: SimpleNamespace, owner: Client, name: str
) -> None:
    row = make.EmploymentFactory(partner=world.other)
    for ref in (row.ref, world.stranger.ref, "nonsense"):
        assert owner.get(reverse(f"partners:{name}", args=[ref])).status_code == 404


def test_an_agreement_is_recorded_by_its_digest(world: SimpleNamespace, owner: Client) -> None:
    row = make.CustomerFactory(partner=world.partner)
    response = owner.post(
        reverse("partners:customer_attest", args=[row.ref]),
        {
            "kind": "baa_customer",
            "signed_by": "Ada",
            "since": "2026-03-01",
            "document": SimpleUploadedFile("baa.txt", b"We agree."),
        },
    )
    assert response.status_code == 302
    (held,) = rows(world, Agreement)
    assert held.text_sha256 == hashlib.sha256(b"We agree.").hexdigest()
    assert (held.kind, held.customer_id) == ("baa_customer", row.pk)
    assert "BAA with the customer" in text(owner.get(reverse("partners:customer", args=[row.ref])))


def test_the_list_filters_what_is_to_classify(world: SimpleNamespace, owner: Client) -> None:
    make.CustomerFactory(
        partner=world.partner, name="Done", vertical="healthcare", environments=["clinical"]
    )
    make.CustomerFactory(partner=world.partner, name="Todo", vertical="healthcare")
    make.CustomerFactory(partner=world.partner, name="Shop", vertical="retail")
    response = owner.get(reverse("partners:customers"), {"unclassified": "on"})
    assert [row.record.name for row in response.context["table"].paginated_rows] == ["Todo"]
    assert response.context["waiting"] == 1


@pytest.mark.parametrize("name", ["partners:customers", "partners:team"])
def test_a_list_takes_as_many_queries_for_many_rows(
    world: SimpleNamespace, owner: Client, name: str
) -> None:
    def fill(count: int) -> None:
        for _ in range(count):
            make.CustomerFactory(partner=world.partner)
            make.EmploymentFactory(partner=world.partner)

    counted = []
    for count in (2, 18):
        fill(count)
        owner.get(reverse(name))
        with CaptureQueriesContext(connection) as seen:
            owner.get(reverse(name))
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_a_person_joins_changes_and_leaves(world: SimpleNamespace, owner: Client) -> None:
    owner.post(reverse("partners:person_add"), {"name": "Ana", "since": "2026-02-01"})
    (row,) = rows(world, Employment)
    owner.post(reverse("partners:person_change", args=[row.ref]), {"name": "Ana Li"})
    owner.post(reverse("partners:person_end", args=[row.ref]), {"on": "2026-03-01"})
    with scope.entered_vendor(world.vendor.pk):
        found = Employment.objects.select_related("person").get()
        assert (found.person.name, found.until) == ("Ana Li", TODAY)


def test_somebody_is_invited(world: SimpleNamespace, owner: Client, outbox: list[str]) -> None:
    owner.post(
        reverse("partners:person_invite"), {"email": "new@x.example", "role": Role.PARTNER_MEMBER}
    )
    assert [(row.email, row.partner_id) for row in rows(world, Invitation)] == [
        ("new@x.example", world.partner.pk)
    ]
    assert outbox == ["new@x.example"]


def test_a_sign_in_ends(world: SimpleNamespace, owner: Client) -> None:
    response = owner.post(reverse("partners:member_end", args=[world.reader.ref]))
    assert response.status_code == 302
    with scope.entered_vendor(world.vendor.pk):
        assert Membership.objects.get(pk=world.reader.pk).until == TODAY


def test_the_profile_is_changed(world: SimpleNamespace, owner: Client) -> None:
    owner.post(
        reverse("partners:company_change"),
        {"city": "Ulm", "country": "de", "service_scopes": "Cloud, Home Office"},
    )
    with scope.entered_vendor(world.vendor.pk):
        found = Partner.objects.get(pk=world.partner.pk)
        assert (found.city, found.country, found.service_scopes) == (
            "Ulm",
            "DE",
            ["cloud", "home_office"],
        )


def upload(client: Client, content: bytes, kind: str = "people") -> Any:
    file = SimpleUploadedFile("team.csv", content)
    return client.post(reverse("partners:import_upload", args=[kind]), {"file": file})


def test_an_import_is_previewed_then_applied(world: SimpleNamespace, owner: Client) -> None:
    response = upload(owner, b"name,job\nAna,Lead\n")
    page = owner.get(response.url)
    assert page.status_code == 200
    assert rows(world, Employment) == []
    assert "Lead" in text(page)
    (job,) = rows(world, ImportJob)
    decided = owner.post(reverse("partners:import_decide", args=[job.ref]), {"intent": "apply"})
    assert decided.status_code == 302
    assert len(rows(world, Employment)) == 1


def test_a_wrong_file_is_refused_on_the_form(world: SimpleNamespace, owner: Client) -> None:
    response = upload(owner, "name\nMüller\n".encode("cp1252"))
    assert response.status_code == 422
    assert response.context["form"].errors["file"][0].startswith("Line 2 is not UTF-8: “Müller”.")
    assert rows(world, ImportJob) == []


def test_an_outdated_preview_is_shown_again(world: SimpleNamespace, owner: Client) -> None:
    upload(owner, b"name,id\nAna,1\n")
    (job,) = rows(world, ImportJob)
    make.EmploymentFactory(
        partner=world.partner,
        external_id="1",
        person=make.PersonFactory(vendor=world.vendor, name="Ana"),
    )
    response = owner.post(reverse("partners:import_decide", args=[job.ref]), {"intent": "apply"})
    assert response.status_code == 422
    assert (response.context["job"].creates, response.context["job"].unchanged) == (0, 1)
    assert len(rows(world, Employment)) == 1


def test_rows_with_errors_come_back_as_a_file(world: SimpleNamespace, owner: Client) -> None:
    upload(owner, b"name,email\nAna,nope\n")
    (job,) = rows(world, ImportJob)
    response = owner.get(reverse("partners:import_errors", args=[job.ref]))
    assert response["Content-Disposition"] == 'attachment; filename="people-errors.csv"'
    assert (
        response.getvalue().decode().splitlines()[1].startswith("Ana,nope,2,email: “nope” is not")
    )


@pytest.mark.parametrize("name", ["import", "import_errors"])
def test_another_partners_import_is_not_found(
    world: SimpleNamespace, owner: Client, name: str
) -> None:
    upload(make.sign_in(Client(), world.stranger), b"name\nAna\n")
    (job,) = rows(world, ImportJob)
    assert owner.get(reverse(f"partners:{name}", args=[job.ref])).status_code == 404


def test_what_is_staffs_has_no_page_for_partners(owner: Client) -> None:
    assert owner.get(reverse("partners:import_upload", args=["partners"])).status_code == 404


APPLICATION = {
    "partner_type": "msp",
    "company": "Cedar IT",
    "country": "DE",
    "contact_name": "Cid",
    "contact_email": "cid@cedar.example",
}


@pytest.fixture
def anybody(world: SimpleNamespace) -> Client:
    return Client(HTTP_HOST=f"{world.vendor.code}.localhost")


def test_anybody_applies_on_the_vendors_page(world: SimpleNamespace, anybody: Client) -> None:
    assert anybody.get(reverse("partners:apply")).status_code == 200
    response = anybody.post(reverse("partners:apply"), APPLICATION)
    assert (response.status_code, response.url) == (302, reverse("partners:applied"))
    assert anybody.get(response.url).status_code == 200
    assert [row.company for row in rows(world, Application)] == ["Cedar IT"]


def test_a_robot_gets_the_same_answer_and_no_application(
    world: SimpleNamespace, anybody: Client
) -> None:
    response = anybody.post(reverse("partners:apply"), {**APPLICATION, "website": "http://x"})
    assert response.url == reverse("partners:applied")
    assert rows(world, Application) == []


def test_a_form_with_gaps_says_which(world: SimpleNamespace, anybody: Client) -> None:
    response = anybody.post(reverse("partners:apply"), {**APPLICATION, "company": ""})
    assert response.status_code == 422
    assert set(response.context["form"].errors) == {"company"}
    assert rows(world, Application) == []


def test_many_applications_from_one_address_wait(world: SimpleNamespace, anybody: Client) -> None:
    for number in range(5):
        anybody.post(
            reverse("partners:apply"), {**APPLICATION, "contact_email": f"{number}@x.example"}
        )
    response = anybody.post(reverse("partners:apply"), APPLICATION)
    assert response.status_code == 429
    assert len(rows(world, Application)) == 5


def test_what_happened_goes_on_page_by_page_in_the_vendors_time(
    world: SimpleNamespace, owner: Client
) -> None:
    with scope.enter(make.scope_of(world.admin)):
        for number in range(25):
            actions.change_partner(world.partner, city=f"Place {number}")
    Vendor.objects.filter(pk=world.vendor.pk).update(time_zone="Asia/Tokyo")
    directory.forget()
    address = reverse("partners:company")
    first = owner.get(address, {"kept": "1"})
    page, text = first.context["timeline"], first.content.decode()
    assert (len(page["events"]), page["later"]) == (20, False)
    assert "kept=1&before=evt_" in page["older"]
    assert text.count("Asia/Tokyo") == 1
    at = page["events"][0]["at"].astimezone(ZoneInfo("Asia/Tokyo"))
    assert f"{at.day} {at:%b %Y, %H:%M}</time>" in text
    rest = owner.get(f"{address}?{page['older']}").context["timeline"]
    assert (rest["later"], rest["newest"]) == (True, "kept=1")
    told = [event["text"] for event in page["events"] + rest["events"]]
    assert [text for text in told if "Place" in text][-1].startswith("City: Place 0")
    assert len([text for text in told if "Place" in text]) == 25
