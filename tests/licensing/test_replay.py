"""A decision is found again from what it kept, bit by bit."""

from __future__ import annotations

import datetime as dt

import pytest
from django.core.management import CommandError, call_command

from licensing.models import Authorization
from licensing.replay import as_known_now, replay
from tenants import scope
from tests import factories as make
from tests.licensing import world as w

pytestmark = pytest.mark.django_db

STRICTER = w.PROGRAM.replace(
    "people: {track: endpoint, at_least: 1}", "people: {track: endpoint, at_least: 2}"
)


@pytest.fixture
def partner():
    return w.new_partner(w.new_vendor())


@pytest.fixture
def customer(partner):
    return w.new_customer(partner, environments=["cardholder"])


def kept(row) -> Authorization:
    return Authorization.objects.select_related("program_version").get(pk=row.pk)


def decisions(partner, customer) -> list[Authorization]:
    denied = w.ask(customer).authorization
    for track in ("endpoint", "pci"):
        w.certify(partner, track)
    allowed = w.ask(customer, seats=20).authorization
    return [denied, allowed, w.ask(customer, seats=5).authorization]


def test_a_replay_equals_what_was_stored(partner, customer) -> None:
    listed = decisions(partner, customer)
    with scope.entered_vendor(partner.vendor_id):
        played = [replay(kept(row)) for row in listed]
    assert [(p.same, p.intact, p.verdict.allowed) for p in played] == [
        (True, True, False),
        (True, True, True),
        (True, True, True),
    ]


def test_a_replay_uses_the_version_that_decided(partner, customer) -> None:
    listed = decisions(partner, customer)
    w.publish(partner.vendor, STRICTER, w.TODAY)
    assert w.codes(w.ask(customer, seats=30)) == ["people_missing"]
    with scope.entered_vendor(partner.vendor_id):
        assert [replay(kept(row)).same for row in listed] == [True, True, True]


def test_a_replay_does_not_see_what_happened_later(partner, customer) -> None:
    allowed = decisions(partner, customer)[1]
    with make.prepared(partner.vendor):
        partner.status = "suspended"
        partner.save()
        customer.environments = ["clinical"]
        customer.save()
    with scope.entered_vendor(partner.vendor_id):
        assert replay(kept(allowed)).same


def test_as_known_now_names_what_is_known_differently(partner, customer) -> None:
    held = w.certify(partner, "endpoint")
    w.certify(partner, "pci")
    allowed = w.ask(customer).authorization
    with scope.entered_vendor(partner.vendor_id):
        verdict, differences = as_known_now(kept(allowed))
        assert (verdict.allowed, differences) == (True, [])
    with make.prepared(partner.vendor):
        held.revoked_on, held.revoked_reason = w.TODAY, "wrong person"
        held.save()
    with scope.entered_vendor(partner.vendor_id):
        verdict, differences = as_known_now(kept(allowed))
        assert not verdict.allowed
        assert {found.path for found in differences} == {"facts.people"}


def test_the_command_proves_a_decision(partner, customer, capsys) -> None:
    denied = decisions(partner, customer)[0]
    call_command("program", "replay", denied.ref)
    out = capsys.readouterr().out
    assert "The replay equals the stored result." in out
    assert "people_missing" in out
    call_command("program", "replay", denied.ref, "--as-known-now")
    assert "As known now: allow" in capsys.readouterr().out


def test_the_command_names_an_unknown_decision(partner) -> None:
    with pytest.raises(CommandError, match="There is no decision"):
        call_command("program", "replay", "aut_" + "0" * 32)


def test_the_command_fails_where_the_inputs_were_altered(partner, customer) -> None:
    denied = decisions(partner, customer)[0]
    # The stored row itself cannot be changed: a forged copy of it stands in.
    row = Authorization(
        **{
            field.attname: getattr(denied, field.attname)
            for field in Authorization._meta.concrete_fields
            if field.attname not in ("id", "public_id")
        }
    )
    row.inputs = {**row.inputs, "status": "suspended"}
    with make.prepared(partner.vendor):
        row.save()
        row.refresh_from_db()
    with pytest.raises(CommandError, match="does NOT equal"):
        call_command("program", "replay", row.ref)


def test_a_day_in_the_inputs_survives(partner) -> None:
    customer = w.new_customer(partner, until=dt.date(2027, 1, 1))
    w.certify(partner, "endpoint")
    row = w.ask(customer).authorization
    with scope.entered_vendor(partner.vendor_id):
        found = replay(kept(row))
        assert found.same
        assert found.verdict.opens_until == dt.date(2027, 1, 1)
