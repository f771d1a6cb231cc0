"""Results of exams and the numbered certificates they earned."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from typing import Any, ClassVar, Self

from django.db import models
from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.expressions import Combinable
from django.db.models.functions import Coalesce, Least
from django.utils.translation import gettext_lazy as _

from partners.models import Employment
from programs.compiled import program_or_none
from programs.document import Track as TrackRule
from programs.models import Track
from tenants.models import File, Person
from tenants.rows import ScopedForeignKey, ScopedManager, ScopedQuerySet, VendorRow


class Result(VendorRow):
    """A person took the exam of a track version, or of one of its parts, on a day (vendor's zone).

    A failed attempt is kept as well: the wait before the next one counts from it.
    """

    wall = "custom"
    prefix = "res"

    class Source(models.TextChoices):
        FORM = "form", _("Form")
        IMPORT = "import", _("Import")
        API = "api", _("API")

    person = ScopedForeignKey(Person, related_name="results")
    track = ScopedForeignKey(Track, related_name="+")
    version = models.CharField(_("version"), max_length=40, blank=True)
    part = models.CharField(_("part"), max_length=60, blank=True, default="", db_default="")
    passed = models.BooleanField(_("passed"), default=True, db_default=True)
    passed_on = models.DateField(_("day of the exam"))
    score = models.DecimalField(
        _("score, percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    source = models.CharField(max_length=10, choices=Source.choices)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    recorded_at = models.DateTimeField()
    document = ScopedForeignKey(File, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-passed_on", "-id"]
        verbose_name = _("result")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "person", "track", "version", "part", "passed_on", "passed"],
                name="result_once",
            ),
            models.UniqueConstraint(
                fields=["vendor", "external_id"],
                condition=~Q(external_id=""),
                name="result_external_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.track}"


def counts_until(on: dt.date) -> Combinable:
    """The SQL of ``programs.rules.counts_until`` by the program in force on the vendor's day."""
    program = program_or_none(on)
    superseded: list[When] = []
    document = program.document if program else None
    for code, track in document.tracks.items() if document else ():
        if document and track.superseded_by:
            superseded += _superseded(document.former("tracks", code), track)
    own = (F("expires_on"), F("revoked_on"))
    return (
        Least(*own, Case(*superseded, output_field=models.DateField()))
        if superseded
        else Least(*own)
    )


def _superseded(codes: list[str], track: TrackRule) -> Iterator[When]:
    of_track = Q(track__code__in=codes)
    for version, newer in track.superseded_by.items():
        if version:
            day = newer.recertify_by if newer else None
            yield When(of_track & Q(version=version), then=Value(day, models.DateField()))
    yield When(of_track, then=Value(track.version_ends(""), models.DateField()))


_OPEN_END = dt.date(9999, 12, 31)


class CertificateQuerySet(ScopedQuerySet):
    """Certificates by the day: all days are the vendor's."""

    def ending(self, on: dt.date) -> Self:
        """With ``counts_until``: the first day on which each no longer counts, as things stand on
        ``on``; empty where no end is known."""
        return self.annotate(counts_until=counts_until(on))

    def counting(self, on: dt.date) -> CertificateQuerySet:
        """Those that count on the day ``on``: earned, not over, not revoked, not superseded."""
        return self.alias(until=counts_until(on)).filter(
            Q(until__isnull=True) | Q(until__gt=on), earned_on__lte=on
        )

    def newest(self, on: dt.date) -> CertificateQuerySet:
        """Of each person and track the one that counts longest, among those not revoked on ``on``:
        the one to renew. Of two that end on one day the later issued."""
        ends = Coalesce(counts_until(on), Value(_OPEN_END))
        later = (
            self.model._base_manager.filter(
                Q(revoked_on__isnull=True) | Q(revoked_on__gt=on),
                vendor_id=OuterRef("vendor_id"),
                person_id=OuterRef("person_id"),
                track_id=OuterRef("track_id"),
                earned_on__lte=on,
            )
            .alias(ends=ends)
            .filter(Q(ends__gt=OuterRef("last")) | Q(ends=OuterRef("last"), pk__gt=OuterRef("pk")))
        )
        return self.alias(last=ends).filter(
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
    """A numbered proof that counts over ``[earned_on, expires_on)`` unless it is revoked or a newer
    version of its track supersedes it (``programs.rules.counts_until``).

    It belongs to the person and follows them from employer to employer. ``expires_on`` is fixed
    when it is issued, from the track's anchor; empty where the track never expires. Its ``result``
    is of another track where that one carried it on, or completed it.
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


class CourseEnrolment(VendorRow):
    """Somebody prepares for a track's exam: the curriculum's steps that are ``done``, by title.

    It lasts over ``[since, until)`` and is open until the exam is passed or it is given up.
    """

    wall = "custom"
    prefix = "enl"

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        UNDER_WAY = "under_way", _("Under way")
        PASSED = "passed", _("Passed")
        DROPPED = "dropped", _("Given up")

    OPEN = (State.PLANNED, State.UNDER_WAY)

    person = ScopedForeignKey(Person, related_name="enrolments")
    track = ScopedForeignKey(Track, related_name="+")
    version = models.CharField(_("version"), max_length=40, blank=True)
    since = models.DateField(_("since"))
    until = models.DateField(_("until"), null=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    done = models.JSONField(_("steps done"), default=list)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("enrolment")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "person", "track"],
                condition=Q(state__in=["planned", "under_way"]),
                name="enrolment_open_once",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["planned", "under_way"], until__isnull=True)
                | Q(state__in=["passed", "dropped"], until__isnull=False),
                name="enrolment_open_or_over",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} · {self.track}"
