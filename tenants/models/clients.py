"""Machines that act for a vendor or a partner, and what makes their requests safe to repeat."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models.identity import User
from tenants.rows import VendorRow


class ApiClient(VendorRow):
    """An integration: one vendor, optionally one partner, a list of capabilities.

    The secret lives in allauth's client row (``oidc_client``); ``user`` is its service login,
    which can never sign in. Raising ``version`` ends every token that was issued before.
    """

    wall = "partner"
    prefix = "cli"

    name = models.CharField(_("name"), max_length=120)
    partner_id = models.BigIntegerField(null=True, blank=True)
    oidc_client_id = models.CharField(max_length=100, unique=True)
    user = models.OneToOneField(User, models.PROTECT, related_name="+")
    scopes = ArrayField(models.CharField(max_length=60))
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("API client")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "name"], name="apiclient_name"),
        ]

    def __str__(self) -> str:
        return self.name


class SigningKey(VendorRow):
    """An Ed25519 key of the vendor: signs receipts and access tokens. Private part encrypted."""

    wall = "vendor"
    prefix = "key"

    kid = models.CharField(max_length=64)
    public_jwk = models.JSONField()
    private_encrypted = models.TextField()
    created_at = models.DateTimeField()
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["vendor", "kid"], name="signingkey_kid"),
            models.UniqueConstraint(
                fields=["vendor"],
                condition=Q(retired_at__isnull=True),
                name="signingkey_one_active",
            ),
        ]


class IdempotencyKey(VendorRow):
    """A POST that was answered: the same key and body get the same answer for 24 hours."""

    wall = "partner"
    prefix = "idk"

    partner_id = models.BigIntegerField(null=True)
    client_id = models.BigIntegerField()
    key = models.CharField(max_length=255)
    fingerprint = models.CharField(max_length=64)
    status = models.SmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.BinaryField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "client_id", "key"], name="idempotencykey_once"
            ),
        ]
        indexes = [models.Index(fields=["created_at"], name="idempotencykey_by_age")]
