"""Results and certificates in the vendor's admin: recorded and revoked by actions only."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from certifications.actions import record_result, revoke_certificate
from certifications.models import Certificate, Result
from certifications.pages import state_of
from partners.models import Employment
from programs.compiled import declared
from programs.models import Track
from tenants.admin_addresses import linked
from tenants.admin_states import state_label
from tenants.clock import today
from tenants.files import Document
from tenants.forms import DocumentField
from tenants.models import Person
from tenants.vendor_admin import Button, VendorAdmin
from web import clock
from web.codes import words_of
from web.templatetags.mainstay import short_date


@functools.wraps(record_result)
def record_now(evidence: Document | None = None, **cleaned: Any) -> Any:
    """Record the form's values at this instant; the new result is what the page then shows."""
    given = {**cleaned, "document": evidence, "source": Result.Source.FORM}
    return record_result(at=clock.now(), **given).result


@functools.wraps(revoke_certificate)
def revoke_now(certificate: Certificate, reason: str) -> Certificate:
    return revoke_certificate(certificate, reason, at=clock.now())


class ResultForm(forms.ModelForm):
    """``expires_on`` is asked only where the program does not state how long a track is valid."""

    expires_on = forms.DateField(
        label=_("Ends on"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Only for a track whose validity the program does not state."),
    )

    evidence = DocumentField(
        label=_("evidence"),
        required=False,
        help_text=_(
            "What shows it: PDF, PNG, JPEG, DOCX, XLSX, CSV or text, up to 10 MB. Only the "
            "vendor’s people read it."
        ),
    )

    class Meta:
        model = Result
        # Person and track come with the admin's own fields: their choices need a scope, which
        # nobody has entered while modules are loaded.
        fields = ("version", "part", "passed_on", "passed", "score", "external_id")
        widgets = {"passed_on": forms.DateInput(attrs={"type": "date"})}
        help_texts = {
            "version": _("As the program names it; empty for a track without versions."),
            "part": _("The part’s code in the program; empty for a whole exam."),
            "passed": _("A score below the pass mark is never a pass."),
            "score": _("Percent, if known."),
            "external_id": _("The exam centre’s own number, if there is one."),
        }


@admin.register(Result)
class ResultAdmin(VendorAdmin):
    """Exams taken. Adding a pass issues the numbered certificates that it earns."""

    job, icon, job_order = "certification", "task_alt", 10
    blank = _("Record an exam’s result here, import a list, or send it by the API.")
    list_display = ("person", "track", "version", "section", "passed_on", "passed", "source")
    list_select_related = ("person", "track")
    list_filter = ("passed", "source", "track")
    search_fields = ("person__name", "person__email", "external_id")
    date_hierarchy = "passed_on"
    show = (
        "person",
        "track",
        "version",
        "section",
        "passed_on",
        "passed",
        "score",
        "source",
        "external_id",
        "recorded_at",
        "evidence",
        "certificates",
    )
    add_action = record_now

    add_form = ResultForm
    add_fields = (
        "person",
        "track",
        "version",
        "part",
        "passed_on",
        "passed",
        "score",
        "external_id",
        "expires_on",
        "evidence",
    )

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "track":
            kwargs["queryset"] = declared(Track.objects.all(), today())
        field = super().formfield_for_foreignkey(db_field, request, **kwargs)
        if db_field.name == "person":
            field.label_from_instance = _with_employer()
        return field

    @admin.display(description=_("part"), ordering="part")
    def section(self, result: Result) -> str:
        return words_of(result.part) if result.part else "–"

    @admin.display(description=_("evidence"))
    def evidence(self, result: Result) -> str | SafeString:
        if result.document is None:
            return str(_("none"))
        address = reverse("certifications:result_document", args=[result.ref])
        return format_html('<a href="{}">{}</a>', address, result.document.name)

    @admin.display(description=_("certificates"))
    def certificates(self, result: Result) -> str | SafeString:
        found = Certificate.objects.filter(result=result).select_related("track").order_by("pk")
        links = ((linked(one, f"{one.number} ({one.track.name})"),) for one in found)
        return format_html_join(", ", "{}", links) or str(_("none"))


def _with_employer() -> Callable[[Person], str]:
    """People by name and employer: two partners may each have an Ana Weber."""
    employers = dict(Employment.objects.current(today()).values_list("person_id", "partner__name"))
    return lambda person: " · ".join(filter(None, (person.name, employers.get(person.pk))))


class RevokeForm(forms.Form):
    reason = forms.CharField(
        label=_("reason"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person and the partner read it."),
    )


class StateFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("valid", _("Valid")), ("lapsed", _("Lapsed")), ("revoked", _("Revoked"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        on = today()
        if self.value() == "valid":
            return queryset.filter(pk__in=Certificate.objects.counting(on).values("pk"))
        if self.value() == "lapsed":
            return queryset.filter(counts_until__lte=on, revoked_on__isnull=True)
        return queryset.filter(revoked_on__isnull=False) if self.value() else queryset


@admin.register(Certificate)
class CertificateAdmin(VendorAdmin):
    """Numbered proofs, to read; the only verb is to revoke one with a reason."""

    job, icon, job_order = "certification", "workspace_premium", 20
    blank = _("Certificates are issued by results that pass.")
    list_display = ("number", "person", "track", "version", "earned_on", "until", "state")
    list_select_related = ("person", "track")
    list_filter = (StateFilter, "track")
    search_fields = ("number", "person__name", "person__email")
    date_hierarchy = "expires_on"
    show = (
        "number",
        "person",
        "track",
        "version",
        "earned_on",
        "expires_on",
        "until",
        "state",
        "revoked_on",
        "revoked_reason",
    )
    buttons = (
        Button(
            "revoke",
            _("Revoke"),
            revoke_now,
            form=RevokeForm,
            shown=lambda certificate: certificate.revoked_on is None,
            tone="danger",
            done=_("Revoked: it counts nowhere from today."),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        rows: QuerySet[Any] = super().get_queryset(request).ending(today())  # type: ignore[attr-defined]
        return rows

    @admin.display(description=_("counts until"), ordering="counts_until", empty_value="–")
    def until(self, certificate: Certificate) -> Any:
        until = certificate.counts_until  # type: ignore[attr-defined]
        return until and short_date(until)

    @admin.display(description=_("state"))
    def state(self, certificate: Certificate) -> str:
        found = state_of(certificate, today())
        return state_label(found.tone, found.label)
