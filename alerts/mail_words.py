"""What the mail about one alert says, and what a digest says: inside the vendor's scope."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db.models import F, Q
from django.utils import translation

from alerts.kinds import gather_words, kind_of
from alerts.models import Alert, MailSettings, MailText
from alerts.words import filled
from tenants.models import Membership
from web.templatetags.mainstay import short_date

if TYPE_CHECKING:
    from alerts.letters import Waiting

DIGEST = "alerts/digest"
OWN_WORDS = "alerts/own_words"
Whole = Callable[[str], str]
"""Makes a path of the vendor's host a whole address, and leaves whole ones."""


@dataclass(frozen=True)
class Words:
    """A mail's template, language and context; ``stop`` is what its reader may end by one click."""

    template: str
    language: str
    context: dict[str, Any]
    stop: str = ""


def alert_words(waiting: Waiting, on: dt.date, whole: Whole, vendor: str) -> Words:
    """In the reader's language and, where the vendor wrote some, in its own words."""
    alert = Alert.objects.select_related("person", "partner").get(pk=waiting.alert_id)
    kind, language = kind_of(alert), language_of(waiting.person_id, waiting.partner_id)
    gather_words([alert], on)
    with translation.override(language):
        context = {
            "alert": alert,
            "title": str(kind.title(alert, on)),
            "sentence": str(kind.sentence(alert, on)),
            "button": str(kind.button),
            "url": kind.url(alert),
        }
    own = kind.always == "own" and waiting.person_id == alert.person_id
    stop = "" if kind.always == "all" or own else alert.kind
    text = MailText.objects.filter(kind=alert.kind, language=language).first()
    if text is None:
        return Words(waiting.template, language, context, stop)
    values = {
        "title": context["title"],
        "sentence": context["sentence"],
        "person": alert.person.name if alert.person else "",
        "partner": alert.partner.name if alert.partner else "",
        "vendor": vendor,
        "day": short_date(alert.due_on),
        "link": whole(str(context["url"])),
    }
    context |= {"subject": filled(text.subject, values), "body": filled(text.body, values)}
    return Words(OWN_WORDS, language, context, stop)


def digest_words(refs: Iterable[str], on: dt.date, whole: Whole) -> dict[str, Any]:
    """The lines of a digest, most at stake first, then what is due first."""
    held = Alert.objects.filter(public_id__in=list(refs), superseded=False)
    alerts = list(held.select_related("person", "partner").order_by("due_on", "pk"))
    gather_words(alerts, on)

    def stake(alert: Alert) -> int:
        count = kind_of(alert).stake
        return count(alert, on) if count else 0

    alerts.sort(key=lambda alert: -stake(alert))
    lines = [
        {
            "title": str(kind_of(alert).title(alert, on)),
            "partner": alert.partner.name if alert.partner else "",
            "sentence": str(kind_of(alert).sentence(alert, on)),
            "url": whole(kind_of(alert).url(alert)),
        }
        for alert in alerts
    ]
    return {"lines": lines, "url": "/notifications/"}


def language_of(person_id: int | None, partner_id: int | None) -> str:
    """The language that the reader chose, else the installation's."""
    found = (
        MailSettings.objects.filter(person_id=person_id)
        .filter(Q(partner_id=partner_id) | Q(partner_id__isnull=True))
        .order_by(F("partner_id").asc(nulls_last=True))
        .values_list("language", flat=True)
        .first()
    )
    return found or settings.LANGUAGE_CODE


def reads_as(person_id: int | None, partner_id: int | None) -> int | None:
    """The partner whose person the reader is; ``None`` for the vendor's staff."""
    memberships = Membership.objects.filter(person_id=person_id)
    staff = memberships.filter(partner_id__isnull=True).exists()
    return None if staff and not memberships.filter(partner_id=partner_id).exists() else partner_id
