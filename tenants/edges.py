"""For surfaces that hand a whole form to an action: give it the instant or the day as well.

Actions take ``at`` or ``on`` and never ask the clock; an admin class names its action once, and
these are the edge that asks. The capability stays readable for ``vendor_admin.may``.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from tenants import clock as vendor_clock
from web import clock


def with_now(action: Callable[..., Any]) -> Callable[..., Any]:
    """The action with ``at`` = the present instant: ``add_action = with_now(invite)``."""

    @functools.wraps(action)
    def run(*args: Any, **kwargs: Any) -> Any:
        return action(*args, at=clock.now(), **kwargs)

    return run


def with_today(action: Callable[..., Any]) -> Callable[..., Any]:
    """The action with ``on`` = the entered vendor's present day."""

    @functools.wraps(action)
    def run(*args: Any, **kwargs: Any) -> Any:
        return action(*args, on=vendor_clock.today(), **kwargs)

    return run
