"""A vendor's program: immutable versions of one document, and rows that shadow its codes.

The published document is the only truth; rules read it compiled. Shadow rows exist so that other
rows can refer to a product or track by key; nothing reads rules from them.
"""

from __future__ import annotations

import datetime as dt
import json
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from programs.fields import TIER
from tenants.models import Person
from tenants.rows import ScopedForeignKey, ScopedManager, ScopedQuerySet, VendorRow


class DocumentField(models.JSONField):
    """JSON whose keys keep the order in which their author wrote them, which ``jsonb`` forgets."""

    def db_type(self, connection: Any) -> str:
        return "json"

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """The driver has parsed a value of this type already."""
        return value

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        """As text: Django's own adapter casts to ``jsonb``."""
        return None if value is None else json.dumps(value, ensure_ascii=False)


class ProgramVersionQuerySet(ScopedQuerySet):
    def in_force(self, on: dt.date) -> ProgramVersionQuerySet:
        """The version in force on ``on`` (vendor's day): the greatest effective day not after it,
        and of two for one day the later published."""
        return self.filter(effective_from__lte=on).order_by("-effective_from", "-number")[:1]


class ProgramVersion(VendorRow):
    """One published state of the whole program. Never changed; the database refuses.

    Partners see it from the day on which it is announced.
    """

    wall = "custom"
    prefix = "pgv"

    number = models.PositiveIntegerField(_("version"))
    document = DocumentField()
    digest = models.CharField(max_length=64)
    effective_from = models.DateField(_("effective from"))
    announced_on = models.DateField(_("announced on"))
    published_at = models.DateTimeField(_("published at"))
    published_by = ScopedForeignKey(Person, null=True, related_name="+")
    based_on = models.PositiveIntegerField(null=True)
    note = models.CharField(_("note"), max_length=500, blank=True)

    objects: ClassVar[Any] = ScopedManager.from_queryset(ProgramVersionQuerySet)()

    class Meta:
        ordering = ["-number"]
        verbose_name = _("program version")
        constraints = [
            models.UniqueConstraint(fields=["vendor", "number"], name="programversion_number"),
            models.CheckConstraint(
                condition=Q(announced_on__lte=F("effective_from")),
                name="programversion_announced_first",
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "effective_from"], name="programversion_by_day"),
        ]

    def __str__(self) -> str:
        return f"v{self.number}"


class ProgramDraft(VendorRow):
    """The document that is being edited and planned, until it is published or discarded.

    One per vendor. Every change makes the next ``lock_version``: a page that showed an older one
    changes nothing and publishes nothing. ``editors`` are the persons (by id) whose work it is.
    Without ``announced_on`` partners are told on the day on which it is published.
    """

    wall = "staff"
    prefix = "pgd"

    base_version = models.PositiveIntegerField(_("made on version"), default=0)
    document = DocumentField()
    digest = models.CharField(max_length=64)
    effective_from = models.DateField(_("effective from"))
    announced_on = models.DateField(_("announced on"), null=True)
    note = models.CharField(_("note"), max_length=500, blank=True)
    edited_by = ScopedForeignKey(Person, null=True, related_name="+")
    edited_at = models.DateTimeField(_("edited at"))
    started_at = models.DateTimeField(_("started at"), null=True)
    lock_version = models.PositiveIntegerField(default=1, db_default=1)
    editors = models.JSONField(default=list, db_default=models.Value([], models.JSONField()))

    class Meta:
        verbose_name = _("program draft")
        constraints = [models.UniqueConstraint(fields=["vendor"], name="programdraft_one")]

    def __str__(self) -> str:
        return str(_("Draft"))


class DraftComment(VendorRow):
    """What somebody says about the draft, or about one place of it (``types/msp``; "" for all)."""

    wall = "staff"
    prefix = "pdc"

    draft = ScopedForeignKey(ProgramDraft, related_name="comments")
    place = models.CharField(_("place"), max_length=400, blank=True)
    text = models.TextField(_("comment"), max_length=4000)
    by = ScopedForeignKey(Person, null=True, related_name="+")
    at = models.DateTimeField(_("at"))
    resolved_by = ScopedForeignKey(Person, null=True, related_name="+")
    resolved_at = models.DateTimeField(_("resolved at"), null=True)

    class Meta:
        ordering = ["at", "id"]
        verbose_name = _("comment on a draft")


class DraftStep(VendorRow):
    """What the draft's document was before a change, so that the change can be undone.

    ``lock_version`` is the draft's after that change. Only the last few are kept.
    """

    wall = "staff"
    prefix = "pds"

    draft = ScopedForeignKey(ProgramDraft, related_name="steps")
    lock_version = models.PositiveIntegerField()
    document = DocumentField()

    class Meta:
        ordering = ["-lock_version"]
        verbose_name = _("step of a draft")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "draft", "lock_version"], name="draftstep_once"
            ),
        ]


class DraftApproval(VendorRow):
    """A second person's yes to one state of the draft; the next change makes it void."""

    wall = "staff"
    prefix = "pda"

    draft = ScopedForeignKey(ProgramDraft, related_name="approvals")
    digest = models.CharField(max_length=64)
    lock_version = models.PositiveIntegerField()
    by = ScopedForeignKey(Person, related_name="+")
    at = models.DateTimeField(_("at"))

    class Meta:
        ordering = ["-at"]
        verbose_name = _("approval of a draft")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "draft", "lock_version"], name="draftapproval_once"
            ),
        ]


class Shadow(VendorRow):
    """A code of the document that other rows refer to. Written only by publishing."""

    wall = "vendor"

    code = models.SlugField(_("code"), max_length=60)
    name = models.CharField(_("name"), max_length=160)
    first_version = models.PositiveIntegerField()
    retired_in = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        abstract = True
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


def _unique_code(name: str, *fields: str) -> list[Any]:
    return [models.UniqueConstraint(fields=["vendor", *fields, "code"], name=name)]


class PartnerType(Shadow):
    prefix = "pty"

    class Meta(Shadow.Meta):
        constraints = _unique_code("partnertype_code")
        verbose_name = _("partner type")


class Level(Shadow):
    """A level of one partner type on one axis; ``rank`` orders the axis from the lowest up."""

    prefix = "lvl"

    partner_type = ScopedForeignKey(PartnerType, related_name="levels")
    axis = models.SlugField(_("axis"), max_length=60, default=TIER, db_default=TIER, db_index=False)
    rank = models.PositiveSmallIntegerField()

    class Meta(Shadow.Meta):
        ordering = ["partner_type_id", "rank"]
        constraints = _unique_code("level_code", "partner_type")
        verbose_name = _("tier")


class Product(Shadow):
    prefix = "prd"

    class Meta(Shadow.Meta):
        constraints = _unique_code("product_code")
        verbose_name = _("product")


class Track(Shadow):
    prefix = "trk"

    class Meta(Shadow.Meta):
        constraints = _unique_code("track_code")
        verbose_name = _("track")


class SweepSetting(VendorRow):
    """One of the few values of a version that sweeps must join in SQL.

    Keyed by the version's number: a sweep takes those of the version in force on the vendor's day,
    so a scheduled version changes nothing before its day.
    """

    wall = "vendor"
    prefix = "swp"

    version = models.PositiveIntegerField()
    kind = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    value = models.CharField(max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "version", "kind", "key"], name="sweepsetting_key"
            ),
        ]
