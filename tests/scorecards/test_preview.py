"""What an announced version means for a partner: on its page, in the API, and never too early."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from django.test import Client

from partners.models import Enrolment, Partner
from programs import document as documents
from programs.actions import publish_program
from programs.models import Level, PartnerType, ProgramVersion
from reviews.models import Cure, LevelException, ReviewRun, Sanction
from scorecards.coming import previews_of
from scorecards.rules.preview import Preview
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Vendor
from tests import factories as make
from tests.api import api_of
from web import clock

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
LONG_AGO = dt.date(2024, 1, 1)
NOW = """
program: small
title: Small Program
currency: EUR
environments: [general]
metrics:
  revenue: {title: Revenue, unit: EUR, source: statements}
attestations:
  plan: {title: Business plan, months: 12}
tracks:
  deploy: {title: Deploy, months: 24}
benefits:
  discount: {title: Discount, kind: discount, unit: "%"}
products:
  shield:
    title: Shield
    gates: {general: {metric: {code: revenue, at_least: 50}}}
types:
  msp:
    title: Managed service provider
    review: {clock: quarterly, down: review, cure: {months: 3}}
    tiers:
      base: {title: Base}
      gold:
        title: Gold
        entry: {metric: {code: revenue, at_least: 100}}
        benefits: {discount: 10}
"""
NEXT = (
    NOW.replace(
        "entry: {metric: {code: revenue, at_least: 100}}",
        "entry: {all: [{metric: {code: revenue, at_least: 200}}, "
        "{people: {track: deploy, at_least: 1}}, {attestation: plan}]}",
    )
    .replace("at_least: 50}", "at_least: 120}")
    .replace("discount: 10", "discount: 15")
)


@pytest.fixture
def vendor() -> Vendor:
    vendor = make.VendorFactory(code="aurora")
    make.HostFactory(vendor=vendor)
    with make.prepared(vendor):
        publish_program(documents.load(NOW), at=clock.now(), effective_from=LONG_AGO)
    return vendor


def announce(vendor: Vendor, text: str = NEXT, announced: int = 0, days: int = 40) -> None:
    today = clock.now().date()
    with make.prepared(vendor):
        publish_program(
            documents.load(text),
            at=clock.now(),
            announced_on=today + announced * DAY,
            effective_from=today + days * DAY,
        )


def add_partner(vendor: Vendor, revenue: int, level: str = "gold") -> Partner:
    partner = make.PartnerFactory(vendor=vendor, joined_on=LONG_AGO)
    make.AgreementFactory(partner=partner, since=LONG_AGO)
    with make.prepared(vendor):
        kind = PartnerType.objects.get(code="msp")
        row = Level.objects.get(code=level)
    make.EnrolmentFactory(partner=partner, partner_type=kind, level=row, since=LONG_AGO)
    make.FactFactory(partner=partner, metric="revenue", period=LONG_AGO, value=revenue)
    person = make.PersonFactory(vendor=vendor, name="Ana Ruiz")
    make.EmploymentFactory(partner=partner, person=person, since=LONG_AGO)
    return partner


def previews(partner: Partner) -> list[Preview]:
    with scope.enter(scope.Scope(partner.vendor_id, frozenset({partner.pk}), Role.PARTNER_ADMIN)):
        return previews_of(partner, clock.now().date())


def page(partner: Partner, path: str = "/level/coming/") -> str:
    client = Client(HTTP_HOST="aurora.localhost")
    membership = make.MembershipFactory(partner=partner, role=Role.PARTNER_ADMIN)
    make.sign_in(client, membership)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_partner_that_would_fall_sees_where_and_why(vendor: Vendor) -> None:
    announce(vendor)
    (found,) = previews(add_partner(vendor, 110))
    (axis,) = found.axes
    assert (axis.held, axis.outcome, axis.falls_to, axis.asked) == ("gold", "cure", "base", "gold")
    assert [gap.effort for gap in axis.gaps] == ["attestation", "exams", "figure"]
    assert axis.exams is not None
    assert [(exam.name, exam.track) for exam in axis.exams.exams] == [("Ana Ruiz", "deploy")]
    assert [(one.kind, one.subject) for one in found.access] == [("closes", "shield")]
    assert found.at_risk


def test_a_partner_that_has_it_all_keeps_its_level(vendor: Vendor) -> None:
    announce(vendor, NEXT.replace("at_least: 200", "at_least: 100").replace(
        "{people: {track: deploy, at_least: 1}}, {attestation: plan}", "{agreement: in_force}"
    ))  # fmt: skip
    (found,) = previews(add_partner(vendor, 500))
    (axis,) = found.axes
    assert (axis.outcome, axis.to, axis.gaps) == ("keep", "gold", ())
    assert [(one.kind, one.was, one.now) for one in found.benefits] == [("wins", "10 %", "15 %")]
    assert not found.at_risk


def test_facts_are_those_of_the_day_it_takes_effect(vendor: Vendor) -> None:
    """What ends before then no longer counts."""
    asks = "{attestation: plan}"
    announce(vendor, NOW.replace("{metric: {code: revenue, at_least: 100}}", asks), days=40)
    partner = add_partner(vendor, 500)
    today = clock.now().date()
    make.AttestationFactory(partner=partner, code="plan", since=today - 330 * DAY)
    (axis,) = previews(partner)[0].axes
    assert (axis.outcome, [gap.effort for gap in axis.gaps]) == ("cure", ["attestation"])


def test_each_version_is_compared_with_the_one_before_it(vendor: Vendor) -> None:
    announce(vendor, NOW.replace("at_least: 50}", "at_least: 120}"), days=20)
    announce(vendor, NOW, days=40)
    closes, opens = previews(add_partner(vendor, 110))
    assert [one.kind for one in closes.access] == ["closes"]
    assert [one.kind for one in opens.access] == ["opens"]


def test_what_a_level_gives_otherwise_counts_from_the_first_day_whoever_is_in_cure(
    vendor: Vendor,
) -> None:
    announce(vendor, NOW.replace("discount: 10", "discount: 15"))
    partner = add_partner(vendor, 90)
    (found,) = previews(partner)
    assert (found.axes[0].outcome, found.moves) == ("cure", False)
    assert "Benefit, from the first day" in page(partner)


FALL = NOW.replace(", cure: {months: 3}", "").replace("at_least: 100}", "at_least: 200}")


def test_a_second_version_meets_the_level_that_the_first_one_leaves(vendor: Vendor) -> None:
    announce(vendor, FALL, days=20)
    announce(vendor, FALL.replace("at_least: 200}", "at_least: 90}"), days=40)
    partner = add_partner(vendor, 110)
    first, second = (found.axes[0] for found in previews(partner))
    assert (first.held, first.to, first.moved_before) == ("gold", "base", False)
    assert (second.held, second.to, second.moved_before) == ("base", "gold", True)
    assert "Base by then, Gold from then on" in page(partner)


def test_a_level_lost_to_the_first_version_is_still_closed_in_the_second(vendor: Vendor) -> None:
    closed = FALL.replace("title: Gold", "title: Gold\n        lockout_months: 6")
    announce(vendor, closed, days=20)
    announce(vendor, closed.replace("at_least: 200}", "at_least: 90}"), days=40)
    second = previews(add_partner(vendor, 110))[1].axes[0]
    assert (second.held, second.outcome, second.to) == ("base", "keep", "base")


def test_a_cure_that_the_first_version_begins_ends_in_a_fall_before_the_third(
    vendor: Vendor,
) -> None:
    strict = NOW.replace("at_least: 100}", "at_least: 200}")
    announce(vendor, strict, days=20)
    announce(vendor, strict.replace("discount: 10", "discount: 15"), days=40)
    announce(vendor, strict.replace("discount: 10", "discount: 20"), days=200)
    axes = [found.axes[0] for found in previews(add_partner(vendor, 110))]
    assert [(axis.held, axis.outcome, axis.moved_before) for axis in axes] == [
        ("gold", "cure", False), ("gold", "cure", False), ("base", "keep", True),
    ]  # fmt: skip
    assert axes[0].until == axes[1].until


def test_of_two_versions_for_one_day_the_last_counts(vendor: Vendor) -> None:
    announce(vendor, NEXT)
    announce(vendor, NOW.replace("at_least: 50}", "at_least: 60}"))
    (found,) = previews(add_partner(vendor, 110))
    assert found.coming.number == 3


def test_nothing_is_shown_before_it_is_announced(vendor: Vendor) -> None:
    announce(vendor, announced=5)
    partner = add_partner(vendor, 110)
    assert previews(partner) == []
    assert "Nothing is announced" in page(partner)
    assert "The program changes" not in page(partner, "/level/")
    api = api_of(vendor, "program.read", partner=partner)
    assert api.get("/program/preview").json()["versions"] == []


def test_staff_see_for_a_partner_what_it_sees(vendor: Vendor) -> None:
    announce(vendor, announced=5)
    partner = add_partner(vendor, 110)
    api = api_of(vendor, "program.read")
    assert api.get(f"/program/preview?partner={partner.ref}").json()["versions"] == []


def test_the_page_says_what_to_do(vendor: Vendor) -> None:
    announce(vendor)
    text = page(add_partner(vendor, 110))
    for words in (
        "You would miss what Gold asks",
        "you fall to Base",
        "The gate of Shield closes",
        "To keep Gold",
        "A statement with evidence",
        "Ana Ruiz: Deploy",
        "45 % to go",
    ):
        assert words in text


def test_the_level_page_leads_to_it(vendor: Vendor) -> None:
    announce(vendor)
    assert 'href="/level/coming/"' in page(add_partner(vendor, 110), "/level/")


def test_the_api_gives_the_same(vendor: Vendor) -> None:
    announce(vendor)
    partner = add_partner(vendor, 110)
    api = api_of(vendor, "program.read", partner=partner)
    answer: dict[str, Any] = api.get("/program/preview").json()
    assert answer["partner"] == partner.ref
    assert answer["versions"] == [found.to_dict() for found in previews(partner)]
    assert answer["versions"][0]["levels"][0]["exams"]["exams"][0]["name"] == "Ana Ruiz"


def test_the_api_shows_no_other_partner(vendor: Vendor) -> None:
    announce(vendor)
    mine, other = add_partner(vendor, 110), add_partner(vendor, 110)
    api = api_of(vendor, "program.read", partner=mine)
    assert api.get(f"/program/preview?partner={other.ref}").status_code in (400, 404)


def test_what_is_phased_shows_the_coming_set_with_its_day(vendor: Vendor) -> None:
    day = clock.now().date() + 90 * DAY
    phased = (
        f"{{phased: {{asks: {{metric: {{code: revenue, at_least: 900}}}}, enforced: {day}, "
        "until_then: {metric: {code: revenue, at_least: 100}}}}"
    )
    text = NOW.replace("{metric: {code: revenue, at_least: 100}}", phased)
    with make.prepared(vendor):
        publish_program(documents.load(text), at=clock.now())
    shown = page(add_partner(vendor, 110), "/level/")
    assert "this is asked instead" in shown and "Revenue at least 900" in shown


def held_row(partner: Partner) -> tuple[Enrolment, Level]:
    row = Enrolment.objects.select_related("level", "partner_type").get(partner=partner)
    return row, row.level


def test_an_open_cure_goes_on_and_an_exception_keeps_the_level(vendor: Vendor) -> None:
    announce(vendor)
    cured, excepted = add_partner(vendor, 110), add_partner(vendor, 110)
    today = clock.now().date()
    until = today + 60 * DAY
    with make.prepared(vendor):
        row, gold = held_row(cured)
        own = {"partner_type": row.partner_type, "axis": "tier", "level": gold}
        run = ReviewRun.objects.create(
            partner_type=row.partner_type, due_on=today, trigger="clock", state="applied",
            program_version=ProgramVersion.objects.get(number=1), decided_at=clock.now(),
            applied_at=clock.now(), applied_on=today,
        )  # fmt: skip
        Cure.objects.create(partner=cured, enrolment=row, since=today, until=until, run=run, **own)
        LevelException.objects.create(
            partner=excepted, since=today, until=until, reason="Merger", **own
        )
    ((axis,),) = (found.axes for found in previews(cured))
    assert (axis.outcome, axis.until, axis.in_cure) == ("cure", until, True)
    assert "Your cure goes on until" in page(cured)
    ((axis,),) = (found.axes for found in previews(excepted))
    assert (axis.outcome, axis.until) == ("exception", until)
    assert "count for you again on" in page(excepted)


def test_who_is_locked_out_is_promised_no_rise(vendor: Vendor) -> None:
    announce(vendor, NOW.replace("at_least: 100", "at_least: 60"))
    locked, free = add_partner(vendor, 80, "base"), add_partner(vendor, 80, "base")
    with make.prepared(vendor):
        Sanction.objects.create(
            partner=locked, kind="lock_out", since=clock.now().date(), reason="Broke a rule"
        )
    assert [found.axes[0].outcome for found in (*previews(locked), *previews(free))] == [
        "keep", "promote",
    ]  # fmt: skip


def test_a_phase_that_is_announced_later_is_not_shown(vendor: Vendor) -> None:
    today = clock.now().date()
    days = {"announced": 20, "enforced": 30}
    said = ", ".join(f"{name}: {today + n * DAY}" for name, n in days.items())
    asks = "entry: {metric: {code: revenue, at_least: 100}}"
    phased = f"entry: {{phased: {{{said}, asks: {{attestation: plan}}, until_then: {asks[7:]}}}}}"
    announce(vendor, NOW.replace(asks, phased))
    partner = add_partner(vendor, 500)
    (found,) = previews(partner)
    assert found.axes[0].outcome == "keep"
    assert "Business plan" not in page(partner)


def test_a_level_that_becomes_another_says_so(vendor: Vendor) -> None:
    renamed = NOW.replace("      gold:\n        title: Gold", "      prime:\n        title: Prime")
    announce(vendor, f"{renamed}mapping:\n  levels: {{msp.gold: msp.prime}}\n")
    partner = add_partner(vendor, 110)
    (axis,) = previews(partner)[0].axes
    assert (axis.held, axis.held_title, axis.was_title) == ("prime", "Prime", "Gold")
    assert "Gold becomes Prime." in page(partner)


def test_a_fall_says_for_how_long_the_level_stays_closed(vendor: Vendor) -> None:
    locks = "title: Gold\n        lockout_months: 6"
    announce(vendor, NEXT.replace("title: Gold", locks))
    partner = add_partner(vendor, 110)
    (found,) = previews(partner)
    assert found.axes[0].lockout_months == 6
    assert "After a fall Gold stays closed to you for 6 months." in page(partner)
