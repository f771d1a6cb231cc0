"""What was asked of the gate and answered, and what runs because of it."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Customer, Partner
from programs.models import Product, ProgramVersion
from tenants.rows import ScopedForeignKey, VendorRow


class Authorization(VendorRow):
    """One decision of the gate, kept for ever with its inputs, so that it can be replayed.

    ``inputs`` are the canonical facts the rules saw; ``result`` the explained tree they gave;
    ``reasons`` the blockers shown to whoever asked. ``receipt`` is a JWS (Ed25519). Never changed:
    the database refuses.
    """

    wall = "partner"
    prefix = "aut"

    class Verb(models.TextChoices):
        DEPLOY = "deploy", _("Deploy")
        GROW = "grow", _("Grow")
        SHRINK = "shrink", _("Shrink")

    class Decision(models.TextChoices):
        ALLOW = "allow", _("Allowed")
        DENY = "deny", _("Denied")

    partner = ScopedForeignKey(Partner, related_name="+")
    customer = ScopedForeignKey(Customer, related_name="+")
    product = ScopedForeignKey(Product, related_name="+")
    environments = ArrayField(models.SlugField(max_length=40))
    verb = models.CharField(max_length=8, choices=Verb.choices)
    seats_before = models.PositiveIntegerField()
    seats = models.PositiveIntegerField(_("seats"))
    decision = models.CharField(_("decision"), max_length=6, choices=Decision.choices)
    reasons = models.JSONField(default=list)
    result = models.JSONField()
    inputs = models.JSONField()
    inputs_digest = models.CharField(max_length=64)
    program_version = ScopedForeignKey(ProgramVersion, related_name="+")
    decided_on = models.DateField()
    decided_at = models.DateTimeField(_("decided at"))
    cache_until = models.DateTimeField()
    receipt = models.TextField()

    class Meta:
        ordering = ["-id"]
        verbose_name = _("authorisation")
        indexes = [
            models.Index(fields=["vendor", "partner", "-id"], name="authorization_by_partner"),
        ]

    def __str__(self) -> str:
        return self.ref


class Deployment(VendorRow):
    """What runs: seats of one product at one customer. Grows only through the gate."""

    wall = "partner"
    prefix = "dep"

    partner = ScopedForeignKey(Partner, related_name="deployments")
    customer = ScopedForeignKey(Customer, related_name="deployments")
    product = ScopedForeignKey(Product, related_name="+")
    environments = ArrayField(models.SlugField(max_length=40))
    seats = models.PositiveIntegerField(_("seats"))
    since = models.DateField(_("from"))
    authorization = ScopedForeignKey(Authorization, null=True, related_name="+")
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("deployment")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "customer", "product"], name="deployment_once"
            ),
            models.CheckConstraint(condition=Q(seats__gte=0), name="deployment_seats"),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "product"], name="deployment_by_product"),
        ]
