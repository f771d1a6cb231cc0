"""What licensing's events are called."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

EVENT_WORDS: dict[str, Any] = {
    "authorization.allowed": _("Deployment allowed"),
    "authorization.denied": _("Deployment denied"),
}
