"""An import on its way from a file to one action: uploaded, previewed, applied or discarded."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from tenants.models.identity import Person
from tenants.rows import ScopedForeignKey, VendorRow


class ImportJob(VendorRow):
    """One uploaded file of one kind (people, customers, certificates …) and what it would do."""

    wall = "partner"
    prefix = "imp"

    class State(models.TextChoices):
        PREVIEWED = "previewed", _("Previewed")
        APPLIED = "applied", _("Applied")
        DISCARDED = "discarded", _("Discarded")

    TRANSITIONS = {
        State.PREVIEWED: {State.APPLIED, State.DISCARDED},
        State.APPLIED: set(),
        State.DISCARDED: set(),
    }

    partner_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    rows = models.PositiveIntegerField(default=0)
    creates = models.PositiveIntegerField(default=0)
    updates = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    created_by = ScopedForeignKey(Person, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")

    def __str__(self) -> str:
        return f"{self.kind} · {self.file_name}"


class ImportRow(VendorRow):
    """One row of the file: what was read, what is wrong with it, what it would change."""

    wall = "partner"
    prefix = "imr"

    class Outcome(models.TextChoices):
        CREATE = "create", _("New")
        UPDATE = "update", _("Change")
        UNCHANGED = "unchanged", _("Unchanged")
        ERROR = "error", _("Error")

    job = ScopedForeignKey(ImportJob, related_name="items")
    partner_id = models.BigIntegerField(null=True)
    number = models.PositiveIntegerField()
    values = models.JSONField()
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    changes = models.JSONField(default=dict)
    errors = models.JSONField(default=list)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "job", "number"], name="importrow_number"),
        ]
