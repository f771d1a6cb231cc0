"""A message in words: text and HTML from one template, in the vendor's name."""

from __future__ import annotations

import datetime as dt
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formataddr, parseaddr
from typing import Any

from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.template.loader import select_template
from django.utils import translation

from alerts.mail_words import DIGEST, alert_words, digest_words, reads_as
from alerts.models import Delivery, MailChoice
from alerts.stopping import Stop, stop_path
from partners.models import Partner
from tenants import scope
from tenants.directory import absolute_url, primary_host, vendor_by_id
from tenants.encryption import decrypt, encrypt
from tenants.models import Person
from tenants.rows import format_public_id


@dataclass(frozen=True)
class Waiting:
    """A row of the outbox as the sweep claims it."""

    id: int
    vendor_id: int
    public_id: uuid.UUID
    alert_id: int | None
    address: str
    template: str
    context_json: str
    attempts: int
    person_id: int | None = None
    partner_id: int | None = None

    @property
    def key(self) -> str:
        """The same for every attempt, so that a receiver can tell a repetition."""
        return format_public_id(Delivery.prefix, self.public_id)


def sealed(context: Mapping[str, Any]) -> dict[str, str]:
    """A message's words as the outbox keeps them: nobody who reads the row learns a secret link."""
    return {"sealed": encrypt(json.dumps(context).encode())}


def _opened(held: Mapping[str, Any]) -> Mapping[str, Any]:
    """What ``sealed`` hid; an alert's message has nothing of its own."""
    found: Mapping[str, Any] = json.loads(decrypt(held["sealed"])) if "sealed" in held else held
    return found


def compose(waiting: Waiting, on: dt.date) -> EmailMultiAlternatives:
    """The e-mail of one outbox row, as read on the vendor's day ``on``."""
    vendor = vendor_by_id(waiting.vendor_id)
    host = primary_host(waiting.vendor_id)
    context = {
        **_opened(json.loads(waiting.context_json)),
        "vendor": vendor,
        "home": absolute_url(waiting.vendor_id, "/", host=host),
    }

    def whole(path: str) -> str:
        return absolute_url(waiting.vendor_id, path, host=host) if path.startswith("/") else path

    template, language, stop = waiting.template, settings.LANGUAGE_CODE, ""
    with scope.entered_vendor(waiting.vendor_id):
        if waiting.alert_id is not None:
            words = alert_words(waiting, on, whole, vendor.name)
            template, language, stop = words.template, words.language, words.stop
            context |= words.context
        elif template == DIGEST:
            context |= digest_words(context["alerts"], on, whole)
            stop = MailChoice.DIGEST
    if stop and waiting.person_id is not None:
        context["stop_url"] = whole(stop_path(_stop(waiting, vendor.code, stop)))
    context["url"] = whole(str(context.get("url", "")))
    subject, text, html = write(template, context, language)
    _, sender = parseaddr(settings.DEFAULT_FROM_EMAIL)
    message = EmailMultiAlternatives(
        subject=subject,
        body=text,
        from_email=formataddr((vendor.name, sender)),
        to=[waiting.address],
        reply_to=[vendor.reply_to] if vendor.reply_to else None,
        headers={
            "Message-ID": f"<{waiting.public_id.hex}@{host or 'mainstay.localhost'}>",
            "Idempotency-Key": waiting.key,
            "Auto-Submitted": "auto-generated",
            **_stop_headers(context.get("stop_url", "")),
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def _stop_headers(url: str) -> dict[str, str]:
    """One click ends such mails (RFC 8058)."""
    if not url:
        return {}
    return {"List-Unsubscribe": f"<{url}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}


def _stop(waiting: Waiting, vendor: str, what: str) -> Stop:
    """Staff are told of partners, but their settings are the staff's."""
    with scope.entered_vendor(waiting.vendor_id):
        person = Person.objects.get(pk=waiting.person_id)
        partner = Partner.objects.filter(pk=reads_as(waiting.person_id, waiting.partner_id)).first()
        return Stop(vendor, person.ref, partner.ref if partner else "", what)


def write(
    template: str, context: Mapping[str, Any], language: str = settings.LANGUAGE_CODE
) -> tuple[str, str, str]:
    """Subject, text and HTML of one message.

    The template (``mail/<template>.html`` or ``<template>_mail.html``) extends ``layout`` and fills
    ``subject``, ``words`` (paragraphs apart by an empty line) and ``button``; ``url`` in the
    context is where the button leads.
    """
    found = select_template([f"mail/{template}.html", f"{template}_mail.html"])
    with translation.override(language):
        subject, text, html = (
            found.render({**context, "layout": f"alerts/letter{part}"})
            for part in ("_subject.txt", ".txt", ".html")
        )
    return " ".join(subject.split()), text.strip() + "\n", html
