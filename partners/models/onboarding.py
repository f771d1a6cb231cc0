"""Steps of onboarding that a partner has done."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner
from programs.models import PartnerType
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class OnboardingStep(VendorRow):
    """A step of the program's checklist that is done, or was set aside with a reason.

    ``by`` is empty where the requirement was found met.
    """

    wall = "partner"
    prefix = "obs"

    class How(models.TextChoices):
        MET = "met", _("Met")
        TICKED = "ticked", _("Ticked")
        WAIVED = "waived", _("Set aside")

    partner = ScopedForeignKey(Partner, related_name="onboarding_steps")
    partner_type = ScopedForeignKey(PartnerType, related_name="+")
    code = models.SlugField(_("step"), max_length=60)
    how = models.CharField(max_length=10, choices=How.choices)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    done_on = models.DateField(_("done"))
    at = models.DateTimeField()

    class Meta:
        ordering = ["id"]
        verbose_name = _("onboarding step")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner", "partner_type", "code"], name="onboardingstep_one"
            ),
            models.CheckConstraint(
                condition=~Q(how="waived") | ~Q(reason=""), name="onboardingstep_reason"
            ),
        ]
