"""A new vendor's first program, made in the admin without a line of YAML, and published."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from programs.models import ProgramDraft, ProgramVersion
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Vendor
from tests.browser.conftest import Visit
from tests.browser.site import Site
from tests.factories import (
    HostFactory,
    MembershipFactory,
    PersonFactory,
    UserFactory,
    VendorFactory,
)

pytestmark = pytest.mark.browser
DRAFT = "/admin/programs/programversion/draft/"


@pytest.fixture
def newcomer(site: Site, browser: Any, request: Any) -> Any:
    """The channel admin of a vendor without a program, signed in, at the given width."""
    code = f"fresh{request.node.callspec.params['width']}"
    vendor = VendorFactory(code=code)
    HostFactory(vendor=vendor)
    user = UserFactory()
    person = PersonFactory(vendor=vendor, user=user)
    MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN, person=person)
    width = request.node.callspec.params["width"]
    context = browser.new_context(
        viewport={"width": width, "height": 900},
        color_scheme="dark" if width < 600 else "light",
        reduced_motion="reduce",
    )
    value = site.session_of(user.email, code)
    context.add_cookies([{"name": "sessionid", "value": value, "url": site.url("/", code)}])
    visit = Visit(context.new_page(), site)
    yield visit, code
    context.close()


class Editor:
    """The steps of the journey in the words of the page."""

    def __init__(self, visit: Visit, code: str) -> None:
        self.visit, self.page, self.code = visit, visit.page, code

    def go(self, place: str) -> None:
        self.page.goto(self.visit.site.url(f"{DRAFT}{place}", self.code))

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def fill(self, label: str, value: str) -> None:
        self.page.get_by_label(label, exact=True).first.fill(value)

    def add(self, place: str, title: str, **more: str) -> None:
        self.go(f"at/{place}/?add=1")
        self.page.locator("[name='f.title']").fill(title)
        for label, value in more.items():
            self.fill(label, value)
        self.press("Add")
        self.page.get_by_text("Added to the draft.").wait_for()

    def asks(self, tier: str, number: str) -> None:
        """The tier asks for so many managed seats, by the tree's own form."""
        self.go(f"at/types/reseller/tiers/{tier}/entry/")
        self.page.get_by_text("Add a requirement").first.click()
        self.page.locator("button[value='add:metric:']").click()
        self.page.locator("select[name='f.metric.code']").select_option("managed-seats")
        self.page.locator("input[name='f.metric.at_least.v']").fill(number)
        self.press("Keep")
        self.page.get_by_text(f"Managed seats at least {number}").first.wait_for()

    def spill(self) -> int:
        words = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        return int(self.page.evaluate(words))


@pytest.mark.parametrize("width", [1440, 390])
def test_a_new_vendor_publishes_a_program_of_three_tiers(
    newcomer: tuple[Visit, str], width: int
) -> None:
    visit, code = newcomer
    editor = Editor(visit, code)
    editor.go("")
    visit.page.get_by_text("An empty program").click()
    editor.press("Start the draft")
    assert editor.spill() == 0
    editor.add("metrics", "Managed seats", Unit="seats")
    editor.add("types", "Reseller")
    editor.add("types/reseller/tiers", "Silver")
    assert visit.page.get_by_text("nobody ever stands at").count() > 0  # told, not lost
    editor.add("types/reseller/tiers", "Gold")
    editor.asks("silver", "25")
    editor.asks("gold", "100")
    assert editor.spill() == 0
    editor.go("")
    visit.page.get_by_role("link", name="Review the plan").click()
    visit.page.get_by_text("The first program").first.wait_for()
    visit.page.get_by_role("button", name="Publish, in force from").click()
    visit.page.get_by_text("Version 1 is published").first.wait_for()
    with scope.entered_vendor(Vendor.objects.get(code=code).pk):
        version = ProgramVersion.objects.get()
        tiers = version.document["types"]["reseller"]["tiers"]
        assert {one: tier.get("entry") for one, tier in tiers.items()} == {
            "registered": None,
            "silver": {"metric": {"code": "managed-seats", "at_least": 25}},
            "gold": {"metric": {"code": "managed-seats", "at_least": 100}},
        }
        assert ProgramDraft.objects.count() == 0
    assert (visit.console, visit.foreign) == ([], [])


def test_a_tree_is_edited_by_keyboard_alone(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("channel_admin", width=390)
    page = visit.page
    visit.open(DRAFT)
    page.get_by_role("button", name="Start the draft").click()
    page.get_by_role("heading", name="Sections of").wait_for()
    visit.open(f"{DRAFT}at/types/msp/tiers/advanced/entry/")
    page.locator(".pe-node").first.wait_for()
    before = page.locator(".pe-node").count()
    page.locator("details.pe-menu > summary", has_text="Add a requirement").last.focus()
    page.keyboard.press("Enter")
    page.locator("button[value='add:agreement:all']").focus()
    page.keyboard.press("Enter")
    page.wait_for_function(f"document.querySelectorAll('.pe-node').length === {before + 1}")
    # The focus follows once the new tree has settled.
    page.wait_for_function("document.activeElement.classList.contains('pe-node')")
    came = page.evaluate("document.activeElement.id")
    page.keyboard.press("Alt+ArrowUp")
    above = came.rpartition("-")[0] + f"-{int(came.rpartition('-')[2]) - 1}"
    page.wait_for_function(f"document.activeElement.id === '{above}'")
    visit.open(DRAFT)
    page.get_by_text("Discard the draft").click()
    page.get_by_role("button", name="Discard it").click()
    assert (visit.console, visit.foreign) == ([], [])
