"""What a partner agreed with its own customers, and what of it the vendor's people may read."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Customer, Partner
from partners.models.spans import SpanManager, span
from tenants.models import File, Person
from tenants.rows import ScopedForeignKey, VendorRow


class ServiceScope(models.TextChoices):
    INFRASTRUCTURE = "infrastructure", _("Infrastructure")
    SECURITY = "security", _("Security")
    CLOUD = "cloud", _("Cloud")
    END_USER = "end_user", _("End-user computing")


class Duty(models.TextChoices):
    DEPLOY = "deploy", _("Deploy")
    INTEGRATE = "integrate", _("Integrate")
    MONITOR = "monitor", _("Monitor")
    PATCH = "patch", _("Patch")
    TROUBLESHOOT = "troubleshoot", _("Troubleshoot")
    RESTORE = "restore", _("Restore")


class Billing(models.TextChoices):
    MONTHLY = "monthly", _("Monthly")
    QUARTERLY = "quarterly", _("Quarterly")
    YEARLY = "yearly", _("Yearly")


def _one_per(scope: str) -> ExclusionConstraint:
    """A customer has at most one contract for the scope on a day. ``int8range(x, x, '[]') &&``
    stands for ``=``, which GiST knows for numbers only with an extension."""
    bounds = Value("[]", output_field=models.TextField())
    customer = Func(F("customer_id"), F("customer_id"), bounds, function="int8range")
    days = Func(F("since"), F("until"), function="daterange", output_field=DateRangeField())
    return ExclusionConstraint(
        name=f"servicecontract_one_{scope}",
        expressions=[(customer, RangeOperators.OVERLAPS), (days, RangeOperators.OVERLAPS)],
        condition=Q(scopes__contains=[scope]),
    )


class ServiceContract(VendorRow):
    """The partner runs ``scopes`` for its customer over ``[since, until)``.

    ``until`` is the first day on which it surely no longer runs: the agreed end where it does not
    renew by itself, or the day on which somebody ended it. ``terms`` are those agreed last.
    """

    wall = "partner"
    prefix = "sct"

    partner = ScopedForeignKey(Partner, related_name="service_contracts")
    customer = ScopedForeignKey(Customer, related_name="service_contracts")
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    scopes = ArrayField(
        models.CharField(max_length=20, choices=ServiceScope.choices), verbose_name=_("services")
    )
    since = models.DateField(_("start"))
    until = models.DateField(_("until"), null=True, blank=True)
    ended = models.BooleanField(default=False, db_default=False)
    terms = ScopedForeignKey("ContractTerms", null=True, blank=True, related_name="+")
    recorded_at = models.DateTimeField()
    updated_at = models.DateTimeField(auto_now=True)

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("service contract")
        constraints = [
            span("servicecontract_span"),
            models.CheckConstraint(
                condition=Q(scopes__len__gt=0)
                & Q(scopes__contained_by=[str(one.value) for one in ServiceScope]),
                name="servicecontract_scopes",
            ),
            models.CheckConstraint(
                condition=Q(ended=False) | Q(until__isnull=False), name="servicecontract_ended"
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "external_id"],
                condition=~Q(external_id=""),
                name="servicecontract_external_id",
            ),
            *(_one_per(str(one.value)) for one in ServiceScope),
        ]

    @property
    def agreed(self) -> ContractTerms:
        """The terms agreed last: none are missing once the action that recorded it is through."""
        if self.terms is None:
            raise ValueError(f"{self.ref} has no terms yet.")
        return self.terms


class ContractTerms(VendorRow):
    """What is agreed over ``[since, until)``; contiguous within a contract.

    ``ends_on`` is the first day after the running term, empty for an evergreen contract; ``months``
    the length of each further one. ``fee`` is per billing period, in ``currency``. ``promises`` is
    ``{"s1": {"response": 60, "restoration": 240}}`` in minutes; ``uptime`` and ``credit`` are
    percent (``credit``: of the fee, at most, where a promise is missed).
    """

    wall = "partner"
    prefix = "ctm"

    partner = ScopedForeignKey(Partner, related_name="+")
    contract = ScopedForeignKey(ServiceContract, related_name="history")
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)
    ends_on = models.DateField(_("end"), null=True, blank=True)
    months = models.PositiveSmallIntegerField(_("months of a term"), null=True, blank=True)
    notice_days = models.PositiveSmallIntegerField(_("days of notice"), default=0)
    auto_renews = models.BooleanField(_("renews by itself"), default=False)
    duties = ArrayField(
        models.CharField(max_length=20, choices=Duty.choices),
        default=list,
        blank=True,
        verbose_name=_("duties"),
    )
    billing = models.CharField(
        _("billing"), max_length=10, choices=Billing.choices, default=Billing.MONTHLY
    )
    fee = models.DecimalField(_("fee"), max_digits=14, decimal_places=2, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    promises = models.JSONField(_("promised times"), default=dict, blank=True)
    uptime = models.DecimalField(
        _("promised uptime"), max_digits=6, decimal_places=3, null=True, blank=True
    )
    credit = models.DecimalField(
        _("service credit"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    recorded_at = models.DateTimeField()

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["-since", "-id"]
        constraints = [
            span("contractterms_span"),
            models.UniqueConstraint(
                fields=["vendor", "contract"],
                condition=Q(until__isnull=True),
                name="contractterms_one_latest",
            ),
            models.CheckConstraint(
                condition=Q(ends_on__isnull=True) | Q(ends_on__gt=F("since")),
                name="contractterms_end",
            ),
            models.CheckConstraint(
                condition=Q(auto_renews=False) | Q(ends_on__isnull=False, months__gte=1),
                name="contractterms_renewal",
            ),
            models.CheckConstraint(
                condition=Q(fee__isnull=True, currency="")
                | Q(fee__gte=0, currency__regex=r"^[A-Z]{3}$"),
                name="contractterms_fee",
            ),
            models.CheckConstraint(
                condition=(Q(uptime__isnull=True) | Q(uptime__gte=0, uptime__lte=100))
                & (Q(credit__isnull=True) | Q(credit__gte=0, credit__lte=100)),
                name="contractterms_percent",
            ),
        ]


class SharingChoice(VendorRow):
    """The class that the partner chose for a field, for all its customers or for one."""

    wall = "partner"
    prefix = "shc"

    class Class(models.TextChoices):
        CAM = "cam", _("Shared with our account manager")
        AGGREGATE = "aggregate", _("In sums only")
        PARTNER = "partner", _("Only us")

    partner = ScopedForeignKey(Partner, related_name="sharing_choices")
    customer = ScopedForeignKey(Customer, null=True, blank=True, related_name="sharing_choices")
    field = models.SlugField(max_length=20)
    share = models.CharField(max_length=10, choices=Class.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner", "customer", "field"],
                nulls_distinct=False,
                name="sharingchoice_one",
            ),
            models.CheckConstraint(
                condition=Q(share__in=["cam", "aggregate", "partner"]), name="sharingchoice_share"
            ),
        ]


class RestrictedRead(VendorRow):
    """Somebody of the vendor read restricted fields of a customer on a day (the event: which)."""

    wall = "partner"
    prefix = "rrd"

    partner = ScopedForeignKey(Partner, related_name="+")
    customer = ScopedForeignKey(Customer, related_name="+")
    person = ScopedForeignKey(Person, related_name="+")
    on = models.DateField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "customer", "person", "on"], name="restrictedread_one"
            ),
        ]


class TakeOut(VendorRow):
    """A ZIP of everything that a partner may see of itself, made by a job."""

    wall = "partner"
    prefix = "tko"

    class State(models.TextChoices):
        ASKED = "asked", _("Being made")
        READY = "ready", _("Ready")
        FAILED = "failed", _("Failed")

    TRANSITIONS = {
        State.ASKED: {State.READY, State.FAILED},
        State.READY: set(),
        State.FAILED: set(),
    }

    partner = ScopedForeignKey(Partner, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    asked_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True, blank=True)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    file = ScopedForeignKey(File, null=True, blank=True, related_name="+")

    class Meta:
        ordering = ["-id"]
        verbose_name = _("take-out")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner"],
                condition=Q(state="asked"),
                name="takeout_one_at_a_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="ready") | Q(file__isnull=False), name="takeout_file"
            ),
        ]
