"""What holds a level up or down between reviews: cures, exceptions, sanctions, requests."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models import Enrolment, Partner, SpanManager
from partners.models.spans import span
from programs.models import Level, PartnerType
from reviews.models.runs import ReviewRun, axis_field
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class Cure(VendorRow):
    """A partner failed to retain a level and keeps it until ``until``, with its benefits.

    Over ``[since, until)``; open (``ended_on`` empty) until a review has judged it.
    """

    wall = "partner"
    prefix = "cur"

    class Ended(models.TextChoices):
        CURED = "cured", _("Met again")
        OVER = "over", _("Over")
        CHANGED = "changed", _("The level changed")
        UNDONE = "undone", _("The review was undone")

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    enrolment = ScopedForeignKey(Enrolment, related_name="+")
    partner_type = ScopedForeignKey(PartnerType, related_name="+", verbose_name=_("type"))
    axis = axis_field()
    level = ScopedForeignKey(Level, related_name="+", verbose_name=_("level"))
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    gap = models.JSONField(_("what is missing"), default=list)
    run = ScopedForeignKey(ReviewRun, related_name="+")
    ended_on = models.DateField(_("ended on"), null=True)
    ended_as = models.CharField(_("how"), max_length=8, choices=Ended.choices, blank=True)
    ended_by = ScopedForeignKey(ReviewRun, null=True, related_name="+")

    class Meta:
        ordering = ["until", "id"]
        verbose_name = _("cure")
        constraints = [
            models.CheckConstraint(condition=Q(until__gt=models.F("since")), name="cure_span"),
            models.CheckConstraint(
                condition=Q(ended_on__isnull=True, ended_as="")
                | (Q(ended_on__isnull=False) & ~Q(ended_as="")),
                name="cure_end",
            ),
            models.UniqueConstraint(
                fields=["vendor", "enrolment"],
                condition=Q(ended_on__isnull=True),
                name="cure_one_open",
            ),
        ]


class LevelException(VendorRow):
    """Somebody decided that a partner keeps a level though it fails to retain it, until ``until``:
    on that day it is judged again."""

    wall = "partner"
    prefix = "lex"

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    partner_type = ScopedForeignKey(PartnerType, related_name="+", verbose_name=_("type"))
    axis = axis_field()
    level = ScopedForeignKey(Level, related_name="+", verbose_name=_("level"))
    since = models.DateField(_("from"))
    until = models.DateField(_("reviewed again on"))
    reason = models.CharField(_("reason"), max_length=300)
    granted_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("by"))
    ended_on = models.DateField(_("ended on"), null=True)

    class Meta:
        ordering = ["until", "id"]
        verbose_name = _("exception")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gt=models.F("since")), name="levelexception_span"
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "partner_type", "axis", "level"],
                condition=Q(ended_on__isnull=True),
                name="levelexception_one_open",
            ),
        ]


class Sanction(VendorRow):
    """A measure against a partner over ``[since, until)``; without an end until it is lifted.

    ``demote`` happened on ``since``. ``deauthorize`` is the partner's suspension, for which the
    gate denies every deployment.
    """

    wall = "partner"
    prefix = "snc"

    class Kind(models.TextChoices):
        DEMOTE = "demote", _("Level lowered")
        SUSPEND_BENEFITS = "suspend_benefits", _("Benefits suspended")
        DEAUTHORIZE = "deauthorize", _("Authorization withdrawn")
        LOCK_OUT = "lock_out", _("No promotion")

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    kind = models.CharField(_("measure"), max_length=16, choices=Kind.choices)
    partner_type = ScopedForeignKey(
        PartnerType, null=True, related_name="+", verbose_name=_("type")
    )
    axis = models.SlugField(_("axis"), max_length=60, blank=True, db_index=False)
    level = ScopedForeignKey(Level, null=True, related_name="+", verbose_name=_("level after"))
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300)
    decided_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("by"))
    lifted_on = models.DateField(_("lifted on"), null=True)

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("sanction")
        constraints = [
            span("sanction_span"),
            models.CheckConstraint(condition=~Q(reason=""), name="sanction_reason"),
        ]


class LevelRequest(VendorRow):
    """Somebody asks that a partner changes to a level that no review gives by itself."""

    wall = "partner"
    prefix = "lrq"

    class Kind(models.TextChoices):
        REQUEST = "request", _("Request")
        INVITATION = "invitation", _("Invitation")
        PURCHASE = "purchase", _("Purchase")
        DOWNGRADE = "downgrade", _("Downgrade")

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        ACCEPTED = "accepted", _("Accepted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.OPEN: {State.ACCEPTED, State.REFUSED, State.WITHDRAWN},
        State.ACCEPTED: set(),
        State.REFUSED: set(),
        State.WITHDRAWN: set(),
    }

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    partner_type = ScopedForeignKey(PartnerType, related_name="+", verbose_name=_("type"))
    axis = axis_field()
    level = ScopedForeignKey(Level, related_name="+", verbose_name=_("level"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.OPEN)
    note = models.CharField(_("note"), max_length=500, blank=True)
    asked_at = models.DateTimeField(_("asked at"))
    asked_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("asked by"))
    decided_at = models.DateTimeField(_("decided at"), null=True)
    decided_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("decided by"))
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    effective_on = models.DateField(_("in force from"), null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("level request")
        constraints = [
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True)
                | Q(state="accepted", decided_at__isnull=False, effective_on__isnull=False)
                | (Q(state="refused", decided_at__isnull=False) & ~Q(reason=""))
                | Q(state="withdrawn", decided_at__isnull=False),
                name="levelrequest_decision",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "partner_type", "axis"],
                condition=Q(state="open"),
                name="levelrequest_one_open",
            ),
        ]

    @property
    def is_open(self) -> bool:
        return self.state == self.State.OPEN
