"""Reviews: compute, look, approve, undo; and what they said of each partner."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.admin.forms import ReasonForm
from programs.document.types import TIER
from programs.models import PartnerType
from reviews import actions
from reviews.admin.base import OfAxis, dated
from reviews.admin.forms import OnDemandForm
from reviews.admin.run_page import outcome_groups
from reviews.models import ReviewOutcome, ReviewRun
from reviews.panels import shown_tree
from reviews.rules import KINDS
from reviews.words import gap_words
from tenants.admin_addresses import linked
from tenants.clock import today
from tenants.vendor_admin import Button, Waits
from web import clock
from web.templatetags.mainstay import short_date

State = ReviewRun.State


@functools.wraps(actions.preview_run)
def preview_today(*, axis_of_type: str) -> ReviewRun:
    code, axis = axis_of_type.split()
    kind = PartnerType.objects.get(code=code)
    return actions.preview_run(kind, axis, on=today(), at=clock.now())


@admin.register(ReviewRun)
class ReviewRunAdmin(OfAxis):
    """Reviews: by the clock, between two, on demand. A preview moves nobody before approval."""

    job, icon, job_order = "levels", "published_with_changes", 30
    blank = _("Reviews run on the clock that the program states; compute one when you want it.")
    add_label = _("Compute a review")
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
    change_form_template = "admin/reviews/run.html"
    show = ("partner_type", "axis_words", "due_on", "trigger", "state", "program_version",
            "partners", "decided_at", "applied_on", "applied_by", "undone_at", "undone_by",
            "reason")  # fmt: skip
    buttons = (
        Button(
            "approve",
            _("Approve"),
            dated(actions.approve_run),
            shown=lambda run: run.state == State.PREVIEW,
            tone="primary",
            done=_("Applied: the levels hold from today, and the partners are told."),
        ),
        Button(
            "refresh",
            _("Compute again"),
            dated(actions.refresh_run),
            shown=lambda run: run.state == State.PREVIEW,
            done=_("Computed again."),
        ),
        Button(
            "undo",
            _("Undo"),
            dated(actions.undo_run),
            form=ReasonForm,
            shown=lambda run: run.state == State.APPLIED,
            tone="danger",
            done=_("Undone: the levels are what they were."),
            note=_("Refused where somebody or a later review changed a level since."),
        ),
    )

    def shown_of(self, obj: ReviewRun) -> Sequence[str]:
        """Nothing of what has not happened yet."""
        later: tuple[str, ...] = ()
        if obj.state == State.PREVIEW:
            later = ("applied", "undone", "reason")
        elif obj.state == State.APPLIED:
            later = ("undone", "reason")
        return [name for name in self.show if not name.startswith(later)]

    def name_of(self, obj: ReviewRun) -> str:
        axis = "" if obj.axis == TIER else self.axis_words(obj)
        return " · ".join(filter(None, [str(obj.partner_type), axis, short_date(obj.due_on)]))

    @admin.display(description=_("outcomes"))
    def told(self, run: ReviewRun) -> str:
        named = dict(ReviewOutcome.Kind.choices)
        found = [f"{named[kind]}: {run.counts[kind]}" for kind in KINDS if run.counts.get(kind)]
        return ", ".join(found) or "–"

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        context = dict(extra_context or {})
        run = self.get_object(request, object_id) if object_id else None
        if run is not None:
            context |= {"run": run, "groups": outcome_groups(run)}
        return super().changeform_view(request, object_id, form_url, context)


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
    list_display = ("due_on", "partner", "kind", "from_level", "to_level", "until", "missing",
                    "stands")  # fmt: skip
    list_filter = (RunFilter, "kind", "partner_type")
    list_select_related = ("partner", "from_level", "to_level")
    search_fields = ("partner__name",)
    change_form_template = "admin/reviews/outcome.html"
    show = ("partner", "partner_type", "axis_words", "kind", "from_level", "to_level", "until",
            "missing", "review", "stands")  # fmt: skip

    def shown_of(self, obj: ReviewOutcome) -> Sequence[str]:
        return [name for name in self.show if name != "until" or obj.until]

    def name_of(self, obj: ReviewOutcome) -> str:
        return f"{obj.partner} · {obj}"

    @admin.display(description=_("what is missing"))
    def missing(self, outcome: ReviewOutcome) -> str:
        return gap_words(outcome.gap) or "–"

    @admin.display(description=_("review"))
    def review(self, outcome: ReviewOutcome) -> Any:
        return linked(outcome.run)

    @admin.display(description=_("state"))
    def stands(self, outcome: ReviewOutcome) -> Any:
        """Whether it holds: a preview moves nobody."""
        if outcome.undone_on is not None:
            return _("Undone on %(day)s") % {"day": short_date(outcome.undone_on)}
        if outcome.applied_on is None:
            return State.PREVIEW.label
        return _("Applied on %(day)s") % {"day": short_date(outcome.applied_on)}

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> Any:
        context = dict(extra_context or {})
        outcome = self.get_object(request, object_id) if object_id else None
        if outcome is not None:
            context["requirements"] = shown_tree(outcome)
        return super().changeform_view(request, object_id, form_url, context)
