"""Requirement trees in the editor, and the trials of a draft on partners."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from programs.rules.trees import PRIMITIVES
from tenants.models import Vendor
from tests.programs.drafts.editor import (
    DRAFT,
    GOLD,
    at,
    audit,
    held,
    nest,
    step,
    upload,
    values,
)
from tests.programs.world import add_partner

pytestmark = pytest.mark.django_db


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


def test_a_group_opens_with_its_own_words(vendor: Vendor, ada: Client) -> None:
    step(ada, GOLD, "wrap:all:")
    page = step(ada, GOLD, "edit:", 2).content.decode()
    form = page[page.index("data-pe-form") :]
    assert form.index('name="f.title"') < form.index('name="f.id"')
    assert "<details><summary>" not in form[: form.index('name="f.id"')]


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
    nest(vendor, 39)
    assert step(ada, GOLD, "wrap:all:", version=2).status_code == 200
    refused = step(ada, GOLD, "wrap:all:", version=3)
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


@pytest.mark.parametrize("chunk", [1, 1_000])
def test_a_trial_on_all_counts_and_names_who_moves(
    vendor: Vendor, ada: Client, monkeypatch: pytest.MonkeyPatch, chunk: int
) -> None:
    monkeypatch.setattr("programs.admin.trials.CHUNK", chunk)
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


def test_a_trial_draws_the_tree_as_the_portal_does(vendor: Vendor, ada: Client) -> None:
    partner = add_partner(vendor, "Alder IT", 110)
    page = ada.get(f"{DRAFT}test/?partner={partner.ref}")
    levels = {one["title"]: one for one in page.context["axes"][0]["levels"]}
    (asks,) = levels["Gold"]["asks"]
    assert (asks.label, asks.met, asks.have, asks.need) == (
        "Revenue at least 200 EUR",
        False,
        "€110",
        "€200",
    )
    assert '<ul class="requirements">' in page.content.decode()


def test_a_deep_tree_is_tried_as_well(vendor: Vendor, ada: Client) -> None:
    partner = add_partner(vendor, "Alder IT", 110)
    nest(vendor, 38)
    assert ada.get(f"{DRAFT}test/?partner={partner.ref}").status_code == 200
