"""A vendor's own words with placeholders: replaced literally, never evaluated."""

from __future__ import annotations

import re
from collections.abc import Mapping

from django.utils.translation import gettext_lazy as _

PLACEHOLDERS = {
    "title": _("what happened, in one line"),
    "sentence": _("what it means and what to do"),
    "person": _("the person whom it concerns"),
    "partner": _("the partner"),
    "vendor": _("your name"),
    "day": _("the day on which it happens"),
    "link": _("the address that helps"),
}
_NAME = re.compile(r"\{([^{}\n]{0,60})\}")


def unknown_placeholders(text: str) -> list[str]:
    """The names in braces that mean nothing, each once."""
    return list(dict.fromkeys(name for name in _NAME.findall(text) if name not in PLACEHOLDERS))


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with its placeholders replaced, once: what a value contains is not looked at."""
    return _NAME.sub(lambda match: values.get(match.group(1), match.group(0)), text)
