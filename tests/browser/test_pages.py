"""Every page, on a wide and a narrow screen, light and dark: nothing spills, nothing breaks."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.pages import LEAD, PAGES, Page

pytestmark = pytest.mark.browser
SCREENS = [(1440, "light"), (390, "dark")]
# The walk through the administration opens and looks at each of its pages.
OURS = [page for page in PAGES if not str(page.path).startswith("/admin/")]
REFERENCE = "/api/v1/docs/"  # a package's page


@pytest.mark.parametrize("page", OURS, ids=lambda page: page.name)
def test_page_is_sound(look_as: Callable[[str], Visit], page: Page) -> None:
    visit = look_as(page.role)
    path = page.where(visit.site)
    assert visit.open(path).status == 200
    for width, scheme in SCREENS:
        visit.turn(width, scheme)
        if path != REFERENCE:
            assert (width, visit.spill()) == (width, 0)
            assert violations(visit.page) == []
    assert (visit.console, visit.foreign) == ([], [])


def test_pale_words_are_found(look_as: Callable[[str], Visit]) -> None:
    page = look_as("").page
    page.set_content(
        "<html lang='en'><title>t</title><p>dark</p><p id='pale' style='color:#bbb'>pale"
    )
    assert violations(page) == [["color-contrast", [["#pale"]]]]


def test_a_customers_page_fetches_what_runs_there(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("partner_admin")
    visit.open(f"/customers/{visit.site.customer_ref(LEAD)}/")
    lines = visit.page.locator("#products .line")
    lines.first.wait_for()
    assert visit.page.locator("#products .num strong").count() >= 1
    assert visit.console == []
