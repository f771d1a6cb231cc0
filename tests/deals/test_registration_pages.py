"""Registrations on screen and in the API: each side's pages, and what neither reads."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from deals import actions
from deals.models import Account, PreCheck, Registration
from tenants import scope
from tenants.writing import Refused
from tests.deals.conftest import NOW, TODAY, acting, approved, draft, submitted
from tests.factories import prepared
from tests.factories import sign_in as signed
from web import clock

TYPED = {"name": "Cedar Clinic", "domain": "cedar.example", "country": "GB",
         "families": ["endpoint"], "seats": "30"}  # fmt: skip


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


def sign_in(member: Any) -> Client:
    return signed(Client(), member)


def page(client: Client, path: str, status: int = 200) -> str:
    answer = client.get(path)
    assert answer.status_code == status
    return answer.content.decode()


def test_a_partner_registers_on_one_page(deals: SimpleNamespace) -> None:
    client = sign_in(deals.owner)
    assert "engagement" in page(client, "/registrations/new/")
    answer = client.post("/registrations/new/engagement/", {**TYPED, "submit": "1"})
    assert answer.status_code == 302
    shown = page(client, answer["Location"])
    assert "Cedar Clinic" in shown and "3 Mar, 17:00" in shown
    assert "Cedar Clinic" in page(client, "/registrations/")


def test_a_draft_is_kept_and_gone_on_with(deals: SimpleNamespace) -> None:
    client = sign_in(deals.owner)
    answer = client.post("/registrations/new/engagement/", {**TYPED, "families": [], "keep": "1"})
    ref = answer["Location"].split("/")[-2]
    assert "Go on" in page(client, answer["Location"])
    edit = f"/registrations/{ref}/edit/engagement/"
    assert "cedar.example" in page(client, edit)
    refused = client.post(edit, {**TYPED, "families": [], "submit": "1"})
    assert refused.status_code == 422 and "Say which products" in refused.content.decode()
    assert client.post(edit, {**TYPED, "submit": "1"}).status_code == 302
    with scope.entered_vendor(deals.vendor.pk):
        assert Registration.objects.get().state == "submitted"


def test_the_check_beside_the_form_says_one_bit(deals: SimpleNamespace) -> None:
    approved(deals, deals.owner)
    client = sign_in(deals.stranger)
    shown = client.post("/registrations/look/", TYPED).content.decode()
    assert "Needs review" in shown and "2 checks left" in shown
    assert "Alder" not in shown
    shown = client.post("/registrations/look/", {"domain": "jo@gmail.com"}).content.decode()
    assert "mail" in shown


def test_the_queue_shows_what_stands_against_it_to_the_vendor_alone(
    deals: SimpleNamespace,
) -> None:
    approved(deals, deals.owner)
    row = submitted(deals, deals.stranger, name="Cedar Clinic Limited")
    where = f"/registrations/{row.ref}/"
    staff = page(sign_in(deals.cam), where)
    assert "Alder IT is protected at" in staff
    mine = page(sign_in(deals.stranger), where)
    assert "Alder" not in mine and "What stands against" not in mine
    page(sign_in(deals.owner), where, 404)


def test_the_vendor_decides_and_the_partner_reads_it(deals: SimpleNamespace) -> None:
    row = submitted(deals, deals.owner)
    cam, where = sign_in(deals.cam), f"/registrations/{row.ref}/"
    assert cam.post(f"{where}refuse/", {"reason": "other", "remark": "Not yet."}).status_code == 302
    assert "Not yet." in page(sign_in(deals.owner), where)
    assert cam.post(f"{where}take-back/", {"why": "Our mistake"}).status_code == 302
    assert cam.post(f"{where}approve/", {"account": ""}).status_code == 302
    shown = page(sign_in(deals.owner), where)
    assert "29 Jun 2026" in shown and "Ledger of the account" in shown


def test_the_ledger_shows_direct_sales_without_their_words(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    with acting(deals.admin):
        actions.record_direct_deal(
            Account.objects.get(), external_id="D-1", title="Secret plan", opened_on=TODAY, at=NOW
        )
    shown = page(sign_in(deals.owner), f"/registrations/{row.ref}/")
    assert "own sales opened a deal" in shown and "Secret plan" not in shown


@pytest.mark.parametrize("what", ["extend", "win", "lose"])
def test_every_form_opens_for_the_partner_and_not_for_staff(
    deals: SimpleNamespace, what: str
) -> None:
    row: Any = approved(deals, deals.owner)
    page(sign_in(deals.owner), f"/registrations/{row.ref}/{what}/")
    page(sign_in(deals.cam), f"/registrations/{row.ref}/{what}/", 403)
    page(sign_in(deals.stranger), f"/registrations/{row.ref}/{what}/", 404)


@pytest.mark.parametrize("sort", ["clock", "-clock"])
def test_what_waits_for_no_answer_stands_last_by_answer_due(
    deals: SimpleNamespace, sort: str
) -> None:
    approved(deals, deals.owner, name="Answered", domains=["answered.example"])
    submitted(deals, deals.owner, name="Waiting", domains=["waiting.example"])
    shown = page(sign_in(deals.owner), f"/registrations/?sort={sort}")
    assert shown.index("Waiting</") < shown.index("Answered</")


@pytest.mark.parametrize("form", ["win", "lose"])
def test_what_ends_a_registration_is_chosen_and_never_preset(
    deals: SimpleNamespace, form: str
) -> None:
    row = approved(deals, deals.owner)
    client = sign_in(deals.owner)
    where = f"/registrations/{row.ref}/{form}/"
    assert '<option value="" selected>Choose a ' in page(client, where)
    assert client.post(where, {"reason": "", "contract": ""}).status_code == 422
    with scope.entered_vendor(deals.vendor.pk):
        assert Registration.objects.get(pk=row.pk).state == "approved"


def test_evidence_is_read_by_both_sides_and_nobody_else(deals: SimpleNamespace) -> None:
    row = approved(deals, deals.owner)
    paper = SimpleUploadedFile("offer.pdf", b"%PDF-1.4 the offer", content_type="application/pdf")
    said = {"activity": "Offer sent", "evidence": paper}
    answer = sign_in(deals.owner).post(f"/registrations/{row.ref}/extend/", said)
    assert answer.status_code == 302
    for member in (deals.owner, deals.admin):
        client = sign_in(member)
        assert "offer.pdf" in page(client, f"/registrations/{row.ref}/")
        file = client.get(f"/registrations/{row.ref}/evidence/")
        content = file.getvalue() if file.streaming else file.content
        assert (file.status_code, content) == (200, b"%PDF-1.4 the offer")
    assert "offer.pdf" in page(sign_in(deals.admin), f"/admin/deals/registration/{row.ref}/change/")
    page(sign_in(deals.stranger), f"/registrations/{row.ref}/evidence/", 404)


def test_a_suspended_partner_begins_nothing_and_loses_nothing(deals: SimpleNamespace) -> None:
    held, kept = approved(deals, deals.owner), draft(deals, deals.owner, name="Maple")
    with prepared(deals.vendor):
        type(deals.partner).objects.filter(pk=deals.partner.pk).update(status="suspended")
    client = sign_in(deals.owner)
    looked = client.post("/registrations/look/", {"name": "Maple"}).content.decode()
    assert "suspended" in looked
    with acting(deals.owner):
        with pytest.raises(Refused) as no:
            actions.submit_registration(kept, at=NOW, on=TODAY)
        assert no.value.code == "partner_suspended"
        assert not PreCheck.objects.exists()
        assert Registration.objects.get(pk=held.pk).state == "approved"
        # What runs goes on: more time is not a new beginning.
        actions.extend_registration(held, activity="Offer sent", at=NOW, on=TODAY)
