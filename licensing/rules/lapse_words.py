"""Where a lapse stands, in a sentence: "In grace until 3 Dec because Ana Ruiz left; from then on no
new customers"."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from licensing.rules.lapse import Lost, Standing
from programs.document import ProgramDocument
from programs.rules import AGREEMENT

Names = Mapping[str, str]

BADGES: dict[str, tuple[Any, str]] = {
    "grace": (gettext_lazy("In grace"), "warn"),
    "block_new": (gettext_lazy("No new customers"), "bad"),
    "block_growth": (gettext_lazy("No growth"), "bad"),
    "suspend": (gettext_lazy("Suspended"), "bad"),
}
"""Per stage a badge's words and tone."""
ALLOWS: dict[str, Any] = {
    "grace": gettext_lazy("everything goes on"),
    "block_new": gettext_lazy("no new customers"),
    "block_growth": gettext_lazy("no new customers and no growth"),
    "suspend": gettext_lazy("suspended: seats stay, and your account manager decides"),
}
CAUSES: dict[str, Any] = {
    "expiry": gettext_lazy("Expiry"),
    "departure": gettext_lazy("Departure"),
    "revocation": gettext_lazy("Revocation"),
    "program_change": gettext_lazy("Change of the program"),
    "agreement_end": gettext_lazy("End of an agreement"),
}


def standing_words(standing: Standing, names: Names, document: ProgramDocument) -> str:
    """One sentence: the stage and since or until when, what ended, and what comes next.

    People are named where ``names`` has them; whoever the reader may not see is a colleague.
    """
    words = {
        "why": because_words(standing, names, document),
        "stage": capfirst(str(ALLOWS[standing.stage])),
        "since": _day(standing.since),
        "day": _day(standing.next_on),
        "then": str(ALLOWS[standing.next_stage]) if standing.next_stage else "",
    }
    if standing.stage == "grace":
        if not standing.next_on:
            return _("In grace since %(since)s because %(why)s.") % words
        return _("In grace until %(day)s because %(why)s; from then on %(then)s.") % words
    if not standing.next_on:
        return _("%(stage)s, because %(why)s (%(since)s).") % words
    return _("%(stage)s, because %(why)s (%(since)s); from %(day)s on %(then)s.") % words


def because_words(standing: Standing, names: Names, document: ProgramDocument) -> str:
    """What ended: "Ana Ruiz left and the certificate of Ben Okafor in HIPAA ended"."""
    say = _SENTENCES[standing.cause]
    parts = list(dict.fromkeys(say(one, names, document) for one in standing.lost))
    return pgettext("things that ended", " and ").join(parts)


def _left(lost: Lost, names: Names, document: ProgramDocument) -> str:
    return _("%(name)s left") % {"name": names.get(lost.key) or _("a colleague")}


def _certificate(lost: Lost, names: Names, document: ProgramDocument) -> str:
    words = {"name": names.get(lost.key) or _("a colleague"), "what": _title(lost, document)}
    if lost.cause == "revocation":
        return _("%(name)s's certificate in %(what)s was revoked") % words
    if lost.what:
        return _("%(name)s's certificate in %(what)s ended") % words
    if lost.key in document.attestations:
        return _("an attestation ended: %(what)s") % {
            "what": document.title_of("attestations", lost.key)
        }
    return _("a figure is no longer reached")


def _program(lost: Lost, names: Names, document: ProgramDocument) -> str:
    return _("the program asks for something else now")


def _agreement(lost: Lost, names: Names, document: ProgramDocument) -> str:
    if lost.key == AGREEMENT:
        return _("the partner agreement ended")
    return _("an addendum ended: %(what)s") % {"what": document.title_of("addenda", lost.key)}


_SENTENCES: dict[str, Callable[[Lost, Names, ProgramDocument], str]] = {
    "departure": _left,
    "expiry": _certificate,
    "revocation": _certificate,
    "program_change": _program,
    "agreement_end": _agreement,
}


def _title(lost: Lost, document: ProgramDocument) -> str:
    return document.title_of("tracks", lost.what) if lost.what else ""


def _day(day: dt.date | None) -> str:
    return date_format(day, "j M Y") if day else ""
