"""Cures, exceptions, sanctions, requests and the benefits that partners hold."""

from __future__ import annotations

import functools
from decimal import Decimal
from typing import Any

from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy

from partners.admin.forms import ReasonForm, titled
from programs.compiled import program_or_none
from reviews import actions
from reviews.admin.base import OfAxis, dated
from reviews.admin.forms import ExceptionForm, InvitationForm, SanctionForm, UseForm
from reviews.models import Cure, Grant, GrantUse, LevelException, LevelRequest, Sanction
from reviews.panels import plan_title, value_words
from reviews.words import gap_words
from tenants.clock import today
from tenants.edges import with_today
from tenants.vendor_admin import Button, VendorAdmin, Waits
from web import clock


@functools.wraps(actions.decide_request)
def accept(request: LevelRequest) -> LevelRequest:
    return actions.decide_request(request, accept=True, on=today(), at=clock.now())


@functools.wraps(actions.decide_request)
def refuse(request: LevelRequest, *, reason: str) -> LevelRequest:
    return actions.decide_request(request, accept=False, reason=reason, on=today(), at=clock.now())


@functools.wraps(actions.record_use)
def use(grant: Grant, *, amount: Decimal, note: str) -> GrantUse:
    return actions.record_use(grant.partner, grant.benefit, amount, on=today(), note=note)


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
    add_action = dated(actions.invite_to_level)
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
