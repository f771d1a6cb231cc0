"""Every page, on a wide and a narrow screen, light and dark: nothing spills, nothing breaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.browser.conftest import Visit
from tests.browser.pages import LEAD, PAGES, Page

pytestmark = pytest.mark.browser
AXE = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
# The administration is held to axe by a walk of its own; the reference is a package's page.
ELSEWHERE = ("/admin/", "/api/v1/docs/")


def spill(visit: Visit) -> int:
    """Pixels by which the page is wider than the screen."""
    return int(
        visit.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )
    )


@pytest.mark.parametrize(
    ("width", "dark"), [(1440, False), (390, True)], ids=["wide-light", "narrow-dark"]
)
@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_page_is_sound(visit_as: Callable[..., Visit], page: Page, width: int, dark: bool) -> None:
    visit = visit_as(page.role, width=width, dark=dark)
    path = page.where(visit.site)
    response = visit.open(path)
    assert response.status == 200
    assert visit.foreign == []
    assert visit.console == []
    if not path.startswith(ELSEWHERE):
        assert spill(visit) == 0
        found = Axe().run(visit.page, options=AXE)
        assert [
            (violation["id"], [node["target"] for node in violation["nodes"]])
            for violation in found.response["violations"]
        ] == []


def test_a_customers_page_fetches_what_runs_there(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("partner_admin")
    visit.open(f"/customers/{visit.site.customer_ref(LEAD)}/")
    lines = visit.page.locator("#products .line")
    lines.first.wait_for()
    assert visit.page.locator("#products .num strong").count() >= 1
    assert visit.console == []
