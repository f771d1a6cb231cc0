"""Addresses of the vendor's own systems that follow the event log, and what each was told."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from tenants.models import Event
from tenants.rows import ScopedForeignKey, VendorRow


class WebhookEndpoint(VendorRow):
    """One address and the kinds of events that it is told.

    ``position`` is how far along the vendor's sealed log messages were made, ``begins_after`` the
    last event of before it was made, which may not have been sealed then. ``failing_since`` is
    when the first attempt failed since the last that succeeded. Secrets are encrypted; the former
    one signs beside the present one until ``former_until``.
    """

    wall: ClassVar[str] = "staff"
    prefix = "whk"

    class Stop(models.TextChoices):
        BY_HAND = "by_hand", _("Switched off")
        FAILING = "failing", _("Switched off: it failed for days")
        GONE = "gone", _("Switched off: the receiver answered 410 Gone")

    url = models.URLField(_("address"), max_length=500)
    description = models.CharField(_("description"), max_length=200, blank=True)
    events = ArrayField(models.CharField(max_length=80), verbose_name=_("kinds of events"))
    secret = models.TextField()
    former_secret = models.TextField(blank=True)
    former_until = models.DateTimeField(_("former secret signs until"), null=True)
    enabled = models.BooleanField(_("on"), default=True)
    stopped_for = models.CharField(max_length=8, choices=Stop.choices, blank=True)
    stopped_at = models.DateTimeField(_("switched off at"), null=True)
    failing_since = models.DateTimeField(_("failing since"), null=True)
    position = models.BigIntegerField(default=0)
    begins_after = models.BigIntegerField(default=0, db_default=0)
    created_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("webhook")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(enabled=True, stopped_at__isnull=True, stopped_for="")
                | models.Q(enabled=False, stopped_at__isnull=False),
                name="webhookendpoint_stopped",
            ),
        ]

    def __str__(self) -> str:
        return self.description or self.url


class WebhookMessage(VendorRow):
    """One event for one endpoint: made once, sent until the receiver answers 2xx.

    Its ``webhook-id`` is the event's public id. ``attempts`` counts those of the present round (a
    resend by hand begins another); ``log`` holds the latest of all rounds, oldest first:
    ``{at, code, seconds, answer, error}``.
    """

    wall: ClassVar[str] = "staff"
    prefix = "whm"
    LOG_KEPT = 20

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENT = "sent", _("Received")
        FAILED = "failed", _("Given up")

    endpoint = ScopedForeignKey(WebhookEndpoint, related_name="messages", verbose_name=_("webhook"))
    event = ScopedForeignKey(Event, related_name="+", verbose_name=_("event"))
    kind = models.CharField(_("event"), max_length=80)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("made at"))
    next_attempt_at = models.DateTimeField(_("next attempt"))
    sent_at = models.DateTimeField(_("received at"), null=True)
    code = models.PositiveSmallIntegerField(_("answer"), null=True)
    log = models.JSONField(default=list)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("webhook message")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "endpoint", "event"], name="webhookmessage_once"
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "endpoint", "next_attempt_at"],
                condition=models.Q(state="pending"),
                name="webhookmessage_waiting",
            ),
            models.Index(fields=["created_at"], name="webhookmessage_by_age"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.endpoint}"


WAITS: tuple[dt.timedelta, ...] = (
    dt.timedelta(seconds=5),
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=30),
    dt.timedelta(hours=2),
    dt.timedelta(hours=5),
    dt.timedelta(hours=10),
    dt.timedelta(hours=14),
    dt.timedelta(hours=20),
    dt.timedelta(hours=21),
)
"""Between the attempts, as Standard Webhooks advise: ten attempts within three days."""


class LastTold(VendorRow):
    """What machines were last told of something: compared with what holds now, once per change.

    ``topic`` and ``key`` are its owner's (``standing`` and a product's code, say); what was never
    told is as good as told with the owner's default.
    """

    wall: ClassVar[str] = "partner"
    prefix = "tld"

    partner = ScopedForeignKey(Partner, related_name="+")
    topic = models.CharField(max_length=40)
    key = models.CharField(max_length=80)
    value = models.CharField(max_length=80)
    told_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner", "topic", "key"], name="lasttold_once"
            ),
        ]
