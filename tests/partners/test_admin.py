from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from partners.models import (
    AgreedValue,
    Agreement,
    Application,
    Attestation,
    Customer,
    Employment,
    Enrolment,
    Fact,
    Partner,
    PortfolioEntry,
    Record,
)
from programs.actions import publish_program
from tenants import scope
from tenants.messages import register_sender
from tenants.models import ImportJob
from tests import factories as make
from tests.partners.conftest import NOW, PROGRAM, TODAY


@pytest.fixture(autouse=True)
def the_day() -> Iterator[None]:
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture(autouse=True)
def outbox() -> Iterator[None]:
    replaced = register_sender(lambda *args, **more: None)
    yield
    register_sender(replaced)


@pytest.fixture
def admin(world: SimpleNamespace) -> Client:
    return make.sign_in(Client(), world.admin)


def press(client: Client, row: Any, name: str, **values: Any) -> Any:
    model = f"{row._meta.app_label}_{row._meta.model_name}"
    return client.post(reverse(f"admin:{model}_button", args=[row.ref, name]), values)


def one(world: SimpleNamespace, model: Any, **wanted: Any) -> Any:
    with scope.entered_vendor(world.vendor.pk):
        return model.objects.get(**wanted)


@pytest.mark.parametrize("model", ["partner", "application", "employment", "customer", "agreement"])
def test_lists_open(world: SimpleNamespace, admin: Client, model: str) -> None:
    make.ApplicationFactory(vendor=world.vendor)
    make.EmploymentFactory(partner=world.partner)
    make.AgreementFactory(partner=world.partner)
    make.CustomerFactory(partner=world.partner)
    assert admin.get(reverse(f"admin:partners_{model}_changelist")).status_code == 200


def test_figures_are_written_with_their_currency(world: SimpleNamespace, admin: Client) -> None:
    row = make.FactFactory(partner=world.partner, value=Decimal(24000), unit="USD")
    listed = admin.get(reverse("admin:partners_fact_changelist")).content.decode()
    shown = admin.get(reverse("admin:partners_fact_change", args=[row.ref])).content.decode()
    assert ["$24,000" in listed, "24000.0" in listed] == [True, False]
    assert ["$24,000" in shown, "24000.0" in shown] == [True, False]


@pytest.mark.parametrize("model", ["partner", "employment", "customer"])
def test_add_pages_open(admin: Client, model: str) -> None:
    assert admin.get(reverse(f"admin:partners_{model}_add")).status_code == 200


@pytest.mark.parametrize(
    "button", ["level", "sign", "manager", "fact", "attest", "suspend", "exit"]
)
def test_buttons_ask_first(world: SimpleNamespace, admin: Client, button: str) -> None:
    address = reverse("admin:partners_partner_button", args=[world.partner.ref, button])
    assert admin.get(address).status_code == 200


def test_an_application_is_approved_once(world: SimpleNamespace, admin: Client) -> None:
    row = make.ApplicationFactory(vendor=world.vendor, partner_type=world.types["msp"])
    page = admin.get(reverse("admin:partners_application_change", args=[row.ref]))
    assert [button.name for button, _url in page.context["buttons"]] == [
        "ask",
        "approve",
        "refuse",
    ]
    assert press(admin, row, "approve", external_id="N-1").status_code == 302
    assert one(world, Partner, external_id="N-1").name == row.company
    assert press(admin, row, "approve", external_id="N-2").status_code == 404


def test_a_refusal_without_a_reason_is_asked_again(world: SimpleNamespace, admin: Client) -> None:
    row = make.ApplicationFactory(vendor=world.vendor)
    assert press(admin, row, "refuse", reason="").status_code == 422
    assert one(world, Application).state == "submitted"
    assert press(admin, row, "refuse", reason="Too far away").status_code == 302
    assert one(world, Application).reason == "Too far away"


def test_the_list_says_states_as_labels_and_countries_by_name(
    world: SimpleNamespace, admin: Client
) -> None:
    row = make.PartnerFactory(vendor=world.vendor, country="SE", status="suspended")
    address = reverse("admin:partners_partner_changelist")
    page = admin.get(address, {"country": "SE"}).content.decode()
    assert '<span class="state state-bad">Suspended</span>' in page
    assert "Sweden" in page
    assert row.name not in admin.get(address, {"country": "NO"}).content.decode()


def test_a_partner_is_added_and_changed(world: SimpleNamespace, admin: Client) -> None:
    added = admin.post(
        reverse("admin:partners_partner_add"),
        {
            "name": "Cedar",
            "partner_type": world.types["msp"].pk,
            "joined_on": "2026-03-01",
            "country": "DE",
        },
    )
    assert added.status_code == 302
    row = one(world, Partner, name="Cedar")
    address = reverse("admin:partners_partner_change", args=[row.ref])
    assert admin.get(address).status_code == 200
    values = {"name": "Cedar IT", "country": "DE", "external_id": "C-1"}
    inlines = {
        f"{prefix}-{key}": "0"
        for prefix in ("enrolments", "agreements", "portfolio_entries", "attestations", "facts")
        for key in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    assert admin.post(address, {**values, **inlines}).status_code == 302
    found = one(world, Partner, pk=row.pk)
    assert (found.name, found.external_id) == ("Cedar IT", "C-1")


def test_each_button_of_a_partner_acts(world: SimpleNamespace, admin: Client) -> None:
    partner, day = world.partner, "2026-03-01"
    level = world.levels["gold"]
    press(admin, partner, "level", level=level.pk, on=day, reason="Review")
    press(admin, partner, "manager", person=world.cam.person_id, on=day)
    press(admin, partner, "fact", metric="seats", period=day, value="120", source="statement")
    vouch = {"code": "business_plan", "evidence": "Plan", "attested_by": "Ada", "since": day}
    press(admin, partner, "attest", **vouch)
    document = SimpleUploadedFile("a.pdf", b"We agree.")
    sign = {"kind": Agreement.MAIN, "signed_by": "Ada", "since": day, "document": document}
    press(admin, partner, "sign", **sign)
    assert one(world, Enrolment, partner=partner).level_id == level.pk
    assert one(world, PortfolioEntry, partner=partner).person_id == world.cam.person_id
    assert one(world, Fact, partner=partner).value == 120
    assert one(world, Attestation, partner=partner).until.isoformat() == "2027-03-01"
    assert one(world, Agreement, partner=partner).since == TODAY


def test_a_status_is_changed_with_its_reason(world: SimpleNamespace, admin: Client) -> None:
    for button, status in (("suspend", "suspended"), ("reinstate", "active"), ("exit", "exited")):
        press(admin, world.partner, button, on="2026-03-01", reason="Because")
        assert one(world, Partner, pk=world.partner.pk).status == status
    assert press(admin, world.partner, "suspend", on="2026-03-01", reason="x").status_code == 404


def test_people_join_move_and_leave(world: SimpleNamespace, admin: Client) -> None:
    values = {"partner": world.partner.pk, "name": "Ana", "since": "2026-01-01"}
    admin.post(reverse("admin:partners_employment_add"), values)
    row = one(world, Employment)
    press(admin, row, "move", to=world.other.pk, on="2026-02-01")
    joined = one(world, Employment, partner=world.other)
    press(admin, joined, "end", on="2026-03-01")
    assert one(world, Employment, pk=joined.pk).until == TODAY


def test_no_class_is_taken_away_alone(world: SimpleNamespace, admin: Client) -> None:
    row = make.CustomerFactory(partner=world.partner, environments=["general", "clinical"])
    pressed = press(admin, row, "environments", environments=["general"], evidence="Audit 7")
    assert pressed.status_code == 422
    assert one(world, Customer).environments == ["general", "clinical"]


def test_the_upload_names_the_columns_of_the_kind_and_gives_an_empty_file(
    world: SimpleNamespace, admin: Client
) -> None:
    page = admin.get(reverse("admin:tenants_importjob_add"), {"kind": "customers"})
    address = reverse("admin:tenants_importjob_empty", args=["customers"])
    shown = page.content.decode()
    assert "<code>account_manager</code>" in shown and f'href="{address}"' in shown
    header = "name,private_name,external_id,vertical,country,environments,since,until"
    assert admin.get(address).content.decode().startswith(f"\ufeff{header},account_manager,partner")
    chosen = reverse("admin:tenants_importjob_columns")
    other = admin.get(chosen, {"kind": "results"}).content.decode()
    assert other.lstrip().startswith('<section class="card" id="import-columns"')
    assert "<code>passed_on</code>" in other
    assert admin.get(address.replace("customers", "nothing")).status_code == 404


def test_an_import_is_uploaded_previewed_and_applied(world: SimpleNamespace, admin: Client) -> None:
    def upload(text: bytes) -> Any:
        file = SimpleUploadedFile("c.csv", text)
        return admin.post(
            reverse("admin:tenants_importjob_add"), {"kind": "customers", "file": file}
        )

    response = upload(b"name,partner\nShop,A-1\n")
    job = one(world, ImportJob)
    assert response.url == reverse("admin:tenants_importjob_change", args=[job.ref])
    assert "Shop" in admin.get(response.url).content.decode()
    press(admin, job, "apply")
    assert one(world, Customer).name == "Shop"
    wrong = upload("name\nMüller\n".encode("cp1252"))
    assert "is not UTF-8" in wrong.content.decode()
    upload(b"name,partner\nShop,nobody\n")
    bad = one(world, ImportJob, failures=1)
    errors = admin.get(reverse("admin:tenants_importjob_errors", args=[bad.ref]))
    assert errors.getvalue().decode().splitlines()[1] == (
        "Shop,nobody,2,partner: There is no partner “nobody”."
    )
    assert press(admin, bad, "apply").status_code == 404


def test_another_vendors_rows_are_not_found(world: SimpleNamespace, admin: Client) -> None:
    foreign = make.PartnerFactory()
    response = press(admin, foreign, "suspend", on="2026-03-01", reason="x")
    assert response.status_code in (302, 404)
    with scope.entered_vendor(foreign.vendor_id):
        assert Partner.objects.get(pk=foreign.pk).status == "active"


def test_a_partner_is_not_offered_as_its_own_parent(admin: Client, world: SimpleNamespace) -> None:
    child = make.PartnerFactory(vendor=world.vendor, name="Below IT", parent=world.partner)
    other = make.PartnerFactory(vendor=world.vendor, name="Beside IT")
    page = admin.get(reverse("admin:partners_partner_change", args=[world.partner.ref]))
    offered = page.context["adminform"].form.fields["parent"].queryset
    with scope.entered_vendor(world.vendor.pk):
        assert set(offered) & {world.partner, child, other} == {other}


def test_the_start_page_says_what_waits_and_leads_there(
    admin: Client, world: SimpleNamespace
) -> None:
    make.ApplicationFactory(vendor=world.vendor, company="Willow IT")
    page = admin.get(reverse("admin:index"))
    (waits,) = page.context["waiting"]
    assert waits["words"] == "1 application waits for your decision"
    assert "Willow IT" in admin.get(waits["link"]).content.decode()


def test_the_first_steps_are_ticked_by_rows(admin: Client, world: SimpleNamespace) -> None:
    def done() -> dict[str, bool]:
        steps = admin.get(reverse("admin:index")).context["steps"]
        return {str(step["label"]): step["done"] for step in steps}

    before = done()
    assert before["Applications"] is True
    assert before["Edit the program"] is False
    with scope.enter(make.scope_of(world.admin)):
        publish_program(make.document(PROGRAM.replace("Test", "Own")), at=NOW)
    assert done()["Edit the program"] is True


def test_tags_of_a_record_are_written_in_lines_and_the_form_says_which_count(
    admin: Client, world: SimpleNamespace
) -> None:
    counts = (
        "metrics: {deals: {records: opportunities, where: {status: [launched, won]}}, "
        "buyers: {records: opportunities, aggregate: {distinct: customer}}, "
    )
    with scope.entered_vendor(world.vendor.pk):
        coming = PROGRAM.replace("metrics: {", counts)
        publish_program(make.document(coming), at=NOW, effective_from=dt.date(2026, 6, 1))
    address = reverse("admin:partners_record_add")
    field = admin.get(address).context["adminform"].form.fields["tags"]
    assert field.help_text == (
        "One a line: status: launched. "
        "Of Opportunities the program counts by customer and status (launched or won)."
    )
    values = {"partner": world.partner.pk, "kind": "opportunities", "on": "2026-02-01"}
    values |= {"source": "CRM", "tags": "status: launched\r\ncustomer: Öl & Co; size: large"}
    assert admin.post(address, values | {"tags": "launched"}).context["adminform"].form.errors == {
        "tags": ["“launched” is no tag. Write them like: status: launched; size: large"]
    }
    assert admin.post(address, values).status_code == 302
    row = one(world, Record)
    assert row.tags == {"status": "launched", "customer": "Öl & Co", "size": "large"}
    shown = admin.get(reverse("admin:partners_record_change", args=[row.ref])).content.decode()
    assert "customer: Öl &amp; Co; size: large; status: launched" in shown


def test_a_number_is_agreed_by_the_name_and_range_that_a_program_to_come_gives_it(
    admin: Client, world: SimpleNamespace
) -> None:
    coming = PROGRAM.replace(
        "at_least: 100", "at_least: {agreed: seat_target, from: 50, to: 200}"
    ).replace("test\n", "next\n")
    with scope.entered_vendor(world.vendor.pk):
        publish_program(make.document(coming), at=NOW, effective_from=dt.date(2026, 6, 1))
    address = reverse("admin:partners_agreedvalue_add")
    offered = admin.get(address).content.decode().partition('name="code"')[2]
    assert '<option value="seat_target">Seat target, from 50 to 200</option>' in " ".join(
        offered.split()
    ).replace("> Seat", ">Seat").replace("200 <", "200<")
    values = {"partner": world.partner.pk, "code": "seat_target", "value": "80"}
    values |= {"since": "2026-03-01", "agreed_by": "Ana Ruiz"}
    assert admin.post(address, values).status_code == 302
    assert one(world, AgreedValue).value == 80
    assert admin.post(address, values | {"code": "typed"}).status_code == 200
