"""What alerts about exceptions say."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from licensing.alerting import BROKEN, ENDING
from licensing.models import Override
from tenants.rows import format_public_id
from web.templatetags.mainstay import short_date


def _words(alert: Alert) -> dict[str, str]:
    held = alert.data
    return {
        "product": held["product_name"],
        "where": held["customer_name"] or held["partner_name"],
        "partner": held["partner_name"],
        "reason": held["reason"],
        "day": short_date(alert.due_on),
    }


def ending_title(alert: Alert, on: dt.date) -> str:
    return _("The override of %(product)s at %(where)s ends on %(day)s") % _words(alert)


def ending(alert: Alert, on: dt.date) -> str:
    words = _("Until then the gate has to open by itself, or another override be asked for. Why: ")
    return words + str(alert.data["reason"])


def broken_title(alert: Alert, on: dt.date) -> str:
    return _("%(partner)s broke the glass: %(product)s at %(where)s") % _words(alert)


def broken(alert: Alert, on: dt.date) -> str:
    seats = alert.data["seats_used"]
    words = ngettext(
        "%(n)s seat was added by the morning. Why: %(reason)s",
        "%(n)s seats were added by the morning. Why: %(reason)s",
        seats,
    )
    return words % {**_words(alert), "n": seats}


def url(alert: Alert) -> str:
    ref = format_public_id(Override.prefix, alert.subject_id)
    return reverse("licensing:exception", args=[ref])


def register() -> None:
    register_alert_kind(
        ENDING,
        gettext_lazy("Override ends"),
        title=ending_title,
        sentence=ending,
        url=url,
        icon="key",
        tone=lambda alert, on: "warn",
        button=gettext_lazy("See the override"),
    )
    register_alert_kind(
        BROKEN,
        gettext_lazy("Broken glass"),
        title=broken_title,
        sentence=broken,
        url=url,
        icon="hammer",
        tone=lambda alert, on: "bad",
        button=gettext_lazy("Read why"),
    )
