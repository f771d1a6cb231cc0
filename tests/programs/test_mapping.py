"""What is in use does not lead nowhere: former codes count for those that follow."""

from __future__ import annotations

import datetime as dt

import pytest

from licensing.actions import authorize
from licensing.models import Deployment
from licensing.rules import deployment_standing
from programs.actions import publish_program
from programs.compiled import program_on
from programs.gathering import facts_of
from programs.models import ProgramVersion
from programs.plan import Plan, plan_program
from programs.plan_words import in_words
from programs.rules import levels_held
from tenants import scope
from tenants.models import Vendor
from tenants.writing import Refused
from tests import factories as make
from tests.certifications.world import engineer, pass_exam
from tests.programs.world import TEXT, add_partner, new_vendor, small, versions
from web import clock

pytestmark = pytest.mark.django_db

TRACKED = TEXT.replace(
    "products:\n",
    "tracks:\n  deploy: {title: Deploy, months: 24}\nproducts:\n",
    1,
).replace(
    "general: {metric: {code: revenue, at_least: 50}}",
    "general: {people: {track: deploy, at_least: 1}}",
)
RETRACKED = TRACKED.replace("  deploy: {", "  install: {").replace(
    "track: deploy", "track: install"
)
NO_SILVER = "\n".join(line for line in TEXT.splitlines() if "silver:" not in line)
NO_SHIELD = TEXT.replace(
    """  shield:
    title: Shield
    gates:
      general: {metric: {code: revenue, at_least: 50}}
""",
    "",
)


def today() -> dt.date:
    return clock.now().date()


def with_mapping(text: str, mapping: str) -> str:
    return f"{text}\nmapping: {{{mapping}}}\n"


def planned(vendor: Vendor, text: str) -> Plan:
    with scope.entered_vendor(vendor.pk):
        return plan_program(small(text), effective_from=today())


def published(vendor: Vendor, text: str) -> int:
    with scope.entered_vendor(vendor.pk):
        return publish_program(small(text), at=clock.now()).number


def refused(vendor: Vendor, text: str) -> Refused:
    with pytest.raises(Refused) as found:
        published(vendor, text)
    assert len(versions(vendor)) == 1
    return found.value


def certified(vendor: Vendor) -> int:
    """A partner with one person who holds the track; its key."""
    partner = add_partner(vendor, "Alder IT", 110, "silver")
    pass_exam(engineer(partner), "deploy", today().isoformat())
    return partner.pk


def test_a_level_in_use_needs_a_mapping() -> None:
    vendor = new_vendor()
    add_partner(vendor, "Alder IT", 110, "silver")
    (gone,) = planned(vendor, NO_SILVER).retired
    assert (gone.section, gone.code, gone.count, gone.settled) == ("levels", "msp.silver", 1, False)
    error = refused(vendor, NO_SILVER)
    assert (error.code, error.reasons[0].pointer) == ("mapping_needed", "mapping/levels")
    assert error.detail == (
        "The level Silver (1 partner) goes: say what follows it. "
        "Write mapping: {levels: {msp.silver: …}} with a code of this document"
    )


def test_a_level_held_counts_as_the_one_that_follows() -> None:
    vendor = new_vendor()
    partner = add_partner(vendor, "Alder IT", 110, "silver")
    text = with_mapping(NO_SILVER, "levels: {msp.silver: msp.registered}")
    assert "Silver (1 partner) goes; Registered follows it" in in_words(planned(vendor, text))
    assert published(vendor, text) == 2
    with scope.entered_vendor(vendor.pk):
        facts = facts_of([partner.pk], today())[partner.pk]
    assert levels_held(facts, "msp", today()) == ("registered",)


@pytest.mark.parametrize("mapping", ["levels: {msp.silver: null}", "levels: {}"])
def test_null_does_not_send_a_level_in_use_nowhere(mapping: str) -> None:
    vendor = new_vendor()
    add_partner(vendor, "Alder IT", 110, "silver")
    assert refused(vendor, with_mapping(NO_SILVER, mapping)).code == "mapping_needed"


def test_a_level_that_nobody_holds_needs_no_mapping() -> None:
    assert published(new_vendor(), NO_SILVER) == 2


def test_a_figure_may_go_where_the_document_says_so() -> None:
    vendor = new_vendor()
    partner = add_partner(vendor, "Alder IT", 110)
    text = TRACKED.replace("  revenue: {", "  turnover: {").replace(
        "code: revenue", "code: turnover"
    )
    make.FactFactory(partner=partner, metric="revenue", period=today(), value=1)
    assert refused(vendor, text).code == "mapping_needed"
    assert published(vendor, with_mapping(text, "metrics: {revenue: null}")) == 2


def test_certificates_of_a_former_track_count_for_the_one_that_follows() -> None:
    vendor = new_vendor(text=TRACKED)
    partner = certified(vendor)
    assert refused(vendor, RETRACKED).code == "mapping_needed"
    plan = planned(vendor, with_mapping(RETRACKED, "tracks: {deploy: install}"))
    assert ([one.words for one in plan.retired], plan.effects) == (
        ["The track Deploy (deploy) (1 certificate) goes; Deploy (install) follows it"],
        (),
    )
    published(vendor, with_mapping(RETRACKED, "tracks: {deploy: install}"))
    with scope.entered_vendor(vendor.pk):
        (person,) = facts_of([partner], today())[partner].people
    assert [one.track for one in person.certificates] == ["install"]


def test_a_track_renamed_changes_no_outcome() -> None:
    vendor = new_vendor(text=TRACKED)
    partner = certified(vendor)
    text = RETRACKED.replace("install: {", "install: {was: deploy, ")
    plan = planned(vendor, text)
    assert (plan.effects, plan.unsettled) == ((), ())
    with scope.entered_vendor(vendor.pk):
        rows = make.partners.Partner.objects.filter(pk=partner)
        before = deployment_standing(rows, "shield", ["general"], on=today())[partner].open
        publish_program(small(text), at=clock.now())
        after = deployment_standing(rows, "shield", ["general"], on=today())[partner].open
    assert (before, after) == (True, True)


def test_everything_renamed_at_once_changes_no_outcome() -> None:
    vendor = new_vendor()
    for number, revenue in enumerate([5, 55, 105, 155, 250]):
        add_partner(vendor, f"Partner {number}", revenue, "silver")
    text = (
        TEXT.replace("  revenue: {", "  turnover: {")
        .replace("code: revenue", "code: turnover")
        .replace("  shield:\n", "  guard:\n    was: shield\n")
        .replace("  msp:\n", "  mssp:\n    was: msp\n")
        .replace("silver: {title", "plus: {was: silver, title")
    )
    text = with_mapping(text, "metrics: {revenue: turnover}")
    plan = planned(vendor, text)
    assert (plan.effects, plan.unsettled, plan.partners) == ((), (), 5)
    assert sorted(one.section for one in plan.retired) == ["levels", "metrics", "types"]
    assert published(vendor, text) == 2
    with scope.entered_vendor(vendor.pk):
        for facts in facts_of(list(plan_partners(vendor)), today()).values():
            assert levels_held(facts, "mssp", today()) == ("plus",)


def plan_partners(vendor: Vendor) -> list[int]:
    return list(make.partners.Partner.objects.values_list("pk", flat=True))


def test_what_runs_of_a_product_that_goes_needs_a_successor() -> None:
    vendor = new_vendor()
    customer, _ = running(vendor)
    assert refused(vendor, NO_SHIELD).code == "mapping_needed"
    assert refused(vendor, with_mapping(NO_SHIELD, "products: {shield: null}")).code == (
        "mapping_needed"
    )
    text = with_mapping(NO_SHIELD, "products: {shield: ward}")
    assert published(vendor, text) == 2
    with scope.entered_vendor(vendor.pk):
        decision = authorize(customer, "shield", "general", 30, at=clock.now())
        rows = list(Deployment.objects.values_list("product__code", "seats"))
    assert (decision.allowed, decision.product.code) == (True, "ward")
    assert decision.standing.inputs.before == 20
    assert rows == [("ward", 30)]


def test_seats_of_both_codes_become_those_of_the_one_that_follows() -> None:
    vendor = new_vendor()
    customer, _ = running(vendor)
    with scope.entered_vendor(vendor.pk):
        authorize(customer, "ward", "general", 5, at=clock.now())
    published(vendor, with_mapping(NO_SHIELD, "products: {shield: ward}"))
    with scope.entered_vendor(vendor.pk):
        decision = authorize(customer, "ward", "general", 26, at=clock.now())
        rows = Deployment.objects.filter(seats__gt=0).values_list("product__code", "seats")
        assert (decision.standing.inputs.before, list(rows)) == (25, [("ward", 26)])


def running(vendor: Vendor):  # type: ignore[no-untyped-def]
    """A partner with 20 seats of the shield at a customer."""
    partner = add_partner(vendor, "Alder IT", 155)
    customer = make.CustomerFactory(partner=partner)
    with scope.entered_vendor(vendor.pk):
        authorize(customer, "shield", "general", 20, at=clock.now())
    return customer, partner


def test_a_former_code_is_not_dropped_while_it_is_in_use() -> None:
    """The mapping of version 2 is what version 3 must keep, as long as the rows are there."""
    vendor = new_vendor()
    add_partner(vendor, "Alder IT", 110, "silver")
    published(vendor, with_mapping(NO_SILVER, "levels: {msp.silver: msp.gold}"))
    with pytest.raises(Refused) as found:
        published(vendor, NO_SILVER)
    assert found.value.code == "mapping_needed"
    with scope.entered_vendor(vendor.pk):
        assert ProgramVersion.objects.count() == 2
        assert program_on(today()).number == 2
