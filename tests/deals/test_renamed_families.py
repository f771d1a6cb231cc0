"""A family or product that goes by another code in a later version stays protected: in the sweep
and in the search for conflicts."""

from __future__ import annotations

import datetime as dt
from types import SimpleNamespace

import pytest
import time_machine
from django.test import Client

from deals import actions, stepping
from deals.models import Protection, Registration
from deals.rules.conflicts import findings
from deals.rules.registering import is_incumbent
from deals.rules.scopes import Scope, blocks, scope_held, scopes_of
from licensing.models import Deployment
from programs.actions import publish_program, start_draft
from programs.compiled import program_on
from programs.document import ProgramDocument
from programs.models import Product
from tenants import scope
from tenants.writing import Refused
from tests import factories as make
from tests.deals.conftest import (
    DAY,
    NOW,
    TODAY,
    WITH_DEALS,
    acting,
    approved,
    running,
    submitted,
)
from tests.factories import sign_in
from tests.programs.drafts.editor import PAGES

RENAMED = WITH_DEALS.replace("family: endpoint", "family: devices")
MAPPED = RENAMED + "\nmapping: {families: {endpoint: devices}}\n"
LATER = TODAY + DAY


def publish(world: SimpleNamespace, text: str, on: dt.date = LATER) -> ProgramDocument:
    with scope.entered_vendor(world.vendor.pk):
        publish_program(make.document(text), at=NOW, effective_from=on)
        return program_on(on).document


def settled(world: SimpleNamespace, on: dt.date) -> int:
    with scope.entered_vendor(world.vendor.pk):
        return actions.settle_registrations(on=on, at=NOW + (on - TODAY))


def test_a_family_that_somebody_holds_does_not_go_without_a_successor(won: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        publish(won, RENAMED)
    assert [one.detail for one in refused.value.reasons] == [
        "The product family Endpoint (1 protection) goes: say what follows it. Write mapping:"
        " {families: {endpoint: …}} with a code of this document"
    ]
    with scope.entered_vendor(won.vendor.pk):
        actions.lose_registration(won.row, reason="price", at=NOW, on=TODAY)
    publish(won, RENAMED)


def test_the_plan_asks_what_follows_the_family(won: SimpleNamespace) -> None:
    with acting(won.admin):
        start_draft(make.document(RENAMED), at=NOW)
    client = sign_in(Client(), won.admin)
    with time_machine.travel(NOW, tick=False):
        (gone,) = client.get(f"{PAGES}plan/").context["retired"]
        assert (gone["row"].settled, gone["may_end"]) == (False, False)
        assert ("devices", "Devices") in gone["choices"]
        sent = {"section": "families", "code": "endpoint", "successor": "devices"}
        client.post(f"{PAGES}plan/follow/", {**sent, "lock_version": 1})
        (gone,) = client.get(f"{PAGES}plan/").context["retired"]
    assert (gone["row"].settled, gone["chosen"]) == (True, "devices")


def test_a_product_without_a_family_takes_its_own_along(won: SimpleNamespace) -> None:
    alone = WITH_DEALS.replace("edr: {family: endpoint, ", "edr: {")
    document = make.document(alone.replace("edr: {", "shield: {was: edr, "))
    assert document.successor("families", "edr") == "shield"
    assert document.former("families", "shield") == ["shield", "edr"]


def test_seats_of_a_renamed_family_keep_it_protected(won: SimpleNamespace) -> None:
    running(won, won.customer, 5)
    assert settled(won, TODAY) == 1
    publish(won, MAPPED)
    for days in (1, 2, 90):
        assert settled(won, TODAY + days * DAY) == 0
        with scope.entered_vendor(won.vendor.pk):
            assert stepping.due(TODAY + days * DAY) == []
            held = Protection.objects.get()
            assert (held.phase, held.ended, held.zero_since) == ("protected", "", None)


def test_what_is_held_under_the_former_code_blocks_the_new_one(won: SimpleNamespace) -> None:
    document = publish(won, MAPPED)
    row = submitted(won, won.stranger, name="Cedar", families=["endpoint"])
    with acting(won.admin):
        # Submitted before the new version, decided under it.
        scopes = scopes_of(row, document, "family")
        assert scopes == [Scope("family:devices", "devices")]
        with pytest.raises(Refused) as refused:
            actions.approve_registration(row, at=NOW + DAY, on=LATER)
    assert refused.value.code == "held"


def test_who_serves_a_customer_in_a_renamed_family_is_its_incumbent(won: SimpleNamespace) -> None:
    running(won, won.customer, 5)
    settled(won, TODAY)
    document = publish(won, MAPPED)
    with scope.entered_vendor(won.vendor.pk):
        row = Registration.objects.get()
        scopes = scopes_of(row, document, "family")
        assert is_incumbent(row, scopes, document)
    running(won, won.customer, 0)
    with scope.entered_vendor(won.vendor.pk):
        assert is_incumbent(row, scopes, document)  # protected still, under the former code


def test_direct_sales_under_either_code_are_found(won: SimpleNamespace) -> None:
    document = publish(won, MAPPED)
    with acting(won.admin):
        row = Registration.objects.select_related("account").get()
        for family, number, on in (("endpoint", "1", TODAY), ("devices", "2", LATER)):
            actions.record_direct_deal(
                row.account, external_id=number, title=family, families=[family], opened_on=on,
                at=NOW + (on - TODAY),
            )  # fmt: skip
    other = submitted(won, won.stranger, name="Cedar", families=["endpoint"])
    with scope.entered_vendor(won.vendor.pk):
        found = findings(other, scopes_of(other, document, "family"), document, LATER).conflicts
    assert {one.row.title for one in found if one.kind == "direct"} == {"endpoint", "devices"}


def test_a_former_family_in_a_draft_names_the_one_that_follows(won: SimpleNamespace) -> None:
    publish(won, MAPPED)
    with acting(won.stranger), pytest.raises(Refused) as refused:
        actions.save_registration(
            won.other,
            at=NOW + DAY,
            on=LATER,
            policy="engagement",
            name="Elm",
            families=["endpoint"],
        )
    assert refused.value.code == "unknown_family"
    assert "Did you mean “devices”?" in refused.value.reasons[0].fix


def test_a_product_is_followed_too(won: SimpleNamespace) -> None:
    """Held as a product: its seats count, and its scope is the one's that follows."""
    text = WITH_DEALS.replace("object: family", "object: product", 1)
    publish(won, text, TODAY)
    row = approved(won, won.owner, name="Elm", domains=["elm.example"], products=["edr"])
    customer = make.CustomerFactory(partner=won.partner, name="Elm")
    running(won, customer, 5)
    with acting(won.owner):
        contract = make.ServiceContractFactory(
            partner=won.partner, customer=customer, since=TODAY, until=dt.date(2029, 3, 1),
            terms__ends_on=dt.date(2029, 3, 1),
        )  # fmt: skip
        actions.win_registration(row, contract=contract, at=NOW, on=TODAY)
        held = Protection.objects.filter(registration=row)
        assert held.get().phase == "protected"
    document = publish(
        won, text.replace("edr: {", "shield: {") + "\nmapping: {products: {edr: shield}}\n"
    )
    with make.prepared(won.vendor):  # what a migration of the vendor's systems brings about
        Deployment.objects.update(product=Product.objects.get(code="shield"))
    with scope.entered_vendor(won.vendor.pk):
        assert row.pk not in stepping.due(LATER)
        now = scope_held(held.get(), document)
        assert now == Scope("product:shield", "endpoint")
        assert blocks(now, Scope("product:shield", "endpoint"))
        actions.settle_registrations(on=LATER, at=NOW + DAY)
        assert (held.get().ended, held.get().zero_since) == ("", None)
