"""How alerts about certificates read, in the list and in the e-mail."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from alerts.kinds import register_alert_kind
from alerts.models import Alert
from certifications.rules.stakes import Stake, stakes_at
from certifications.sweeping import KIND, RELEASE
from partners.sentences import Told, register_sentences
from programs.compiled import program_or_none
from programs.document import ProgramDocument, Track
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


def gather(alerts: Sequence[Alert], on: dt.date) -> None:
    """Hang onto each alert what is at stake at its partner, and where the exam is."""
    program = program_or_none(on)
    if program is None:
        return
    document = program.document
    keys = {alert.pk: (alert.partner_id or 0, _code(document, alert)) for alert in alerts}
    stakes = stakes_at(document, set(keys.values()))
    for alert in alerts:
        rule = document.tracks.get(keys[alert.pk][1])
        alert.__dict__["stakes"] = stakes[keys[alert.pk]]
        alert.__dict__["exam"] = _exam(rule, alert, on) if rule else ""


def _code(document: ProgramDocument, alert: Alert) -> str:
    code = str(alert.data.get("track", ""))
    return document.successor("tracks", code) or code


def _exam(rule: Track, alert: Alert, on: dt.date) -> str:
    """The exam's address: of the delta on what the person holds, else of the newest version."""
    held = str(alert.data.get("version", ""))
    deltas = [v for v in rule.versions if v.of == held and held and v.released <= on]
    edition = max(deltas, key=lambda v: v.released, default=None) or rule.latest(on)
    links = [found for found in (edition and edition.links, rule.links) if found]
    return next((found.exam for found in links if found.exam), "")


def _at_stake(alert: Alert) -> str:
    """What hangs on it at the partner, in a sentence; empty where nothing runs."""
    stakes: tuple[Stake, ...] = getattr(alert, "stakes", ())
    running = [stake for stake in stakes if stake.seats]
    if not running:
        return ""
    named = ", ".join(f"{one.title} ({one.runs})" for one in running[:3])
    if len(running) > 3:
        more = len(running) - 3
        named += " " + ngettext("and %(n)s more product", "and %(n)s more products", more) % {
            "n": more
        }
    return " " + _("At stake: %(products)s.") % {"products": named}


def seats_at_stake(alert: Alert, on: dt.date) -> int:
    """Seats times products that hang on it."""
    stakes: tuple[Stake, ...] = getattr(alert, "stakes", ())
    return sum(stake.seats for stake in stakes)


def sentence(alert: Alert, on: dt.date) -> str:
    """What ends, when, what hangs on it, and what to do."""
    return _what_ends(alert, on) + _at_stake(alert)


def _what_ends(alert: Alert, on: dt.date) -> str:
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
    """The exam; where the program names none, the page that says how to renew."""
    return getattr(alert, "exam", "") or f"/certificates/crt_{alert.subject_id.hex}/"


def release_title(alert: Alert, on: dt.date) -> str:
    return _("%(name)s: “%(track)s” %(version)s is out, recertify by %(day)s") % {
        "name": alert.person.name if alert.person else "",
        "track": _track(alert),
        "version": alert.data.get("by", ""),
        "day": short_date(alert.due_on),
    }


def release_sentence(alert: Alert, on: dt.date) -> str:
    """Until when the certificate counts because of the release, and what hangs on it."""
    words = _(
        "Certificate %(number)s counts for %(partner)s until %(day)s, whatever end it bears: "
        "version %(version)s replaces the one that was passed."
    ) % {
        "number": alert.data.get("number", ""),
        "day": short_date(alert.due_on),
        "partner": alert.partner.name if alert.partner else "",
        "version": alert.data.get("by", ""),
    }
    return words + _at_stake(alert)


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


def _recorded(told: Told) -> str:
    words = {"name": told.person(), "track": told.title("tracks", "track")}
    if told.data.get("part"):
        words["part"] = str(told.data["part"]).replace("_", " ").replace("-", " ")
        if told.data.get("passed"):
            return _("%(name)s passed the part “%(part)s” of “%(track)s”.") % words
        return _("%(name)s did not pass the part “%(part)s” of “%(track)s”.") % words
    return _("%(name)s did not pass “%(track)s”.") % words


def _enrolled(told: Told) -> str:
    return _("%(name)s prepares for “%(track)s”.") % _who_and_what(told)


def _progressed(told: Told) -> str:
    words = {**_who_and_what(told), "n": told.data.get("done", 0)}
    return _("%(name)s has done %(n)s steps for “%(track)s”.") % words


def _gave_up(told: Told) -> str:
    return _("%(name)s no longer prepares for “%(track)s”.") % _who_and_what(told)


def _who_and_what(told: Told) -> dict[str, str]:
    return {"name": told.person(), "track": told.title("tracks", "track")}


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
        button=gettext_lazy("Renew it"),
        gather=gather,
        always="own",
        stake=seats_at_stake,
    )
    register_alert_kind(
        RELEASE,
        gettext_lazy("New version of a track"),
        title=release_title,
        sentence=release_sentence,
        url=url,
        icon="certificate",
        tone=tone,
        button=gettext_lazy("Recertify"),
        gather=gather,
        always="own",
        stake=seats_at_stake,
    )
    _register_events()


def _register_events() -> None:
    register_event_words(
        {
            "certificate.issued": gettext_lazy("Certificate issued"),
            "certificate.revoked": gettext_lazy("Certificate revoked"),
            "result.recorded": gettext_lazy("Exam result recorded"),
            "enrolment.made": gettext_lazy("Enrolled for an exam"),
            "enrolment.progressed": gettext_lazy("Curriculum step marked"),
            "enrolment.dropped": gettext_lazy("Enrolment given up"),
        },
        gettext_lazy("Certification"),
    )
    register_sentences(
        {
            "certificate.issued": _issued,
            "certificate.revoked": _revoked,
            "result.recorded": _recorded,
            "enrolment.made": _enrolled,
            "enrolment.progressed": _progressed,
            "enrolment.dropped": _gave_up,
        },
        {
            "certificate.issued": ("certificate", "ok"),
            "certificate.revoked": ("ban", "bad"),
            "result.recorded": ("clipboard-check", "brand"),
            "enrolment.made": ("school", "brand"),
            "enrolment.progressed": ("school", "brand"),
            "enrolment.dropped": ("school", "warn"),
        },
    )
