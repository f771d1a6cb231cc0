"""From a template to one's own program of three tiers, and what a partner then reads of it.

Pages and clicks are counted instead of minutes: a person needs about five seconds for a click and
fifteen for a form, so that the path stays within ten minutes while it stays within these numbers.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from typing import Any

import pytest
from django.core.management import call_command

from programs.models import Level, PartnerType, ProgramVersion
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Vendor
from tests import factories as make
from tests.browser.conftest import Visit
from tests.browser.site import Site
from web import clock

pytestmark = pytest.mark.browser
MOST_PAGES, MOST_CLICKS = 30, 40
DAYS_AHEAD = 60


@pytest.fixture
def invitation(site: Site) -> str:
    """The path of the first admin's invitation, as the command prints it."""
    said = io.StringIO()
    call_command("vendor", "create", "nova", template="msp", admin="you@nova.example", stdout=said)
    found = re.search(r"/invitations/\S+", said.getvalue())
    assert found is not None
    return found.group()


@pytest.fixture
def partner_admin(invitation: str) -> str:
    """The address of somebody of a partner that holds the level which is about to go."""
    vendor = Vendor.objects.get(code="nova")
    with scope.entered_vendor(vendor.pk, origin="command"):
        today = clock.now().date()
        kind = PartnerType.objects.get(code="msp")
        partner = make.PartnerFactory(vendor=vendor, name="Alder IT", joined_on=today)
        make.EnrolmentFactory(
            vendor=vendor, partner=partner, partner_type=kind,
            level=Level.objects.get(partner_type=kind, code="premier"), since=today,
        )  # fmt: skip
        person = make.PersonFactory(vendor=vendor, user=make.UserFactory())
        make.MembershipFactory(
            vendor=vendor, role=Role.PARTNER_ADMIN, person=person, partner=partner
        )
        return str(person.user.email)


class Walk:
    """A page with its pages and clicks counted."""

    def __init__(self, page: Any) -> None:
        self.page, self.pages, self.clicks = page, 0, 0
        page.on("framenavigated", self._came)

    def _came(self, frame: Any) -> None:
        self.pages += frame == self.page.main_frame

    def click(self, selector: str, text: str = "") -> None:
        self.page.locator(selector, **({"has_text": text} if text else {})).first.click()
        self.clicks += 1

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()
        self.clicks += 1

    def fill(self, name: str, value: str) -> None:
        self.page.locator(f"[name='{name}']").first.fill(value)

    def reads(self, text: str) -> None:
        self.page.get_by_text(text).first.wait_for()


def test_a_new_vendor_makes_a_template_its_own_and_a_partner_reads_it(
    site: Site, browser: Any, invitation: str, partner_admin: str
) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
    visit = Visit(context.new_page(), site)
    walk = Walk(visit.page)
    visit.page.goto(site.url(invitation, "nova"))
    visit.page.get_by_label("Your name").fill("Nina Nova")
    visit.page.get_by_label("Choose a password").fill("a sentence is fine today")
    walk.press("Accept and continue")

    walk.click("a", "Edit the program")
    walk.press("Start the draft")
    walk.click("a.pe-tile", "Partner types")
    walk.click(".pe-entry a", "Managed service provider")
    walk.click("a", "Order, rename, remove")
    walk.click("button[value='remove:premier']")
    walk.reads("“Premier” is removed.")
    for old, new in (("Core", "Silver"), ("Advanced", "Gold")):
        walk.click(".pe-crumbs a", "Managed service provider")
        walk.click(".pe-entry a", old)
        walk.fill("f.title", new)
        walk.press("Save in the draft")
        walk.reads("Saved in the draft.")
    walk.click(".pe-crumbs a", "Edit the program")
    walk.click("a.pe-tile", "Metrics")
    walk.click("a.pe-btn", "Add")
    walk.fill("f.title", "Net promoter score")
    walk.fill("f.unit", "points")
    walk.press("Add")
    walk.reads("Added to the draft.")
    walk.click(".pe-crumbs a", "Edit the program")
    walk.click("a.pe-tile", "Partner types")
    walk.click(".pe-entry a", "Managed service provider")
    walk.click(".pe-entry a", "Gold")
    walk.click("a", "Edit requirements")
    walk.click("button[value='edit:all/2']")
    walk.fill("f.people.at_least.v", "4")
    walk.press("Keep")
    walk.reads("4 people with a technical certificate")
    walk.click("summary", "Add a requirement")
    walk.click("button[value='add:metric:all']")
    visit.page.locator("select[name='f.metric.code']").select_option("net-promoter-score")
    walk.fill("f.metric.at_least.v", "30")
    walk.press("Keep")
    walk.reads("Net promoter score at least 30")

    walk.click(".pe-crumbs a", "Edit the program")
    day = clock.now().date() + dt.timedelta(days=DAYS_AHEAD)
    walk.fill("effective_from", day.isoformat())
    walk.press("Keep days and note")
    walk.reads("The days and the note are kept.")
    walk.click("a", "Review the plan")
    walk.reads("(1 partner) goes: say what follows it")
    visit.page.locator("select[name=successor]").select_option("msp.advanced")
    walk.press("Keep")
    walk.reads("(1 partner) goes; Gold follows it")
    walk.reads("Alder IT")
    walk.click("button", "Publish, in force from")
    walk.reads("Version 2 is published")
    context.close()
    assert (walk.pages <= MOST_PAGES, walk.clicks <= MOST_CLICKS) == (True, True), (
        f"{walk.pages} pages, {walk.clicks} clicks"
    )
    with scope.entered_vendor(Vendor.objects.get(code="nova").pk):
        version = ProgramVersion.objects.get(number=2)
        tiers = version.document["types"]["msp"]["tiers"]
        assert [tier["title"] for tier in tiers.values()] == ["Registered", "Silver", "Gold"]
        assert (version.announced_on, version.effective_from) == (clock.now().date(), day)

    context = browser.new_context(viewport={"width": 390, "height": 900}, reduced_motion="reduce")
    value = site.session_of(partner_admin, "nova")
    context.add_cookies([{"name": "sessionid", "value": value, "url": site.url("/", "nova")}])
    reader = Visit(context.new_page(), site)
    reader.page.goto(site.url("/level/coming/", "nova"))
    reader.page.get_by_text("Version 2 of the program").first.wait_for()
    assert "Gold" in reader.page.locator("main").inner_text()
    context.close()
    assert (visit.console, reader.console) == ([], [])
