"""What an account manager has to see to: one case per partner, and what it is about."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models import Partner
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class Case(VendorRow):
    """All that needs somebody at one partner, at most one open at a time. Staff only.

    Opened and kept by a sweep; closed by it once nothing holds any more, or by a person. Until
    ``snoozed_until`` (vendor's day) it is left out of the morning's list. ``seats`` are those at
    stake together, users of several products once.
    """

    wall = "staff"
    prefix = "cas"

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        CLOSED = "closed", _("Closed")

    TRANSITIONS = {State.OPEN: {State.CLOSED}, State.CLOSED: set()}

    partner = ScopedForeignKey(Partner, related_name="cases")
    state = models.CharField(_("state"), max_length=6, choices=State.choices, default=State.OPEN)
    seats = models.PositiveIntegerField(_("seats at stake"), default=0)
    opened_on = models.DateField(_("opened"))
    snoozed_until = models.DateField(_("snoozed until"), null=True, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-seats", "id"]
        verbose_name = _("case")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner"], condition=Q(state="open"), name="case_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="open", closed_at__isnull=True)
                | Q(state="closed", closed_at__isnull=False),
                name="case_closed",
            ),
        ]


class CaseReason(VendorRow):
    """One thing that holds over ``[since, until)``, of the case that it opened or joined.

    ``key`` tells it from others of its kind; ``data`` is what its words need. After a person closed
    the case its reasons stay while they hold, so that the same ones open no other case.
    """

    wall = "staff"
    prefix = "crs"

    partner = ScopedForeignKey(Partner, related_name="+")
    case = ScopedForeignKey(Case, related_name="reasons")
    kind = models.SlugField(max_length=20)
    key = models.CharField(max_length=200, blank=True)
    seats = models.PositiveIntegerField(default=0)
    due_on = models.DateField(null=True, blank=True)
    data = models.JSONField(default=dict)
    since = models.DateField()
    until = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["-seats", "due_on", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner", "kind", "key"],
                condition=Q(until__isnull=True),
                name="casereason_once",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="casereason_span"
            ),
        ]
