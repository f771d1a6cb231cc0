"""What the vendor's people and a partner have to do with each other: contacts and tasks."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from partners.models.companies import Partner, PortfolioEntry
from tenants.models import Person
from tenants.rows import ScopedForeignKey, VendorRow


class Interaction(VendorRow):
    """A contact with a partner at the instant ``at``, as one of the vendor's people noted it.

    ``people`` are the public ids of those present, of either side. An addition names what it
    ``adds_to``. Only the vendor's staff ever sees one.
    """

    wall = "staff"
    prefix = "itr"

    class Kind(models.TextChoices):
        CALL = "call", _("Call")
        VISIT = "visit", _("Visit")
        EMAIL = "email", _("E-mail")
        NOTE = "note", _("Note")

    partner = ScopedForeignKey(Partner, related_name="interactions")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    at = models.DateTimeField(_("when"))
    people = models.JSONField(_("present"), default=list, blank=True)
    summary = models.TextField(_("summary"), max_length=4000)
    author = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    adds_to = ScopedForeignKey("self", null=True, blank=True, related_name="additions")
    recorded_at = models.DateTimeField()
    corrected_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        verbose_name = _("interaction")
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=["call", "visit", "email", "note"]), name="interaction_kind"
            ),
            models.CheckConstraint(condition=~Q(summary=""), name="interaction_summary"),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "-at"], name="interaction_by_partner"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} · {self.partner}"


class Task(VendorRow):
    """Something to do about a partner until ``due_on`` (vendor's day, itself included).

    ``for_partner``: the partner does it and sees it, one of its people where ``assignee`` says so;
    else a colleague, the ``assignee``, whom only staff sees. ``about`` is the public id of a row.
    """

    wall = "custom"
    prefix = "tsk"

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("Dropped")

    TRANSITIONS = {
        State.OPEN: {State.DONE, State.DROPPED},
        State.DONE: set(),
        State.DROPPED: set(),
    }

    partner = ScopedForeignKey(Partner, related_name="tasks")
    for_partner = models.BooleanField(_("for the partner"))
    assignee = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    title = models.CharField(_("title"), max_length=160)
    detail = models.TextField(_("detail"), max_length=2000, blank=True)
    due_on = models.DateField(_("due"))
    about = models.CharField(_("about"), max_length=40, blank=True)
    state = models.CharField(_("state"), max_length=8, choices=State.choices, default=State.OPEN)
    remark = models.CharField(_("remark"), max_length=500, blank=True)
    given_by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    given_at = models.DateTimeField()
    settled_by = ScopedForeignKey(Person, null=True, blank=True, related_name="+")
    settled_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["due_on", "id"]
        verbose_name = _("task")
        constraints = [
            models.CheckConstraint(
                condition=Q(for_partner=True) | Q(assignee__isnull=False), name="task_assignee"
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True)
                | Q(state__in=["done", "dropped"], settled_at__isnull=False),
                name="task_settled",
            ),
            models.CheckConstraint(condition=~Q(title=""), name="task_title"),
        ]
        indexes = [
            models.Index(
                fields=["vendor", "due_on"], condition=Q(state="open"), name="task_open_by_day"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PartnerView(VendorRow):
    """Somebody of the vendor looked through the partner's eyes over ``[started_at, ended_at)``, at
    the latest until ``ends_at``. Its events name the pages."""

    wall = "partner"
    prefix = "pvw"

    partner = ScopedForeignKey(Partner, related_name="+")
    person = ScopedForeignKey(Person, related_name="+")
    started_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=models.F("started_at")), name="partnerview_span"
            ),
        ]
        indexes = [
            models.Index(fields=["vendor", "partner", "-started_at"], name="partnerview_newest"),
        ]


class HandOver(VendorRow):
    """A partner goes from one account manager to another on the day ``on``. Staff only, with a
    ``note`` for whoever takes over. The portfolio's entries say who is who; this row, what is to
    happen on the day: open tasks move."""

    wall = "staff"
    prefix = "hov"

    class State(models.TextChoices):
        PLANNED = "planned", _("Planned")
        DONE = "done", _("Done")
        WITHDRAWN = "withdrawn", _("Taken back")

    TRANSITIONS = {
        State.PLANNED: {State.DONE, State.WITHDRAWN},
        State.DONE: set(),
        State.WITHDRAWN: set(),
    }

    partner = ScopedForeignKey(Partner, related_name="+")
    from_person = ScopedForeignKey(Person, related_name="+")
    to_person = ScopedForeignKey(Person, related_name="+")
    entry = ScopedForeignKey(PortfolioEntry, related_name="+")
    on = models.DateField(_("from"))
    note = models.TextField(_("note"), max_length=2000, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.PLANNED)
    planned_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["on", "id"]
        verbose_name = _("hand-over")
        constraints = [
            models.UniqueConstraint(
                fields=["vendor", "partner"],
                condition=Q(state="planned"),
                name="handover_one_planned",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False)
                | (~Q(state="done") & Q(done_at__isnull=True)),
                name="handover_done",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.partner}, {self.on}"
