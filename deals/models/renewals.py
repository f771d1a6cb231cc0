"""Renewals: one row per term end of a service contract, made from the contract."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, ServiceContract
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class Renewal(VendorRow):
    """What is decided about a contract whose term ends on ``term_end``.

    ``term_end`` is the first day after the term, of an ``evergreen`` contract its yearly
    checkpoint. All days are the vendor's; ``planning_on`` and ``window_on`` lie before
    ``decision_on`` by the days of the program in force when the row was made or moved.
    """

    wall = "partner"
    prefix = "rnw"

    class Outcome(models.TextChoices):
        OPEN = "", _("Open")
        SAME = "same", _("Renewed at the same scope")
        EXPANDED = "expanded", _("Renewed and expanded")
        REDUCED = "reduced", _("Renewed and reduced")
        LOST = "lost", _("Lost")
        AUTO = "auto", _("Renewed by itself")
        HOLDOVER = "holdover", _("Held over, assumed")
        LAPSED = "lapsed", _("Lost, assumed")
        MOVED = "moved", _("Moved to another partner")

    SAID = (Outcome.SAME, Outcome.EXPANDED, Outcome.REDUCED, Outcome.LOST)
    """What a person says of it; the rest is what the clock found."""
    RENEWED = (
        Outcome.SAME, Outcome.EXPANDED, Outcome.REDUCED, Outcome.AUTO, Outcome.HOLDOVER,
    )  # fmt: skip
    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        Outcome.OPEN: {*SAID, Outcome.AUTO, Outcome.HOLDOVER, Outcome.LAPSED, Outcome.MOVED},
        Outcome.AUTO: {*SAID},
        Outcome.HOLDOVER: {*SAID},
        Outcome.LAPSED: {*SAID},
        Outcome.SAME: set(),
        Outcome.EXPANDED: set(),
        Outcome.REDUCED: set(),
        Outcome.LOST: set(),
        Outcome.MOVED: set(),
    }

    class Reason(models.TextChoices):
        PRICE = "price", _("Price")
        SERVICE = "service", _("Service")
        COMPETITOR = "competitor", _("Another provider")
        PRODUCT = "product", _("The product")
        INSOURCED = "insourced", _("Does it itself now")
        CLOSED = "closed", _("Closed or was bought")
        OTHER = "other", _("Another reason")

    class Stage(models.TextChoices):
        TO_PLAN = "to_plan", _("Not begun")
        TALKING = "talking", _("Talking")
        PROPOSED = "proposed", _("Proposed")
        VERBAL = "verbal", _("Agreed by word")

    partner = ScopedForeignKey(Partner, related_name="renewals", verbose_name=_("partner"))
    contract = ScopedForeignKey(
        ServiceContract, related_name="renewals", verbose_name=_("service contract")
    )
    term_end = models.DateField(_("end"))
    decision_on = models.DateField(_("decision date"))
    window_on = models.DateField(_("window opens"))
    planning_on = models.DateField(_("planning begins"))
    evergreen = models.BooleanField(_("evergreen"), default=False)
    stage = models.CharField(
        _("stage"), max_length=10, choices=Stage.choices, default=Stage.TO_PLAN,
        db_default=Stage.TO_PLAN,
    )  # fmt: skip
    at_risk = models.BooleanField(_("at risk"), default=False, db_default=False)
    next_step = models.CharField(
        _("next step"), max_length=200, blank=True, default="", db_default=""
    )
    next_step_on = models.DateField(_("next step by"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=10, choices=Outcome.choices, blank=True,
        default=Outcome.OPEN, db_default=Outcome.OPEN,
    )  # fmt: skip
    reason = models.CharField(
        _("reason"), max_length=12, choices=Reason.choices, blank=True, default="", db_default=""
    )
    competitor = models.CharField(
        _("other provider"), max_length=120, blank=True, default="", db_default=""
    )
    note = models.CharField(_("note"), max_length=500, blank=True, default="", db_default="")
    next_contract = ScopedForeignKey(
        ServiceContract, null=True, blank=True, related_name="+", verbose_name=_("new contract")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    settled_by = ScopedForeignKey(
        Person, null=True, blank=True, related_name="+", verbose_name=_("settled by")
    )
    created_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["decision_on", "id"]
        verbose_name = _("renewal")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "contract", "term_end"], name="renewal_one_per_term"
            ),
            models.CheckConstraint(
                condition=Q(planning_on__lte=F("window_on"))
                & Q(window_on__lte=F("decision_on"))
                & Q(decision_on__lte=F("term_end")),
                name="renewal_days",
            ),
            models.CheckConstraint(
                condition=Q(outcome="", settled_at__isnull=True)
                | (~Q(outcome="") & Q(settled_at__isnull=False)),
                name="renewal_settled",
            ),
            models.CheckConstraint(
                condition=Q(reason="", competitor="") | Q(outcome="lost"), name="renewal_reason"
            ),
            models.CheckConstraint(
                condition=Q(next_contract__isnull=True)
                | Q(outcome__in=["same", "expanded", "reduced"]),
                name="renewal_next_contract",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "partner", "decision_on"],
                condition=Q(outcome=""),
                name="renewal_open",
            ),
            models.Index(
                fields=["vendor", "window_on"], condition=Q(outcome=""), name="renewal_window"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.term_end}"
