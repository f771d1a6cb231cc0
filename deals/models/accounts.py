"""Real companies, once per vendor. Staff only: an account shows which partners work on it, and no
partner learns of another. What a partner may know of one is read by rules that widen for it."""

from __future__ import annotations

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models import Customer, Partner
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class Account(VendorRow):
    """A real company, whatever partners and the vendor's own sales call it.

    ``aliases`` are further names, ``parent`` the company it belongs to; ``merged_into`` is set once
    it turned out to be another account. ``folded`` is the name as names are compared and ``grams``
    what a search by name looks up (``deals.rules.names``); both follow from the names.
    """

    wall = "staff"
    prefix = "acc"

    class Source(models.TextChoices):
        REGISTRATION = "registration", _("A registration")
        CRM = "crm", _("The vendor’s own sales")
        STAFF = "staff", _("Somebody of the vendor's")

    name = models.CharField(_("name"), max_length=160)
    aliases = ArrayField(
        models.CharField(max_length=160), default=list, blank=True, verbose_name=_("other names")
    )
    country = models.CharField(_("country"), max_length=2, blank=True)
    parent = ScopedForeignKey(
        "self", null=True, blank=True, related_name="children", verbose_name=_("belongs to")
    )
    merged_into = ScopedForeignKey(
        "self", null=True, blank=True, related_name="+", verbose_name=_("duplicate of")
    )
    external_id = models.CharField(_("external id"), max_length=120, blank=True)
    source = models.CharField(_("known from"), max_length=12, choices=Source.choices)
    folded = models.CharField(max_length=160, editable=False)
    grams = ArrayField(models.IntegerField(), default=list, editable=False)
    created_at = models.DateTimeField(_("made at"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["name", "id"]
        verbose_name = _("account")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "external_id"],
                condition=~Q(external_id=""),
                name="account_external_id",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="account_not_its_parent"),
            models.CheckConstraint(
                condition=~Q(merged_into=F("id")), name="account_not_its_duplicate"
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "name"], name="account_by_name"),
            models.Index(fields=["vendor", "folded"], name="account_by_folded"),
            GinIndex(fields=["grams"], name="account_by_grams", fastupdate=False),
        ]

    def __str__(self) -> str:
        return self.name


class AccountKey(VendorRow):
    """What tells a company exactly: a domain (registrable, ASCII) or a company number (country and
    letters and digits). One account has it."""

    wall = "staff"
    prefix = "ack"

    class Kind(models.TextChoices):
        DOMAIN = "domain", _("Domain")
        NUMBER = "number", _("Company number")

    account = ScopedForeignKey(Account, related_name="keys", verbose_name=_("account"))
    kind = models.CharField(_("kind"), max_length=6, choices=Kind.choices)
    value = models.CharField(_("value"), max_length=253)

    class Meta:
        ordering = ["kind", "value"]
        verbose_name = _("key of an account")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "kind", "value"], name="accountkey_one_account"
            ),
            models.CheckConstraint(condition=~Q(value=""), name="accountkey_value"),
        ]

    def __str__(self) -> str:
        return self.value


class AccountCustomer(VendorRow):
    """A partner's customer is this company. Several partners may serve one company, and one may
    follow another: each keeps its own customer with its history."""

    wall = "staff"
    prefix = "acu"

    account = ScopedForeignKey(Account, related_name="customers", verbose_name=_("account"))
    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    customer = ScopedForeignKey(Customer, related_name="+", verbose_name=_("customer"))
    created_at = models.DateTimeField(_("since"))

    class Meta:
        ordering = ["id"]
        verbose_name = _("customer of a partner")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "customer"], name="accountcustomer_one_account"
            ),
        ]


class DirectDeal(VendorRow):
    """An opportunity of the vendor's own sales, as its CRM tells it. ``families`` are codes of
    product families; none means all."""

    wall = "staff"
    prefix = "drd"

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    TRANSITIONS: ClassVar[dict[str, set[str]]] = {
        State.OPEN: {State.WON, State.LOST},
        State.WON: {State.OPEN},
        State.LOST: {State.OPEN},
    }

    account = ScopedForeignKey(Account, related_name="direct_deals", verbose_name=_("account"))
    external_id = models.CharField(_("external id"), max_length=120)
    title = models.CharField(_("title"), max_length=200)
    families = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("families")
    )
    state = models.CharField(_("state"), max_length=4, choices=State.choices, default=State.OPEN)
    opened_on = models.DateField(_("opened"))
    closed_on = models.DateField(_("closed"), null=True, blank=True)
    touched_on = models.DateField(_("last touch"))
    updated_at = models.DateTimeField(_("changed at"))

    class Meta:
        ordering = ["-touched_on", "-id"]
        verbose_name = _("direct deal")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "external_id"], name="directdeal_external_id"
            ),
            models.CheckConstraint(condition=~Q(external_id=""), name="directdeal_known"),
            models.CheckConstraint(
                condition=Q(state="open", closed_on__isnull=True)
                | (~Q(state="open") & Q(closed_on__gte=F("opened_on"))),
                name="directdeal_closed",
            ),
        ]
        indexes = [models.Index(fields=["vendor", "account"], name="directdeal_by_account")]

    def __str__(self) -> str:
        return self.title


class AccountTouch(VendorRow):
    """One line of an account's ledger, never changed: what somebody did there. Of the vendor's own
    acts ``partner`` is empty."""

    wall = "staff"
    prefix = "tch"

    account = ScopedForeignKey(Account, related_name="touches", verbose_name=_("account"))
    partner = ScopedForeignKey(
        Partner, null=True, blank=True, related_name="+", verbose_name=_("partner")
    )
    person = ScopedForeignKey(Person, null=True, blank=True, related_name="+", verbose_name=_("by"))
    kind = models.SlugField(_("what"), max_length=60)
    data = models.JSONField(default=dict, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("line of the ledger")
        indexes = [models.Index(fields=["vendor", "account", "at"], name="touch_by_account")]
