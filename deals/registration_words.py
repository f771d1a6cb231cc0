"""What events, alerts and the ledger say of registrations."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from deals.models import AccountTouch, Registration
from deals.rules.reading import registrations_read_by
from deals.telling import ANSWERED, DIRECT, HANDED_ON, LAPSING, WAITING
from deals.words import OWN_TOUCHES, TOUCHES
from partners.models import Partner
from partners.sentences import Look, Sentence, Told, register_sentences
from tenants.finding import EACH, Hit, register_look
from tenants.labels import register_event_words
from tenants.rows import format_public_id
from web.codes import words_of
from web.templatetags.mainstay import short_date

EVENT_WORDS: dict[str, Any] = {
    "registration.drafted": _("Registration begun"),
    "registration.changed": _("Draft changed"),
    "registration.customer_merged": _("Its customer was merged with another"),
    "registration.submitted": _("Registration submitted"),
    "registration.taken_up": _("Taken up for review"),
    "registration.escalated": _("Nobody answered in time: handed on for review"),
    "registration.approved": _("Registration approved"),
    "registration.refused": _("Registration refused"),
    "registration.reversed": _("Decision taken back"),
    "registration.appealed": _("Refusal appealed"),
    "registration.extended": _("More time given"),
    "registration.won": _("Won"),
    "registration.handed_on": _("Protection transferred to another partner"),
    "registration.taken_over": _("Protection taken over from another partner"),
    "registration.renewed": _("Goes on with the contract that follows"),
    "registration.lost": _("Lost"),
    "registration.expired": _("Registration expired"),
    "registration.withdrawn": _("Registration taken back"),
    "registration.prechecked": _("Company checked"),
    "protection.begun": _("Protection begun"),
    "protection.ended": _("Protection ended"),
    "protection.moved": _("Protection follows the contract and what runs there"),
    "protection.unused": _("Nothing runs at the protected customer any more"),
    "protection.overridden": _("Protection changed by the vendor"),
}
LOOKS: dict[str, Look] = {
    "registration.submitted": ("send", "info"),
    "registration.approved": ("shield-check", "ok"),
    "registration.refused": ("circle-x", "bad"),
    "registration.won": ("trophy", "ok"),
    "registration.lost": ("circle-minus", "bad"),
    "registration.escalated": ("clock-exclamation", "warn"),
    "registration.reversed": ("arrow-back-up", "warn"),
    "registration.handed_on": ("arrows-exchange", "warn"),
    "registration.taken_over": ("arrows-exchange", "ok"),
    "direct_deal.opened": ("building-store", "warn"),
    "direct_deal.touched": ("building-store", "warn"),
    "direct_deal.won": ("building-store", "bad"),
    "direct_deal.lost": ("building-store", "muted"),
    "protection.begun": ("shield-check", "ok"),
    "protection.ended": ("shield-off", "warn"),
}


def touch_lines(lines: Sequence[AccountTouch], reader: Partner | None) -> list[dict[str, Any]]:
    """The lines of a ledger for ``web/_timeline.html``, to the partner ``reader`` or the staff."""
    found = []
    for line in lines:
        words = (OWN_TOUCHES if reader else {}).get(line.kind) or TOUCHES.get(line.kind)
        words = words or words_of(line.kind)
        icon, tone = LOOKS.get(line.kind, ("point", "muted"))
        who = line.person.name if line.person and (line.partner_id or reader is None) else ""
        if reader is None and line.partner is not None:
            who = " · ".join(filter(None, [who, line.partner.name]))
        text = str(line.data.get("title", "")) if reader is None else ""
        found.append(
            {"title": words, "icon": icon, "tone": tone, "at": line.at, "who": who, "text": text}
        )
    return found


def _until(told: Told) -> str:
    day = told.data.get("until")
    if not isinstance(day, str):
        return ""
    return say("Until %(day)s.") % {"day": short_date(dt.date.fromisoformat(day))}


def _why(told: Told) -> str:
    return str(told.data.get("why", ""))


def _reason(told: Told) -> str:
    names = dict(Registration.Reason.choices)
    return str(names.get(told.data.get("reason", ""), ""))


def _ended(told: Told) -> str:
    from deals.models import Protection

    return str(dict(Protection.Ended.choices).get(told.data.get("why", ""), ""))


SENTENCES: dict[str, Sentence] = {
    "registration.approved": _until,
    "registration.extended": _until,
    "registration.refused": _reason,
    "registration.reversed": _why,
    "registration.handed_on": _why,
    "registration.taken_over": _why,
    "protection.begun": _until,
    "protection.moved": _until,
    "protection.ended": _ended,
    "protection.overridden": _why,
}


def _gather(alerts: Sequence[Alert], on: dt.date) -> None:
    """Hang the registration onto each alert, as far as whoever reads sees it."""
    wanted = {alert.subject_id for alert in alerts}
    rows = Registration.objects.filter(public_id__in=wanted).select_related("partner")
    found = {row.public_id: row for row in rows}
    for alert in alerts:
        alert.about = found.get(alert.subject_id)  # type: ignore[attr-defined]


def _named(alert: Alert) -> dict[str, str]:
    row: Registration | None = getattr(alert, "about", None)
    return {
        "name": row.name if row else say("A company"),
        "partner": row.partner.name if row else say("A partner"),
        "day": short_date(alert.due_on),
    }


def _waiting_title(alert: Alert, on: dt.date) -> str:
    return say("%(partner)s registered %(name)s") % _named(alert)


def _waiting(alert: Alert, on: dt.date) -> str:
    return say("The answer is due on %(day)s.") % _named(alert)


def _answered_title(alert: Alert, on: dt.date) -> str:
    row: Registration | None = getattr(alert, "about", None)
    state = row.get_state_display() if row else say("Answered")
    return say("%(name)s: %(state)s") % {**_named(alert), "state": state.lower()}


def _answered(alert: Alert, on: dt.date) -> str:
    row: Registration | None = getattr(alert, "about", None)
    if row is not None and row.state == Registration.State.REFUSED:
        words = {"reason": row.get_reason_display(), "remark": row.remark}
        return (say("Refused: %(reason)s. %(remark)s") % words).strip()
    return say("See what is protected, and until when.")


def _lapsing_title(alert: Alert, on: dt.date) -> str:
    return say("The pursuit of %(name)s ends on %(day)s") % _named(alert)


def _lapsing(alert: Alert, on: dt.date) -> str:
    return say("Record it as won, or ask for more time if the policy allows it.")


def _handed_on_title(alert: Alert, on: dt.date) -> str:
    return say("You are not protected at %(name)s any more") % _named(alert)


def _handed_on(alert: Alert, on: dt.date) -> str:
    return say("The vendor transferred it on %(day)s; the timeline says why.") % _named(alert)


def _direct_title(alert: Alert, on: dt.date) -> str:
    return say("The vendor’s own sales are at %(name)s") % _named(alert)


def _direct(alert: Alert, on: dt.date) -> str:
    return say("The relationship there is protected. The ledger shows what was done.")


def _url(alert: Alert) -> str:
    ref = format_public_id(Registration.prefix, alert.subject_id)
    return reverse("deals:registration", args=[ref])


def _found(words: str) -> list[Hit]:
    """The registrations that the reader may read of companies whose names begin so."""
    rows = registrations_read_by().filter(name__istartswith=words).order_by("name", "-pk")[:EACH]
    return [
        Hit(row.name, reverse("deals:registration", args=[row.ref]), say("Registration"),
            "shield-check")
        for row in rows
    ]  # fmt: skip


def register() -> None:
    """Called once the apps are loaded."""
    register_look("registrations.read", _found)
    register_event_words(EVENT_WORDS, _("Registrations and renewals"))
    register_sentences(SENTENCES, LOOKS)
    common: dict[str, Any] = {"url": _url, "button": _("See the registration"), "gather": _gather}
    register_alert_kind(
        WAITING, _("Registration to decide"), title=_waiting_title, sentence=_waiting,
        icon="shield-question", tone=lambda alert, on: "warn", staff_only=True, **common,
    )  # fmt: skip
    register_alert_kind(
        ANSWERED, _("Registration decided"), title=_answered_title, sentence=_answered,
        icon="shield-check", tone=lambda alert, on: "info", **common,
    )  # fmt: skip
    register_alert_kind(
        LAPSING, _("Pursuit about to end"), title=_lapsing_title, sentence=_lapsing,
        icon="hourglass", tone=lambda alert, on: "warn", **common,
    )  # fmt: skip
    register_alert_kind(
        HANDED_ON, _("Protection transferred"), title=_handed_on_title, sentence=_handed_on,
        icon="arrows-exchange", tone=lambda alert, on: "bad", **common,
    )  # fmt: skip
    register_alert_kind(
        DIRECT, _("Direct sales at a protected customer"), title=_direct_title, sentence=_direct,
        icon="building-store", tone=lambda alert, on: "bad", **common,
    )  # fmt: skip
