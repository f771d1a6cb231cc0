"""Registrations, what they protect, and pre-checks."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from deals.models.accounts import Account
from deals.models.renewals import Renewal
from partners.models import Customer, Partner, ServiceContract
from tenants.models import File, Person
from tenants.rows import ScopedForeignKey, VendorRow


class Registration(VendorRow):
    """What a partner says it works on with a company.

    ``name``, ``domains``, ``number`` and ``country`` are the company as the partner typed it;
    ``account`` is which one it is. ``families`` and ``products`` are codes of the program: what it
    is about. ``terms`` is the policy as it stood when it was submitted: a later version of the
    program changes nothing of it. ``list_value`` is in ``currency``, ``external_id`` the partner's
    own id.
    """

    wall = "partner"
    prefix = "reg"

    class Kind(models.TextChoices):
        ENGAGEMENT = "engagement", _("Customer engagement")
        EXPANSION = "expansion", _("Expansion")
        RENEGOTIATION = "renegotiation", _("Renegotiation")
        RENEWAL = "renewal", _("Renewal")
        TRANSACTIONAL = "transactional", _("Transaction")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        IN_REVIEW = "in_review", _("In review")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        EXPIRED = "expired", _("Expired")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.DRAFT: {State.SUBMITTED, State.WITHDRAWN},
        State.SUBMITTED: {State.IN_REVIEW, State.APPROVED, State.REFUSED, State.WITHDRAWN},
        State.IN_REVIEW: {State.APPROVED, State.REFUSED, State.WITHDRAWN},
        State.APPROVED: {
            State.WON, State.LOST, State.EXPIRED, State.WITHDRAWN, State.IN_REVIEW, State.REFUSED,
        },
        State.REFUSED: {State.IN_REVIEW, State.APPROVED},
        State.WON: {State.LOST, State.EXPIRED},
        State.LOST: set(),
        State.EXPIRED: set(),
        State.WITHDRAWN: set(),
    }  # fmt: skip
    """Approved back to review or to refused, and refused to approved: a decision reversed."""
    WAITING = (State.SUBMITTED, State.IN_REVIEW)
    LIVE = (State.APPROVED, State.WON)

    class Reason(models.TextChoices):
        HELD = "held", _("The relationship is protected already")
        DIRECT = "direct", _("The vendor’s own sales are talking with them")
        NOT_ELIGIBLE = "not_eligible", _("The policy's conditions are not met")
        UNKNOWN_COMPANY = "unknown_company", _("We cannot tell which company it is")
        INACTIVE = "inactive", _("No activity is shown")
        OTHER = "other", _("Another reason")

    partner = ScopedForeignKey(Partner, related_name="registrations", verbose_name=_("partner"))
    kind = models.CharField(_("kind"), max_length=14, choices=Kind.choices)
    policy = models.SlugField(_("policy"), max_length=60)
    terms = models.JSONField(default=dict, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT)
    customer = ScopedForeignKey(
        Customer, null=True, blank=True, related_name="+", verbose_name=_("customer")
    )
    name = models.CharField(_("company"), max_length=160)
    domains = ArrayField(
        models.CharField(max_length=253), default=list, blank=True, verbose_name=_("domains")
    )
    number = models.CharField(_("company number"), max_length=60, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    families = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("families")
    )
    products = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("products")
    )
    seats = models.PositiveIntegerField(_("seats"), null=True, blank=True)
    list_value = models.DecimalField(
        _("list value"), max_digits=14, decimal_places=2, null=True, blank=True
    )
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    expected_on = models.DateField(_("expected by"), null=True, blank=True)
    message = models.CharField(_("what you are doing there"), max_length=1000, blank=True)
    stated = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("stated")
    )
    account = ScopedForeignKey(
        Account, null=True, blank=True, related_name="registrations", verbose_name=_("account")
    )
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    submitted_by = ScopedForeignKey(
        Person, null=True, blank=True, related_name="+", verbose_name=_("submitted by")
    )
    answer_due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    decided_by = ScopedForeignKey(
        Person, null=True, blank=True, related_name="+", verbose_name=_("decided by")
    )
    reason = models.CharField(_("reason"), max_length=16, choices=Reason.choices, blank=True)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    appeal = models.CharField(_("appeal"), max_length=1000, blank=True)
    appealed_at = models.DateTimeField(_("appealed"), null=True, blank=True)
    extensions = models.PositiveSmallIntegerField(_("extended"), default=0)
    contract = ScopedForeignKey(
        ServiceContract, null=True, blank=True, related_name="+",
        verbose_name=_("service contract"),
    )  # fmt: skip
    renewal = ScopedForeignKey(
        Renewal, null=True, blank=True, related_name="+", verbose_name=_("renewal")
    )
    external_id = models.CharField(
        _("external id"), max_length=120, blank=True, default="", db_default=""
    )
    evidence = ScopedForeignKey(
        File, null=True, blank=True, related_name="+", verbose_name=_("evidence")
    )
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    lost_reason = models.CharField(
        _("why lost"), max_length=12, choices=Renewal.Reason.choices, blank=True
    )
    created_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("registration")
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["draft", "withdrawn"])
                | Q(submitted_at__isnull=False, answer_due_at__isnull=False),
                name="registration_submitted",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=["approved", "won"])
                | Q(decided_at__isnull=False, account__isnull=False),
                name="registration_approved",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | (Q(decided_at__isnull=False) & ~Q(reason="")),
                name="registration_refused",
            ),
            models.CheckConstraint(
                condition=Q(list_value__isnull=True) | ~Q(currency=""),
                name="registration_currency",
            ),
            models.UniqueConstraint(
                fields=["vendor", "partner", "external_id"],
                condition=~Q(external_id=""),
                name="registration_external_id",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "state"], name="registration_by_partner"),
            models.Index(
                fields=["vendor", "answer_due_at"],
                condition=Q(state__in=["submitted", "in_review"]),
                name="registration_waiting",
            ),
        ]

    def __str__(self) -> str:
        return self.name


def _number(expression: str | F | Func) -> Func:
    """``[x, x]``: with it ``&&`` stands for ``=``, which GiST knows for numbers only with an
    extension."""
    bounds = Value("[]", output_field=models.TextField())
    return Func(expression, expression, bounds, function="int8range")


class Protection(VendorRow):
    """A partner's engagement with a company is protected in ``scope`` over ``[since, until)``.

    ``scope`` is ``family:endpoint``, ``product:edr`` or ``opportunity:<registration>``; ``family``
    the product family it lies in. In *pursuit* the partner works for the customer, *protected* it
    serves it. ``seats_since`` and ``zero_since`` are the vendor's days on which seats were first
    found there, and found to have ended.
    """

    wall = "partner"
    prefix = "ptn"

    class Phase(models.TextChoices):
        PURSUIT = "pursuit", _("Pursuit")
        PROTECTED = "protected", _("Protected")

    class Ended(models.TextChoices):
        RUNNING = "", _("Running")
        LAPSED = "lapsed", _("Its time was over")
        WITHDRAWN = "withdrawn", _("Given up by the partner")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")
        ZERO_SEATS = "zero_seats", _("Nothing ran there for 60 days")
        LETTER = "letter", _("The customer's letter")
        EXIT = "exit", _("The partner left the program")
        REVERSED = "reversed", _("The decision was reversed")
        TRANSFERRED = "transferred", _("Transferred")
        JOINED = "joined", _("Joined with the same protection of the account kept")

    partner = ScopedForeignKey(Partner, related_name="protections", verbose_name=_("partner"))
    registration = ScopedForeignKey(
        Registration, related_name="protections", verbose_name=_("registration")
    )
    account = ScopedForeignKey(Account, related_name="protections", verbose_name=_("account"))
    scope = models.CharField(_("scope"), max_length=80)
    scope_number = models.GeneratedField(
        expression=Func(
            F("scope"),
            template="(('x' || substr(md5(%(expressions)s), 1, 15))::bit(60)::bigint)",
            output_field=models.BigIntegerField(),
        ),
        output_field=models.BigIntegerField(),
        db_persist=True,
    )
    family = models.SlugField(_("family"), max_length=60, blank=True)
    phase = models.CharField(_("phase"), max_length=9, choices=Phase.choices, default=Phase.PURSUIT)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"))
    ended = models.CharField(_("ended by"), max_length=12, choices=Ended.choices, blank=True)
    seats_since = models.DateField(null=True, blank=True)
    zero_since = models.DateField(null=True, blank=True)
    created_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["-since", "-id"]
        verbose_name = _("protection")
        constraints = [
            models.CheckConstraint(
                condition=Q(until__gte=F("since")), name="protection_span"
            ),
            # One number per scope: were two scopes' numbers ever alike (one in 10**18), the second
            # would be refused, never both granted. An account belongs to one vendor.
            ExclusionConstraint(
                name="protection_one_holder",
                expressions=[
                    (_number(F("account_id")), RangeOperators.OVERLAPS),
                    (_number(F("scope_number")), RangeOperators.OVERLAPS),
                    (
                        Func(
                            F("since"), F("until"), function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]  # fmt: skip
        indexes = [
            models.Index(fields=["vendor", "account"], name="protection_by_account"),
            models.Index(
                fields=["vendor", "until"], condition=Q(ended=""), name="protection_running"
            ),
        ]

    def __str__(self) -> str:
        return self.scope


class PreCheck(VendorRow):
    """A partner asked whether a company looks free; the answer never says more than one bit."""

    wall = "partner"
    prefix = "pck"

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    person = ScopedForeignKey(Person, null=True, blank=True, related_name="+", verbose_name=_("by"))
    asked = models.CharField(_("asked for"), max_length=253)
    clear = models.BooleanField(_("looks clear"))
    on = models.DateField(_("day"))
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-id"]
        verbose_name = _("pre-check")
        indexes = [models.Index(fields=["vendor", "partner", "on"], name="precheck_by_day")]
