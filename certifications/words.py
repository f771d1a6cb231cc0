"""How alerts about certificates read, in the list and in the e-mail."""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from certifications.sweeping import KIND
from partners.sentences import Told, register_sentences
from tenants.labels import register_event_words
from web.templatetags.mainstay import short_date


def title(alert: Alert, on: dt.date) -> str:
    """The person, the track, and how long is left on the day it is read."""
    values = {"name": alert.person.name if alert.person else "", "track": _track(alert)}
    left = (alert.due_on - on).days
    if left > 0:
        return ngettext(
            "%(name)s: “%(track)s” expires in %(n)s day",
            "%(name)s: “%(track)s” expires in %(n)s days",
            left,
        ) % {**values, "n": left}
    if left == 0:
        return _("%(name)s: “%(track)s” expired today") % values
    return _("%(name)s: “%(track)s” expired on %(day)s") % {
        **values,
        "day": short_date(alert.due_on),
    }


def sentence(alert: Alert, on: dt.date) -> str:
    """What ends, when, and what to do."""
    values = {
        "number": alert.data.get("number", ""),
        "day": short_date(alert.due_on),
        "partner": alert.partner.name if alert.partner else "",
    }
    if alert.due_on > on:
        return (
            _(
                "Certificate %(number)s counts for %(partner)s until %(day)s. Renew it before that "
                "day so that products which need it stay open."
            )
            % values
        )
    return (
        _(
            "Certificate %(number)s stopped counting for %(partner)s on %(day)s. What runs keeps "
            "running; products that need it may be closed for new seats until it is renewed."
        )
        % values
    )


def url(alert: Alert) -> str:
    return f"/certificates/crt_{alert.subject_id.hex}/"


def tone(alert: Alert, on: dt.date) -> str:
    left = (alert.due_on - on).days
    return "bad" if left <= 30 else "warn"


def _track(alert: Alert) -> str:
    return str(alert.data.get("track_name") or alert.data.get("track") or "")


def _issued(told: Told) -> str:
    words = {
        "name": told.person(),
        "track": told.title("tracks", "track"),
        "day": told.day("expires_on"),
    }
    if words["day"]:
        return _("%(name)s: “%(track)s”, valid until %(day)s.") % words
    return _("%(name)s: “%(track)s”, without an end.") % words


def _revoked(told: Told) -> str:
    words = {
        "name": told.person(),
        "number": told.data.get("number", ""),
        "day": told.day("revoked_on"),
    }
    return _("%(number)s of %(name)s no longer counts from %(day)s on.") % words


def register() -> None:
    register_alert_kind(
        KIND,
        gettext_lazy("Certificate expiry"),
        title=title,
        sentence=sentence,
        url=url,
        icon="certificate",
        tone=tone,
        button=gettext_lazy("See how to renew"),
    )
    register_event_words(
        {
            "certificate.issued": gettext_lazy("Certificate issued"),
            "certificate.revoked": gettext_lazy("Certificate revoked"),
        }
    )
    register_sentences(
        {"certificate.issued": _issued, "certificate.revoked": _revoked},
        {"certificate.issued": ("certificate", "ok"), "certificate.revoked": ("ban", "bad")},
    )
