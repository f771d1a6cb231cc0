"""The editor in the admin, as a channel admin uses it: forms, trees, two people at once."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from programs import document as documents
from programs.actions import comment_on_draft, start_draft
from programs.drafts import drafted
from programs.models import ProgramDraft
from programs.rules.trees import PRIMITIVES
from tenants.capabilities import Role
from tenants.models import Event, Vendor
from tests.factories import MembershipFactory, prepared, sign_in
from tests.programs.world import CHANGED, TEXT, add_partner, new_vendor, small, versions
from web import clock

pytestmark = pytest.mark.django_db
PAGES = "/admin/programs/programversion/"
DRAFT = f"{PAGES}draft/"


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor()


def admin_of(vendor: Vendor) -> Client:
    return sign_in(Client(), MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN))


@pytest.fixture
def ada(vendor: Vendor) -> Client:
    client = admin_of(vendor)
    client.post(f"{DRAFT}start/", {"from": "version:1"})
    return client


@pytest.fixture
def ben(vendor: Vendor) -> Client:
    return admin_of(vendor)


def at(place: str) -> str:
    return f"{DRAFT}at/{place}/"


def held(vendor: Vendor) -> ProgramDraft:
    with prepared(vendor):
        draft: ProgramDraft = ProgramDraft.objects.select_related("edited_by").get()
    return draft


def values(vendor: Vendor) -> dict[str, Any]:
    return documents.to_dict(drafted(held(vendor).document))


def save(client: Client, place: str, version: int = 1, op: str = "save", **fields: Any) -> Any:
    sent = {"op": op, "lock_version": version}
    sent |= {name.replace("__", "."): value for name, value in fields.items()}
    return client.post(at(place), sent)


def step(client: Client, place: str, op: str, version: int = 1, **more: Any) -> Any:
    """A button of the tree, as htmx sends it."""
    sent = {"op": op, "lock_version": version, **more}
    return client.post(at(place), sent, headers={"HX-Request": "true"})


GOLD = "types/msp/tiers/gold/entry"


def test_a_draft_starts_from_the_version_in_force(vendor: Vendor, ada: Client) -> None:
    draft = held(vendor)
    assert (draft.base_version, draft.digest) == (1, documents.digest(small()))
    page = ada.get(DRAFT)
    counts = {str(card.title): card.count for card in page.context["cards"]}
    assert counts["Products"] == "2 entries"
    assert versions(vendor)[-1][0] == 1


def test_a_template_becomes_the_vendors_own_draft() -> None:
    vendor = new_vendor("fresh", text="")
    admin_of(vendor).post(f"{DRAFT}start/", {"from": "template:borealis"})
    found = values(vendor)
    assert (found["program"], bool(found["types"])) == ("fresh", True)


@pytest.mark.parametrize("key", ["", "version:77", "template:nowhere", "version:x", "nonsense"])
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
    assert edit.words == ("Program: title changes from Small Program to New name",)
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


def upload(client: Client, **more: Any) -> Any:
    today = clock.now().date().isoformat()
    return client.post(f"{PAGES}upload/", {"text": CHANGED, "effective_from": today, **more})


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


def tree(vendor: Vendor) -> Any:
    return values(vendor)["types"]["msp"]["tiers"]["gold"].get("entry")


METRIC = {"metric": {"code": "revenue", "at_least": 200}}


def test_a_requirement_is_added_by_its_own_form(vendor: Vendor, ada: Client) -> None:
    step(ada, GOLD, "wrap:all:")
    opened = step(ada, GOLD, "add:metric:all", version=2)
    form = opened.context["form"]
    assert [one.name for one in form.inputs] == [
        "f.metric.code", "f.metric.at_least", "f.metric.at_most",
    ]  # fmt: skip
    assert ("revenue", "Revenue") in form.inputs[0].options
    step(
        ada, GOLD, "save", version=2,
        **{"form": form.key, "f.metric.code": "revenue", "f.metric.at_most.v": "900"},
    )  # fmt: skip
    assert tree(vendor) == {"all": [METRIC, {"metric": {"code": "revenue", "at_most": 900}}]}


def test_a_form_of_a_requirement_says_what_is_wrong(vendor: Vendor, ada: Client) -> None:
    sent = {"form": "edit:metric:", "f.metric.code": "revenue"}
    answer = step(ada, GOLD, "save", **sent)
    form = answer.context["form"]
    assert answer.status_code == 422
    assert [row["words"] for row in form.above] == ["Give either at_least or at_most"]
    assert tree(vendor) == METRIC


def test_an_unknown_code_is_refused_at_its_field(vendor: Vendor, ada: Client) -> None:
    sent = {"form": "edit:metric:", "f.metric.code": "nothing", "f.metric.at_least.v": "1"}
    answer = step(ada, GOLD, "save", **sent)
    (error,) = answer.context["form"].inputs[0].errors
    assert error.startswith("There is no metric 'nothing'. Known: revenue")
    assert tree(vendor) == METRIC


STEPS = [
    (["wrap:any:"], {"any": [METRIC]}),
    (["wrap:not:"], {"not": METRIC}),
    (["wrap:at_least:"], {"at_least": {"n": 1, "of": [METRIC]}}),
    (["wrap:score:"], {"score": {"at_least": 1, "parts": [{"points": 1, "if": METRIC}]}}),
    (["wrap:all:", "copy:all/0"], {"all": [METRIC, METRIC]}),
    (["wrap:all:", "add:agreement:all", "up:all/1"], {"all": [{"agreement": "in_force"}, METRIC]}),
    (["wrap:all:", "change:any:"], {"any": [METRIC]}),
    (["wrap:all:", "unwrap:"], METRIC),
    (["wrap:all:", "wrap:any:all/0", "remove:all/0/any/0"], {"all": []}),
    (["remove:"], None),
    (["remove:", "add:agreement:"], {"agreement": "in_force"}),
    (["add:agreement:"], {"all": [METRIC, {"agreement": "in_force"}]}),
]


@pytest.mark.parametrize(("steps", "wanted"), STEPS)
def test_a_tree_is_edited_step_by_step(
    vendor: Vendor, ada: Client, steps: list[str], wanted: Any
) -> None:
    for version, op in enumerate(steps, start=1):
        assert step(ada, GOLD, op, version=version).status_code == 200
    assert tree(vendor) == wanted


@pytest.mark.parametrize(
    "op",
    [
        "up:",
        "remove:all/7",
        "wrap:nonsense:",
        "wrap:metric:",
        "move:all",
        "in:",
        "add:metric:all/0/x",
        "copy:",
    ],
)
def test_a_step_that_does_not_fit_shows_the_tree_as_it_is(
    vendor: Vendor, ada: Client, op: str
) -> None:
    answer = step(ada, GOLD, op)
    assert answer.status_code == 409
    assert "This is how it stands now" in answer.content.decode()
    assert tree(vendor) == METRIC


def test_a_tree_too_deep_is_refused_and_one_less_deep_is_drawn(vendor: Vendor, ada: Client) -> None:
    for number in range(1, 41):
        assert step(ada, GOLD, "wrap:all:", version=number).status_code == 200
    refused = step(ada, GOLD, "wrap:all:", version=41)
    (problem,) = refused.context["problems_above"]
    assert problem["words"] == "A requirement nests deeper than 40 levels"
    page = ada.get(at(GOLD))
    cards = [token for token in page.context["tokens"] if token.what == "card"]
    assert (page.status_code, len(cards)) == (200, 41)


def test_a_kind_is_only_offered_if_it_exists(vendor: Vendor, ada: Client) -> None:
    offered = [choice.kind for choice in ada.get(at(GOLD)).context["palette"]]
    assert offered == list(PRIMITIVES)


def test_every_kind_opens_a_form_or_is_added(vendor: Vendor, ada: Client) -> None:
    step(ada, GOLD, "wrap:all:")
    for kind in PRIMITIVES:
        version = held(vendor).lock_version
        answer = step(ada, GOLD, f"add:{kind}:all", version=version)
        form = answer.context["form"]
        assert answer.status_code == 200
        assert form is not None or held(vendor).lock_version == version + 1


def test_without_scripts_a_step_leads_back_to_the_page(vendor: Vendor, ada: Client) -> None:
    answer = ada.post(at(GOLD), {"op": "wrap:any:", "lock_version": 1})
    assert (answer.status_code, answer["Location"]) == (302, f"{at(GOLD)}#n")


# Trials.


def test_each_requirement_shows_how_a_partner_stands(vendor: Vendor, ada: Client) -> None:
    partner = add_partner(vendor, "Alder IT", 110)
    page = ada.get(f"{at(GOLD)}?partner={partner.ref}")
    (card,) = [token for token in page.context["tokens"] if token.what == "card"]
    assert (card.node.outcome, card.node.have, card.node.need) == ("fail", 110, 200)
    assert "Missing: Revenue: 90 EUR more (110 EUR now)" in page.content.decode()


def test_a_partner_is_found_by_a_part_of_the_name(vendor: Vendor, ada: Client) -> None:
    add_partner(vendor, "Alder IT", 110)
    add_partner(vendor, "Birch IT", 110)
    page = ada.get(f"{DRAFT}test/?q=irch")
    assert [one.name for one in page.context["matches"]] == ["Birch IT"]


def test_a_trial_on_all_counts_and_names_who_moves(vendor: Vendor, ada: Client) -> None:
    add_partner(vendor, "Alder IT", 110, "silver")
    add_partner(vendor, "Birch IT", 300, "gold")
    add_partner(vendor, "Cedar IT", None)
    upload(ada, replaces="1")
    events = len(audit(vendor))
    (axis,) = ada.get(f"{DRAFT}test/all/").context["axes"]
    counts = {
        level["title"]: (level["now"].passed, level["now"].failed, level["now"].unknown)
        for level in axis["levels"]
    }
    assert counts == {"Gold": (1, 1, 1), "Silver": (1, 1, 1), "Registered": (3, 0, 0)}
    assert [(one["name"], one["before"], one["after"]) for one in axis["movers"]] == [
        ("Alder IT", "Silver", "Registered")
    ]
    assert len(audit(vendor)) == events


def audit(vendor: Vendor) -> list[str]:
    with prepared(vendor):
        return list(Event.objects.order_by("pk").values_list("kind", flat=True))


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
