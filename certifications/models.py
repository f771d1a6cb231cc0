"""Results of exams and the numbered certificates they earned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from partners.models import Employment
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
    version = models.CharField(_("version"), max_length=40, blank=True)
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

    def __str__(self) -> str:
        return f"{self.person} · {self.track}"


class CertificateQuerySet(ScopedQuerySet):
    """Certificates by the day: all days are the vendor's."""

    def counting(self, on: dt.date) -> CertificateQuerySet:
        """Those that count on the day ``on``: earned, not expired, not revoked."""
        return self.filter(
            Q(expires_on__isnull=True) | Q(expires_on__gt=on),
            Q(revoked_on__isnull=True) | Q(revoked_on__gt=on),
            earned_on__lte=on,
        )

    def newest(self, on: dt.date) -> CertificateQuerySet:
        """Of each person and track the one that ends last, among those not revoked on ``on``:
        the one to renew. Of two that end on one day the later issued."""
        open_end = dt.date(9999, 12, 31)
        later = (
            self.model._base_manager.filter(
                Q(revoked_on__isnull=True) | Q(revoked_on__gt=on),
                vendor_id=OuterRef("vendor_id"),
                person_id=OuterRef("person_id"),
                track_id=OuterRef("track_id"),
                earned_on__lte=on,
            )
            .annotate(ends=Coalesce("expires_on", Value(open_end)))
            .filter(
                Q(ends__gt=Coalesce(OuterRef("expires_on"), Value(open_end)))
                | Q(ends=Coalesce(OuterRef("expires_on"), Value(open_end)), pk__gt=OuterRef("pk"))
            )
        )
        return self.filter(
            ~Exists(later), Q(revoked_on__isnull=True) | Q(revoked_on__gt=on), earned_on__lte=on
        )

    def of_employees(self, on: dt.date, partner_ids: Iterable[int] | None = None) -> Self:
        """Those of people employed on ``on``, by one of the partners where given."""
        employed = Employment._base_manager.filter(
            Q(until__isnull=True) | Q(until__gt=on),
            vendor_id=OuterRef("vendor_id"),
            person_id=OuterRef("person_id"),
            since__lte=on,
        )
        if partner_ids is not None:
            employed = employed.filter(partner_id__in=list(partner_ids))
        return self.filter(Exists(employed))


class Certificate(VendorRow):
    """A numbered proof that counts over ``[earned_on, expires_on)`` unless it is revoked.

    It belongs to the person and follows them from employer to employer. ``expires_on`` is fixed
    when it is issued, from the track's anchor (exam day or release of the course version); empty
    where the track never expires.
    """

    wall = "custom"
    prefix = "crt"

    person = ScopedForeignKey(Person, related_name="certificates")
    track = ScopedForeignKey(Track, related_name="+")
    result = ScopedForeignKey(Result, related_name="certificates")
    version = models.CharField(_("version"), max_length=40, blank=True)
    number = models.CharField(_("number"), max_length=40)
    earned_on = models.DateField(_("earned on"))
    expires_on = models.DateField(_("expires on"), null=True)
    revoked_on = models.DateField(_("revoked on"), null=True, blank=True)
    revoked_reason = models.CharField(_("reason"), max_length=300, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(CertificateQuerySet)()

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
