"""Decisions and what runs, to read. The gate is asked in the portal and the API, not here."""

from __future__ import annotations

import functools
import json
from typing import Any

from django import forms
from django.contrib import admin
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from licensing import actions
from licensing import admin_moves as admin_moves  # registers its pages
from licensing.models import Authorization, ClassChange, Deployment, Override, Reservation
from licensing.rules import Verdict, reasons_of
from licensing.tree_view import sections_of
from licensing.views import names_of
from partners.admin.forms import ReasonForm
from partners.requirements import RequirementView
from partners.words import words_of_all
from tenants.edges import with_now
from tenants.vendor_admin import Button, VendorAdmin, Waits
from web import clock
from web.templatetags.mainstay import short_date


class OverrideForm(forms.ModelForm):
    """Whose gate of which product opens, for how long, and why."""

    days = forms.IntegerField(label=_("days"), min_value=1, max_value=365, initial=7)

    class Meta:
        model = Override
        fields = ("partner", "customer", "product", "reason")
        widgets = {"reason": forms.Textarea(attrs={"rows": 3})}


@functools.wraps(actions.end_exception)
def end_now(override: Override) -> Override:
    return actions.end_exception(override, at=clock.now())


end_now.capability = "overrides.request"  # type: ignore[attr-defined]  # here only staff act


MARKS = {True: "✓", False: "✗", None: "?"}


@admin.register(Authorization)
class AuthorizationAdmin(VendorAdmin):
    """Every answer of the gate, explained, with its receipt."""

    job, icon, job_order = "licences", "verified_user", 40
    blank = _("Every answer of the gate with its reasons, once somebody asks to deploy.")
    list_display = (
        "decided_at",
        "partner",
        "customer",
        "product",
        "verb",
        "seats_before",
        "seats",
        "decision",
    )
    list_filter = ("decision", "verb", "product")
    list_select_related = ("partner", "customer", "product")
    show = (
        "ref",
        "decision",
        "decided_at",
        "partner",
        "customer",
        "product",
        "classes",
        "verb",
        "seats_before",
        "seats",
        "program_version",
        "why",
        "explained",
        "cache_until",
        "inputs_digest",
        "inputs_shown",
        "receipt",
    )

    @admin.display(description=_("environment classes"))
    def classes(self, obj: Authorization) -> str:
        return words_of_all(obj.environments) or "–"

    def name_of(self, obj: Authorization) -> str:
        return f"{obj.product} · {obj.customer or obj.partner}"

    @admin.display(description=_("id"))
    def ref(self, obj: Authorization) -> str:
        return obj.ref

    @admin.display(description=_("reasons"))
    def why(self, obj: Authorization) -> Any:
        verdict = Verdict.from_dict(obj.result)
        if verdict.allowed:
            return "–"
        reasons = reasons_of(verdict, names_of(obj), holder=obj.partner.name)
        return format_html_join("", "<p>{}</p>", ((r.detail,) for r in reasons))

    @admin.display(description=_("what counted"))
    def explained(self, obj: Authorization) -> Any:
        found = sections_of(Verdict.from_dict(obj.result), names_of(obj))
        return format_html_join(
            "",
            "<p><strong>{} {}</strong></p>{}",
            ((MARKS[section.met], section.title, _lines(section.lines)) for section in found),
        )

    @admin.display(description=_("inputs"))
    def inputs_shown(self, obj: Authorization) -> SafeString:
        text = json.dumps(obj.inputs, indent=2, ensure_ascii=False)
        return format_html("<details><summary>{}</summary><pre>{}</pre></details>", _("Show"), text)


@admin.register(Deployment)
class DeploymentAdmin(VendorAdmin):
    """Seats that run at customers."""

    job, icon, job_order = "licences", "apps", 41
    blank = _("Seats that run at customers. They come through the gate.")
    list_display = ("partner", "customer", "product", "seats", "since", "updated_at")
    list_filter = ("product",)
    list_select_related = ("partner", "customer", "product")
    show = (
        "partner",
        "customer",
        "product",
        "classes",
        "seats",
        "since",
        "authorization",
        "updated_at",
    )

    @admin.display(description=_("environment classes"))
    def classes(self, obj: Deployment) -> str:
        return words_of_all(obj.environments) or "–"

    def name_of(self, obj: Deployment) -> str:
        return f"{obj.product} · {obj.customer}"


@admin.register(Override)
class OverrideAdmin(VendorAdmin):
    """Overrides, asked for and approved by two people, and glass that partners broke."""

    job, icon, job_order = "licences", "vpn_key", 42
    blank = _("Two people let a partner deploy for some days although the gate is closed.")
    waits = Waits(
        {"state__exact": "requested"},
        ngettext_lazy("%d override waits for approval", "%d overrides wait for approval"),
    )
    list_display = (
        "requested_at",
        "kind",
        "partner",
        "customer",
        "product",
        "state",
        "ends_at",
        "seats_used",
    )
    list_filter = ("state", "kind", "product")
    list_select_related = ("partner", "customer", "product")
    add_action = with_now(actions.request_override)
    add_form = OverrideForm
    add_fields = ("partner", "customer", "product", "days", "reason")
    show = (
        "kind",
        "state",
        "partner",
        "customer",
        "product",
        "reason",
        "days",
        "requested_by",
        "requested_at",
        "approver",
        "decided_at",
        "ends_at",
        "ended_at",
        "max_seats",
        "seats_used",
    )
    buttons = (
        Button(
            "approve",
            _("Approve"),
            with_now(actions.approve_override),
            shown=lambda row: row.state == Override.State.REQUESTED,
            tone="primary",
            done=_("In force from now on."),
            note=_("By another person than the one who asked."),
        ),
        Button(
            "refuse",
            _("Refuse"),
            with_now(actions.refuse_override),
            shown=lambda row: row.state == Override.State.REQUESTED,
            tone="danger",
            done=_("Refused."),
        ),
        Button(
            "end",
            _("End now"),
            end_now,
            shown=lambda row: row.state == Override.State.APPROVED,
            tone="danger",
            done=_("Ended: the gate decides alone again."),
        ),
    )

    def name_of(self, obj: Override) -> str:
        return f"{obj.get_kind_display()} · {obj.product} · {obj.customer or obj.partner}"


@admin.register(ClassChange)
class ClassChangeAdmin(VendorAdmin):
    """Environment classes that somebody asked to take away from a customer."""

    job, icon, job_order = "licences", "fact_check", 43
    blank = _("Environment classes that somebody asks to take away from a customer.")
    waits = Waits(
        {"state__exact": "requested"},
        ngettext_lazy(
            "%d lowering of classes waits for approval", "%d lowerings of classes wait for approval"
        ),
    )
    list_display = ("requested_at", "partner", "customer", "state", "decided_at")
    list_filter = ("state",)
    list_select_related = ("partner", "customer")
    show = (
        "state",
        "partner",
        "customer",
        "classes_before",
        "classes_afterwards",
        "evidence",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
        "reason",
    )
    buttons = (
        Button(
            "approve",
            _("Approve"),
            with_now(actions.approve_lowering),
            shown=lambda row: row.state == ClassChange.State.REQUESTED,
            tone="primary",
            done=_("The classes are changed."),
        ),
        Button(
            "refuse",
            _("Refuse"),
            with_now(actions.refuse_lowering),
            form=ReasonForm,
            shown=lambda row: row.state == ClassChange.State.REQUESTED,
            tone="danger",
            done=_("Refused: the classes stay."),
        ),
    )

    @admin.display(description=_("classes before"))
    def classes_before(self, obj: ClassChange) -> str:
        return words_of_all(obj.before) or "–"

    @admin.display(description=_("classes afterwards"))
    def classes_afterwards(self, obj: ClassChange) -> str:
        return words_of_all(obj.environments) or "–"

    def name_of(self, obj: ClassChange) -> str:
        return str(obj.customer)


@admin.register(Reservation)
class ReservationAdmin(VendorAdmin):
    """Seats granted in two steps."""

    job, icon, job_order = "licences", "pending_actions", 44
    blank = _("Seats set aside before they are deployed.")
    list_display = ("partner", "customer", "product", "seats", "state", "expires_at", "settled_at")
    list_filter = ("state", "product")
    list_select_related = ("partner", "customer", "product")
    show = (
        "partner",
        "customer",
        "product",
        "seats",
        "state",
        "expires_at",
        "settled_at",
        "authorization",
    )

    def name_of(self, obj: Reservation) -> str:
        return f"{obj.product} · {obj.customer}"


def _lines(lines: tuple[RequirementView, ...]) -> SafeString:
    inner = format_html_join(
        "",
        "<li>{} {} {}{}{}</li>",
        (
            (
                MARKS[line.met],
                line.label,
                format_html("· {}", line.note) if line.note else "",
                _records(line),
                _lines(line.children) if line.children else "",
            )
            for line in lines
        ),
    )
    return format_html("<ul>{}</ul>", inner)


def _records(line: RequirementView) -> SafeString:
    return format_html_join(
        "",
        "<br><small>{} {} · {}</small>",
        (
            (
                record["name"],
                record["number"],
                short_date(record["until"]) if record["until"] else _("no end"),
            )
            for record in line.records
        ),
    )
