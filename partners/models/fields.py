"""What a vendor records besides the built-in columns: definitions, and values that are internal."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Customer, Partner
from tenants.rows import ScopedForeignKey, VendorRow


class CustomField(VendorRow):
    """A field that the vendor defines. Code, subject, kind and whether it is internal stay.

    ``minimum`` and ``maximum`` are texts of the field's own kind, for texts the most characters.
    ``partner_types`` are codes; none means all. ``choices`` are ``[{"code", "label"}]``.
    """

    wall = "custom"
    prefix = "cfd"

    class Subject(models.TextChoices):
        APPLICATION = "application", _("Application")
        PARTNER = "partner", _("Partner")
        CUSTOMER = "customer", _("Customer")

    class Kind(models.TextChoices):
        TEXT = "text", _("Text")
        LONG_TEXT = "long_text", _("Long text")
        INTEGER = "integer", _("Whole number")
        DECIMAL = "decimal", _("Decimal number")
        MONEY = "money", _("Money with currency")
        DATE = "date", _("Date")
        BOOLEAN = "boolean", _("Yes or no")
        CHOICE = "choice", _("Choice")
        SEVERAL = "several", _("Several choices")
        URL = "url", _("Web address")
        EMAIL = "email", _("E-mail address")
        COUNTRY = "country", _("Country")
        DOCUMENT = "document", _("Document")

    class Access(models.TextChoices):
        WRITES = "writes", _("The partner fills it in")
        READS = "reads", _("The partner reads it")
        INTERNAL = "internal", _("Internal: only our staff")

    subject = models.CharField(_("on"), max_length=12, choices=Subject.choices)
    code = models.SlugField(
        _("code"),
        max_length=40,
        help_text=_("Small letters, digits and _: the name in the API and in files. It stays."),
    )
    label = models.CharField(_("label"), max_length=80)
    help = models.CharField(
        _("help"), max_length=200, blank=True, help_text=_("A sentence under the field.")
    )
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    choices = models.JSONField(_("choices"), default=list, blank=True)
    minimum = models.CharField(
        _("at least"), max_length=40, blank=True, help_text=_("Numbers, money and dates.")
    )
    maximum = models.CharField(
        _("at most"),
        max_length=40,
        blank=True,
        help_text=_("Numbers, money and dates; for texts the most characters."),
    )
    required = models.BooleanField(_("required"), default=False)
    partner_types = ArrayField(
        models.SlugField(max_length=60), default=list, blank=True, verbose_name=_("partner types")
    )
    access = models.CharField(
        _("who sees it"), max_length=10, choices=Access.choices, default=Access.WRITES
    )
    section = models.CharField(
        _("section"),
        max_length=80,
        blank=True,
        help_text=_("Fields of one section stand together under its name."),
    )
    order = models.PositiveSmallIntegerField(_("order"), default=100)
    archived_at = models.DateTimeField(_("archived"), null=True, blank=True)

    class Meta:
        ordering = ["subject", "order", "id"]
        verbose_name = _("custom field")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "subject", "code"], name="customfield_code"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[a-z][a-z0-9_]*$"), name="customfield_code_words"
            ),
            models.CheckConstraint(
                condition=~Q(kind="document") | Q(subject="application"),
                name="customfield_document",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def pointer(self) -> str:
        """Its name in the API, in files and in forms."""
        return f"custom.{self.code}"

    @property
    def internal(self) -> bool:
        return self.access == self.Access.INTERNAL


class InternalValues(VendorRow):
    """Values of internal fields of a partner, or of one of its customers: the staff's alone."""

    wall = "staff"
    prefix = "ivl"

    partner = ScopedForeignKey(Partner, related_name="internal_values")
    customer = ScopedForeignKey(Customer, null=True, blank=True, related_name="internal_values")
    values = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("internal values")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner", "customer"],
                nulls_distinct=False,
                name="internalvalues_one",
            ),
        ]
        indexes = [
            GinIndex(fields=["values"], opclasses=["jsonb_path_ops"], name="internalvalues_find")
        ]
