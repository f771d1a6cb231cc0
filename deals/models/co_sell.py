"""Working together on a deal: what partners ask for, who takes part, and the engineers booked."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from deals.models.registrations import Registration
from deals.models.renewals import Renewal
from partners.models import Customer, Partner
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class CoSellRequest(VendorRow):
    """A partner asks the vendor to sell (co-sell) or to deliver (co-delivery) with it.

    It comes from a renewal, a registration or a customer; ``name`` is the company as it stood
    there. ``families`` are product families of the program, none: not said. ``needed_on``,
    ``starts_on`` and ``ends_on`` (the last day) are the vendor's days.
    """

    wall = "partner"
    prefix = "csr"

    class Kind(models.TextChoices):
        CO_SELL = "co_sell", _("Co-sell")
        CO_DELIVERY = "co_delivery", _("Co-delivery")

    class Why(models.TextChoices):
        ALTERNATIVES = "alternatives", _("The customer looks at alternatives")
        COMPLEX = "complex", _("The first deployment is complex")
        EXPERTISE = "expertise", _("It needs knowledge that we do not have")
        EXECUTIVE = "executive", _("The customer wants to hear it from the vendor")
        OTHER = "other", _("Another reason")

    class State(models.TextChoices):
        ASKED = "asked", _("Asked")
        ACCEPTED = "accepted", _("Accepted")
        DECLINED = "declined", _("Declined")
        PLANNED = "planned", _("Planned")
        UNDER_WAY = "under_way", _("Under way")
        DONE = "done", _("Done")
        CANCELLED = "cancelled", _("Cancelled")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.ASKED: {State.ACCEPTED, State.DECLINED, State.CANCELLED},
        State.ACCEPTED: {State.PLANNED, State.CANCELLED},
        State.PLANNED: {State.UNDER_WAY, State.CANCELLED},
        State.UNDER_WAY: {State.DONE, State.CANCELLED},
        State.DECLINED: set(),
        State.DONE: set(),
        State.CANCELLED: set(),
    }
    LIVE = (State.ACCEPTED, State.PLANNED, State.UNDER_WAY)

    class Reason(models.TextChoices):
        NOT_CERTIFIED = "not_certified", _("It needs a certificate that you do not hold")
        NO_CAPACITY = "no_capacity", _("Nobody of ours is free by then")
        NOT_FITTING = "not_fitting", _("It is not something that we do together")
        UNAVAILABLE = "unavailable", _("We cannot offer it for this company")
        OTHER = "other", _("Another reason")

    class Outcome(models.TextChoices):
        OPEN = "", _("Open")
        REACHED = "reached", _("Reached")
        PARTLY = "partly", _("Partly reached")
        MISSED = "missed", _("Not reached")

    partner = ScopedForeignKey(Partner, related_name="co_sell", verbose_name=_("partner"))
    kind = models.CharField(_("kind"), max_length=11, choices=Kind.choices)
    advanced = models.BooleanField(_("advanced"), default=False, db_default=False)
    renewal = ScopedForeignKey(
        Renewal, null=True, blank=True, related_name="+", verbose_name=_("renewal")
    )
    registration = ScopedForeignKey(
        Registration, null=True, blank=True, related_name="+", verbose_name=_("registration")
    )
    customer = ScopedForeignKey(
        Customer, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    name = models.CharField(_("company"), max_length=160)
    families = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("families")
    )
    why = models.CharField(_("why"), max_length=12, choices=Why.choices)
    message = models.CharField(_("what is needed"), max_length=1000)
    needed_on = models.DateField(_("needed by"))
    state = models.CharField(_("state"), max_length=9, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField(_("asked"))
    asked_by = ScopedForeignKey(
        Person, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    answer_due_at = models.DateTimeField(_("answer due"))
    answered_at = models.DateTimeField(_("answered"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=13, choices=Reason.choices, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    plan = models.CharField(_("plan"), max_length=2000, blank=True)
    starts_on = models.DateField(_("begins"), null=True, blank=True)
    ends_on = models.DateField(_("ends"), null=True, blank=True)
    outcome = models.CharField(
        _("outcome"), max_length=7, choices=Outcome.choices, blank=True, default=""
    )
    note = models.CharField(_("what came of it"), max_length=1000, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("co-sell request")
        constraints = [
            models.CheckConstraint(
                condition=Q(renewal__isnull=False)
                | Q(registration__isnull=False)
                | Q(customer__isnull=False),
                name="cosell_about",
            ),
            models.CheckConstraint(
                condition=~Q(state="declined") | (Q(answered_at__isnull=False) & ~Q(reason="")),
                name="cosell_declined",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["accepted", "planned", "under_way", "done"])
                | Q(answered_at__isnull=False),
                name="cosell_accepted",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["planned", "under_way", "done"])
                | Q(starts_on__isnull=False, ends_on__isnull=False, ends_on__gte=F("starts_on")),
                name="cosell_planned",
            ),
            models.CheckConstraint(
                condition=Q(state="done") & ~Q(outcome="") | ~Q(state="done") & Q(outcome=""),
                name="cosell_outcome",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "state"], name="cosell_by_partner"),
            models.Index(
                fields=["vendor", "answer_due_at"], condition=Q(state="asked"), name="cosell_asked"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class CoSellPerson(VendorRow):
    """Somebody of either side who takes part. ``name`` is kept, since a partner does not see the
    vendor's people."""

    wall = "partner"
    prefix = "csp"

    class Side(models.TextChoices):
        PARTNER = "partner", _("Partner")
        VENDOR = "vendor", _("Vendor")

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    request = ScopedForeignKey(
        CoSellRequest, related_name="people", verbose_name=_("co-sell request")
    )
    person = ScopedForeignKey(Person, related_name="+", verbose_name=_("person"))
    side = models.CharField(_("side"), max_length=7, choices=Side.choices)
    name = models.CharField(_("name"), max_length=160)
    part = models.CharField(_("part"), max_length=80, blank=True)
    added_at = models.DateTimeField(_("added"))

    class Meta:
        ordering = ["side", "id"]
        verbose_name = _("participant")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "request", "person"], name="cosellperson_once"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Engineer(VendorRow):
    """One of the vendor's people who can be booked, ``hours_week`` hours in a week at most.

    ``skills`` are codes of the program's tracks and product families. Only staff sees one. A row is
    locked while its hours are given out.
    """

    wall = "staff"
    prefix = "eng"

    person = ScopedForeignKey(Person, related_name="+", verbose_name=_("person"))
    skills = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("skills")
    )
    hours_week = models.PositiveSmallIntegerField(_("hours a week"))
    active = models.BooleanField(_("can be booked"), default=True, db_default=True)
    created_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("engineer")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "person"], name="engineer_once"),
            models.CheckConstraint(
                condition=Q(hours_week__gte=1, hours_week__lte=60), name="engineer_hours"
            ),
        ]

    def __str__(self) -> str:
        return str(self.person)


class EngineerAway(VendorRow):
    """An engineer is away from ``since`` until ``until``, both included."""

    wall = "staff"
    prefix = "awy"

    engineer = ScopedForeignKey(Engineer, related_name="away", verbose_name=_("engineer"))
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    note = models.CharField(_("note"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ["since", "id"]
        verbose_name = _("time away")
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="engineeraway_span"),
        ]
        indexes = [
            models.Index(fields=["vendor", "engineer", "until"], name="engineeraway_by_day"),
        ]

    def __str__(self) -> str:
        return f"{self.since} – {self.until}"


class EngineerBooking(VendorRow):
    """``hours`` of an engineer from ``since`` until ``until``, both included, for one request.

    ``weeks`` says how many of them lie in which week, by its Monday (``{"2026-03-02": 8}``): what
    was agreed stays when holidays or capacity change. ``name`` is the engineer's, for the partner,
    which sees its own bookings and nothing else of the engineer. A released one takes no hours.
    """

    wall = "partner"
    prefix = "ebk"

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    request = ScopedForeignKey(
        CoSellRequest, related_name="bookings", verbose_name=_("co-sell request")
    )
    engineer = ScopedForeignKey(Engineer, related_name="bookings", verbose_name=_("engineer"))
    name = models.CharField(_("name"), max_length=160)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    hours = models.PositiveSmallIntegerField(_("hours"))
    weeks: Any = models.JSONField(default=dict, editable=False)
    released_at = models.DateTimeField(_("released"), null=True, blank=True)
    created_at = models.DateTimeField(_("made at"))

    class Meta:
        ordering = ["since", "id"]
        verbose_name = _("booking")
        constraints = [
            models.CheckConstraint(condition=Q(until__gte=F("since")), name="engineerbooking_span"),
            models.CheckConstraint(condition=Q(hours__gte=1), name="engineerbooking_hours"),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "engineer", "until"],
                condition=Q(released_at__isnull=True),
                name="engineerbooking_standing",
            ),
        ]

    def __str__(self) -> str:
        return self.name
