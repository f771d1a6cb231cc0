"""What is known of a partner beyond our own rows: values, dated records, statements, agreed values.

Nothing here is edited: a newer row supersedes an older one. A row that is superseded by itself was
withdrawn.
"""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner
from partners.models.spans import SpanManager, span
from tenants.models import File, Person
from tenants.rows import ScopedForeignKey, VendorRow


class Fact(VendorRow):
    """A value of a metric that no row of ours gives, as of a day, with its source.

    ``value`` is in ``unit`` (a currency code for money).
    """

    wall = "partner"
    prefix = "fct"

    partner = ScopedForeignKey(Partner, related_name="facts")
    metric = models.SlugField(max_length=60)
    period = models.DateField(_("as of"))
    value = models.DecimalField(max_digits=18, decimal_places=4)
    unit = models.CharField(max_length=12, blank=True)
    source = models.CharField(max_length=60)
    recorded_at = models.DateTimeField()
    superseded_by = ScopedForeignKey("self", null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-period", "-id"]
        verbose_name = _("figure")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner", "metric", "period"],
                condition=Q(superseded_by__isnull=True),
                name="fact_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.metric} {self.period}"


class Record(VendorRow):
    """Something that happened to or at a partner on a day: an opportunity, an event, a case.

    ``kind`` names what metrics aggregate; ``tags`` (text to text) are what they filter by.
    ``value`` is in ``currency`` where that is given. ``until`` is the first day on which it is no
    longer open. Found again by ``external_id`` within partner and kind.
    """

    wall = "partner"
    prefix = "rec"

    partner = ScopedForeignKey(Partner, related_name="records")
    kind = models.SlugField(_("kind"), max_length=60)
    on = models.DateField(_("day"))
    until = models.DateField(_("until"), null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    tags = models.JSONField(_("tags"), default=dict, blank=True)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    source = models.CharField(_("source"), max_length=60)
    recorded_at = models.DateTimeField()
    superseded_by = ScopedForeignKey("self", null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-on", "-id"]
        verbose_name = _("record")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=models.F("on")), name="record_span"
            ),
            models.CheckConstraint(
                condition=Q(currency="") | Q(currency__regex=r"^[A-Z]{3}$", value__isnull=False),
                name="record_currency",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "kind", "external_id"],
                condition=Q(superseded_by__isnull=True) & ~Q(external_id=""),
                name="record_external_id",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "partner", "kind", "on"],
                condition=Q(superseded_by__isnull=True),
                name="record_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.on}"


class Attestation(VendorRow):
    """Something stated and vouched for (a business plan, a 24x7 SOC) over ``[since, until)``.

    ``value`` is set where the statement is a figure: ``code`` is then a metric's. Only accepted
    ones count. ``document`` is the file that shows it; ``document_sha256`` alone proves one that
    was not handed in.
    """

    wall = "partner"
    prefix = "att"

    class State(models.TextChoices):
        PENDING = "pending", _("Waiting for a decision")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")

    TRANSITIONS = {
        State.PENDING: {State.ACCEPTED, State.REFUSED},
        State.ACCEPTED: set(),
        State.REFUSED: set(),
    }

    partner = ScopedForeignKey(Partner, related_name="attestations")
    code = models.SlugField(max_length=60)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True, blank=True)
    evidence = models.CharField(_("evidence"), max_length=300)
    link = models.URLField(_("link"), max_length=300, blank=True, default="", db_default="")
    document = ScopedForeignKey(
        File, verbose_name=_("document"), null=True, blank=True, related_name="+"
    )
    document_sha256 = models.CharField(
        _("digest of the document"), max_length=64, blank=True, default="", db_default=""
    )
    attested_by = models.CharField(_("attested by"), max_length=160)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    external_id = models.CharField(
        _("external id"), max_length=120, blank=True, default="", db_default=""
    )
    state = models.CharField(
        _("state"),
        max_length=12,
        choices=State.choices,
        default=State.ACCEPTED,
        db_default=State.ACCEPTED,
    )
    reason = models.CharField(_("reason"), max_length=300, blank=True, default="", db_default="")
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("attestation")
        constraints = [
            span("attestation_span"),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True, submitted_at__isnull=False)
                | Q(state="accepted")
                | (Q(state="refused", decided_at__isnull=False) & ~Q(reason="")),
                name="attestation_decision",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "code"],
                condition=Q(state="pending"),
                name="attestation_one_pending",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "code", "external_id"],
                condition=~Q(external_id=""),
                name="attestation_external_id",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.since}"

    @property
    def withdrawn(self) -> bool:
        """Accepted once and found wrong: its span has no day left."""
        return self.state == self.State.ACCEPTED and self.until == self.since


class AgreedValue(VendorRow):
    """A number agreed with one partner (a revenue target) over ``[since, until)``.

    It takes the place of a number in the program; ``agreed_by`` names who agreed to it.
    """

    wall = "partner"
    prefix = "agv"

    partner = ScopedForeignKey(Partner, related_name="agreed_values")
    code = models.SlugField(_("code"), max_length=60)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    agreed_by = models.CharField(_("agreed by"), max_length=160)
    recorded_at = models.DateTimeField()

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("agreed value")
        constraints = [
            span("agreedvalue_span"),
            models.UniqueConstraint(
                fields=["vendor", "partner", "code"],
                condition=Q(until__isnull=True),
                name="agreedvalue_one_open",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.since}"

    @property
    def withdrawn(self) -> bool:
        """Agreed by mistake: its span has no day left."""
        return self.until == self.since
