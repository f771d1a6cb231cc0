"""What a new vendor can begin with: the app of the programs stands above and registers it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from tenants.models import Vendor

Names = Callable[[], list[str]]
Opening = Callable[[Vendor, str, dt.datetime], str]
_names: Names | None = None
_opening: Opening | None = None


def register_templates(names: Names, opening: Opening) -> None:
    """``opening(vendor, template, at)`` gives the entered vendor its first program by one of
    ``names()`` and says which, in a few words."""
    global _names, _opening
    _names, _opening = names, opening


def templates() -> list[str]:
    """The templates there are; none where nobody registered any."""
    return _names() if _names else []


def open_with(vendor: Vendor, template: str, at: dt.datetime) -> str:
    """Begin with the template, one of ``templates()``; says in words what is in force now."""
    assert _opening is not None  # without it there is no template to name
    return _opening(vendor, template, at)
