"""Deal policies in the editor: the first one of a program that had none, its form and its needs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tenants.models import Vendor
from tests.programs.drafts.editor import DRAFT, at, save, step, values

pytestmark = pytest.mark.django_db

POLICY = {
    "op": "save", "lock_version": 1, "f.title": "New customer", "f.kind": "engagement",
    "f.object": "family", "f.pursuit.as": "0", "f.pursuit.days.as": "0", "f.pursuit.days.v": "120",
    "f.pursuit.notice_days": "14", "f.protect.as": "0", "f.protect.tail_days": "90",
    "f.protect.max_months": "36", "f.protect.zero_seat_days": "60", "f.appeal_days": "10",
    "f.answer.business_hours": "16", "f.answer.missed": "escalate", "f.cool_off_days": "0",
}  # fmt: skip


def added(client: Client) -> Any:
    return client.post(f"{at('deals/policies')}?add=1", POLICY)


def test_the_first_policy_makes_the_section(vendor: Vendor, ada: Client) -> None:
    assert [ada.get(at(one)).status_code for one in ("deals", "deals/policies")] == [200, 200]
    assert ada.get(f"{at('deals/policies')}?add=1").status_code == 200
    assert added(ada)["Location"] == at("deals/policies/new-customer")
    assert values(vendor)["deals"] == {
        "policies": {
            "new-customer": {
                "title": "New customer",
                "kind": "engagement",
                "pursuit": {"days": 120},
                "protect": {"tail_days": 90},
            }
        }
    }
    cards = {str(card.title): card for card in ada.get(DRAFT).context["cards"]}
    assert cards["Deals and protection"].count == "Policies: 1"


def test_a_list_of_policies_names_the_types_and_no_codes(vendor: Vendor, ada: Client) -> None:
    kind = values(vendor)["types"]["msp"]["title"]
    ada.post(f"{at('deals/policies')}?add=1", {**POLICY, "f.types": "msp"})
    (row,) = ada.get(at("deals/policies")).context["rows"]
    assert row.facts[:2] == ("Kind: Customer engagement", f"For partners of the types: {kind}")


def test_the_hours_are_kept_beside_the_policies(vendor: Vendor, ada: Client) -> None:
    added(ada)
    answer = save(
        ada, "deals", 2, f__hours__weekdays=["mon", "tue"], f__hours__opens="08:00",
        f__hours__closes="17:00", f__hours__holidays="DE", f__prechecks_per_day="5",
        f__incumbency__months="2", f__incumbency__lost_after_zero_days="60",
    )  # fmt: skip
    assert answer.status_code == 302
    found = values(vendor)["deals"]
    assert found["hours"] == {"weekdays": ["mon", "tue"], "opens": "08:00", "holidays": "DE"}
    assert (found["prechecks_per_day"], list(found["policies"])) == (5, ["new-customer"])


def test_hours_without_a_policy_are_refused_in_words(vendor: Vendor, ada: Client) -> None:
    answer = save(
        ada, "deals", 1, f__hours__weekdays=["mon"], f__hours__opens="9", f__hours__closes="17:00",
        f__prechecks_per_day="5", f__incumbency__months="2",
        f__incumbency__lost_after_zero_days="60",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "deals" not in values(vendor)


def test_what_a_policy_needs_is_a_requirement(vendor: Vendor, ada: Client) -> None:
    added(ada)
    place = "deals/policies/new-customer/needs"
    assert ada.get(at(place)).status_code == 200
    assert step(ada, place, "add:agreement:", 2).status_code == 200
    needs = values(vendor)["deals"]["policies"]["new-customer"]["needs"]
    assert needs == {"agreement": "in_force"}


def test_a_policy_that_means_nothing_is_named_on_its_page(vendor: Vendor, ada: Client) -> None:
    added(ada)
    kept = {
        key.removeprefix("f.").replace(".", "__"): value
        for key, value in POLICY.items()
        if key.startswith("f.")
    }
    sent = {f"f__{key}": value for key, value in kept.items()} | {"f__kind": "renewal"}
    answer = save(ada, "deals/policies/new-customer", 2, **sent)
    page = ada.get(at("deals/policies/new-customer")).content.decode()
    assert "This kind runs with its service contract" in page + answer.content.decode()


def test_the_last_policy_is_not_removed(vendor: Vendor, ada: Client) -> None:
    added(ada)
    save(ada, "deals/policies", 2, op="remove:new-customer")
    assert list(values(vendor)["deals"]["policies"]) == ["new-customer"]
    page = ada.get(at("deals/policies")).content.decode()
    assert "There is at least one policy" in page


def test_a_section_of_which_nothing_was_said_begins_with_its_form(
    vendor: Vendor, ada: Client
) -> None:
    assert "windows" not in values(vendor)
    answer = save(
        ada, "windows", f__certificate="30", f__renewal_planning="200", f__renewal_decision="90"
    )
    assert answer.status_code == 302
    assert values(vendor)["windows"] == {"certificate": [30], "renewal_planning": 200}
