"""What somebody should know: the alert once, a notification per reader, a delivery per channel."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from tenants.capabilities import Role
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow
from tenants.scope import Scope


class Alert(VendorRow):
    """One thing that enters one window. The key makes it exactly once, whoever sweeps how often.

    ``due_on`` is in the key, so a new due day (a renewed certificate) opens new windows. ``window``
    is in days before ``due_on`` (60, 30, 0). ``data`` holds what the words need.
    """

    wall = "partner"
    prefix = "alr"

    partner = ScopedForeignKey(Partner, null=True, related_name="+")
    kind = models.CharField(max_length=60)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    person = ScopedForeignKey(Person, null=True, related_name="+")
    due_on = models.DateField()
    window = models.SmallIntegerField()
    data = models.JSONField(default=dict)
    raised_at = models.DateTimeField()
    superseded = models.BooleanField(default=False)
    """True where a more urgent window of the same thing was raised at the same time or since, or
    where its cause is gone."""

    @classmethod
    def visible_q(cls, scope: Scope) -> models.Q:
        """Also kept from the vendor's people: what a partner is told of what it does not share."""
        from alerts.kinds import kept_from_staff

        seen = super().visible_q(scope)
        own = scope.all_partners and scope.role != Role.SYSTEM
        return seen & ~models.Q(kind__in=kept_from_staff()) if own else seen

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "kind", "subject_id", "partner", "due_on", "window"],
                nulls_distinct=False,
                name="alert_once",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "-id"], name="alert_by_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.kind.replace('_', ' ')} {self.due_on}"


class Notification(VendorRow):
    """An alert in one person's list."""

    wall = "partner"
    prefix = "ntf"

    alert = ScopedForeignKey(Alert, related_name="notifications")
    partner = ScopedForeignKey(Partner, null=True, related_name="+")
    person = ScopedForeignKey(Person, related_name="notifications")
    read_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "alert", "person"], name="notification_once"),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "person"],
                condition=models.Q(read_at__isnull=True),
                name="notification_unread",
            ),
        ]


class Delivery(VendorRow):
    """The outbox: one message to one address. Sent at least once, with its id as the key.

    ``dropped``: its reader left, or what it tells of was settled, before it was sent; ``error``
    says which. Where ``address`` is empty, what is over was too long ago to keep it.
    """

    wall = "partner"
    prefix = "dlv"

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting")
        SENT = "sent", _("Sent")
        FAILED = "failed", _("Given up")
        DROPPED = "dropped", _("Not sent any more")

    partner = ScopedForeignKey(Partner, null=True, related_name="+")
    person = ScopedForeignKey(Person, null=True, related_name="+")
    alert = ScopedForeignKey(Alert, null=True, related_name="deliveries")
    channel = models.CharField(max_length=12, default="email")
    address = models.EmailField()
    template = models.CharField(max_length=80)
    context = models.JSONField(default=dict)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    next_attempt_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "alert", "person", "channel"],
                condition=models.Q(alert__isnull=False),
                name="delivery_once",
            ),
        ]
        indexes = [
            models.Index(
                fields=["next_attempt_at"],
                condition=models.Q(state="pending"),
                name="delivery_waiting",
            ),
            models.Index(
                fields=["next_attempt_at"],
                condition=~models.Q(state="pending") & ~models.Q(address=""),
                name="delivery_addressed",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.template} · {self.address}"


class Sweep(models.Model):
    """When each sweep last ran, over all vendors: shown to admins, and a late one is noticed.

    ``every_seconds`` is the interval of its beat; ``last_at`` also bounds how far the next run
    looks back, so that it catches up after a downtime of any length.
    """

    LATE_AFTER_INTERVALS = 3

    name = models.CharField(max_length=60, unique=True)
    last_at = models.DateTimeField()
    last_count = models.PositiveIntegerField(default=0)
    every_seconds = models.PositiveIntegerField(default=300)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def late_by(self, now: dt.datetime) -> dt.timedelta | None:
        """How long ago it should have run, once three intervals were missed; else ``None``."""
        overdue = now - self.last_at
        if overdue <= dt.timedelta(seconds=self.every_seconds * self.LATE_AFTER_INTERVALS):
            return None
        return overdue
