"""Applications with their vetting, and the checks there are, in the vendor's admin."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import F
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext_lazy
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget

from partners import actions
from partners.actions import vetting
from partners.admin.fields import InUseFilter
from partners.admin.forms import ApproveForm, ReasonForm, lines
from partners.models import Application, CheckRule
from partners.rules.field_sets import fields_of
from partners.rules.field_words import shown
from partners.rules.fields import Kind, applying
from partners.words import country_name
from programs.compiled import declared
from programs.models import PartnerType
from tenants.clock import today
from tenants.edges import with_now
from tenants.vendor_admin import Button, VendorAdmin, Waits


def _waiting(application: Application) -> bool:
    return application.state in vetting.OPEN


class QuestionForm(forms.Form):
    question = lines(
        _("question"), help_text=_("It is sent to the contact, who answers by a link.")
    )


def _check_form(
    *, done: bool, field: str, label: Any, required: bool
) -> Callable[[Application], type[forms.Form]]:
    """A form for one of the application's checks that are recorded, or open."""

    def for_application(application: Application) -> type[forms.Form]:
        rules = [rule for rule, row in vetting.checks_of(application) if (row is not None) is done]
        found = CheckRule.objects.filter(pk__in=[rule.pk for rule in rules])
        words = forms.CharField(
            label=label,
            max_length=500,
            required=required,
            widget=forms.Textarea(attrs={"rows": 3}),
        )
        choice = forms.ModelChoiceField(label=_("check"), queryset=found)
        return type("CheckForm", (forms.Form,), {"rule": choice, field: words})

    return for_application


def _some(*, done: bool) -> Callable[[Application], bool]:
    return lambda row: (
        _waiting(row) and any((c is not None) is done for _rule, c in vetting.checks_of(row))
    )


@admin.register(Application)
class ApplicationAdmin(VendorAdmin):
    """Companies that ask to join. A decision is final."""

    job, icon, job_order = "applications", "how_to_reg", 10
    blank = _("Companies that apply on your public page stand here until you decide.")
    page_links = ((_("The public page"), "partners:apply"),)
    waits = Waits(
        {"state__exact": "submitted"},
        ngettext_lazy(
            "%d application waits for your decision", "%d applications wait for your decision"
        ),
    )
    list_display = (
        "company",
        "partner_type",
        "country_words",
        "contact_name",
        "state",
        "submitted_at",
    )
    list_select_related = ("partner_type",)
    list_filter = ("state", "partner_type")
    search_fields = ("company", "contact_email")
    ordering = (F("submitted_at").desc(nulls_last=True), "-id")
    show = (
        "company",
        "partner_type",
        "domain",
        "country_words",
        "contact_name",
        "contact_email",
        "message",
        "answers",
        "submitted_at",
        "checks",
        "question",
        "answer",
        "state",
        "reason",
        "decided_at",
        "decided_by",
        "resulting_partner",
    )
    buttons = (
        Button(
            "check",
            _("Record a check"),
            with_now(vetting.do_check),
            form_of=_check_form(done=False, field="remark", label=_("remark"), required=False),
            shown=_some(done=False),
            done=_("Recorded."),
        ),
        Button(
            "override",
            _("Set a check aside"),
            with_now(vetting.override_check),
            form_of=_check_form(done=False, field="reason", label=_("reason"), required=True),
            shown=_some(done=False),
            done=_("Set aside, with your reason."),
        ),
        Button(
            "reopen",
            _("Open a check again"),
            vetting.reopen_check,
            form_of=_check_form(done=True, field="reason", label=_("reason"), required=True),
            shown=_some(done=True),
            done=_("The check is open again."),
        ),
        Button(
            "ask",
            _("Ask the applicant"),
            with_now(actions.ask_applicant),
            form=QuestionForm,
            shown=_waiting,
            done=_("Asked. The contact answers by the link in the e-mail."),
        ),
        Button(
            "approve",
            _("Approve"),
            with_now(actions.approve_application),
            form=ApproveForm,
            shown=_waiting,
            tone="primary",
            done=_("Approved. The contact gets an invitation by e-mail."),
            note=_("The company becomes a partner at its type's lowest level."),
        ),
        Button(
            "refuse",
            _("Refuse"),
            with_now(actions.refuse_application),
            form=ReasonForm,
            shown=_waiting,
            tone="danger",
            done=_("Refused."),
        ),
    )

    @admin.display(description=_("country"), ordering="country")
    def country_words(self, application: Application) -> str:
        return country_name(application.country)

    @admin.display(description=_("vetting"))
    def checks(self, application: Application) -> str:
        return format_html_join("", "<div>{}</div>", _checks(application)) or "–"

    @admin.display(description=_("answers"))
    def answers(self, application: Application) -> str:
        return format_html_join("", "<div>{}: {}</div>", _answers(application)) or "–"


def _checks(application: Application) -> Iterator[tuple[SafeString]]:
    for rule, done in vetting.checks_of(application):
        if done is None:
            state = _("open, mandatory") if rule.mandatory else _("open")
            yield (format_html("<strong>{}</strong>: {}. {}", rule.title, state, rule.help),)
            continue
        when = date_format(localtime(done.at), "DATETIME_FORMAT")
        who = done.by.name if done.by else "–"
        yield (
            format_html(
                "<strong>{}</strong>: {} · {} · {}{}",
                rule.title, done.get_outcome_display(), who, when,
                f" · {done.remark}" if done.remark else "",
            ),
        )  # fmt: skip


def _answers(application: Application) -> Iterator[tuple[str, Any]]:
    for field in applying(fields_of("application"), [application.partner_type.code]):
        value = application.custom.get(field.code)
        if value is None:
            continue
        if field.kind == Kind.DOCUMENT:
            where = reverse("partners:application_document", args=[application.ref, field.code])
            yield field.label, format_html('<a href="{}">{}</a>', where, value["name"])
        else:
            yield field.label, shown(field, value)


class CheckForm(forms.ModelForm):  # type: ignore[type-arg]
    partner_types = forms.MultipleChoiceField(
        label=_("partner types"),
        required=False,
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
        help_text=_("For these; none chosen: for all."),
    )

    class Meta:
        model = CheckRule
        exclude: tuple[str, ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types = declared(PartnerType.objects.all(), today())
        found = {row.code: row.name for row in types}
        found |= {code: code for code in self.instance.partner_types if code not in found}
        field = self.fields["partner_types"]
        field.choices = list(found.items())  # type: ignore[attr-defined]


@admin.register(CheckRule)
class CheckRuleAdmin(VendorAdmin):
    """What is checked before a company is approved."""

    job, icon, job_order = "applications", "checklist", 20
    blank = _("Say what is to be checked before you approve a company.")
    list_display = ("title", "mandatory", "order", "archived_at")
    list_filter = (InUseFilter,)
    form = CheckForm
    show = (*vetting.CHANGEABLE, "archived_at")
    add_action = vetting.define_check
    add_form = CheckForm
    add_fields = vetting.CHANGEABLE
    change_action = vetting.change_check
    change_fields = vetting.CHANGEABLE
    buttons = (
        Button(
            "archive",
            _("Archive"),
            with_now(vetting.archive_check),
            shown=lambda rule: rule.archived_at is None,
            done=_("Archived: nobody is asked for it any more."),
        ),
    )
