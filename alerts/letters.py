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

from alerts.kinds import gather_words, kind_of
from alerts.models import Alert, Delivery
from tenants import scope
from tenants.directory import absolute_url, primary_host, vendor_by_id
from tenants.encryption import decrypt, encrypt
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
    if waiting.alert_id is not None:
        context |= _alert_words(waiting, on)
    if str(context.get("url", "")).startswith("/"):
        context["url"] = absolute_url(waiting.vendor_id, context["url"], host=host)
    subject, text, html = write(waiting.template, context)
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
        },
    )
    message.attach_alternative(html, "text/html")
    return message


def _alert_words(waiting: Waiting, on: dt.date) -> dict[str, Any]:
    with scope.entered_vendor(waiting.vendor_id):
        alert = Alert.objects.select_related("person", "partner").get(pk=waiting.alert_id)
        kind = kind_of(alert)
        gather_words([alert], on)
        return {
            "alert": alert,
            "title": str(kind.title(alert, on)),
            "sentence": str(kind.sentence(alert, on)),
            "button": str(kind.button),
            "url": kind.url(alert),
        }


def write(template: str, context: Mapping[str, Any]) -> tuple[str, str, str]:
    """Subject, text and HTML of one message.

    The template (``mail/<template>.html`` or ``<template>_mail.html``) extends ``layout`` and fills
    ``subject``, ``words`` (paragraphs apart by an empty line) and ``button``; ``url`` in the
    context is where the button leads.
    """
    found = select_template([f"mail/{template}.html", f"{template}_mail.html"])
    with translation.override(settings.LANGUAGE_CODE):
        subject, text, html = (
            found.render({**context, "layout": f"alerts/letter{part}"})
            for part in ("_subject.txt", ".txt", ".html")
        )
    return " ".join(subject.split()), text.strip() + "\n", html
