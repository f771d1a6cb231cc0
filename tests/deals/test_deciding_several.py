"""Several registrations decided at once: each by itself, and told why one was not."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client

from deals import actions
from deals.models import Account, Registration
from tenants import scope
from tenants.writing import NotAllowed
from tests.api import api_of
from tests.deals.conftest import NOW, TODAY, acting, approved, submitted
from tests.factories import sign_in
from web import clock


@pytest.fixture(autouse=True)
def that_day(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def four(deals: SimpleNamespace) -> SimpleNamespace:
    """One that is clear, one that is held by another partner, one at which the vendor sells itself,
    one of the other partner for the company of the first."""
    approved(deals, deals.stranger, name="Held", domains=["held.example"])
    with acting(deals.admin):
        sold = actions.record_account(name="Sold", domains=["sold.example"], at=NOW)
        actions.record_direct_deal(sold, external_id="D-1", title="x", opened_on=TODAY, at=NOW)
    deals.clear, deals.held, deals.sold = (
        submitted(deals, deals.owner, name=name, domains=[f"{name}.example"])
        for name in ("clear", "held", "sold")
    )
    deals.second = submitted(deals, deals.stranger, name="clear", domains=["clear.example"])
    deals.rows = [deals.clear, deals.held, deals.sold, deals.second]
    return deals


def states(world: SimpleNamespace) -> list[str]:
    with scope.entered_vendor(world.vendor.pk):
        held = {row.pk: row.state for row in Registration.objects.all()}
    return [held[row.pk] for row in world.rows]


def test_each_is_approved_or_says_why_not(four: SimpleNamespace) -> None:
    with acting(four.cam):
        found = actions.decide_several(four.rows, at=NOW, on=TODAY)
    codes = [one.refused.code if one.refused else "" for one in found]
    # No account is known before the first approval: two who ask for one are told by their domain.
    assert codes == ["", "held", "stands_against", "held"]
    assert states(four) == ["approved", "submitted", "submitted", "submitted"]
    with scope.entered_vendor(four.vendor.pk):
        assert not Account.objects.filter(name="held", source="registration").exists()


def test_several_are_refused_for_one_reason_and_one_is_taken_back(four: SimpleNamespace) -> None:
    with acting(four.admin):
        actions.approve_registration(four.clear, at=NOW, on=TODAY)
        found = actions.decide_several(
            four.rows, refuse_for="other", remark="Not now.", at=NOW, on=TODAY
        )
        assert [one.refused and one.refused.code for one in found] == [
            "already_decided", None, None, None,
        ]  # fmt: skip
        actions.reverse_decision(found[1].row, why="Our mistake", at=NOW, on=TODAY)
    assert states(four) == ["approved", "in_review", "refused", "refused"]
    with acting(four.owner):
        row = Registration.objects.get(pk=four.held.pk)
        assert (row.remark, row.reason) == ("Our mistake", "")


def test_a_partner_decides_none(four: SimpleNamespace) -> None:
    with acting(four.owner), pytest.raises(NotAllowed):
        actions.decide_several([four.clear], at=NOW, on=TODAY)


def test_the_page_tells_what_came_of_each(four: SimpleNamespace) -> None:
    client = sign_in(Client(), four.cam)
    assert "Decide several" in client.get("/registrations/").content.decode()
    where = "/registrations/decide/"
    assert f'value="{four.held.ref}" checked' in client.get(
        f"{where}?chosen={four.held.ref}"
    ).content.decode().replace("\n", " ")
    nobody = client.post(where, {"decision": "approve"})
    assert (nobody.status_code, "Choose at least one" in nobody.content.decode()) == (422, True)
    without = client.post(where, {"chosen": [four.held.ref], "decision": "refuse"})
    assert (without.status_code, "Choose why they" in without.content.decode()) == (422, True)
    said: Any = {"chosen": [row.ref for row in four.rows], "decision": "approve"}
    shown = client.post(where, said).content.decode()
    for words in ("Decided: 1 of 4", "is protected at", "Decide it on its own page."):
        assert words in shown
    assert sign_in(Client(), four.owner).get(where).status_code == 403


def test_the_admin_leads_there_with_those_that_wait(four: SimpleNamespace) -> None:
    client = sign_in(Client(), four.admin)
    with scope.entered_vendor(four.vendor.pk):
        pks = list(Registration.objects.values_list("pk", flat=True))
    where = "/admin/deals/registration/"
    assert "Decide those chosen" in client.get(where).content.decode()
    answer = client.post(where, {"action": "decide_chosen", "_selected_action": pks})
    assert answer.status_code == 302
    assert answer["Location"].startswith("/registrations/decide/?chosen=reg_")
    assert answer["Location"].count("chosen=") == 4  # what was approved waits no more


def test_the_api_answers_for_each(four: SimpleNamespace) -> None:
    api = api_of(four.vendor, "registrations.read", "registrations.decide")
    body = {"registrations": [four.clear.ref, four.held.ref], "decision": "approve"}
    found = api.post("/registrations/decide", body).json()["decisions"]
    assert [(one["id"], one["state"], one["code"]) for one in found] == [
        (four.clear.ref, "approved", ""),
        (four.held.ref, "submitted", "held"),
    ]
    bare = {"registrations": [four.held.ref], "decision": "refuse"}
    assert api.post("/registrations/decide", bare).json()["code"] == "reason_missing"
