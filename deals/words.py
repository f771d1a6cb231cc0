"""What events of companies and renewals say, and alerts of renewals."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from deals.models import Account, DirectDeal, Renewal
from deals.rules.reading import renewals_read_by
from deals.sweeping import OVERDUE, OVERDUE_OWN, WINDOW, WINDOW_OWN
from partners.sentences import Look, Sentence, Told, changes, register_sentences
from tenants.finding import EACH, Hit, register_look
from tenants.labels import register_event_words
from tenants.rows import format_public_id
from web.templatetags.mainstay import short_date

EVENT_WORDS: dict[str, Any] = {
    "renewal.planned": _("Renewal planned"),
    "renewal.settled": _("Outcome of a renewal recorded"),
    "account.recorded": _("Account recorded"),
    "account.changed": _("Account changed"),
    "account.placed": _("Account placed in its family"),
    "account.merged": _("Account merged"),
    "account.transferred": _("Protection transferred between partners"),
    "account.customer_linked": _("Customer linked with its account"),
    "direct_deal.recorded": _("Direct deal recorded"),
    "direct_deal.changed": _("Direct deal changed"),
}
LOOKS: dict[str, Look] = {
    "renewal.planned": ("calendar-event", "info"),
    "renewal.settled": ("calendar-check", "ok"),
    "account.recorded": ("building", "info"),
    "account.merged": ("arrow-merge", "info"),
    "direct_deal.recorded": ("briefcase", "info"),
}


TOUCHES: dict[str, Any] = {
    "account.merged": _("Another account was merged into this one"),
    "customer.linked": _("A partner's customer is this company"),
    "direct_deal.opened": _("The vendor’s own sales opened a deal"),
    "direct_deal.touched": _("The vendor’s own sales were in touch"),
    "direct_deal.won": _("The vendor’s own sales won a deal"),
    "direct_deal.lost": _("The vendor’s own sales lost a deal"),
    "registration.submitted": _("Registered"),
    "registration.approved": _("Registration approved"),
    "registration.refused": _("Registration refused"),
    "registration.reversed": _("Decision taken back"),
    "registration.appealed": _("Refusal appealed"),
    "registration.extended": _("More time given"),
    "registration.handed_on": _("Protection transferred to another partner"),
    "registration.taken_over": _("Protection taken over from another partner"),
    "registration.won": _("Won"),
    "registration.lost": _("Lost"),
    "registration.withdrawn": _("Registration taken back"),
}
"""What a line of an account's ledger says, by its kind."""
OWN_TOUCHES: dict[str, Any] = {"customer.linked": _("Your customer is this company")}
"""What it says to the partner of whom it is, where that is not the same."""


def _settled(told: Told) -> str:
    if told.data.get("assumed"):
        return say("Nobody said what came of it, so it was assumed.")
    return say("What was assumed before was corrected.") if told.data.get("corrected") else ""


def _account(told: Told) -> str:
    return str(told.data.get("name") or "")


def _merged(told: Told) -> str:
    return f"{told.data.get('name', '')}{told.because()}"


def _direct_deal(told: Told) -> str:
    state = told.data.get("state")
    label = DirectDeal.State(state).label if state in DirectDeal.State.values else ""
    return f"{told.data.get('title', '')} ({str(label).lower()})."


SENTENCES: dict[str, Sentence] = {
    "renewal.settled": _settled,
    "account.recorded": _account,
    "account.changed": changes,
    "account.merged": _merged,
    "direct_deal.recorded": _direct_deal,
    "direct_deal.changed": _direct_deal,
}


def _gather(alerts: Sequence[Alert], on: dt.date) -> None:
    """Hang the renewal onto each alert, where whoever reads may read it."""
    wanted = {alert.subject_id for alert in alerts}
    rows = {row.public_id: row for row in renewals_read_by(on).filter(public_id__in=wanted)}
    for alert in alerts:
        alert.about = rows.get(alert.subject_id)  # type: ignore[attr-defined]


def _words(alert: Alert) -> dict[str, str]:
    row: Renewal | None = getattr(alert, "about", None)
    name = row.contract.customer.name if row else say("A customer")
    return {"customer": name, "day": short_date(alert.due_on)}


def _window_title(alert: Alert, on: dt.date) -> str:
    return say("%(customer)s decides by %(day)s") % _words(alert)


def _window(alert: Alert, on: dt.date) -> str:
    row: Renewal | None = getattr(alert, "about", None)
    if row is not None and row.evergreen:
        return say("Its contract has no end; once a year is the time to look at it together.")
    if row is not None and row.decision_on < row.term_end:
        words = {"end": short_date(row.term_end)}
        return say("Without notice the contract goes on by itself after %(end)s.") % words
    return say("Its contract ends that day. Plan the talks, then record what came of them.")


def _overdue_title(alert: Alert, on: dt.date) -> str:
    return say("%(customer)s: what came of the contract that ended on %(day)s?") % _words(alert)


def _overdue(alert: Alert, on: dt.date) -> str:
    return say("Record the outcome; after 60 days it is assumed from what still runs.")


def _url(alert: Alert) -> str:
    return reverse("deals:renewal", args=[format_public_id(Renewal.prefix, alert.subject_id)])


def _found(words: str) -> list[Hit]:
    """The companies whose names begin so; a merged one is found as the one kept."""
    rows = Account.objects.filter(name__istartswith=words, merged_into__isnull=True)
    return [
        Hit(row.name, reverse("deals:account", args=[row.ref]), say("Account"), "building")
        for row in rows.defer("grams").order_by("name", "pk")[:EACH]
    ]


def register() -> None:
    """Called once the apps are loaded."""
    register_look("accounts.read", _found)
    register_event_words(EVENT_WORDS, _("Registrations and renewals"))
    register_sentences(SENTENCES, LOOKS)
    common: dict[str, Any] = {"url": _url, "button": _("See the renewal"), "gather": _gather}
    for kind, name in (
        (WINDOW, _("Renewal in its window")),
        (WINDOW_OWN, _("Renewal in its window, which you keep to yourselves")),
    ):
        register_alert_kind(
            kind, name, title=_window_title, sentence=_window,
            icon="calendar-event", tone=lambda alert, on: "warn", partner_only=kind == WINDOW_OWN,
            **common,
        )  # fmt: skip
    for kind, name in (
        (OVERDUE, _("Renewal overdue")),
        (OVERDUE_OWN, _("Renewal overdue, which you keep to yourselves")),
    ):
        register_alert_kind(
            kind, name, title=_overdue_title, sentence=_overdue,
            icon="calendar-off", tone=lambda alert, on: "bad", partner_only=kind == OVERDUE_OWN,
            **common,
        )  # fmt: skip
