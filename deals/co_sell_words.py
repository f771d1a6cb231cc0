"""What events, alerts and tasks say of co-sell."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from deals.co_sell_telling import ANSWERED, ASKED, BOOKED
from deals.models import CoSellRequest, EngineerBooking
from partners.abouts import About, register_about
from partners.sentences import Look, Sentence, Told, register_sentences
from tenants.labels import register_event_words
from web.templatetags.mainstay import short_date

EVENT_WORDS: dict[str, Any] = {
    "co_sell.asked": _("Co-sell asked for"),
    "co_sell.accepted": _("Co-sell accepted"),
    "co_sell.declined": _("Co-sell declined"),
    "co_sell.planned": _("Co-sell planned"),
    "co_sell.begun": _("Co-sell under way"),
    "co_sell.done": _("Co-sell done"),
    "co_sell.cancelled": _("Co-sell called off"),
    "co_sell.customer_merged": _("Its customer was merged with another"),
    "co_sell.joined": _("Somebody takes part"),
    "co_sell.left": _("Somebody takes part no more"),
    "co_sell.booked": _("Engineer booked"),
    "co_sell.released": _("Booking released"),
    "engineer.added": _("Engineer added"),
    "engineer.changed": _("Engineer changed"),
    "engineer.away": _("Engineer away"),
    "engineer.back": _("Engineer's time away taken back"),
}
LOOKS: dict[str, Look] = {
    "co_sell.asked": ("heart-handshake", "info"),
    "co_sell.accepted": ("circle-check", "ok"),
    "co_sell.declined": ("circle-x", "bad"),
    "co_sell.planned": ("calendar-event", "info"),
    "co_sell.begun": ("player-play", "info"),
    "co_sell.done": ("flag-check", "ok"),
    "co_sell.cancelled": ("ban", "warn"),
    "co_sell.booked": ("user-check", "ok"),
    "co_sell.released": ("user-minus", "warn"),
}


def _days(told: Told) -> str:
    days = [told.data.get(name) for name in ("from", "until")]
    first, last = (short_date(dt.date.fromisoformat(str(day))) for day in days)
    return say("%(from)s – %(until)s.") % {"from": first, "until": last}


def _hours(told: Told) -> str:
    said = {"name": told.data.get("name", ""), "n": told.data.get("hours", ""), "days": _days(told)}
    return say("%(name)s, %(n)s hours, %(days)s") % said


def _reason(told: Told) -> str:
    return str(dict(CoSellRequest.Reason.choices).get(told.data.get("reason", ""), ""))


def _outcome(told: Told) -> str:
    return str(dict(CoSellRequest.Outcome.choices).get(told.data.get("outcome", ""), ""))


def _why(told: Told) -> str:
    return str(told.data.get("why", ""))


def _name(told: Told) -> str:
    return str(told.data.get("name", ""))


SENTENCES: dict[str, Sentence] = {
    "co_sell.declined": _reason,
    "co_sell.planned": _days,
    "co_sell.done": _outcome,
    "co_sell.cancelled": _why,
    "co_sell.joined": _name,
    "co_sell.left": _name,
    "co_sell.booked": _hours,
    "co_sell.released": _hours,
    "engineer.added": _name,
    "engineer.away": _days,
    "engineer.back": _days,
}


def _gather(alerts: Sequence[Alert], on: dt.date) -> None:
    """Hang the request onto each alert, as far as whoever reads sees it."""
    wanted = {alert.subject_id for alert in alerts}
    rows = CoSellRequest.objects.filter(public_id__in=wanted).select_related("partner")
    found = {row.public_id: row for row in rows}
    for alert in alerts:
        alert.about = found.get(alert.subject_id)  # type: ignore[attr-defined]


def _gather_booked(alerts: Sequence[Alert], on: dt.date) -> None:
    """The same of a booking, with the booking beside it."""
    wanted = {alert.subject_id for alert in alerts}
    rows = EngineerBooking.objects.filter(public_id__in=wanted).select_related("request__partner")
    found = {row.public_id: row for row in rows}
    for alert in alerts:
        booked: Any = found.get(alert.subject_id)
        alert.booked = booked  # type: ignore[attr-defined]
        alert.about = booked.request if booked else None  # type: ignore[attr-defined]


def _named(alert: Alert) -> dict[str, Any]:
    row: CoSellRequest | None = getattr(alert, "about", None)
    booked: EngineerBooking | None = getattr(alert, "booked", None)
    return {
        "name": row.name if row else say("A company"),
        "partner": row.partner.name if row else say("A partner"),
        "kind": row.get_kind_display() if row else say("Co-sell"),
        "state": row.get_state_display().lower() if row else say("answered"),
        "day": short_date(alert.due_on),
        "needed": short_date(row.needed_on) if row else "–",
        "engineer": booked.name if booked else say("An engineer"),
        "hours": booked.hours if booked else "–",
        "until": short_date(booked.until) if booked else "–",
    }


def _asked_title(alert: Alert, on: dt.date) -> str:
    return say("%(partner)s asks for %(kind)s at %(name)s") % _named(alert)


def _asked(alert: Alert, on: dt.date) -> str:
    return say("Needed by %(needed)s. The answer is due on %(day)s.") % _named(alert)


def _answered_title(alert: Alert, on: dt.date) -> str:
    return say("%(kind)s at %(name)s: %(state)s") % _named(alert)


def _answered(alert: Alert, on: dt.date) -> str:
    row: CoSellRequest | None = getattr(alert, "about", None)
    if row is not None and row.state == CoSellRequest.State.DECLINED:
        said = {"reason": row.get_reason_display(), "remark": row.remark}
        return (say("Declined: %(reason)s. %(remark)s") % said).strip()
    return say("See who takes part, what is planned and who comes when.")


def _booked_title(alert: Alert, on: dt.date) -> str:
    return say("%(engineer)s comes to %(name)s on %(day)s") % _named(alert)


def _booked(alert: Alert, on: dt.date) -> str:
    return say("%(hours)s hours until %(until)s, for %(partner)s.") % _named(alert)


def _url(alert: Alert) -> str:
    row: CoSellRequest | None = getattr(alert, "about", None)
    if row is None:
        return reverse("deals:co_sells")
    return reverse("deals:co_sell", args=[row.ref])


def register() -> None:
    """Called once the apps are loaded."""
    register_event_words(EVENT_WORDS, _("Registrations and renewals"))
    register_sentences(SENTENCES, LOOKS)
    register_about(
        About(
            CoSellRequest,
            lambda partner: Q(partner=partner),
            lambda row: say("Co-sell at %(name)s") % {"name": row.name},
            lambda row, staff: reverse("deals:co_sell", args=[row.ref]),
        )
    )
    common: dict[str, Any] = {"url": _url, "button": _("See the request")}
    register_alert_kind(
        ASKED, _("Co-sell asked for"), title=_asked_title, sentence=_asked, gather=_gather,
        icon="heart-handshake", tone=lambda alert, on: "warn", staff_only=True, **common,
    )  # fmt: skip
    register_alert_kind(
        ANSWERED, _("Co-sell answered"), title=_answered_title, sentence=_answered, gather=_gather,
        icon="heart-handshake", tone=lambda alert, on: "info", **common,
    )  # fmt: skip
    register_alert_kind(
        BOOKED, _("Engineer booked"), title=_booked_title, sentence=_booked, gather=_gather_booked,
        icon="user-check", tone=lambda alert, on: "ok", **common,
    )  # fmt: skip
