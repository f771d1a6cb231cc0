"""States in the admin's lists stand as labels: the word, and a colour that only repeats it."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

TONES = {
    "ok": ("accepted", "active", "allow", "applied", "approved", "confirmed", "done", "merged",
           "sent"),
    "warn": ("asked", "open", "pending", "planned", "preview", "previewed", "requested",
             "reserved", "scheduled", "submitted", "uploaded"),
    "bad": ("deny", "failed", "lapsed", "refused", "revoked", "suspended"),
}  # fmt: skip
"""The colour of each state's code; any other is grey."""
_TONE_OF = {code: tone for tone, codes in TONES.items() for code in codes}
_FIELDS = ("decision", "state", "status")


def state_label(tone: str, words: Any) -> SafeString:
    """``words`` as a label; ``tone`` is ok, warn, bad or muted."""
    return format_html('<span class="state state-{}">{}</span>', tone, words)


@functools.cache
def state_column(field: Any) -> Callable[[Any], Any]:
    """A list's column that shows the choice a row has as a label."""

    def show(obj: Any) -> Any:
        tone = _TONE_OF.get(getattr(obj, field.name), "muted")
        return state_label(tone, getattr(obj, f"get_{field.name}_display")())

    show.short_description = field.verbose_name  # type: ignore[attr-defined]
    show.admin_order_field = field.name  # type: ignore[attr-defined]
    show.__name__ = field.name
    return show


class StatesAsLabels:
    """Mixed into ``VendorAdmin``: the choice fields of ``_FIELDS`` are listed as labels."""

    model: type[Any]

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        fields = {f.name: f for f in self.model._meta.concrete_fields if f.choices}
        named = [name for name in fields if name in _FIELDS and not hasattr(type(self), name)]
        declared = super().get_list_display(request)  # type: ignore[misc]
        return [state_column(fields[name]) if name in named else name for name in declared]
