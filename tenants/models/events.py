"""The append-only log, its erasable personal part, and the chain that seals it."""

from __future__ import annotations

from typing import ClassVar

from django.db import models

from tenants.rows import VendorRow


class Event(VendorRow):
    """One change: who, when, what, from where, under which program version.

    Written only by the SQL function ``event_append``; the database refuses UPDATE, DELETE and
    TRUNCATE. ``digest`` covers every column, so an altered row no longer matches its seal.
    """

    wall = "partner"
    prefix = "evt"

    partner_id = models.BigIntegerField(null=True)
    at = models.DateTimeField()
    txid = models.BigIntegerField()
    db_role = models.CharField(max_length=63)
    kind = models.CharField(max_length=80)
    subject_kind = models.CharField(max_length=60)
    subject_id = models.UUIDField()
    actor = models.JSONField()
    data = models.JSONField()
    program_version = models.IntegerField(null=True)
    private_digest = models.BinaryField(null=True)
    digest = models.BinaryField()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["vendor", "partner_id", "-id"], name="event_by_partner"),
            models.Index(fields=["vendor", "subject_id", "-id"], name="event_by_subject"),
            models.Index(fields=["vendor", "-at", "-id"], name="event_by_instant"),
            models.Index(fields=["txid"], name="event_by_transaction"),
        ]

    def __str__(self) -> str:
        return self.kind


class EventPrivate(VendorRow):
    """Personal values of an event. May be erased: the chain holds only their salted digest."""

    wall: ClassVar[str] = "staff"
    prefix = "evp"

    event = models.BigIntegerField(unique=True)
    person_id = models.BigIntegerField(null=True)
    salt = models.BinaryField()
    payload = models.JSONField()

    class Meta:
        verbose_name = "personal part of an event"


class Seal(VendorRow):
    """One link of a vendor's chain: ``chain = sha256(previous chain || event digest)``."""

    wall: ClassVar[str] = "staff"
    prefix = "sea"

    event = models.BigIntegerField(unique=True)
    position = models.BigIntegerField()
    digest = models.BinaryField()
    chain = models.BinaryField()
    horizon = models.BigIntegerField()
    sealed_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "position"], name="seal_position"),
        ]
