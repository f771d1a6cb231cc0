"""Results of exams and the numbered certificates they earned."""

from __future__ import annotations

import datetime as dt

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programs.models import Track
from tenants.models import Person
from tenants.rows import ScopedForeignKey, ScopedManager, ScopedQuerySet, VendorRow


class Result(VendorRow):
    """A person passed a track version on a day (vendor's zone)."""

    wall = "custom"
    prefix = "res"

    class Source(models.TextChoices):
        FORM = "form", _("Form")
        IMPORT = "import", _("Import")
        API = "api", _("API")

    person = ScopedForeignKey(Person, related_name="results")
    track = ScopedForeignKey(Track, related_name="+")
    version = models.CharField(_("version"), max_length=40)
    passed_on = models.DateField(_("passed on"))
    score = models.DecimalField(
        _("score, percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    recorded_at = models.DateTimeField()

    class Meta:
        ordering = ["-passed_on", "-id"]
        verbose_name = _("result")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "person", "track", "version", "passed_on"], name="result_once"
            ),
            models.UniqueConstraint(
                fields=["vendor", "external_id"],
                condition=~Q(external_id=""),
                name="result_external_id",
            ),
        ]


class CertificateQuerySet(ScopedQuerySet):
    def counting(self, on: dt.date) -> CertificateQuerySet:
        """Those that count on the day ``on``: earned, not expired, not revoked."""
        return self.filter(earned_on__lte=on, expires_on__gt=on).filter(
            Q(revoked_on__isnull=True) | Q(revoked_on__gt=on)
        )


class Certificate(VendorRow):
    """A numbered proof that counts over ``[earned_on, expires_on)`` unless it is revoked.

    It belongs to the person and follows them from employer to employer. ``expires_on`` is fixed
    when it is issued, from the track's anchor (exam day or release of the course version).
    """

    wall = "custom"
    prefix = "crt"

    person = ScopedForeignKey(Person, related_name="certificates")
    track = ScopedForeignKey(Track, related_name="+")
    result = ScopedForeignKey(Result, related_name="certificates")
    version = models.CharField(_("version"), max_length=40)
    number = models.CharField(_("number"), max_length=40)
    earned_on = models.DateField(_("earned on"))
    expires_on = models.DateField(_("expires on"))
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects = ScopedManager.from_queryset(CertificateQuerySet)()

    class Meta:
        ordering = ["expires_on", "id"]
        verbose_name = _("certificate")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="certificate_number"),
            models.CheckConstraint(
                condition=Q(expires_on__gt=F("earned_on")), name="certificate_span"
            ),
            models.CheckConstraint(
                condition=Q(revoked_on__isnull=True) | ~Q(revoked_reason=""),
                name="certificate_revoked_with_reason",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "expires_on"], name="certificate_by_expiry"),
            models.Index(
                fields=["vendor", "person", "track", "-expires_on"], name="certificate_by_person"
            ),
        ]

    def __str__(self) -> str:
        return self.number
