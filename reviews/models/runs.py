"""A review of one axis of a type on one day, and what it said of each partner."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import Q
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from partners.models import Enrolment, Partner
from programs.document.types import TIER
from programs.models import Level, PartnerType, ProgramVersion
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


def axis_field() -> models.SlugField:
    """The code of an axis in the program document."""
    return models.SlugField(_("axis"), max_length=60, default=TIER, db_index=False)


class ReviewRun(VendorRow):
    """One review: decided by the facts of ``due_on`` under one program version.

    A preview waits for approval or is applied in the transaction that made it. ``applied_on`` is
    the vendor's day from which its levels hold.
    """

    wall = "staff"
    prefix = "rvr"

    class State(models.TextChoices):
        PREVIEW = "preview", _("Preview")
        APPLIED = "applied", _("Applied")
        UNDONE = "undone", _("Undone")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.PREVIEW: {State.APPLIED},
        State.APPLIED: {State.UNDONE},
        State.UNDONE: set(),
    }

    class Trigger(models.TextChoices):
        CLOCK = "clock", _("By the clock")
        BETWEEN = "between", _("Between reviews")
        DEMAND = "demand", _("On demand")

    partner_type = ScopedForeignKey(PartnerType, related_name="+", verbose_name=_("type"))
    axis = axis_field()
    due_on = models.DateField(_("day"))
    trigger = models.CharField(_("why"), max_length=8, choices=Trigger.choices)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.PREVIEW)
    program_version = ScopedForeignKey(
        ProgramVersion, related_name="+", verbose_name=_("program version")
    )
    partners = models.PositiveIntegerField(_("partners"), default=0)
    counts = models.JSONField(_("outcomes"), default=dict)
    decided_at = models.DateTimeField(_("computed at"))
    applied_at = models.DateTimeField(_("applied at"), null=True)
    applied_on = models.DateField(_("in force from"), null=True)
    applied_by = ScopedForeignKey(
        Person, null=True, related_name="+", verbose_name=_("approved by")
    )
    undone_at = models.DateTimeField(_("undone at"), null=True)
    undone_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("undone by"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        ordering = ["-due_on", "-id"]
        verbose_name = _("review")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner_type", "axis", "trigger", "due_on"],
                condition=~Q(trigger="demand"),
                name="reviewrun_once_per_day",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner_type", "axis", "trigger"],
                condition=Q(state="preview") & ~Q(trigger="clock"),
                name="reviewrun_one_preview",
            ),
            models.CheckConstraint(
                condition=Q(state="preview", applied_at__isnull=True, undone_at__isnull=True)
                | Q(state="applied", applied_at__isnull=False, undone_at__isnull=True)
                | (
                    Q(state="undone", applied_at__isnull=False, undone_at__isnull=False)
                    & ~Q(reason="")
                ),
                name="reviewrun_state",
            ),
            models.CheckConstraint(
                condition=Q(applied_at__isnull=True, applied_on__isnull=True)
                | Q(applied_at__isnull=False, applied_on__isnull=False),
                name="reviewrun_applied_day",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner_type} · {date_format(self.due_on, 'j M Y')}"


class ReviewOutcome(VendorRow):
    """What a run said of one partner's level, and why.

    A partner sees its own once the run is applied, never a preview. ``held`` is the enrolment that
    was judged, ``made`` the one that took its place. ``until`` as in ``reviews.rules.Outcome``.
    ``gap`` lists what is missing in words; ``explanation`` is the tree that decided, left out where
    nothing changed.
    """

    wall = "custom"
    prefix = "rvo"

    class Kind(models.TextChoices):
        PROMOTE = "promote", _("Up")
        WARN = "warn", _("Warned")
        CURE = "cure", _("In cure")
        DEMOTE = "demote", _("Down")
        KEEP = "keep", _("Kept")
        EXCEPTION = "exception", _("Kept by exception")
        UNKNOWN = "unknown", _("Data missing")

    run = ScopedForeignKey(ReviewRun, related_name="outcomes")
    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    partner_type = ScopedForeignKey(PartnerType, related_name="+", verbose_name=_("type"))
    axis = axis_field()
    kind = models.CharField(_("outcome"), max_length=10, choices=Kind.choices)
    from_level = ScopedForeignKey(
        Level, null=True, related_name="+", verbose_name=_("level before")
    )
    to_level = ScopedForeignKey(Level, null=True, related_name="+", verbose_name=_("level after"))
    held = ScopedForeignKey(Enrolment, null=True, related_name="+")
    made = ScopedForeignKey(Enrolment, null=True, related_name="+")
    until = models.DateField(_("until"), null=True)
    cured = models.BooleanField(default=False)
    gap = models.JSONField(_("what is missing"), default=list)
    explanation = models.JSONField(null=True)
    due_on = models.DateField(_("day"))
    applied_on = models.DateField(_("in force from"), null=True)
    undone_on = models.DateField(_("undone on"), null=True)

    class Meta:
        ordering = ["-due_on", "-id"]
        verbose_name = _("review outcome")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "run", "partner", "from_level", "to_level"],
                nulls_distinct=False,
                name="reviewoutcome_once",
            ),
            models.CheckConstraint(
                condition=Q(undone_on__isnull=True) | Q(applied_on__isnull=False),
                name="reviewoutcome_applied_first",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "partner", "partner_type", "axis", "-id"],
                name="reviewoutcome_by_partner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {date_format(self.due_on, 'j M Y')}"
