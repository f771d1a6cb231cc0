"""What the demo has to show: exceptions of every kind, and a night that is read in the morning."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from alerts.actions import raise_alerts
from licensing.tasks import TERMS
from tests.browser.conftest import Visit
from web import clock

pytestmark = pytest.mark.browser


KINDS = ["In grace", "Override", "Broken glass", "Unclassified customer", "Class lowered"]


def test_an_examiner_finds_an_exception_of_each_kind(visit_as: Callable[..., Visit]) -> None:
    visit = visit_as("examiner")
    visit.open("/exceptions/")
    shown = visit.page.locator("tbody .pill")
    assert [kind for kind in KINDS if not shown.filter(has_text=kind).count()] == []


def test_an_account_manager_reads_in_the_morning_why_glass_was_broken(
    visit_as: Callable[..., Visit],
) -> None:
    raise_alerts(TERMS, at=clock.now())
    visit = visit_as("cam")
    visit.open("/notifications/")
    visit.page.get_by_text("broke the glass").first.click()
    visit.page.get_by_text("machines restored from backup").first.wait_for()
    assert visit.page.get_by_text("Tom Ellis").count() >= 1
