"""The one clock. Only edges ask it (views, API, tasks, commands); rules take the day or instant.

The demo moves it by whole days (``manage.py demo --day +1``): the offset stands in a file in
``MAINSTAY_HOME`` so that all running processes follow, and never applies in production.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from django.conf import settings
from django.utils import timezone


def offset_file() -> Path:
    return Path(settings.MAINSTAY_HOME) / "clock-offset-days"


def offset_days() -> int:
    """Days by which the demo's clock is moved; 0 in production whatever the file says."""
    if settings.PRODUCTION:
        return 0
    if settings.NOW_OFFSET_DAYS:
        return int(settings.NOW_OFFSET_DAYS)
    try:
        return int(offset_file().read_text())
    except (FileNotFoundError, ValueError, PermissionError):
        return 0


def now() -> dt.datetime:
    """The present instant, aware, in UTC."""
    return timezone.now() + dt.timedelta(days=offset_days())
