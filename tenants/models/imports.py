"""An import on its way from a file to one action (docs/decisions/0011-imports-at-scale.md)."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from tenants.models.files import File
from tenants.models.identity import Person
from tenants.rows import ScopedForeignKey, VendorRow


class ImportJob(VendorRow):
    """One uploaded file of one kind (people, customers, certificates …) and what it would do."""

    wall = "partner"
    prefix = "imp"

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting")
        READING = "reading", _("Being read")
        PREVIEWED = "previewed", _("Previewed")
        APPLYING = "applying", _("Being applied")
        APPLIED = "applied", _("Applied")
        DISCARDED = "discarded", _("Discarded")
        CANCELLED = "cancelled", _("Cancelled")
        FAILED = "failed", _("Failed")

    TRANSITIONS = {
        State.UPLOADED: {State.READING, State.CANCELLED, State.FAILED},
        State.READING: {State.PREVIEWED, State.CANCELLED, State.FAILED},
        State.PREVIEWED: {State.READING, State.APPLYING, State.APPLIED, State.DISCARDED},
        State.APPLYING: {State.APPLIED, State.READING, State.CANCELLED, State.FAILED},
        State.APPLIED: set(),
        State.DISCARDED: set(),
        State.CANCELLED: set(),
        State.FAILED: set(),
    }
    WORKING = (State.UPLOADED, State.READING, State.APPLYING)
    """The worker has something to do."""
    ENDED = (State.APPLIED, State.DISCARDED, State.CANCELLED, State.FAILED)

    partner_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(_("kind"), max_length=40)
    file_name = models.CharField(_("file"), max_length=255)
    sha256 = models.CharField(max_length=64)
    file = ScopedForeignKey(File, null=True, related_name="+")
    """What was uploaded; empty once it was deleted for its age."""
    header = models.JSONField(default=list, db_default=[])
    """The titles of the columns, as uploaded."""
    state = models.CharField(_("state"), max_length=12, choices=State.choices)
    total = models.PositiveIntegerField(default=0, db_default=0)
    """Rows of the file as counted ahead; of a sheet an estimate until it is read."""
    done = models.PositiveIntegerField(_("rows done"), default=0, db_default=0)
    """Rows that the present state is through with."""
    note = models.TextField(_("reason"), default="", db_default="", blank=True)
    """Why it failed, or why it was read again."""
    cancel_asked = models.BooleanField(default=False, db_default=False)
    attempts = models.PositiveSmallIntegerField(default=0, db_default=0)
    """How often the worker took it up since it last made progress."""
    moved_at = models.DateTimeField(null=True)
    """When it last made progress, by the database's own clock."""
    asked_as = models.JSONField(default=dict, db_default={})
    """Who asked for the work at hand: what ``working.scope_of_job`` makes a scope of."""
    rows = models.PositiveIntegerField(default=0)
    creates = models.PositiveIntegerField(default=0)
    updates = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    failures = models.PositiveIntegerField(default=0)
    created_by = ScopedForeignKey(Person, null=True, related_name="+")
    created_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    cleared_at = models.DateTimeField(null=True)
    """When file and rows were deleted for their age."""

    class Meta:
        ordering = ["-id"]
        verbose_name = _("import")
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    state__in=("uploaded", "reading", "previewed", "applying"),
                    finished_at__isnull=True,
                )
                | Q(
                    state__in=("applied", "discarded", "cancelled", "failed"),
                    finished_at__isnull=False,
                ),
                name="importjob_finished",
            ),
            models.CheckConstraint(
                condition=~Q(state="failed") | ~Q(note=""), name="importjob_failed_says_why"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} · {self.file_name}"

    @property
    def is_working(self) -> bool:
        return self.state in self.WORKING


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
    """Filled cells by the name of their field, as uploaded."""
    outcome = models.CharField(max_length=10, choices=Outcome.choices)
    changes = models.JSONField(default=dict)
    errors = models.JSONField(default=list)
    key = models.UUIDField(null=True)
    """A digest of what must be there once in a file."""
    target = models.BigIntegerField(null=True)
    """The row that it changes or finds."""

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(fields=["vendor", "job", "number"], name="importrow_number"),
        ]
