"""Reviews in the vendor's admin: compute, look, approve, undo; exceptions, sanctions, requests."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.db.models import Count, F, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.admin.forms import ReasonForm, titled
from programs.compiled import program_or_none
from programs.models import PartnerType
from reviews import actions
from reviews.admin_forms import (
    ExceptionForm,
    InvitationForm,
    OnDemandForm,
    SanctionForm,
    UseForm,
)
from reviews.models import (
    Cure,
    Grant,
    GrantUse,
    LevelException,
    LevelRequest,
    ReviewOutcome,
    ReviewRun,
    Sanction,
)
from reviews.panels import plan_title, value_words
from reviews.rules import KINDS
from reviews.words import gap_words
from tenants.clock import today
from tenants.edges import with_now, with_today
from tenants.vendor_admin import Button, VendorAdmin, Waits
from web import clock
from web.codes import words_of
from web.templatetags.mainstay import short_date

SHOWN = 50
"""Outcomes of one kind on a run's page; the list shows all."""
State = ReviewRun.State


@functools.wraps(actions.preview_run)
def preview_today(*, axis_of_type: str) -> ReviewRun:
    code, axis = axis_of_type.split()
    kind = PartnerType.objects.get(code=code)
    return actions.preview_run(kind, axis, on=today(), at=clock.now())


def _dated(action: Any) -> Any:
    return with_now(with_today(action))


@functools.wraps(actions.decide_request)
def accept(request: LevelRequest) -> LevelRequest:
    return actions.decide_request(request, accept=True, on=today(), at=clock.now())


@functools.wraps(actions.decide_request)
def refuse(request: LevelRequest, *, reason: str) -> LevelRequest:
    return actions.decide_request(request, accept=False, reason=reason, on=today(), at=clock.now())


@functools.wraps(actions.record_use)
def use(grant: Grant, *, amount: Decimal, note: str) -> GrantUse:
    return actions.record_use(grant.partner, grant.benefit, amount, on=today(), note=note)


class OfAxis(VendorAdmin):
    """Base of what concerns one axis of a type, which it names in words."""

    @admin.display(description=_("axis"), ordering="axis")
    def axis_words(self, row: Any) -> str:
        return words_of(row.axis) or "–"


@admin.register(ReviewRun)
class ReviewRunAdmin(OfAxis):
    """Reviews: by the clock, between two, on demand. A preview moves nobody before approval."""

    job, icon, job_order = "levels", "published_with_changes", 30
    blank = _("Reviews run on the clock that the program states; compute one when you want it.")
    waits = Waits(
        {"state__exact": "preview"},
        ngettext_lazy("%d review waits for your approval", "%d reviews wait for your approval"),
    )
    list_display = ("due_on", "partner_type", "axis_words", "trigger", "state", "partners", "told")
    list_filter = ("state", "trigger", "partner_type")
    list_select_related = ("partner_type",)
    date_hierarchy = "due_on"
    add_action = preview_today
    add_form = OnDemandForm
    add_fields = ("axis_of_type",)
    show = ("partner_type", "axis_words", "due_on", "trigger", "state", "program_version",
            "partners", "decided_at", "applied_on", "applied_by", "undone_at", "undone_by",
            "reason", "outcomes_shown")  # fmt: skip
    buttons = (
        Button(
            "approve",
            _("Approve"),
            _dated(actions.approve_run),
            shown=lambda run: run.state == State.PREVIEW,
            tone="primary",
            done=_("Applied: the levels hold from today, and the partners are told."),
        ),
        Button(
            "refresh",
            _("Compute again"),
            _dated(actions.refresh_run),
            shown=lambda run: run.state == State.PREVIEW,
            done=_("Computed again."),
        ),
        Button(
            "undo",
            _("Undo"),
            _dated(actions.undo_run),
            form=ReasonForm,
            shown=lambda run: run.state == State.APPLIED,
            tone="danger",
            done=_("Undone: the levels are what they were."),
            note=_("Refused where somebody or a later review changed a level since."),
        ),
    )

    @admin.display(description=_("outcomes"))
    def told(self, run: ReviewRun) -> str:
        named = dict(ReviewOutcome.Kind.choices)
        found = [f"{named[kind]}: {run.counts[kind]}" for kind in KINDS if run.counts.get(kind)]
        return ", ".join(found) or "–"

    @admin.display(description=_("outcomes"))
    def outcomes_shown(self, run: ReviewRun) -> Any:
        """By kind, what somebody loses first; the first fifty of each, and a link to all."""
        place = Window(RowNumber(), partition_by=F("kind"), order_by=("partner__name", "pk"))
        rows = ReviewOutcome.objects.filter(run=run).defer("explanation").annotate(place=place)
        shown: dict[str, list[Any]] = {}
        for row in (
            rows.filter(place__lte=SHOWN)
            .select_related("partner", "from_level", "to_level")
            .order_by("partner__name", "pk")
        ):
            shown.setdefault(row.kind, []).append(row)
        counted = ReviewOutcome.objects.filter(run=run).order_by().values_list("kind")
        counts = dict(counted.annotate(Count("pk")))
        listed = reverse("admin:reviews_reviewoutcome_changelist")
        groups = (
            (
                ReviewOutcome.Kind(kind).label,
                counts[kind],
                format_html_join("", "<li>{} · {}{}</li>", map(_line, shown[kind])),
                f"{listed}?run={run.ref}&kind__exact={kind}",
                _("all of them"),
            )
            for kind in KINDS
            if kind in shown
        )
        group = '<p><strong>{} · {}</strong></p><ul>{}</ul><p><a href="{}">{}</a></p>'
        return format_html_join("", group, groups) or "–"


def _line(outcome: ReviewOutcome) -> tuple[Any, str, Any]:
    levels = [level.name if level else "–" for level in (outcome.from_level, outcome.to_level)]
    words = levels[0] if levels[0] == levels[1] else " → ".join(levels)
    parts = [short_date(outcome.until)] if outcome.until else []
    parts += [gap_words(outcome.gap)] if outcome.gap else []
    page = reverse("admin:reviews_reviewoutcome_change", args=[outcome.ref])
    name = format_html('<a href="{}">{}</a>', page, outcome.partner.name)
    return name, words, format_html("<br><small>{}</small>", " · ".join(parts)) if parts else ""


class RunFilter(admin.SimpleListFilter):
    """The outcomes of one run: reached from the run's page, so it offers no other."""

    title = _("review")
    parameter_name = "run"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = ReviewRun.objects.select_related("partner_type")
        chosen = rows.with_public_id(request.GET.get("run", ""))
        return [(run.ref, str(run)) for run in chosen] + [("", _("All"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        if not chosen:
            return queryset
        return queryset.filter(run__in=ReviewRun.objects.with_public_id(chosen))


@admin.register(ReviewOutcome)
class ReviewOutcomeAdmin(OfAxis):
    """What each review said of each partner, with the tree that decided."""

    job, icon, job_order = "levels", "fact_check", 31
    blank = _("What each review said of each partner, with the reason.")
    list_display = ("due_on", "partner", "kind", "from_level", "to_level", "until", "missing")
    list_filter = (RunFilter, "kind", "partner_type")
    list_select_related = ("partner", "from_level", "to_level")
    search_fields = ("partner__name",)
    show = (
        "partner",
        "partner_type",
        "axis_words",
        "kind",
        "from_level",
        "to_level",
        "until",
        "due_on",
        "applied_on",
        "undone_on",
        "missing",
        "tree",
    )

    @admin.display(description=_("what is missing"))
    def missing(self, outcome: ReviewOutcome) -> str:
        return gap_words(outcome.gap) or "–"

    @admin.display(description=_("what was asked"))
    def tree(self, outcome: ReviewOutcome) -> Any:
        if not outcome.explanation:
            return "–"
        asked = outcome.explanation["children"] or [outcome.explanation]
        return format_html("<ul>{}</ul>", format_html_join("", "{}", ((_node(n),) for n in asked)))


_MARKS = {"pass": "✓", "fail": "✗", "unknown": "?"}


def _node(node: dict[str, Any]) -> Any:
    children = format_html_join("", "{}", ((_node(child),) for child in node["children"]))
    inner = format_html("<ul>{}</ul>", children) if node["children"] else ""
    why = " ".join([node["missing"], *node["unknown"]]).strip()
    return format_html(
        "<li>{} {} <small>{}</small>{}</li>", _MARKS[node["outcome"]], node["words"], why, inner
    )


@admin.register(Cure)
class CureAdmin(OfAxis):
    """Partners that keep a level they no longer meet, for a time."""

    job, icon, job_order = "levels", "hourglass_empty", 32
    blank = _("Partners that fell short and have time to catch up before they lose their level.")
    list_display = ("partner", "level", "since", "until", "ended_on", "ended_as", "missing")
    list_filter = ("ended_as", "partner_type")
    list_select_related = ("partner", "level")
    show = ("partner", "partner_type", "axis_words", "level", "since", "until", "missing",
            "ended_on", "ended_as")  # fmt: skip

    @admin.display(description=_("what is missing"))
    def missing(self, cure: Cure) -> str:
        return gap_words(cure.gap) or "–"


@admin.register(LevelException)
class LevelExceptionAdmin(OfAxis):
    """Levels kept by decision, until their review day."""

    job, icon, job_order = "levels", "verified", 33
    blank = _("A partner keeps a level that it does not meet, until the day you say.")
    list_display = ("partner", "level", "since", "until", "ended_on", "granted_by", "reason")
    list_select_related = ("partner", "level", "granted_by")
    add_action = with_today(actions.grant_exception)
    add_form = ExceptionForm
    add_fields = ("partner", "level", "until", "reason")
    show = ("partner", "partner_type", "axis_words", "level", "since", "until", "reason",
            "granted_by", "ended_on")  # fmt: skip
    buttons = (
        Button(
            "lift",
            _("Lift"),
            with_today(actions.lift_exception),
            form=ReasonForm,
            shown=lambda row: row.ended_on is None,
            tone="danger",
            done=_("Lifted: the next review judges the level."),
        ),
    )


@admin.register(Sanction)
class SanctionAdmin(OfAxis):
    """Measures against partners."""

    job, icon, job_order = "levels", "gavel", 34
    blank = _("Measures against a partner, such as suspended benefits.")
    list_display = ("partner", "kind", "level", "since", "until", "lifted_on", "decided_by")
    list_filter = ("kind",)
    list_select_related = ("partner", "level", "decided_by")
    add_action = with_today(actions.impose_sanction)
    add_form = SanctionForm
    add_fields = ("partner", "kind", "level", "months", "reason")
    show = ("partner", "kind", "partner_type", "axis_words", "level", "since", "until", "reason",
            "decided_by", "lifted_on")  # fmt: skip
    buttons = (
        Button(
            "lift",
            _("Lift"),
            with_today(actions.lift_sanction),
            form=ReasonForm,
            shown=lambda row: row.lifted_on is None and row.kind != Sanction.Kind.DEMOTE,
            done=_("Lifted."),
        ),
    )


@admin.register(LevelRequest)
class LevelRequestAdmin(OfAxis):
    """Levels that partners ask for, and invitations to them."""

    job, icon, job_order = "levels", "mark_email_unread", 35
    blank = _("Levels that partners ask for stand here, and your invitations to them.")
    waits = Waits(
        {"state__exact": "open", "kind__in": ("request", "purchase", "downgrade")},
        ngettext_lazy("%d level request waits", "%d level requests wait"),
    )
    list_display = ("partner", "level", "kind", "state", "asked_at", "asked_by", "effective_on")
    list_filter = ("state", "kind")
    list_select_related = ("partner", "level", "asked_by")
    add_action = _dated(actions.invite_to_level)
    add_form = InvitationForm
    add_fields = ("partner", "level", "note")
    show = ("partner", "partner_type", "axis_words", "level", "kind", "state", "note", "asked_at",
            "asked_by", "decided_at", "decided_by", "reason", "effective_on")  # fmt: skip
    buttons = (
        Button(
            "accept",
            _("Accept"),
            accept,
            shown=lambda row: row.is_open and row.kind != LevelRequest.Kind.INVITATION,
            tone="primary",
            done=_("Accepted: the partner is told."),
        ),
        Button(
            "refuse",
            _("Refuse"),
            refuse,
            form=ReasonForm,
            shown=lambda row: row.is_open and row.kind != LevelRequest.Kind.INVITATION,
            tone="danger",
            done=_("Refused: the partner is told."),
        ),
    )


@admin.register(Grant)
class GrantAdmin(VendorAdmin):
    """The benefits that partners hold."""

    job, icon, job_order = "levels", "redeem", 36
    blank = _("What partners hold by their level: discounts, licences, funds.")
    list_display = ("partner", "benefit_words", "given", "since", "until")
    list_filter = ("benefit",)
    list_select_related = ("partner",)
    show = ("partner", "benefit_words", "given", "per", "since", "until", "used")
    buttons = (
        Button(
            "use",
            _("Count a use"),
            use,
            form=UseForm,
            shown=lambda grant: grant.until is None and grant.quantity is not None,
            done=_("Counted."),
        ),
    )

    @admin.display(description=_("benefit"), ordering="benefit")
    def benefit_words(self, grant: Grant) -> str:
        return titled("benefits", grant.benefit)

    def name_of(self, obj: Grant) -> str:
        return f"{self.benefit_words(obj)} · {obj.partner}"

    @admin.display(description=_("value"))
    def given(self, grant: Grant) -> str:
        program = program_or_none(today())
        value = plan_title(program.document if program else None, grant.kind, grant.value)
        return value_words(value, grant.quantity, grant.unit)

    @admin.display(description=_("used"))
    def used(self, grant: Grant) -> Any:
        rows = GrantUse.objects.filter(partner_id=grant.partner_id, benefit=grant.benefit)
        return format_html_join(", ", "{}: {}", ((use.period, use.used) for use in rows)) or "–"
