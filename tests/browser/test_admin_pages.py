"""Every page of the administration: nothing breaks, spills or shuts anybody out (axe, A and AA).

One tab for all, since signing in and loading scripts costs more than looking. Lists, rows and forms
are found in the admin's registry, so that a new page is looked at without being named here; wide
and narrow, light and dark take turns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.contrib import admin
from django.urls import reverse

from tenants import scope
from tenants.models import Vendor
from tests.browser.axe import violations
from tests.browser.conftest import Visit
from tests.browser.pages import PAGES

pytestmark = pytest.mark.browser
PROGRAM = "/admin/programs/programversion/"
TIER = f"{PROGRAM}draft/at/types/msp/tiers/advanced"
# The draft first: the pages after it are about it.
EDITOR = (
    f"{PROGRAM}draft/",
    f"{PROGRAM}draft/at/tracks/",
    f"{PROGRAM}draft/at/tracks/?add=1",
    f"{PROGRAM}draft/at/types/msp/tiers/?rename=advanced",
    f"{TIER}/",
    f"{TIER}/entry/",
    f"{PROGRAM}draft/test/",
    f"{PROGRAM}draft/test/all/",
    f"{PROGRAM}upload/",
    f"{PROGRAM}upload/?draft",
    f"{PROGRAM}plan/",
)
OTHERS = ("/admin/", "/admin/settings/", "/admin/alerts/delivery/sweeps/")
SCREENS = [(1440, "light"), (390, "dark"), (390, "light"), (1440, "dark")]
MENU = "#nav-sidebar-apps"


def registered() -> Iterator[str]:
    """The list of each kind; its form and its latest row where they are more than plain fields."""
    registry: dict[type[Any], Any] = dict(admin.site._registry)
    for model, page in registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        yield reverse(f"{name}_changelist")
        if page.add_form is not None:
            yield reverse(f"{name}_add")
        if not (page.buttons or page.inlines or page.change_fields):
            continue
        row = model.objects.order_by("-pk").first()
        if row is not None:
            yield reverse(f"{name}_change", args=[row.ref])


@pytest.fixture
def pages(site: Any) -> list[str]:
    vendor = Vendor.objects.get(code="aurora")
    with scope.entered_vendor(vendor.pk, origin="command"):
        return [*OTHERS, *registered(), *EDITOR]


def test_administration_is_open_to_everybody(
    visit_as: Callable[..., Visit], pages: list[str]
) -> None:
    visit = visit_as("channel_admin")
    page = visit.page
    visit.open(f"{PROGRAM}draft/")
    page.get_by_role("button", name="Start the draft").click()
    page.get_by_role("heading", name="Sections of").wait_for()
    named = {page.path for page in PAGES if str(page.path).startswith("/admin/")}
    assert named - set(pages) == set()
    found: list[Any] = []
    for place, path in enumerate(pages):
        width, scheme = SCREENS[place % len(SCREENS)]
        visit.turn(width, scheme)
        answer = visit.open(path)
        found += [
            (path, width, scheme, *broken)
            for broken in violations(page, without=MENU if place else "")
        ]
        if answer.status != 200 or visit.spill():
            found.append((path, width, scheme, answer.status, visit.spill()))
    assert found == []
    assert (visit.console, visit.foreign) == ([], [])
