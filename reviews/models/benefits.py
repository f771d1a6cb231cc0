"""The benefits that a partner holds by its levels, and what it has used of them."""

from __future__ import annotations

from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from partners.models import Partner, SpanManager
from partners.models.spans import span
from tenants.rows import ScopedForeignKey, VendorRow


class Grant(VendorRow):
    """A benefit held over ``[since, until)``, with the value that its levels give together.

    ``value`` is JSON: true, a number as text (in ``unit``), words, or a list of words. ``sources``
    are the ``[type, axis, level]`` that count. Another value ends the grant and begins the next.
    """

    wall = "partner"
    prefix = "bnf"

    partner = ScopedForeignKey(Partner, related_name="+", verbose_name=_("partner"))
    benefit = models.SlugField(_("benefit"), max_length=60, db_index=False)
    kind = models.CharField(_("kind"), max_length=20, blank=True)
    unit = models.CharField(_("unit"), max_length=30, blank=True)
    value = models.JSONField(_("value"))
    quantity = models.DecimalField(
        _("quantity"), max_digits=18, decimal_places=6, null=True, blank=True
    )
    per = models.CharField(_("per"), max_length=12, blank=True)
    sources = models.JSONField(default=list)
    since = models.DateField(_("from"))
    until = models.DateField(_("until"), null=True, blank=True)

    objects: ClassVar[Any] = SpanManager()

    class Meta:
        ordering = ["benefit", "-since"]
        verbose_name = _("benefit")
        constraints = [
            span("grant_span"),
            models.UniqueConstraint(
                fields=["vendor", "partner", "benefit"],
                condition=Q(until__isnull=True),
                name="grant_one_open",
            ),
        ]

    def __str__(self) -> str:
        return self.benefit


class GrantUse(VendorRow):
    """How much of a benefit was used in one period, which begins on ``period``.

    ``quota`` is what the grant allowed at the last use: the database refuses to use more.
    """

    wall = "partner"
    prefix = "bnu"

    partner = ScopedForeignKey(Partner, related_name="+")
    benefit = models.SlugField(max_length=60, db_index=False)
    period = models.DateField()
    used = models.DecimalField(max_digits=18, decimal_places=6, default=0)
    quota = models.DecimalField(max_digits=18, decimal_places=6)

    class Meta:
        ordering = ["-period", "benefit"]
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner", "benefit", "period"], name="grantuse_one"
            ),
            models.CheckConstraint(
                condition=Q(used__gte=0, used__lte=F("quota")), name="grantuse_within_quota"
            ),
        ]
