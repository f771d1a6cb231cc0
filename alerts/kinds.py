"""Kinds of alerts. The app that raises a kind registers its words, its link and its icon."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from web.codes import words_of

if TYPE_CHECKING:
    from alerts.models import Alert

Words = Callable[["Alert", dt.date], Any]
"""(alert, vendor's day) -> words; the day is when somebody reads them, not when it was raised."""


Gather = Callable[["Sequence[Alert]", dt.date], None]
"""(alerts of one kind, vendor's day): hang onto each what its words need."""


Always = Literal["", "own", "all"]
"""Whom mails of a kind cannot be switched off for: nobody, the person it concerns, everybody."""


@dataclass(frozen=True)
class AlertKind:
    """What an alert of one kind says: ``title`` is short, ``sentence`` says what to do about it.

    ``url`` gives the path of the page that helps; ``name`` is the kind in a list or filter.
    ``gather`` looks up, for all alerts of the kind that are about to be read, what their words
    need, so that a list costs what one costs. ``always`` says who cannot switch its mails off,
    ``staff_only`` that partners are never told, ``partner_only`` that the vendor's people neither
    are nor see that it was raised; ``stake`` counts what hangs on it (seats times
    products, after ``gather``), by which a digest is ordered.
    """

    kind: str
    name: Any
    title: Words
    sentence: Words
    url: Callable[[Alert], str]
    icon: str = "bell"
    tone: Words | None = None
    button: Any = ""
    gather: Gather | None = None
    always: Always = ""
    staff_only: bool = False
    stake: Callable[[Alert, dt.date], int] | None = None
    partner_only: bool = False


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
    gather: Gather | None = None,
    always: Always = "",
    staff_only: bool = False,
    stake: Callable[[Alert, dt.date], int] | None = None,
    partner_only: bool = False,
) -> None:
    """Say how alerts of ``kind`` read; called in ``AppConfig.ready()`` of the raising app."""
    _kinds[kind] = AlertKind(
        kind, name, title, sentence, url, icon, tone, button, gather, always, staff_only, stake,
        partner_only,
    )  # fmt: skip


def kind_of(alert: Alert) -> AlertKind:
    """The registered kind; an unknown one (its app was taken out) still reads as something."""
    return _kinds.get(alert.kind) or AlertKind(
        kind=alert.kind,
        name=words_of(alert.kind),
        title=lambda a, on: words_of(a.kind),
        sentence=lambda a, on: "",
        url=lambda a: "",
    )


def gather_words(alerts: Iterable[Alert], on: dt.date) -> None:
    """Look up what the words of these alerts need, kind by kind: before any of them is read."""
    by_kind: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_kind.setdefault(alert.kind, []).append(alert)
    for kind, several in by_kind.items():
        if (found := _kinds.get(kind)) is not None and found.gather is not None:
            found.gather(several, on)


def never_off(always: Always) -> list[str]:
    """The kinds that cannot be switched off for the person concerned (``own``), or for anybody."""
    return sorted(one.kind for one in _kinds.values() if one.always == always)


def kept_from_staff() -> list[str]:
    """The kinds that only the partner's people see."""
    return sorted(one.kind for one in _kinds.values() if one.partner_only)


def registered_kinds() -> list[AlertKind]:
    return sorted(_kinds.values(), key=lambda kind: kind.kind)
