"""Notifications as the pages show them, and what the page frame shows of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from alerts.kinds import gather_words, kind_of
from alerts.models import Notification, Sweep
from tenants import scope
from tenants.capabilities import Role
from web import clock


@dataclass(frozen=True)
class NoticeLine:
    """One notification in words, as read on a day of the vendor."""

    ref: str
    title: str
    sentence: str
    url: str
    icon: str
    tone: str
    button: str
    partner: str
    raised_at: dt.datetime
    read: bool

    @classmethod
    def of(cls, notification: Notification, on: dt.date) -> Self:
        alert = notification.alert
        kind = kind_of(alert)
        return cls(
            ref=notification.ref,
            title=str(kind.title(alert, on)),
            sentence=str(kind.sentence(alert, on)),
            url=kind.url(alert),
            icon=kind.icon,
            tone=str(kind.tone(alert, on)) if kind.tone else "brand",
            button=str(kind.button or _("Open")),
            partner=alert.partner.name if alert.partner else "",
            raised_at=alert.raised_at,
            read=notification.read_at is not None,
        )


def lines(notifications: Iterable[Notification], on: dt.date) -> list[NoticeLine]:
    """In the order given; the rows bring alert, person and partner along."""
    notifications = list(notifications)
    gather_words((one.alert for one in notifications), on)
    return [NoticeLine.of(notification, on) for notification in notifications]


def frame_facts(request: HttpRequest) -> dict[str, Any]:
    """``unread_count`` and ``notifications_url`` for the bell: one query."""
    held = scope.current_or_none()
    if held is None or held.person_id is None or not held.can("alerts.read"):
        return {}
    unread = Notification.objects.filter(
        person_id=held.person_id, read_at__isnull=True, alert__superseded=False
    ).count()
    return {"unread_count": unread, "notifications_url": reverse("alerts:notifications")}


def late_banner(request: HttpRequest) -> dict[str, Any]:
    """``warning_banner`` for channel admins while a sweep is late: one query."""
    held = scope.current_or_none()
    if held is None or held.role != Role.CHANNEL_ADMIN:
        return {}
    late = late_sweeps(clock.now())
    if not late:
        return {}
    names = ", ".join(sweep.name for sweep, _overdue in late)
    since = max(overdue for _sweep, overdue in late)
    return {
        "warning_banner": _(
            "Scheduled work is late: %(names)s, last run %(minutes)d minutes ago. Alerts and "
            "messages wait until the worker and beat run again; none is lost."
        )
        % {"names": names, "minutes": since.total_seconds() // 60}
    }


def late_sweeps(now: dt.datetime) -> list[tuple[Sweep, dt.timedelta]]:
    """Sweeps that missed three intervals, with the time since their last run."""
    return [(sweep, late) for sweep in Sweep.objects.all() if (late := sweep.late_by(now))]
