"""What was asked of the gate and answered, and what runs because of it."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Customer, Partner
from programs.models import Product, ProgramVersion
from tenants.models import Person
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
        REPLACE = "replace", _("Replace")
        TRANSFER = "transfer", _("Take over")

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
    """What runs: seats of one product at one customer. Grows only through the gate.

    ``reserved`` are seats granted in two steps that nobody has confirmed yet; tighter gates count
    them as if they ran.
    """

    wall = "partner"
    prefix = "dep"

    partner = ScopedForeignKey(Partner, related_name="deployments")
    customer = ScopedForeignKey(Customer, related_name="deployments")
    product = ScopedForeignKey(Product, related_name="+")
    environments = ArrayField(models.SlugField(max_length=40))
    seats = models.PositiveIntegerField(_("seats"))
    reserved = models.PositiveIntegerField(_("reserved"), default=0, db_default=0)
    since = models.DateField(_("from"))
    authorization = ScopedForeignKey(
        Authorization, verbose_name=_("authorisation"), null=True, related_name="+"
    )
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


class Override(VendorRow):
    """An exception that opens what one product's gate asks of people and figures, for a time.

    ``override`` is asked for by the vendor's staff and approved by another person; ``break_glass``
    is taken by somebody of the partner at once and reported the next morning. ``seats_used`` are
    the seats granted under it; ``max_seats`` (None: no limit) bounds them.
    """

    wall = "partner"
    prefix = "ovr"

    class Kind(models.TextChoices):
        OVERRIDE = "override", _("Override")
        BREAK_GLASS = "break_glass", _("Break-glass")

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waiting for a second person")
        APPROVED = "approved", _("In force")
        REFUSED = "refused", _("Refused")
        ENDED = "ended", _("Ended")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.REQUESTED: {State.APPROVED, State.REFUSED},
        State.APPROVED: {State.ENDED},
        State.REFUSED: set(),
        State.ENDED: set(),
    }

    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    customer = ScopedForeignKey(
        Customer, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    product = ScopedForeignKey(Product, related_name="+", verbose_name=_("product"))
    state = models.CharField(_("state"), max_length=10, choices=State.choices)
    reason = models.CharField(_("reason"), max_length=500)
    days = models.PositiveSmallIntegerField(_("days"), null=True)
    requested_at = models.DateTimeField(_("asked at"))
    requested_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("asked by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    approver = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("decided by"))
    ends_at = models.DateTimeField(_("ends at"), null=True)
    tell_at = models.DateTimeField(null=True)
    """When people are told: before an override ends, the morning after a broken glass."""
    ended_at = models.DateTimeField(_("ended at"), null=True)
    max_seats = models.PositiveIntegerField(_("seats at most"), null=True)
    seats_used = models.PositiveIntegerField(_("seats granted"), default=0)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("override")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="break_glass")
                | (
                    Q(requested_by__isnull=False)
                    & (Q(approver__isnull=True) | ~Q(approver=models.F("requested_by")))
                ),
                name="override_second_person",
            ),
            models.CheckConstraint(
                condition=Q(kind="break_glass")
                | Q(state="requested", decided_at__isnull=True)
                | Q(decided_at__isnull=False, approver__isnull=False),
                name="override_decision",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "ended"]) | Q(ends_at__isnull=False),
                name="override_ends",
            ),
            models.CheckConstraint(
                condition=Q(max_seats__isnull=True) | Q(seats_used__lte=models.F("max_seats")),
                name="override_seats",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "partner"],
                condition=Q(state="approved"),
                name="override_in_force",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.product}"

    def opens_at(self, at: dt.datetime) -> bool:
        """Whether it is in force at the instant: its end needs nobody to note it."""
        return self.state == self.State.APPROVED and self.ends_at is not None and at < self.ends_at


class Reservation(VendorRow):
    """Seats granted in two steps: reserved at once, running when somebody confirms.

    ``seats`` is the quantity afterwards. Unconfirmed at ``expires_at`` it has lapsed, whether or
    not a sweep has noted it yet.
    """

    wall = "partner"
    prefix = "rsv"

    class State(models.TextChoices):
        RESERVED = "reserved", _("Waiting for confirmation")
        CONFIRMED = "confirmed", _("Confirmed")
        CANCELLED = "cancelled", _("Cancelled")
        LAPSED = "lapsed", _("Lapsed")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.RESERVED: {State.CONFIRMED, State.CANCELLED, State.LAPSED},
        State.CONFIRMED: set(),
        State.CANCELLED: set(),
        State.LAPSED: set(),
    }

    authorization = ScopedForeignKey(
        Authorization, verbose_name=_("authorisation"), related_name="+"
    )
    partner = ScopedForeignKey(Partner, related_name="+")
    customer = ScopedForeignKey(Customer, related_name="+")
    product = ScopedForeignKey(Product, related_name="+")
    seats = models.PositiveIntegerField(_("seats"))
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.RESERVED
    )
    expires_at = models.DateTimeField(_("to be confirmed before"))
    settled_at = models.DateTimeField(_("settled at"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("reservation")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "authorization"], name="reservation_of_decision"
            ),
            models.UniqueConstraint(
                fields=["vendor", "customer", "product"],
                condition=Q(state="reserved"),
                name="reservation_one_open",
            ),
        ]


class ClassChange(VendorRow):
    """Taking an environment class away from a customer: asked for with evidence, decided by the
    vendor's staff. Until then the stricter classes count."""

    wall = "partner"
    prefix = "clc"

    class State(models.TextChoices):
        REQUESTED = "requested", _("Waiting for the vendor")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.REQUESTED: {State.APPROVED, State.REFUSED},
        State.APPROVED: set(),
        State.REFUSED: set(),
    }

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    customer = ScopedForeignKey(Customer, related_name="+", verbose_name=_("customer"))
    before = ArrayField(models.SlugField(max_length=40), verbose_name=_("classes before"))
    environments = ArrayField(
        models.SlugField(max_length=40), blank=True, verbose_name=_("classes afterwards")
    )
    evidence = models.CharField(_("evidence"), max_length=500)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.REQUESTED
    )
    requested_at = models.DateTimeField(_("asked at"))
    requested_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("asked by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("decided by"))
    reason = models.CharField(_("reason of the answer"), max_length=300, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("lowering of a class")
        verbose_name_plural = _("lowerings of classes")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "customer"],
                condition=Q(state="requested"),
                name="classchange_one_open",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | Q(requested_by__isnull=True)
                | ~Q(decided_by=models.F("requested_by")),
                name="classchange_second_person",
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer)
