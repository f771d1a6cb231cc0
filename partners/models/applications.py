"""Companies that ask to join, and what is checked before they may."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner
from programs.models import PartnerType
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class Application(VendorRow):
    """A company asks to join; a channel admin approves or refuses with a reason.

    Who holds the link (its digest is ``link_digest``) goes on with a draft, or answers ``question``
    until ``link_until``.
    """

    wall = "staff"
    prefix = "app"

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Waiting")
        ASKED = "asked", _("Waiting for the applicant")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    TRANSITIONS = {
        State.DRAFT: {State.SUBMITTED},
        State.SUBMITTED: {State.ASKED, State.APPROVED, State.REFUSED},
        State.ASKED: {State.SUBMITTED, State.APPROVED, State.REFUSED},
        State.APPROVED: set(),
        State.REFUSED: set(),
    }

    company = models.CharField(_("company"), max_length=160)
    domain = models.CharField(_("web site"), max_length=253, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    contact_name = models.CharField(_("contact"), max_length=160, blank=True)
    contact_email = models.EmailField(_("e-mail"))
    partner_type = ScopedForeignKey(PartnerType, related_name="+")
    message = models.TextField(_("what you do"), max_length=2000, blank=True)
    custom = models.JSONField(_("custom fields"), default=dict, db_default={}, blank=True)
    state = models.CharField(
        _("state"), max_length=12, choices=State.choices, default=State.SUBMITTED
    )
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    question = models.TextField(
        _("what we ask"), max_length=2000, blank=True, default="", db_default=""
    )
    answer = models.TextField(_("answer"), max_length=4000, blank=True, default="", db_default="")
    submitted_at = models.DateTimeField(_("received"), null=True, blank=True)
    link_digest = models.CharField(max_length=64, blank=True, default="", db_default="")
    link_until = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    resulting_partner = ScopedForeignKey(Partner, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("application")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "submitted", "asked"], decided_at__isnull=True)
                | Q(state="approved", decided_at__isnull=False, resulting_partner__isnull=False)
                | (Q(state="refused", decided_at__isnull=False) & ~Q(reason="")),
                name="application_decision",
            ),
            models.CheckConstraint(
                condition=Q(state="draft", submitted_at__isnull=True)
                | (
                    ~Q(state="draft")
                    & Q(submitted_at__isnull=False)
                    & ~Q(country="")
                    & ~Q(contact_name="")
                ),
                name="application_complete",
            ),
            models.UniqueConstraint(
                fields=["vendor", "link_digest"],
                condition=~Q(link_digest=""),
                name="application_link",
            ),
        ]

    def __str__(self) -> str:
        return self.company


class CheckRule(VendorRow):
    """Something to check before a company is approved. ``partner_types`` are codes; none: all."""

    wall = "staff"
    prefix = "ckr"

    title = models.CharField(_("check"), max_length=120)
    help = models.CharField(
        _("how"), max_length=300, blank=True, help_text=_("What to look at, and where.")
    )
    mandatory = models.BooleanField(
        _("mandatory"), default=True, help_text=_("Nobody is approved without it.")
    )
    partner_types = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("partner types")
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        ordering = ["order", "id"]
        verbose_name = _("check")

    def __str__(self) -> str:
        return self.title


class VettingCheck(VendorRow):
    """A check that was done for an application, or set aside with a reason."""

    wall = "staff"
    prefix = "vck"

    class Outcome(models.TextChoices):
        DONE = "done", _("Done")
        OVERRIDDEN = "overridden", _("Set aside")

    application = ScopedForeignKey(Application, related_name="checks")
    rule = ScopedForeignKey(CheckRule, related_name="+")
    outcome = models.CharField(_("state"), max_length=12, choices=Outcome.choices)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("vetting")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "application", "rule"], name="vettingcheck_one"
            ),
            models.CheckConstraint(
                condition=Q(outcome="done") | ~Q(remark=""), name="vettingcheck_reason"
            ),
        ]
