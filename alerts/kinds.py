"""Kinds of alerts. The app that raises a kind registers its words, its link and its icon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from alerts.models import Alert

Words = Callable[["Alert", dt.date], Any]
"""(alert, vendor's day) -> words; the day is when somebody reads them, not when it was raised."""


@dataclass(frozen=True)
class AlertKind:
    """What an alert of one kind says: ``title`` is short, ``sentence`` says what to do about it.

    ``url`` gives the path of the page that helps; ``name`` is the kind in a list or filter.
    """

    kind: str
    name: Any
    title: Words
    sentence: Words
    url: Callable[[Alert], str]
    icon: str = "bell"
    tone: Words | None = None
    button: Any = ""


_kinds: dict[str, AlertKind] = {}


def register_alert_kind(
    kind: str,
    name: Any,
    *,
    title: Words,
    sentence: Words,
    url: Callable[[Alert], str],
    icon: str = "bell",
    tone: Words | None = None,
    button: Any = "",
) -> None:
    """Say how alerts of ``kind`` read; called in ``AppConfig.ready()`` of the raising app."""
    _kinds[kind] = AlertKind(kind, name, title, sentence, url, icon, tone, button)


def kind_of(alert: Alert) -> AlertKind:
    """The registered kind; an unknown one (its app was taken out) still reads as something."""
    return _kinds.get(alert.kind) or AlertKind(
        kind=alert.kind,
        name=alert.kind.replace("_", " ").capitalize(),
        title=lambda a, on: a.kind.replace("_", " ").capitalize(),
        sentence=lambda a, on: "",
        url=lambda a: "",
    )


def registered_kinds() -> list[AlertKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.kind)
