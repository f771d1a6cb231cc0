"""What alerts about exceptions say."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from licensing.alerting import ARRIVING, BROKEN, ENDING, LEAVING
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


def _move(alert: Alert) -> dict[str, str]:
    return {"name": alert.data["customer_name"], "day": short_date(alert.due_on)}


def leaving_title(alert: Alert, on: dt.date) -> str:
    return _("%(name)s changes to another partner on %(day)s") % _move(alert)


def leaving(alert: Alert, on: dt.date) -> str:
    return _("What runs there goes along. Your contracts, papers and history stay with you.")


def arriving_title(alert: Alert, on: dt.date) -> str:
    return _("You take over %(name)s on %(day)s") % _move(alert)


def arriving(alert: Alert, on: dt.date) -> str:
    return _(
        "What runs there goes on running with you. More seats, and papers that you sign with the "
        "customer, go the usual way."
    )


def customers_url(alert: Alert) -> str:
    return reverse("partners:customers")


def register() -> None:
    for kind, name, title, sentence in (
        (LEAVING, gettext_lazy("Customer leaves"), leaving_title, leaving),
        (ARRIVING, gettext_lazy("Customer comes"), arriving_title, arriving),
    ):
        register_alert_kind(
            kind,
            name,
            title=title,
            sentence=sentence,
            url=customers_url,
            icon="arrows-exchange",
            button=gettext_lazy("See the customers"),
        )
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
