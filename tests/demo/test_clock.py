"""Moving the demo's clock: each day that passes is lived, and going back undoes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.management.base import CommandError

from demo import clock
from tests.certifications.sweeping import raised, small
from tests.certifications.world import noon
from web import clock as web_clock

pytestmark = pytest.mark.usefixtures("committed_db")
WINDOWS = [("2024-12-31", 60), ("2025-01-30", 30), ("2025-03-01", 0)]  # it ends on 2025-03-01


@pytest.fixture(autouse=True)
def at_first(tmp_path: Path, settings: Any) -> Any:
    """Noon of 2024-12-30, a day before the first window, with a clock of this test's own."""
    settings.MAINSTAY_HOME = tmp_path
    with time_machine.travel(noon("2024-12-30"), tick=False):
        yield


def test_each_day_raises_what_enters_its_window() -> None:
    vendor, _, _ = small()
    assert clock.move("+61") == "The demo's day is 2025-03-01 (+61). 3 alerts were raised."
    assert raised(vendor) == WINDOWS


def test_true_day_keeps_the_alerts_of_later_days_and_says_so() -> None:
    vendor, _, _ = small()
    clock.move("+31")
    assert clock.move("0") == (
        "The demo's day is 2024-12-30 (+0). 0 alerts were raised. "
        "2 alerts of later days stay: alerts are never taken back."
    )
    assert (raised(vendor), web_clock.now()) == (WINDOWS[:2], noon("2024-12-30"))


def test_steps_add_up_and_repeat_no_alert() -> None:
    vendor, _, _ = small()
    for step in ("+1", "+1", "-1", "+30"):
        clock.move(step)
    assert web_clock.offset_days() == 31
    assert raised(vendor) == WINDOWS[:2]


@pytest.mark.parametrize("text", ["tomorrow", "", "+1001"])
def test_wrong_step_is_refused_and_the_clock_stays(text: str) -> None:
    with pytest.raises(CommandError):
        clock.move(text)
    assert web_clock.offset_days() == 0
