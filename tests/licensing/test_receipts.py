"""Receipts that anyone can verify, how long an answer holds, and what a dry run leaves."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zoneinfo import ZoneInfo

import jwt
import pytest
from django.apps import apps
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connection, transaction

from licensing.actions import authorize
from licensing.models import Authorization
from tenants import keys, scope
from tenants.capabilities import Role
from tenants.models import Event
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor())


@pytest.fixture
def customer(partner):
    return w.new_customer(partner)


def every_row_count() -> dict[str, int]:
    """Rows of every table, past the walls."""
    found = {}
    with connection.cursor() as cursor:
        for model in apps.get_models():
            cursor.execute(f'SELECT count(*) FROM "{model._meta.db_table}"')
            found[model._meta.db_table] = cursor.fetchone()[0]
    return found


def test_a_receipt_says_what_was_decided_and_verifies_with_the_public_keys(
    partner, customer
) -> None:
    w.certify(partner, "endpoint")
    kept = w.ask(customer, seats=40).authorization
    payload = keys.verify(kept.receipt, keys.jwks(partner.vendor_id), typ="receipt+jwt")
    with scope.entered_vendor(partner.vendor_id):
        version = kept.program_version
        assert payload == {
            "iss": f"http://{partner.vendor.code}.localhost:8000",
            "id": kept.ref,
            "vendor": partner.vendor.code,
            "partner": w.reread(partner).ref,
            "customer": customer.ref,
            "product": "edr",
            "environments": ["general"],
            "verb": "deploy",
            "seats_before": 0,
            "seats": 40,
            "decision": "allow",
            "reasons": [],
            "program_version": version.number,
            "program_digest": version.digest,
            "inputs_digest": kept.inputs_digest,
            "decided_on": "2026-11-23",
            "decided_at": "2026-11-23T12:00:00+00:00",
            "cache_until": "2026-11-23T13:00:00+00:00",
        }


def test_a_denial_has_a_receipt_too(partner, customer) -> None:
    kept = w.ask(customer).authorization
    payload = keys.verify(kept.receipt, keys.jwks(partner.vendor_id))
    assert (payload["decision"], payload["reasons"]) == ("deny", ["people_missing"])


def test_an_altered_receipt_does_not_verify(partner, customer) -> None:
    w.certify(partner, "endpoint")
    head, body, tail = w.ask(customer).authorization.receipt.split(".")
    told = jwt.utils.base64url_decode(body).replace(b'"seats":10', b'"seats":99')
    forged = ".".join([head, jwt.utils.base64url_encode(told).decode(), tail])
    with pytest.raises(keys.BadSignature):
        keys.verify(forged, keys.jwks(partner.vendor_id))


def test_a_dry_run_leaves_nothing(partner, customer) -> None:
    w.certify(partner, "endpoint")
    person = make.PersonFactory(vendor=partner.vendor)
    with make.enter_as(person, Role.PARTNER_ADMIN, partner):
        before = every_row_count()
        decision = authorize(customer, "edr", "general", 40, at=w.NOON, dry_run=True)
        assert (decision.word, decision.dry_run, decision.authorization) == ("allow", True, None)
        assert every_row_count() == before


def test_a_decision_is_an_event(partner, customer) -> None:
    w.certify(partner, "endpoint")
    w.ask(customer, seats=40)
    w.ask(customer, "mdr")
    with scope.entered_vendor(partner.vendor_id):
        kinds = Event.objects.filter(kind__startswith="authorization.").order_by("pk")
        assert [(e.kind, e.data["product"], e.data["seats"]) for e in kinds] == [
            ("authorization.allowed", "edr", [0, 40]),
            ("authorization.denied", "mdr", [0, 10]),
        ]
        assert {e.program_version for e in kinds} == {1}
        assert {e.partner_id for e in kinds} == {partner.pk}


def test_a_decision_is_never_changed(partner, customer) -> None:
    kept = w.ask(customer).authorization
    with (
        pytest.raises(ProgrammingError, match="append-only"),
        make.prepared(partner.vendor),
        transaction.atomic(),
    ):
        Authorization.objects.filter(pk=kept.pk).update(seats=1)


def test_an_allowance_holds_an_hour_and_a_denial_five_minutes(partner, customer) -> None:
    assert w.ask(customer).cache_until - w.NOON == dt.timedelta(minutes=5)
    w.certify(partner, "endpoint")
    assert w.ask(customer).cache_until - w.NOON == dt.timedelta(minutes=60)


def test_an_answer_is_never_relied_on_past_the_day_the_gate_would_close(partner, customer) -> None:
    w.certify(partner, "endpoint", until=dt.date(2026, 11, 24))
    berlin = ZoneInfo("Europe/Berlin")
    late = dt.datetime(2026, 11, 23, 23, 40, tzinfo=berlin)
    decision = w.ask(customer, at=late)
    assert decision.word == "allow"
    assert decision.cache_until == dt.datetime(2026, 11, 24, 0, 0, tzinfo=berlin)


def test_an_answer_is_never_relied_on_past_the_next_program(partner, customer) -> None:
    w.certify(partner, "endpoint")
    stricter = w.PROGRAM.replace(
        "people: {track: endpoint, at_least: 1}", "people: {track: endpoint, at_least: 3}"
    ).replace("people: {track: endpoint, at_least: 2}", "people: {track: endpoint, at_least: 4}")
    w.publish(partner.vendor, stricter, dt.date(2026, 11, 24))
    berlin = ZoneInfo("Europe/Berlin")
    decision = w.ask(customer, at=dt.datetime(2026, 11, 23, 23, 40, tzinfo=berlin))
    assert decision.cache_until == dt.datetime(2026, 11, 24, 0, 0, tzinfo=berlin)
    assert w.codes(w.ask(customer, at=decision.cache_until)) == ["people_missing"]


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Tokyo", "America/Los_Angeles"])
def test_expiry_is_at_midnight_where_the_vendor_is(zone) -> None:
    partner = w.new_partner(w.new_vendor(time_zone=zone))
    w.certify(partner, "endpoint", until=w.LATER)
    customer = w.new_customer(partner)
    midnight = dt.datetime.combine(w.LATER, dt.time(), ZoneInfo(zone))
    assert w.codes(w.ask(customer, at=midnight - dt.timedelta(seconds=1))) == []
    assert w.codes(w.ask(customer, at=midnight)) == ["people_missing"]


def test_opens_until_names_the_day_and_because_of_whom(partner, customer) -> None:
    w.certify(partner, "endpoint")
    w.sign(partner, "baa_vendor", until=dt.date(2026, 12, 1))
    standing = w.ask(customer, dry_run=True).standing
    assert (standing.opens_until, standing.because) == (
        w.LATER,
        ["Ana Ruiz: Endpoint Deployment"],
    )


def test_people_who_lose_the_same_are_named_together(partner, customer) -> None:
    for name in ("Ana Ruiz", "Tom Ellis"):
        w.certify(partner, "endpoint", name=name)
    w.sign(partner, "baa_vendor", until=dt.date(2026, 12, 1))
    standing = w.ask(customer, dry_run=True).standing
    assert standing.because == ["Ana Ruiz and Tom Ellis: Endpoint Deployment"]


def test_a_receipt_of_a_retired_key_verifies_by_the_documented_script(
    partner, customer, tmp_path, capsys
) -> None:
    """The old key stays among the public ones for as long as receipts live."""
    before = w.ask(customer).authorization.receipt
    call_command("keys", "rotate", vendor=partner.vendor.code)
    after = w.ask(customer).authorization.receipt
    verify = documented(tmp_path, partner.vendor_id)
    assert jwt.get_unverified_header(before)["kid"] != jwt.get_unverified_header(after)["kid"]
    assert verify(before) == verify(after) == (0, "deny: edr 0 -> 10 seats")
    listed = capsys.readouterr().out
    assert jwt.get_unverified_header(before)["kid"] in listed
    assert "signs now" in listed


def test_rotating_names_the_vendors_it_knows() -> None:
    with pytest.raises(CommandError, match="There is no vendor"):
        call_command("keys", "rotate", vendor="nobody")


def test_the_documented_script_verifies_a_receipt_and_finds_a_forged_one(
    partner, customer, tmp_path
) -> None:
    receipt = w.ask(customer).authorization.receipt
    head, body, tail = receipt.split(".")
    told = jwt.utils.base64url_decode(body).replace(b'"deny"', b'"allow"')
    forged = ".".join([head, jwt.utils.base64url_encode(told).decode(), tail])
    verify = documented(tmp_path, partner.vendor_id)
    assert verify(receipt) == (0, "deny: edr 0 -> 10 seats")
    assert verify(forged) == (1, "The receipt was altered.")


def documented(folder: Path, vendor_id: int) -> Callable[[str], tuple[int, str]]:
    """The script of docs/receipts.md, beside the vendor's public keys as they are now."""
    text = (Path(__file__).parents[2] / "docs/receipts.md").read_text(encoding="utf-8")
    script = text.split("```python\n")[1].split("```")[0]
    assert len(script.splitlines()) <= 25
    (folder / "verify.py").write_text(script)
    (folder / "jwks.json").write_text(json.dumps(keys.jwks(vendor_id)))

    def verify(signed: str) -> tuple[int, str]:
        (folder / "answer.json").write_text(json.dumps({"receipt": signed}))
        done = subprocess.run(
            [sys.executable, "verify.py", "answer.json", "jwks.json"],
            cwd=folder,
            capture_output=True,
            text=True,
        )
        return done.returncode, (done.stdout + done.stderr).splitlines()[0]

    return verify
