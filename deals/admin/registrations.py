"""Registrations and protection in the vendor's admin: all of them, and what overrides them."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html
from django.utils.http import urlencode
from django.utils.safestring import SafeString
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from deals import actions
from deals.models import Protection, Registration
from deals.registration_forms import EndForm, MoveForm, RefuseForm, ReverseForm, TransferForm
from deals.rules.reading import submitted_only
from partners.words import words_of_all
from tenants import scope
from tenants.edges import with_now, with_today
from tenants.rows import format_public_id
from tenants.vendor_admin import Button, VendorAdmin, VendorInline
from web.codes import words_of
from web.templatetags.mainstay import short_date

State = Registration.State


class ProtectionInline(VendorInline):
    model = Protection
    fields = ("family", "phase", "since", "until", "ended")
    verbose_name_plural = _("what it protects")
    show_change_link = True


def _waits(row: Registration) -> bool:
    return row.state in Registration.WAITING


@admin.register(Registration)
class RegistrationAdmin(VendorAdmin):
    """What partners say they work on. It is decided on the queue's pages, which show what stands
    against it; here it is found, read, refused and taken back."""

    job, icon, job_order = "partners", "verified_user", 45
    view_capability = "registrations.read"
    blank = _("What partners register in their portal or by the API.")
    list_display = ("name", "partner", "kind", "state", "answer_due_at", "decided_at")
    list_select_related = ("partner",)
    list_filter = ("state", "kind", "policy")
    search_fields = ("name", "partner__name")
    inlines = (ProtectionInline,)
    show = (
        "name", "decide", "partner", "kind", "policy_words", "state", "about", "domains", "number",
        "country", "seats", "list_value", "currency", "expected_on", "what_it_does", "account",
        "customer", "submitted_at", "submitted_by", "answer_due_at", "decided_at", "decided_by",
        "reason", "remark", "appeal", "appealed_at", "extensions", "shown_by", "closed_on",
        "lost_reason",
    )  # fmt: skip
    buttons = (
        Button(
            "take_up", _("Take up"), with_now(actions.take_up),
            shown=lambda row: row.state == State.SUBMITTED,
            note=_("The clock decides no more; somebody of yours does."),
        ),
        Button(
            "refuse", _("Refuse"), with_now(actions.refuse_registration), form=RefuseForm,
            shown=_waits, tone="danger",
        ),
        Button(
            "reverse", _("Take the decision back"), with_today(with_now(actions.reverse_decision)),
            form=ReverseForm, tone="danger",
            shown=lambda row: row.state in (State.APPROVED, State.REFUSED),
            note=_("What it protects ends today; it is in review again, the partner reads why."),
        ),
    )  # fmt: skip

    actions = ("decide_chosen",)

    @admin.action(description=_("Decide those chosen"), permissions=["decide"])
    def decide_chosen(self, request: HttpRequest, queryset: Any) -> HttpResponse:
        """Lead to the page on which several are decided, with those that wait chosen."""
        chosen = queryset.filter(state__in=Registration.WAITING).values_list("public_id", flat=True)
        refs = [format_public_id(Registration.prefix, found) for found in chosen]
        if not refs:
            messages.error(request, say("None of those waits for an answer."))
            return redirect("admin:deals_registration_changelist")
        return redirect(f"{reverse('deals:decide')}?{urlencode({'chosen': refs}, doseq=True)}")

    def has_decide_permission(self, request: HttpRequest) -> bool:
        return scope.current().can("registrations.decide")

    def get_queryset(self, request: Any) -> Any:
        """What was submitted: drafts are the partner's alone."""
        return submitted_only(super().get_queryset(request))

    @admin.display(description=_("its page"))
    def decide(self, row: Registration) -> SafeString:
        words = _("Decide, and see what stands against it") if _waits(row) else _("Open")
        where = reverse("deals:registration", args=[row.ref])
        return format_html('<a class="text-link" href="{}">{}</a>', where, words)

    @admin.display(description=_("what the partner does there"))
    def what_it_does(self, row: Registration) -> str:
        return row.message or "–"

    @admin.display(description=_("evidence"))
    def shown_by(self, row: Registration) -> SafeString | str:
        if row.evidence is None:
            return "–"
        where = reverse("deals:evidence", args=[row.ref])
        return format_html('<a class="text-link" href="{}">{}</a>', where, row.evidence.name)

    @admin.display(description=_("policy"))
    def policy_words(self, row: Registration) -> str:
        return words_of(row.policy)

    @admin.display(description=_("about"))
    def about(self, row: Registration) -> str:
        return words_of_all([*row.families, *row.products]) or "–"


def _runs(one: Protection) -> bool:
    return not one.ended


def transfer(one: Protection, **said: Any) -> None:
    """Transfer what the protection's registration protects."""
    with_today(with_now(actions.transfer_registration))(one.registration, **said)


transfer.capability = "registrations.decide"  # type: ignore[attr-defined]


@admin.register(Protection)
class ProtectionAdmin(VendorAdmin):
    """Whose relationship with which company is protected, and until when."""

    job, icon, job_order = "partners", "shield", 46
    view_capability = "registrations.read"
    blank = _("What approved registrations protect.")
    list_display = ("what", "account", "partner", "phase", "since", "until", "how_ended")
    list_select_related = ("account", "partner")
    list_filter = ("phase", "ended")
    search_fields = ("account__name", "partner__name")
    show = (
        "what", "account", "partner", "registration", "phase", "since", "until", "how_ended",
        "first_seats", "without_seats",
    )  # fmt: skip
    buttons = (
        Button(
            "transfer", _("Transfer to another partner"), transfer,
            form_of=lambda one: partial(TransferForm, held=one.registration), shown=_runs,
            tone="danger",
            note=_("All that its registration protects; until the same day. Each partner keeps its"
                   " own history and does not read who the other one is."),
        ),
        Button(
            "move", _("Set another end"), with_today(with_now(actions.move_protection)),
            form=MoveForm, shown=_runs,
            note=_("A contract and the seats that run there may move it again."),
        ),
        Button(
            "end", _("End it today"), with_today(with_now(actions.end_protection)), form=EndForm,
            shown=_runs, tone="danger",
        ),
    )  # fmt: skip

    @admin.display(description=_("ended by"), ordering="ended")
    def how_ended(self, one: Protection) -> str:
        return one.get_ended_display() if one.ended else "–"

    @admin.display(description=_("seats run since"))
    def first_seats(self, one: Protection) -> str:
        return short_date(one.seats_since) if one.seats_since else "–"

    @admin.display(description=_("no seats since"))
    def without_seats(self, one: Protection) -> str:
        return short_date(one.zero_since) if one.zero_since else "–"

    @admin.display(description=_("what"), ordering="family")
    def what(self, one: Protection) -> str:
        return self.name_of(one)

    def name_of(self, obj: Any) -> str:
        """The product or the family, in words."""
        kind, code = obj.scope.split(":")[:2]
        return words_of(code if kind == "product" else obj.family)
