"""Signals in words: for the partner itself, and for the account manager."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.urls import reverse
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.words import quantity_words, words_of_all
from scorecards.rules.signals import Signal


@dataclass(frozen=True)
class Todo:
    """One line of a to-do list, as ``web/_todo.html`` shows it: what, why, by when, one button."""

    title: str
    why: str
    icon: str
    tone: str
    due: str = ""
    url: str = ""
    button_label: str = ""
    button_url: str = ""
    amount: str = ""
    about: str = ""
    """Whom it is about, where lists of several partners say the same of each."""


def todo_of(signal: Signal) -> Todo:
    """The words for a signal, spoken to the partner itself."""
    return _WORDS[signal.kind](signal)


def todo_for_staff(signal: Signal, *, partner: str = "", url: str = "") -> Todo:
    """The same for the vendor's staff: they read, the partner acts. With ``partner`` (its name)
    and ``url`` the line leads to that partner's page."""
    made = todo_of(signal)
    return replace(
        made,
        why=f"{partner} · {made.why}" if partner else made.why,
        url=url,
        button_label=_("Open") if url else "",
        button_url=url,
        about=partner,
        amount=_runs(signal) if signal.seats else "",
    )


def _runs(signal: Signal) -> str:
    return quantity_words(signal.seats, signal.unit)


def _days(days: int) -> str:
    if days <= 0:
        return _("now")
    return ngettext("%(n)s day", "%(n)s days", days) % {"n": days}


def _day(day: dt.date | None) -> str:
    return date_format(day, "j M Y") if day else ""


def _product(signal: Signal) -> str:
    if not signal.environments:
        return signal.product_title
    return f"{signal.product_title} ({words_of_all(signal.environments)})"


def _blocked(signal: Signal) -> Todo:
    return Todo(
        title=_("%(product)s cannot grow") % {"product": _product(signal)},
        why=_("%(seats)s run; they stay, but no new ones until the gate opens.")
        % {"seats": _runs(signal)},
        icon="lock",
        tone="bad",
        due=_("blocked now"),
        button_label=_("See what is missing"),
        button_url=reverse("licensing:product", args=[signal.product]),
    )


def _closing(signal: Signal) -> Todo:
    if signal.in_grace:
        return _grace_ends(signal)
    who = "; ".join(signal.who)
    return Todo(
        title=_("Keep %(product)s open") % {"product": _product(signal)},
        why=_("On %(day)s its gate closes: %(who)s. %(seats)s run there.")
        % {
            "day": _day(signal.due),
            "who": who or _("a requirement ends"),
            "seats": _runs(signal),
        },
        icon="certificate",
        tone="bad" if signal.days <= 30 else "warn",
        due=_days(signal.days),
        button_label=_("Renew in time"),
        button_url=reverse("certifications:list"),
    )


def _grace_ends(signal: Signal) -> Todo:
    return Todo(
        title=_("Keep %(product)s open") % {"product": _product(signal)},
        why=_("%(standing)s %(seats)s run there.")
        % {"standing": " ".join(signal.who), "seats": _runs(signal)},
        icon="lock",
        tone="bad" if signal.days <= 30 else "warn",
        due=_days(signal.days),
        button_label=_("See what is missing"),
        button_url=reverse("licensing:product", args=[signal.product]),
    )


def _expiring(signal: Signal) -> Todo:
    more = ""
    if signal.count > 1:
        more = " " + ngettext("and %(n)s more", "and %(n)s more", signal.count - 1) % {
            "n": signal.count - 1
        }
    return Todo(
        title=_("Renew %(who)s’s certificate") % {"who": signal.who[0]},
        why=_("%(track)s%(more)s ends on %(day)s. No product closes by it.")
        % {"track": signal.product_title, "more": more, "day": _day(signal.due)},
        icon="certificate",
        tone="warn",
        due=_days(signal.days),
        button_label=_("See the certificate"),
        button_url=reverse("certifications:list"),
    )


def _unclassified(signal: Signal) -> Todo:
    names = ", ".join(signal.who[:2])
    if signal.count > 2:
        names = _("%(names)s and %(n)s more") % {"names": names, "n": signal.count - 2}
    return Todo(
        title=ngettext("Classify %(n)s customer", "Classify %(n)s customers", signal.count)
        % {"n": signal.count},
        why=_("%(names)s: nothing can be deployed there before the environment is recorded.")
        % {"names": names},
        icon="building-hospital",
        tone="warn",
        button_label=_("Classify"),
        button_url=reverse("partners:customers") + "?unclassified=true",
    )


def _missing(signal: Signal) -> Todo:
    names = ", ".join(signal.who[:3])
    if signal.count > 3:
        names = _("%(names)s and %(n)s more") % {"names": names, "n": signal.count - 3}
    return Todo(
        title=ngettext("%(n)s figure is missing", "%(n)s figures are missing", signal.count)
        % {"n": signal.count},
        why=_("%(names)s. What is not known decides nothing: no level moves by it.")
        % {"names": names},
        icon="database-exclamation",
        tone="warn",
        button_label=_("Deliver"),
        button_url=reverse("partners:figures"),
    )


def _suspended(signal: Signal) -> Todo:
    return Todo(
        title=_("The partnership is suspended"),
        why=_("%(seats)s keep running; nothing new can be deployed.") % {"seats": _runs(signal)},
        icon="alert-triangle",
        tone="bad",
        due=_("now"),
    )


def _cure(signal: Signal) -> Todo:
    return Todo(
        title=_("Keep the level %(level)s") % {"level": signal.product_title},
        why=_("It is lost on %(day)s unless: %(gap)s.")
        % {"day": _day(signal.due), "gap": "; ".join(signal.who) or _("what is missing is met")},
        icon="stairs-up",
        tone="bad" if signal.days <= 30 else "warn",
        due=_days(signal.days),
        button_label=_("See what is missing"),
        button_url=reverse("scorecards:level"),
    )


def _unconfirmed(signal: Signal) -> Todo:
    return Todo(
        title=ngettext("Confirm %(n)s deployment", "Confirm %(n)s deployments", signal.count)
        % {"n": signal.count},
        why=_("What is not confirmed in time lapses."),
        icon="clock-play",
        tone="warn",
        button_label=_("See the licences"),
        button_url=reverse("licensing:list"),
    )


_WORDS: dict[str, Callable[[Signal], Todo]] = {
    "blocked": _blocked,
    "closing": _closing,
    "expiring": _expiring,
    "unclassified": _unclassified,
    "missing": _missing,
    "suspended": _suspended,
    "cure": _cure,
    "unconfirmed": _unconfirmed,
}
