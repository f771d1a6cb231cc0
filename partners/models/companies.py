"""Companies in the program, their people and customers, what they signed, who looks after them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.roles import DatedRoles
from partners.models.spans import SpanManager, span
from programs.document.types import TIER
from programs.models import Level, PartnerType
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class Partner(VendorRow):
    """A company in the vendor's program."""

    wall = "custom"
    prefix = "prt"

    class Status(models.TextChoices):
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        EXITED = "exited", _("Exited")

    TRANSITIONS = {
        Status.ACTIVE: {Status.SUSPENDED, Status.EXITED},
        Status.SUSPENDED: {Status.ACTIVE, Status.EXITED},
        Status.EXITED: set(),
    }

    name = models.CharField(_("name"), max_length=160)
    legal_name = models.CharField(_("legal name"), max_length=200, blank=True)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    domain = models.CharField(_("domain"), max_length=253, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    city = models.CharField(_("city"), max_length=120, blank=True)
    service_scopes = ArrayField(models.SlugField(), default=list, blank=True)
    verticals = ArrayField(models.SlugField(), default=list, blank=True)
    status = models.CharField(
        _("status"), max_length=12, choices=Status.choices, default=Status.ACTIVE
    )
    status_reason = models.CharField(_("reason"), max_length=300, blank=True)
    status_since = models.DateField(_("since"), null=True, blank=True)
    parent = ScopedForeignKey("self", null=True, blank=True, related_name="children")
    joined_on = models.DateField(_("partner since"))
    custom = models.JSONField(_("custom fields"), default=dict, db_default={}, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("partner")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "external_id"],
                condition=~Q(external_id=""),
                name="partner_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "name"], name="partner_by_name"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="partner_by_custom"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def partner_id(self) -> int:
        """A partner is its own partner: events and walls ask every subject for this."""
        return self.pk


class Enrolment(VendorRow):
    """A partner's type, and the level it holds there on one axis, over ``[since, until)``.

    Levels are set by a review or an admin, never derived on the fly; a change ends one row and
    begins another. Every enrolment has a row of the axis ``tier``. On a ladder one row is open, of
    a set (``of_set``: badges) one for each level held.
    """

    wall = "partner"
    prefix = "enr"

    partner = ScopedForeignKey(Partner, related_name="enrolments")
    partner_type = ScopedForeignKey(PartnerType, related_name="+")
    axis = models.SlugField(_("axis"), max_length=60, default=TIER, db_default=TIER, db_index=False)
    of_set = models.BooleanField(default=False, db_default=False, editable=False)
    level = ScopedForeignKey(Level, null=True, blank=True, related_name="+")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            span("enrolment_span"),
            models.UniqueConstraint(
                fields=["vendor", "partner", "partner_type", "axis"],
                condition=Q(until__isnull=True, of_set=False),
                name="enrolment_one_open_of_ladder",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "partner_type", "axis", "level"],
                condition=Q(until__isnull=True, of_set=True),
                name="enrolment_one_open_of_set",
            ),
            models.CheckConstraint(
                condition=Q(of_set=False) | Q(level__isnull=False), name="enrolment_of_set_level"
            ),
        ]


class Employment(DatedRoles, VendorRow):
    """A person works for a partner over ``[since, until)``; certificates count only meanwhile.

    ``roles`` are codes that requirements ask for (``support_engineer``), from their last change on;
    ``roles_on`` tells those of a day (``partners.models.roles``).
    """

    wall = "partner"
    prefix = "emp"

    partner = ScopedForeignKey(Partner, related_name="employments")
    person = ScopedForeignKey(Person, related_name="employments")
    job_title = models.CharField(_("job"), max_length=120, blank=True)
    roles = models.JSONField(_("roles"), default=list, db_default=[], blank=True)
    earlier_roles = models.JSONField(_("earlier roles"), default=list, db_default=[], blank=True)
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["person__name", "id"]
        constraints = [
            span("employment_span"),
            models.UniqueConstraint(
                fields=["vendor", "partner", "person"],
                condition=Q(until__isnull=True),
                name="employment_one_open",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "external_id"],
                condition=~Q(external_id=""),
                name="employment_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "person"], name="employment_by_partner"),
        ]


class Customer(VendorRow):
    """A company whose systems the partner runs: where products are deployed.

    ``environments`` are the classes recorded for it (``clinical``, ``cardholder`` …); none means
    unclassified. Classes are never lowered by the partner (glossary, "Environment class").

    ``name`` is what everybody reads. Where the partner keeps the real one to itself, it is an alias
    and ``private_name`` the real one; ``domain_digest`` is keyed (``domain_digest_of``).

    ``account_manager`` is whom the partner has look after it; none means its admins do.
    """

    wall = "partner"
    prefix = "cus"

    partner = ScopedForeignKey(Partner, related_name="customers")
    name = models.CharField(_("name"), max_length=160)
    private_name = models.CharField(
        _("real name"), max_length=160, blank=True, default="", db_default=""
    )
    domain_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    vertical = models.SlugField(_("vertical"), max_length=40, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    environments = ArrayField(
        models.SlugField(max_length=40), default=list, blank=True, verbose_name=_("environments")
    )
    merged_into = ScopedForeignKey(
        "self", null=True, blank=True, related_name="+", verbose_name=_("duplicate of")
    )
    account_manager = ScopedForeignKey(
        Person, null=True, blank=True, related_name="+", verbose_name=_("account manager")
    )
    since = models.DateField(_("customer since"))
    until = models.DateField(_("until"), null=True, blank=True)
    custom = models.JSONField(_("custom fields"), default=dict, db_default={}, blank=True)
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("customer")
        constraints = [
            span("customer_span"),
            models.UniqueConstraint(
                fields=["vendor", "partner", "external_id"],
                condition=~Q(external_id=""),
                name="customer_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "name"], name="customer_by_name"),
            GinIndex(fields=["custom"], opclasses=["jsonb_path_ops"], name="customer_by_custom"),
        ]

    def __str__(self) -> str:
        return self.name


class Agreement(VendorRow):
    """Something signed: the partner agreement, an addendum, or a chain's link to one customer.

    ``kind`` is ``partner_agreement`` or a code of the document's addenda (``baa_vendor``,
    ``baa_customer_attested`` with the customer it covers).
    """

    wall = "partner"
    prefix = "agr"

    MAIN = "partner_agreement"

    partner = ScopedForeignKey(Partner, related_name="agreements")
    customer = ScopedForeignKey(Customer, null=True, blank=True, related_name="agreements")
    kind = models.SlugField(_("kind"), max_length=60)
    signed_by = models.CharField(_("signed by"), max_length=160)
    text_sha256 = models.CharField(_("digest of the text"), max_length=64)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    recorded_at = models.DateTimeField()

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("agreement")
        constraints = [
            span("agreement_span"),
            models.CheckConstraint(
                condition=Q(text_sha256__regex=r"^[0-9a-f]{64}$"), name="agreement_digest"
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "kind"], name="agreement_by_kind"),
        ]


class PortfolioEntry(VendorRow):
    """A channel account manager looks after a partner over ``[since, until)``.

    A stand-in does so for a while beside the main one, a specialist for one service ``scope``.
    """

    wall = "partner"
    prefix = "pfe"

    class Kind(models.TextChoices):
        MAIN = "main", _("Account manager")
        SPECIALIST = "specialist", _("Specialist")
        STAND_IN = "stand_in", _("Stand-in")

    partner = ScopedForeignKey(Partner, related_name="portfolio_entries")
    person = ScopedForeignKey(Person, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.MAIN)
    scope = models.CharField(_("service"), max_length=20, blank=True, default="", db_default="")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            span("portfolioentry_span"),
            models.UniqueConstraint(
                fields=["vendor", "partner"],
                condition=Q(until__isnull=True, kind="main"),
                name="portfolioentry_one_main",
            ),
            models.CheckConstraint(
                condition=Q(scope="") | Q(kind="specialist"), name="portfolioentry_scope"
            ),
            models.CheckConstraint(
                condition=~Q(kind="stand_in") | Q(until__isnull=False),
                name="portfolioentry_stand_in",
            ),
        ]
