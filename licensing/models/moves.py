"""Customers that change their MSP, and partners that become one. Staff only: neither partner reads
the other's name."""

from __future__ import annotations

from typing import ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models import Customer, Partner
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class CustomerMove(VendorRow):
    """On the day ``on`` the customer is run by ``to_partner`` and what is deployed goes along.

    ``into`` is a customer that the next partner has already, else one is made, called ``name``
    where that is given. ``resulting`` is the next partner's customer, ``note`` why a move was not
    made.
    """

    wall = "staff"
    prefix = "mov"

    class State(models.TextChoices):
        SCHEDULED = "scheduled", _("Scheduled")
        DONE = "done", _("Moved")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.SCHEDULED: {State.DONE, State.CANCELLED},
        State.DONE: set(),
        State.CANCELLED: set(),
    }

    customer = ScopedForeignKey(Customer, related_name="+", verbose_name=_("customer"))
    to_partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("next partner"))
    into = ScopedForeignKey(
        Customer, null=True, blank=True, related_name="+", verbose_name=_("is its customer")
    )
    name = models.CharField(_("name there"), max_length=160, blank=True)
    on = models.DateField(_("on"))
    reason = models.CharField(_("what shows it"), max_length=500)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.SCHEDULED
    )
    note = models.CharField(_("why not"), max_length=300, blank=True)
    requested_at = models.DateTimeField(_("written down at"))
    requested_by = ScopedForeignKey(
        Person, null=True, related_name="+", verbose_name=_("written down by")
    )
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    resulting = ScopedForeignKey(
        Customer, null=True, blank=True, related_name="+", verbose_name=_("became")
    )

    class Meta:
        ordering = ["-id"]
        verbose_name = _("customer move")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "customer"],
                condition=Q(state="scheduled"),
                name="customermove_one_scheduled",
            ),
            models.CheckConstraint(
                condition=Q(state="scheduled", settled_at__isnull=True, resulting__isnull=True)
                | Q(state="done", settled_at__isnull=False, resulting__isnull=False)
                | Q(state="cancelled", settled_at__isnull=False, resulting__isnull=True),
                name="customermove_settled",
            ),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "on"],
                condition=Q(state="scheduled"),
                name="customermove_due",
            ),
        ]

    def __str__(self) -> str:
        return str(self.customer)


class PartnerMerge(VendorRow):
    """The partner ``gone`` becomes a part of ``kept``: planned, then merged or discarded.

    ``outcome`` counts what was merged: customers, joined, people, contracts, seats.
    """

    wall = "staff"
    prefix = "mrg"

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        MERGED = "merged", _("Merged")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.PLANNED: {State.MERGED, State.DISCARDED},
        State.MERGED: set(),
        State.DISCARDED: set(),
    }

    gone = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner that goes"))
    kept = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner that stays"))
    reason = models.CharField(_("reason"), max_length=300)
    state = models.CharField(
        _("state"), max_length=10, choices=State.choices, default=State.PLANNED
    )
    planned_at = models.DateTimeField(_("planned at"))
    planned_by = ScopedForeignKey(Person, null=True, related_name="+", verbose_name=_("planned by"))
    settled_at = models.DateTimeField(_("settled at"), null=True, blank=True)
    outcome = models.JSONField(default=dict, blank=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("merge of partners")
        verbose_name_plural = _("merges of partners")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "gone"],
                condition=Q(state__in=["planned", "merged"]),
                name="partnermerge_once",
            ),
            models.CheckConstraint(condition=~Q(gone=F("kept")), name="partnermerge_two"),
        ]

    def __str__(self) -> str:
        return f"{self.gone} → {self.kept}"
