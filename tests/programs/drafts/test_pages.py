"""The editor in the admin, as a channel admin uses it: forms, uploads, two people at once."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from programs import document as documents
from programs.actions import comment_on_draft, start_draft
from programs.models import ProgramDraft
from tenants.capabilities import Role
from tenants.models import Vendor
from tests.factories import MembershipFactory, prepared, sign_in
from tests.programs.drafts.editor import (
    DRAFT,
    GOLD,
    PAGES,
    admin_of,
    at,
    held,
    save,
    step,
    upload,
    values,
)
from tests.programs.world import CHANGED, TEXT, new_vendor, small, versions
from web import clock

pytestmark = pytest.mark.django_db


def test_a_draft_starts_from_the_version_in_force(vendor: Vendor, ada: Client) -> None:
    draft = held(vendor)
    assert (draft.base_version, draft.digest) == (1, documents.digest(small()))
    page = ada.get(DRAFT)
    counts = {str(card.title): card.count for card in page.context["cards"]}
    assert counts["Products"] == "2 entries"
    assert versions(vendor)[-1][0] == 1


def test_a_template_becomes_the_vendors_own_draft() -> None:
    vendor = new_vendor("fresh", text="")
    admin_of(vendor).post(f"{DRAFT}start/", {"from": "template:vertical"})
    found = values(vendor)
    assert (found["program"], bool(found["types"])) == ("fresh", True)


@pytest.mark.parametrize(
    "key",
    [
        "",
        "version:77",
        "template:nowhere",
        "template:aurora",
        "published:borealis",
        "version:x",
        "no",
    ],
)
def test_an_unknown_beginning_starts_nothing(vendor: Vendor, ben: Client, key: str) -> None:
    ben.post(f"{DRAFT}start/", {"from": key})
    with prepared(vendor):
        assert ProgramDraft.objects.count() == 0


def test_a_second_start_loses_nothing(vendor: Vendor, ada: Client) -> None:
    save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR")
    ada.post(f"{DRAFT}start/", {"from": "empty"})
    assert values(vendor)["metrics"]["revenue"]["title"] == "Turnover"


def test_every_place_has_a_page(vendor: Vendor, ada: Client) -> None:
    cards = ada.get(DRAFT).context["cards"]
    places = [card.url for card in cards]
    places += [at(one) for one in ("metrics/revenue", "products/ward", "products/ward/gates")]
    places += [
        at(one) for one in ("products/ward/gates/general", "products/ward/gates/general/add")
    ]
    places += [at(one) for one in ("types/msp", "types/msp/tiers", "types/msp/tiers/gold", GOLD)]
    places += [at("types/msp/tiers/gold/retain"), f"{DRAFT}test/", f"{DRAFT}test/all/"]
    places += [f"{card.url}?add=1" for card in cards if "Metrics" in str(card.title)]
    assert [ada.get(place).status_code for place in places] == [200] * len(places)


@pytest.mark.parametrize(
    "place", ["nowhere", "types/nobody", "types/msp/tiers/none/entry", "metrics/revenue/unit/x"]
)
def test_no_place_no_page(vendor: Vendor, ada: Client, place: str) -> None:
    assert ada.get(at(place)).status_code == 404


def test_a_form_changes_its_entry_alone(vendor: Vendor, ada: Client) -> None:
    before = values(vendor)
    answer = save(ada, "metrics/revenue", f__title="Turnover", f__unit="EUR", f__fresh_months="12")
    assert answer["Location"] == at("metrics")
    after = values(vendor)
    assert after["metrics"] == {"revenue": {"title": "Turnover", "unit": "EUR", "fresh_months": 12}}
    assert {**after, "metrics": before["metrics"]} == before


def test_an_error_stands_beside_its_field_with_what_was_typed(vendor: Vendor, ada: Client) -> None:
    answer = save(ada, "metrics/revenue", f__title="Turnover", f__fresh_months="soon")
    wrong = {one.name: one.errors for one in answer.context["inputs"] if one.errors}
    typed = {one.name: one.value for one in answer.context["inputs"]}
    assert answer.status_code == 422
    assert wrong == {"f.fresh_months": ["'soon' is not a whole number. Write a plain number."]}
    assert (typed["f.title"], typed["f.fresh_months"]) == ("Turnover", "soon")
    assert values(vendor)["metrics"]["revenue"]["title"] == "Revenue"


def test_an_entry_is_added_with_a_code_made_of_its_title(vendor: Vendor, ada: Client) -> None:
    ada.post(
        f"{at('tracks')}?add=1",
        {"op": "save", "lock_version": 1, "f.title": "Shield Expert", "f.kind": "technical",
         "f.anchor": "exam", "f.months.v": "24", "f.versions.rows": "1",
         "f.versions.0.v.code": "1.0", "f.versions.0.v.released": "2025-02-01",
         "f.versions.0.v.kind": "course"},
    )  # fmt: skip
    assert values(vendor)["tracks"] == {
        "shield-expert": {
            "title": "Shield Expert",
            "months": 24,
            "versions": [{"code": "1.0", "released": "2025-02-01"}],
        }
    }


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("revenue", "This code stands here already. Choose another."),
        ("Not A Code", "A code begins with a small letter or digit; dots, hyphens and"),
    ],
)
def test_a_code_that_does_not_fit_is_refused_at_its_field(
    vendor: Vendor, ada: Client, code: str, words: str
) -> None:
    answer = ada.post(
        f"{at('metrics')}?add=1", {"op": "save", "lock_version": 1, "code": code, "f.title": "X"}
    )
    assert answer.status_code == 422
    assert answer.context["code_input"].errors[0].startswith(words)
    assert list(values(vendor)["metrics"]) == ["revenue"]


def test_a_new_type_has_a_first_tier(vendor: Vendor, ada: Client) -> None:
    ada.post(f"{at('types')}?add=1", {"op": "save", "lock_version": 1, "f.title": "Reseller"})
    assert values(vendor)["types"]["reseller"]["tiers"] == {
        "registered": {"title": "Registered", "rank": 1}
    }


def test_tiers_are_moved_on_their_ladder(vendor: Vendor, ada: Client) -> None:
    save(ada, "types/msp/tiers", op="down:silver")
    tiers = values(vendor)["types"]["msp"]["tiers"]
    assert [(code, tier["rank"]) for code, tier in tiers.items()] == [
        ("registered", 1), ("gold", 2), ("silver", 3),
    ]  # fmt: skip


def test_what_is_used_is_not_removed(vendor: Vendor, ada: Client) -> None:
    answer = ada.post(at("metrics"), {"op": "remove:revenue", "lock_version": 1}, follow=True)
    (said,) = [str(message) for message in answer.context["messages"]]
    assert said.startswith("“Revenue” was not changed. Products › ")
    assert "Gates › General › Requirements: There is no metric 'revenue'" in said
    assert "revenue" in values(vendor)["metrics"]


def test_a_renamed_code_is_followed_everywhere(vendor: Vendor, ada: Client) -> None:
    ada.post(
        f"{at('metrics')}?rename=revenue",
        {"op": "rename:revenue", "code": "turnover", "lock_version": 1},
    )
    assert "revenue" not in str(values(vendor)).replace("Revenue", "")
    tree = values(vendor)["types"]["msp"]["tiers"]["gold"]["entry"]
    assert tree == {"metric": {"code": "turnover", "at_least": 200}}


def test_a_published_product_says_what_it_was(vendor: Vendor, ada: Client) -> None:
    ada.post(
        f"{at('products')}?rename=ward",
        {"op": "rename:ward", "code": "ward-plus", "lock_version": 1},
    )
    assert values(vendor)["products"]["ward-plus"]["was"] == "ward"
    ada.post(
        f"{at('products')}?rename=ward-plus",
        {"op": "rename:ward-plus", "code": "ward", "lock_version": 2},
    )
    assert held(vendor).digest == documents.digest(small())


# Two people at once.

BASICS = {
    "f__program": "small", "f__title": "New name", "f__currency": "EUR",
    "f__environments": "general\nclinical",
}  # fmt: skip


def test_the_slower_one_sees_who_changed_what_and_keeps_what_was_typed(
    vendor: Vendor, ada: Client, ben: Client
) -> None:
    save(ben, "basics", **BASICS)
    answer = save(ada, "metrics/revenue", f__title="Turnover", f__unit="USD")
    (edit,) = answer.context["conflict"]
    typed = {one.name: one.value for one in answer.context["inputs"]}
    assert answer.status_code == 409
    assert edit.words == ("Program: “Title” changes from “Small Program” to “New name”",)
    assert edit.who == str(held(vendor).edited_by)
    assert (typed["f.title"], typed["f.unit"]) == ("Turnover", "USD")
    assert values(vendor)["metrics"]["revenue"]["title"] == "Revenue"


def test_saving_again_puts_both_changes_together(vendor: Vendor, ada: Client, ben: Client) -> None:
    save(ben, "basics", **BASICS)
    shown = save(ada, "metrics/revenue", f__title="Turnover").context["draft"].lock_version
    save(ada, "metrics/revenue", version=shown, f__title="Turnover", f__unit="EUR")
    found = values(vendor)
    assert (found["title"], found["metrics"]["revenue"]["title"]) == ("New name", "Turnover")


def test_a_step_in_an_old_tree_changes_nothing(vendor: Vendor, ada: Client, ben: Client) -> None:
    step(ben, GOLD, "wrap:all:")
    answer = step(ada, GOLD, "remove:")
    assert (answer.status_code, len(answer.context["conflict"])) == (409, 1)
    assert values(vendor)["types"]["msp"]["tiers"]["gold"]["entry"] == {
        "all": [{"metric": {"code": "revenue", "at_least": 200}}]
    }


# Upload while a draft is open.


def test_an_upload_asks_before_it_replaces_a_draft(
    vendor: Vendor, ada: Client, ben: Client
) -> None:
    save(ada, "metrics/revenue", f__title="Turnover")
    answer = upload(ben)
    assert answer.status_code == 422
    assert answer.context["asks"].lock_version == 2
    assert documents.load(answer.context["form"]["text"].value()) == small(CHANGED)
    assert values(vendor)["metrics"]["revenue"]["title"] == "Turnover"


def test_an_upload_replaces_the_draft_that_was_shown(
    vendor: Vendor, ada: Client, ben: Client
) -> None:
    upload(ben, replaces="1")
    assert held(vendor).digest == documents.digest(small(CHANGED))


def test_an_upload_asks_again_when_the_draft_moved_on(
    vendor: Vendor, ada: Client, ben: Client
) -> None:
    save(ada, "metrics/revenue", f__title="Turnover")
    assert upload(ben, replaces="1").status_code == 422
    assert values(vendor)["metrics"]["revenue"]["title"] == "Turnover"


# Trees.


# Comments, days, walls.


def test_a_comment_stands_at_its_place_and_on_the_start_page(
    vendor: Vendor, ada: Client, ben: Client
) -> None:
    ben.post(
        f"{DRAFT}comment/",
        {"text": "Too high?", "place": "types/msp/tiers/gold", "back": at("types/msp")},
    )
    assert [one["text"] for one in ada.get(at("types/msp")).context["comments"]] == ["Too high?"]
    assert ada.get(at("metrics")).context["comments"] == []
    assert len(ada.get(DRAFT).context["comments"]) == 1


def test_a_comment_leads_nowhere_else(vendor: Vendor, ada: Client) -> None:
    answer = ada.post(f"{DRAFT}comment/", {"text": "x", "back": "https://evil.example/"})
    assert answer["Location"] == f"{DRAFT}#comments"


def test_a_step_of_a_list_leads_nowhere_else(vendor: Vendor, ada: Client) -> None:
    for back, leads in (("https://evil.example/", at("metrics")), (DRAFT, DRAFT)):
        asked = {"op": "remove:revenue", "lock_version": 1, "back": back}
        assert ada.post(at("metrics"), asked)["Location"] == leads


def test_the_day_and_the_note_are_kept(vendor: Vendor, ada: Client) -> None:
    day = clock.now().date() + dt.timedelta(days=30)
    sent = {"effective_from": day.isoformat(), "note": "Next year", "lock_version": 1}
    ada.post(f"{DRAFT}schedule/", sent)
    draft = held(vendor)
    assert (draft.effective_from, draft.note, draft.lock_version) == (day, "Next year", 2)


@pytest.mark.parametrize("page", ["draft/", "draft/at/metrics/", "draft/test/all/"])
def test_others_than_the_channel_admin_see_nothing(vendor: Vendor, page: str) -> None:
    cam = sign_in(Client(), MembershipFactory(vendor=vendor, role=Role.CAM))
    assert cam.get(PAGES + page, follow=True).status_code == 403


def test_another_vendors_draft_is_not_seen(vendor: Vendor, ada: Client) -> None:
    other = new_vendor("borealis", TEXT.replace("Small", "Secret"))
    with prepared(other):
        start_draft(small(TEXT.replace("Small", "Secret")), at=clock.now())
    assert "Secret" not in ada.get(DRAFT).content.decode()


def test_the_start_page_has_the_same_queries_for_many_edits(vendor: Vendor, ada: Client) -> None:
    save(ada, "metrics/revenue", f__title="A")
    ada.get(DRAFT)
    with CaptureQueriesContext(connection) as few:
        ada.get(DRAFT)
    for number in range(2, 8):
        save(ada, "metrics/revenue", version=number, f__title=f"Title {number}")
        with prepared(vendor):
            comment_on_draft("Hm", place="metrics", at=clock.now())
    with CaptureQueriesContext(connection) as many:
        ada.get(DRAFT)
    assert len(many) == len(few)
