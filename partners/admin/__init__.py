"""Partners, applications and people in the vendor's admin; customers and agreements beside it."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import admin
from django.db.models import OuterRef, Subquery
from django.http import HttpRequest
from django.utils.formats import number_format
from django.utils.translation import gettext_lazy as _

from partners import actions
from partners.admin import applications as applications  # registers its pages
from partners.admin import customers as customers
from partners.admin import facts as facts
from partners.admin import fields as fields
from partners.admin import imports as imports  # and this its own
from partners.admin.carers import carer_buttons
from partners.admin.forms import (
    DayReasonForm,
    EmploymentForm,
    FactForm,
    LeaveForm,
    LevelForm,
    ManagerForm,
    MoveForm,
    PartnerAddForm,
    SignForm,
    VouchForm,
    agreement_words,
    titled,
)
from partners.admin.onboarding import waive_button
from partners.admin.records import CustomRecordAdmin, custom_button
from partners.first_steps import register as register_first_steps
from partners.models import (
    Agreement,
    Attestation,
    Employment,
    Enrolment,
    Fact,
    Partner,
    PortfolioEntry,
)
from partners.words import country_name, words_of_all
from programs.document.types import TIER
from tenants.admin_filters import ChoiceFilter
from tenants.clock import today
from tenants.edges import with_now
from tenants.vendor_admin import Button, VendorAdmin, VendorInline
from web.templatetags.mainstay import short_date

Status = Partner.Status

register_first_steps()


@functools.wraps(actions.change_partner)
def change_partner(partner: Partner, *, parent: Partner | None, **given: Any) -> Partner:
    """As the form sends it: a parent that was taken out there is gone."""
    return actions.change_partner(partner, parent=parent, alone=parent is None, **given)


class EnrolmentInline(VendorInline):
    model = Enrolment
    fields = ("partner_type", "level", "since", "until", "reason")
    verbose_name_plural = _("types and levels")


class AgreementInline(VendorInline):
    model = Agreement
    fields = ("what", "customer", "signed_by", "since", "until")
    verbose_name_plural = _("agreements")

    @admin.display(description=_("kind"))
    def what(self, agreement: Agreement) -> str:
        return agreement_words(agreement.kind)


class PortfolioInline(VendorInline):
    model = PortfolioEntry
    fields = ("person", "kind", "since", "until")
    verbose_name_plural = _("account managers")


class AttestationInline(VendorInline):
    model = Attestation
    fields = ("what", "evidence", "attested_by", "since", "until")
    verbose_name_plural = _("attestations")

    @admin.display(description=_("attestation"))
    def what(self, attestation: Attestation) -> str:
        return titled("attestations", attestation.code)


class FactInline(VendorInline):
    model = Fact
    fields = ("what", "period", "amount", "unit", "source")
    verbose_name_plural = _("figures")

    @admin.display(description=_("figure"))
    def what(self, fact: Fact) -> str:
        return titled("metrics", fact.metric)

    @admin.display(description=_("value"))
    def amount(self, fact: Fact) -> str:
        return number_format(fact.value.normalize(), force_grouping=True)

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).filter(superseded_by__isnull=True)


class TypeFilter(admin.SimpleListFilter):
    title = _("type")
    parameter_name = "type"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        from programs.models import PartnerType

        return list(PartnerType.objects.values_list("code", "name"))

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if not self.value():
            return queryset
        held = Enrolment.objects.current(today()).filter(partner_type__code=self.value())
        return queryset.filter(pk__in=held.values("partner_id"))


class CountryFilter(ChoiceFilter):
    title = _("country")
    parameter_name = "country"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        codes = Partner.objects.exclude(country="").values_list("country", flat=True).distinct()
        return sorted(((code, country_name(code)) for code in codes), key=lambda one: one[1])

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(country=self.value()) if self.value() else queryset


def _is(*states: Status) -> Any:
    return lambda partner: partner.status in states


LIVING = _is(Status.ACTIVE, Status.SUSPENDED)


@admin.register(Partner)
class PartnerAdmin(CustomRecordAdmin):
    """Companies in the program; every change is one of the buttons, with its reason."""

    job, icon, job_order = "partners", "handshake", 10
    blank = _("Approve an application, add a partner, or import a list.")
    list_display = ("name", "type", "level", "manager", "status", "country_words", "external_id")
    list_filter = ("status", TypeFilter, CountryFilter)
    custom_subject = "partner"
    search_fields = ("name", "external_id")
    show = (
        "name",
        "legal_name",
        "external_id",
        "parent",
        "domain",
        "country",
        "city",
        "status",
        "status_since",
        "status_reason",
        "joined_on",
        "scopes",
        "fields_served",
        "custom_fields",
    )
    add_action = actions.add_partner
    add_form = PartnerAddForm
    add_fields = (
        "name",
        "partner_type",
        "joined_on",
        "legal_name",
        "external_id",
        "domain",
        "country",
        "city",
    )
    change_action = change_partner
    change_fields = ("name", "legal_name", "external_id", "parent", "domain", "country", "city")
    inlines = (EnrolmentInline, AgreementInline, PortfolioInline, AttestationInline, FactInline)
    buttons = (
        Button(
            "level",
            _("Set level"),
            actions.set_level,
            form=LevelForm,
            shown=LIVING,
            done=_("The level is set."),
        ),
        Button(
            "sign",
            _("Record agreement"),
            with_now(actions.sign_agreement),
            form=SignForm,
            shown=LIVING,
        ),
        Button(
            "manager",
            _("Assign account manager"),
            actions.assign_portfolio,
            form=ManagerForm,
            shown=LIVING,
        ),
        *carer_buttons(shown=LIVING),
        Button(
            "fact", _("Record figure"), with_now(actions.record_fact), form=FactForm, shown=LIVING
        ),
        Button(
            "attest",
            _("Record attestation"),
            with_now(actions.record_attestation),
            form=VouchForm,
            shown=LIVING,
        ),
        custom_button(actions.change_partner, shown=LIVING),
        waive_button(shown=LIVING),
        Button(
            "suspend",
            _("Suspend"),
            actions.suspend_partner,
            form=DayReasonForm,
            tone="danger",
            shown=_is(Status.ACTIVE),
            done=_("Suspended: nothing new can be deployed."),
        ),
        Button(
            "reinstate",
            _("Reinstate"),
            actions.reinstate_partner,
            form=DayReasonForm,
            shown=_is(Status.SUSPENDED),
            done=_("Reinstated."),
        ),
        Button(
            "exit",
            _("Leave the program"),
            actions.exit_partner,
            form=DayReasonForm,
            tone="danger",
            shown=LIVING,
            done=_("The partner left the program."),
            note=_(
                "Agreements, levels and sign-ins end. There is no way back but a new application."
            ),
        ),
    )

    def get_form(self, request: Any, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """A partner's parent is none of its own children, nor itself."""
        built = super().get_form(request, obj, change, **kwargs)
        if obj is not None and "parent" in built.base_fields:
            below = layer = {obj.pk}
            while layer:
                rows = Partner.objects.filter(parent_id__in=layer).values_list("pk", flat=True)
                layer = set(rows) - below
                below = below | layer
            built.base_fields["parent"].queryset = Partner.objects.exclude(pk__in=below)
        return built

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj is not None else ()

    def get_queryset(self, request: HttpRequest) -> Any:
        on = today()
        own = {"partner_id": OuterRef("pk")}
        held = Enrolment.objects.current(on).filter(axis=TIER, **own).order_by("pk")
        main = PortfolioEntry.objects.current(on).filter(kind="main", **own)
        return (
            super()
            .get_queryset(request)
            .annotate(
                type_name=Subquery(held.values("partner_type__name")[:1]),
                level_name=Subquery(held.values("level__name")[:1]),
                manager_name=Subquery(main.values("person__name")[:1]),
            )
        )

    @admin.display(description=_("service scopes"))
    def scopes(self, partner: Partner) -> str:
        return words_of_all(partner.service_scopes) or "–"

    @admin.display(description=_("verticals"))
    def fields_served(self, partner: Partner) -> str:
        return words_of_all(partner.verticals) or "–"

    @admin.display(description=_("type"), ordering="type_name")
    def type(self, partner: Any) -> str:
        return partner.type_name or "–"

    @admin.display(description=_("level"), ordering="level_name")
    def level(self, partner: Any) -> str:
        return partner.level_name or "–"

    @admin.display(description=_("account manager"), ordering="manager_name")
    def manager(self, partner: Any) -> str:
        return partner.manager_name or "–"


def _open(row: Any) -> bool:
    return row.until is None


@admin.register(Employment)
class EmploymentAdmin(VendorAdmin):
    """Who works for which partner, from when until when."""

    add_label = _("Add the person")

    job, icon, job_order = "people", "work", 20
    blank = _("Who works for which partner: add people one by one or import a list.")
    list_display = ("person", "partner", "job_title", "since", "until")
    list_select_related = ("person", "partner")
    search_fields = ("person__name", "person__email", "partner__name", "external_id")
    show = ("person", "partner", "job_title", "held", "held_from", "external_id", "since", "until")
    add_action = actions.add_person
    add_form = EmploymentForm
    add_fields = ("partner", "name", "email", "job_title", "external_id", "since")
    buttons = (
        Button(
            "end",
            _("End"),
            actions.end_employment,
            form=LeaveForm,
            shown=_open,
            tone="danger",
            note=_("On that day certificates stop counting here, and sign-in ends."),
        ),
        Button(
            "move", _("Move to another partner"), actions.move_person, form=MoveForm, shown=_open
        ),
    )

    @admin.display(description=_("roles"))
    def held(self, job: Employment) -> str:
        return words_of_all(job.roles_on(today())) or "–"

    @admin.display(description=_("roles by day"))
    def held_from(self, job: Employment) -> str:
        """Every change with its day, those to come included."""
        spans = [
            _("%(roles)s from %(day)s")
            % {"roles": words_of_all(codes) or _("none"), "day": short_date(day)}
            for day, _end, codes in job.role_spans()
        ]
        return "; ".join(spans) if len(spans) > 1 else "–"

    def name_of(self, obj: Employment) -> str:
        return f"{obj.person} · {obj.partner}"
