"""The section `deals` of the program document: what it refuses, and how it is told and shown."""

from __future__ import annotations

from typing import Any, get_args

import pytest

from deals.models import Registration
from programs import library
from programs.differences import diff
from programs.document import DealPolicy, Deals, document_from, export_yaml, load, to_dict
from programs.document.deals import DealKind
from programs.document.lint import lint
from programs.editing.entries import put_fields
from programs.editing.places import own_fields, sections
from programs.editing.shapes import shape_at
from programs.errors import ProgramError
from programs.forms import flat_fields, inputs, read_fields
from tests.programs.test_document import SMALL

ENGAGEMENT: dict[str, Any] = {
    "kind": "engagement",
    "pursuit": {"days": 120, "extend": {"days": 60}},
    "protect": {"tail_days": 90},
}

MANAGING = {"msp": {"tiers": {"core": {"entry": {"people": {"track": "deploy", "at_least": 1}}}}}}


def plain(**deals: Any) -> dict[str, Any]:
    """A small program with these deals."""
    return {**load(SMALL).model_dump(mode="json", by_alias=True, exclude_defaults=True), **deals}


def with_policy(**changes: Any) -> dict[str, Any]:
    policy = {**ENGAGEMENT, **changes}
    kept = {key: value for key, value in policy.items() if value is not None}
    return plain(deals={"policies": {"one": kept}})


def refused(values: dict[str, Any]) -> list[tuple[str, str, str]]:
    with pytest.raises(ProgramError) as caught:
        document_from(values)
    return [(one.path, one.message, one.remedy) for one in caught.value.problems]


def test_the_kinds_are_those_of_registrations() -> None:
    assert set(get_args(DealKind)) == set(Registration.Kind.values)


@pytest.mark.parametrize("name", [f"template {one}" for one in library.templates()] + ["aurora"])
def test_what_a_vendor_begins_with_has_policies(name: str) -> None:
    template = name.removeprefix("template ")
    found = library.template(template) if template != name else library.program(name)
    assert found.deals is not None
    assert "renewal" in {one.kind for one in found.deals.policies.values()}


def test_aurora_says_what_its_sketch_says() -> None:
    deals = library.program("aurora").deals
    assert isinstance(deals, Deals)
    assert {one.kind for one in deals.policies.values()} == set(get_args(DealKind))
    engagement = deals.policies["engagement"]
    assert engagement.pursuit is not None and engagement.protect is not None
    assert (engagement.pursuit.days, engagement.pursuit.extend.days) == (120, 60)  # type: ignore[union-attr]
    assert (engagement.protect.tail_days, engagement.protect.max_months) == (90, 36)
    assert deals.hours.holidays == "DE"
    assert [deals.title_of(one) for one in ("engagement", "gone_msp")] == [
        "Customer engagement", "Gone MSP",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("changes", "path", "says", "remedy"),
    [
        ({"types": "msb"}, "types", "there is no type 'msb'", "Known: msp"),
        ({"pursuit": None}, "", "without an end", "Give pursuit"),
        ({"kind": "renewal", "protect": None}, "pursuit", "runs with its service contract", "Take"),
        ({"kind": "expansion"}, "protect", "only an engagement is protected", "Take protect out"),
        ({"object": "opportunity"}, "object", "more than one opportunity", "Protect the family"),
        ({"earliest_month": 6}, "earliest_month", "only a renegotiation", "Take earliest_month"),
        ({"pursuit": {"days": 0}}, "pursuit.days", "expected at least 1", ""),
        ({"pursuit": {"days": 14}}, "pursuit", "notice_days is less than the days", ""),
        (
            {"pursuit": {"days": 90, "extend": {"days": 0}}},
            "pursuit.extend.days", "expected at least 1", "",
        ),
        ({"protect": {"max_months": 37}}, "protect.max_months", "expected at most 36", ""),
        ({"minimum": {}}, "minimum", "give seats, list_value or products", ""),
        ({"minimum": {"products": "xdr"}}, "minimum.products", "there is no product 'xdr'", "edr"),
        (
            {"minimum": {"list_value": {"by_group": {"dach": 5}}}},
            "minimum.list_value.by_group.dach", "there is no country group 'dach'", "declare it",
        ),
        ({"prices": {}}, "prices", "give own, others or a reward", ""),
        ({"states": {"no_tender": ""}}, "states.no_tender", "expected a text here", ""),
        (
            {"needs": {"people": {"track": "sell", "at_least": 1}}},
            "needs.people.track", "there is no track 'sell'", "deploy",
        ),
        ({"answer": {"missed": "approve"}}, "answer.missed", "'approve' is not", "" ),
        ({"kind": "territory"}, "kind", "'territory' is not", ""),
    ],
)  # fmt: skip
def test_a_policy_that_cannot_mean_anything_is_refused(
    changes: dict[str, Any], path: str, says: str, remedy: str
) -> None:
    found = refused(with_policy(**changes))
    where = f"deals.policies.one.{path}".rstrip(".")
    assert [one for one in found if one[0] == where and says in one[1] and remedy in one[2]], found


@pytest.mark.parametrize(
    ("hours", "path", "says"),
    [
        ({"opens": "9:00"}, ".opens", "9:00 is not a time of the day"),
        ({"closes": "24:01"}, ".closes", "24:01 is not a time of the day"),
        ({"opens": "17:00"}, "", "closes is later than opens"),
        ({"weekdays": []}, ".weekdays", "expected a list with something in it"),
        ({"weekdays": ["mon", "mon"]}, ".weekdays", "write each day once"),
    ],
)
def test_hours_that_never_come_are_refused(hours: dict[str, Any], path: str, says: str) -> None:
    values = plain(deals={"policies": {"one": ENGAGEMENT}, "hours": hours})
    assert [(p, m) for p, m, _ in refused(values)] == [(f"deals.hours{path}", says)]


def test_a_section_without_a_policy_is_refused() -> None:
    assert refused(plain(deals={"policies": {}}))[0][:2] == (
        "deals.policies", "there is at least one policy",
    )  # fmt: skip


def test_what_is_exported_is_the_same_program() -> None:
    for name in ("aurora", "borealis"):
        document = library.program(name)
        assert diff(document, load(export_yaml(document))) == []
        assert load(export_yaml(document)).deals == document.deals


def test_requirements_of_policies_are_the_documents() -> None:
    document = document_from(with_policy(needs={"people": {"track": "deploy", "at_least": 2}}))
    trees = dict(document.trees())
    assert trees["deals", "policies", "one", "needs"].words() == "2 people with Deploy"


def test_a_section_that_came_is_told_policy_by_policy() -> None:
    words = [
        one.words for one in diff(load(SMALL), document_from(with_policy(title="New customer")))
    ]
    assert words[0] == "Program, Deals and protection, policy New customer is new"
    assert "“Business hours” is now Weekdays Monday, Tuesday" in words[1]


def test_changes_of_a_policy_are_told_in_words() -> None:
    old = document_from(with_policy(title="New customer"))
    new = document_from(
        with_policy(
            title="New customer", object="product", pursuit={"days": 90},
            needs={"agreement": "in_force"}, answer={"missed": "approve_if_clear"},
        )
    )  # fmt: skip
    start = "Program, Deals and protection, policy New customer"
    assert [one.words for one in diff(old, new)] == [
        f"{start}: “What is kept for one partner” changes from “The product family” to "
        "“The product”",
        f"{start}, Time to win the customer: “Days” changes from 120 to 90",
        f"{start}, Time to win the customer: “Extension” is no longer Days more 60, So many times "
        "1, Only with a sign of activity yes",
        f"{start}, Answer: “If nobody decides” changes from “It is escalated” to “It is approved "
        "where nothing stands against it, else escalated”",
        f"{start}, what it needs: now asks Partner agreement in force",
    ]


def test_the_form_of_a_policy_asks_for_every_field_and_keeps_them() -> None:
    assert "deals" in sections()
    path = ("deals", "policies", "one")
    document = document_from(
        with_policy(
            types="msp", only="incumbent", quiet_months=6, per_account=2, cool_off_days=90,
            states={"no_tender": "It is in no published tender."}, minimum={"seats": 10},
            prices={"own": "last", "reward": "A talk."}, needs={"agreement": "in_force"},
        )
    )  # fmt: skip
    values = to_dict(document)
    entry = values["deals"]["policies"]["one"]
    fields = own_fields(shape_at(path), path)
    data = flat_fields(fields, entry, "f")
    shown = inputs(fields, data, "f", path, values)
    assert {one.path[-1] for one in shown} == set(DealPolicy.model_fields) - {"needs"}
    assert [one.label for one in shown if not str(one.help)] == []
    kept = put_fields(values, path, read_fields(fields, data, "f", entry))
    assert document_from(kept) == document


def test_lint_asks_for_protection_where_partners_serve_customers() -> None:
    def remarks(policy: dict[str, Any]) -> list[tuple[str, str]]:
        found = lint(document_from(plain(deals={"policies": {"one": policy}}, types=MANAGING)))
        return [(one.code, one.path) for one in found if one.path.startswith("deals")]

    deal = {"kind": "transactional", "object": "opportunity", "pursuit": {"days": 90}}
    assert remarks(deal) == [("no_protection", "deals.policies")]
    assert remarks(ENGAGEMENT) == []
    selling = plain(deals={"policies": {"one": deal}}, types={"var": MANAGING["msp"]})
    assert [one for one in lint(document_from(selling)) if one.code == "no_protection"] == []


def test_holidays_of_a_country_without_a_calendar_are_refused() -> None:
    values = plain(deals={"policies": {"one": ENGAGEMENT}, "hours": {"holidays": "XX"}})
    assert [(path, says) for path, says, _ in refused(values)] == [
        ("deals.hours.holidays", "the public holidays of XX are not known")
    ]
