"""Ana leaves: what closes on which day, and which exam prevents it."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from partners.models import Partner
from scorecards.rules.runways import outlook
from tenants import scope
from tenants.clock import today
from tenants.models import Vendor
from tests.browser.conftest import Visit
from tests.browser.pages import LEAD

pytestmark = pytest.mark.browser


def test_ana_leaves(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("partner_admin")
    key, name = somebody_alone()
    page = visit.page
    visit.open("/")
    page.get_by_role("link", name="Whole calendar").click()
    page.wait_for_url("**/runway/")
    assert f"{name}: no longer there" not in page.content()
    page.get_by_label("Who leaves").select_option(key)
    page.get_by_role("button", name="Show").click()
    page.wait_for_url(f"**without={key}")
    page.get_by_text(f"As if {name} left today").wait_for()
    calendar = page.locator("section", has=page.locator("#calendar-title"))
    calendar.get_by_text(f"{name}: no longer there").first.wait_for()
    assert calendar.get_by_text("prevents it:").or_(calendar.get_by_text("prevent it:")).count()
    page.get_by_role("link", name="Nobody leaves").click()
    page.wait_for_url("**/runway/")
    assert f"{name}: no longer there" not in page.content()
    assert visit.console == [] and visit.foreign == []


def somebody_alone() -> tuple[str, str]:
    """Somebody of the lead partner on whose staying a gate or level hangs alone."""
    with scope.entered_vendor(Vendor.objects.get(code="aurora").pk):
        partner = Partner.objects.get(name=LEAD)
        found = outlook([partner], today())
        key = next(iter(found.leavers(partner.pk)))
        return key, found.names[key]
