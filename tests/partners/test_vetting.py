"""Drafts, questions, checks and what approval hands over."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from partners import actions
from partners.actions import fields, vetting
from partners.actions.applications import by_link
from partners.actions.drafts import drop_drafts
from partners.models import Application, CheckRule, Partner, VettingCheck
from partners.rules.field_sets import values_of
from tenants import scope
from tenants.messages import register_sender
from tenants.models import Event, File
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import NOW, events
from web import clock
from web.api import rates

State = Application.State
PDF = b"%PDF-1.4 proof"


@pytest.fixture(autouse=True)
def outbox() -> Iterator[list[Any]]:
    sent: list[Any] = []
    replaced = register_sender(lambda *given, **more: sent.append(given))
    rates.forget()
    yield sent
    register_sender(replaced)


@pytest.fixture
def anybody(world: SimpleNamespace) -> Client:
    return Client(HTTP_HOST=f"{world.vendor.code}.localhost")


@pytest.fixture
def asked(world: SimpleNamespace) -> SimpleNamespace:
    """MSPs are asked for a number of seats, a proof and a colour; resellers for none of it."""
    with staff(world):
        common = {"subject": "application", "partner_types": ["msp"]}
        fields.define_field(
            **common, code="seats", label="Seats", kind="integer", required=True, section="Size"
        )
        fields.define_field(**common, code="proof", label="Proof", kind="document")
        fields.define_field(
            **common, code="score", label="Score", kind="integer", access="internal"
        )
        fields.define_field(subject="partner", code="seats", label="Seats", kind="integer")
    return world


def staff(world: SimpleNamespace) -> Any:
    return scope.enter(make.scope_of(world.admin))


def only(world: SimpleNamespace) -> Application:
    with scope.entered_vendor(world.vendor.pk):
        return Application.objects.get()


FILLED = {
    "partner_type": "msp",
    "company": "Cedar IT",
    "country": "DE",
    "contact_name": "Cid",
    "contact_email": "cid@cedar.example",
    "custom.seats": "120",
}


def sent_link(outbox: list[Any]) -> str:
    found = re.search(r"/apply/continue/([^/]+)/", outbox[-1][2]["link"])
    assert found
    return reverse("partners:apply_continue", args=[found[1]])


def test_the_type_is_chosen_first_and_brings_its_fields(
    asked: SimpleNamespace, anybody: Client
) -> None:
    assert b"?type=msp" in anybody.get("/apply/").content
    page = anybody.get("/apply/?type=msp").content.decode()
    assert "custom.seats" in page and "<legend" in page and "custom.proof" in page
    assert "custom.score" not in page
    assert "custom.seats" not in anybody.get("/apply/?type=reseller").content.decode()


def test_what_the_type_asks_for_is_needed(asked: SimpleNamespace, anybody: Client) -> None:
    refused = anybody.post("/apply/", {**FILLED, "custom.seats": ""})
    assert refused.status_code == 422
    assert set(refused.context["form"].errors) == {"custom.seats"}
    proof = SimpleUploadedFile("proof.pdf", PDF)
    assert anybody.post("/apply/", {**FILLED, "custom.proof": proof}).status_code == 302
    row = only(asked)
    assert (row.state, row.custom["seats"], row.custom["proof"]["name"]) == (
        "submitted", 120, "proof.pdf",
    )  # fmt: skip


def test_a_draft_goes_on_by_the_link_that_was_sent(
    asked: SimpleNamespace, anybody: Client, outbox: list[Any]
) -> None:
    begun = {"partner_type": "msp", "company": "Cedar IT", "contact_email": "cid@cedar.example"}
    saved = anybody.post("/apply/", {**begun, "save": "1"})
    assert saved.url == reverse("partners:apply_saved")
    assert (only(asked).state, outbox[-1][:2]) == (
        "draft", ("application_draft", "cid@cedar.example"),
    )  # fmt: skip
    link = sent_link(outbox)
    page = anybody.get(link)
    assert (b"Cedar IT" in page.content, page["Cache-Control"]) == (True, "private, no-store")
    anybody.post(link, {**begun, "save": "1", "custom.seats": "7"})
    assert (only(asked).custom, len(outbox)) == ({"seats": 7}, 1)
    assert anybody.post(link, {**FILLED, "custom.seats": ""}).status_code == 422
    assert anybody.post(link, FILLED).status_code == 302
    assert (only(asked).state, only(asked).link_digest) == ("submitted", "")
    assert anybody.get(link).status_code == 404


def test_an_address_gets_no_more_links_than_three(
    asked: SimpleNamespace, outbox: list[Any]
) -> None:
    def begin(address: str) -> None:
        actions.save_draft(
            partner_type=asked.types["msp"], company="C", contact_email=address, at=NOW
        )

    with scope.widen("application", vendor_id=asked.vendor.pk):
        for _turn in range(3):
            begin("c@c.example")
        with pytest.raises(Refused) as refused:
            begin(" C@c.example")
        begin("d@d.example")
    assert (refused.value.code, len(outbox)) == ("too_many_drafts", 4)


def test_a_draft_is_not_staff_s_to_decide(asked: SimpleNamespace) -> None:
    with scope.widen("application", vendor_id=asked.vendor.pk):
        draft = actions.save_draft(
            partner_type=asked.types["msp"], company="C", contact_email="c@c.example", at=NOW
        )
    with staff(asked), pytest.raises(Refused) as refused:
        actions.approve_application(draft, at=NOW)
    assert refused.value.code == "already_decided"


def test_a_link_ends_after_thirty_days(asked: SimpleNamespace, outbox: list[Any]) -> None:
    with scope.widen("application", vendor_id=asked.vendor.pk):
        actions.save_draft(
            partner_type=asked.types["msp"], company="C", contact_email="c@c.example", at=NOW
        )
        token = sent_link(outbox).split("/")[-2]
        assert by_link(token, NOW + dt.timedelta(days=29)) is not None
        assert by_link(token, NOW + dt.timedelta(days=30)) is None
        assert by_link("another", NOW) is None


def test_a_draft_that_was_never_sent_is_deleted_with_its_documents(
    asked: SimpleNamespace, anybody: Client, outbox: list[Any]
) -> None:
    begun = {"partner_type": "msp", "company": "Cedar IT", "contact_email": "cid@cedar.example"}
    proof = SimpleUploadedFile("proof.pdf", PDF)
    anybody.post("/apply/", {**begun, "custom.proof": proof, "save": "1"})
    waiting = submitted(asked)
    with scope.entered_vendor(asked.vendor.pk):
        ends = Application.objects.get(state="draft").link_until
        assert File.objects.count() == 1
        assert [drop_drafts(at=ends - dt.timedelta(seconds=1)), drop_drafts(at=ends)] == [0, 1]
        assert (Application.objects.get(), File.objects.count()) == (waiting, 0)
        event = Event.objects.filter(kind="application.dropped").get()
    assert event.data == {"type": "msp"}


def submitted(world: SimpleNamespace, **more: Any) -> Application:
    with scope.widen("application", vendor_id=world.vendor.pk):
        return actions.submit_application(
            company="Cedar IT",
            country="DE",
            contact_name="Cid",
            contact_email="cid@cedar.example",
            partner_type=world.types["msp"],
            at=clock.now(),
            custom={"seats": 5},
            **more,
        )


def test_a_question_is_answered_by_link(
    asked: SimpleNamespace, anybody: Client, outbox: list[Any]
) -> None:
    row = submitted(asked)
    with staff(asked):
        actions.ask_applicant(row, at=clock.now(), question="Which regions?")
    assert (only(asked).state, outbox[-1][2]["question"]) == ("asked", "Which regions?")
    link = sent_link(outbox)
    assert b"Which regions?" in anybody.get(link).content
    assert anybody.post(link, {"answer": " ", "custom.seats": "5"}).status_code == 422
    assert anybody.post(link, {"answer": "The north.", "custom.seats": "9"}).status_code == 302
    held = only(asked)
    assert (held.state, held.answer, held.custom) == ("submitted", "The north.", {"seats": 9})
    with staff(asked):
        assert events()[-3:] == [
            "application.submitted", "application.asked", "application.answered",
        ]  # fmt: skip


def test_approval_waits_for_mandatory_checks(asked: SimpleNamespace) -> None:
    row = submitted(asked)
    with staff(asked):
        number = vetting.define_check(title="Company number", partner_types=["msp"])
        sanctions = vetting.define_check(title="Sanctions list")
        vetting.define_check(title="References", mandatory=False)
        vetting.define_check(title="Contract", partner_types=["reseller"])
        with pytest.raises(Refused) as refused:
            actions.approve_application(row, at=NOW)
        assert refused.value.code == "checks_open"
        assert len(refused.value.reasons) == 2
        assert Partner.objects.count() == 2
        vetting.do_check(row, rule=number, at=NOW, remark="HRB 1")
        with pytest.raises(Refused):
            vetting.do_check(row, rule=number, at=NOW)
        with pytest.raises(Refused):
            vetting.override_check(row, rule=sanctions, at=NOW, reason=" ")
        vetting.override_check(row, rule=sanctions, at=NOW, reason="Public body")
        assert [(one.rule.title, one.outcome, one.by_id) for one in VettingCheck.objects.all()] == [
            ("Company number", "done", asked.admin.person_id),
            ("Sanctions list", "overridden", asked.admin.person_id),
        ]
        actions.approve_application(row, at=NOW)
        with pytest.raises(Refused):
            vetting.reopen_check(row, rule=number, reason="mistake")


def test_a_check_is_opened_again(asked: SimpleNamespace) -> None:
    row = submitted(asked)
    with staff(asked):
        rule = vetting.define_check(title="Company number")
        vetting.do_check(row, rule=rule, at=NOW)
        vetting.reopen_check(row, rule=rule, reason="wrong company")
        assert len(vetting.open_checks(row)) == 1
        vetting.archive_check(rule, at=NOW)
        assert vetting.open_checks(row) == []


def test_a_partner_s_people_neither_check_nor_define(asked: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(asked.owner)):
        with pytest.raises(NotAllowed):
            vetting.define_check(title="x")
        assert CheckRule.objects.count() == 0


def test_approval_hands_values_and_documents_over(asked: SimpleNamespace, anybody: Client) -> None:
    proof = SimpleUploadedFile("proof.pdf", PDF)
    anybody.post("/apply/", {**FILLED, "custom.proof": proof})
    row = only(asked)
    with staff(asked):
        assert File.objects.get().partner_id is None
    client = make.sign_in(Client(), asked.admin)
    where = reverse("partners:application_document", args=[row.ref, "proof"])
    assert client.get(where).content == PDF
    assert make.sign_in(Client(), asked.owner).get(where).status_code in (403, 404)
    with staff(asked):
        partner = actions.approve_application(row, at=NOW)
        assert values_of(Partner.objects.get(pk=partner.pk)) == {"seats": 120}
        assert File.objects.get().partner_id == partner.pk


def test_the_admin_vets_and_asks(asked: SimpleNamespace) -> None:
    row = submitted(asked)
    client = make.sign_in(Client(), asked.admin)
    made = client.post(
        "/admin/partners/checkrule/add/", {"title": "Company number", "mandatory": "on", "order": 1}
    )
    assert made.status_code == 302
    page = f"/admin/partners/application/{row.ref}"
    assert b"open, mandatory" in client.get(f"{page}/change/").content
    assert b"Company number: not checked yet." in client.post(f"{page}/do/approve/", {}).content
    with staff(asked):
        rule = CheckRule.objects.get()
    done = client.post(f"{page}/do/check/", {"rule": rule.pk, "remark": "HRB 1"})
    assert done.status_code == 302
    assert b"HRB 1" in client.get(f"{page}/change/").content
    assert client.post(f"{page}/do/ask/", {"question": "Why?"}).status_code == 302
    assert only(asked).state == "asked"
