"""Customers and agreements in the vendor's admin."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from partners import actions
from partners.admin.forms import (
    CustomerAddForm,
    DayReasonForm,
    EnvironmentsForm,
    LeaveForm,
    agreement_kinds,
    agreement_words,
)
from partners.admin.records import CustomRecordAdmin, custom_button
from partners.models import Agreement, Customer, ServiceContract
from partners.rules.sharing import FIELDS, sharing_of, withheld
from partners.tables import vertical_choices
from partners.words import words_of_all
from tenants.admin_filters import ChoiceFilter
from tenants.clock import today
from tenants.edges import with_today
from tenants.vendor_admin import Button, VendorAdmin
from web.codes import words_of


def _open(row: Any) -> bool:
    return row.until is None


class VerticalFilter(ChoiceFilter):
    title = _("vertical")
    parameter_name = "vertical"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return vertical_choices()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(vertical=self.value()) if self.value() else queryset


@admin.register(Customer)
class CustomerAdmin(CustomRecordAdmin):
    """The partners' customers. Taking an environment class away needs another person."""

    job, icon, job_order = "partners", "apartment", 20
    blank = _("Whom your partners manage: they add customers themselves, or you import a list.")
    list_display = ("name", "partner", "vertical_words", "classes", "since", "until")
    list_select_related = ("partner",)
    list_filter = (VerticalFilter,)
    custom_subject = "customer"
    search_fields = ("name", "partner__name", "external_id")
    show = (
        "name",
        "partner",
        "external_id",
        "vertical_words",
        "country",
        "classes",
        "since",
        "until",
        "custom_fields",
    )
    add_action = actions.add_customer
    add_form = CustomerAddForm
    add_fields = ("partner", "name", "external_id", "vertical", "country", "since")
    change_action = with_today(actions.change_customer)
    change_fields = ("name", "external_id", "country")
    buttons = (
        Button(
            "environments",
            _("Add environment classes"),
            with_today(actions.change_customer),
            form_of=lambda row: partial(EnvironmentsForm, held=row.environments),
            shown=_open,
            note=_("Taking one away is asked for apart: another person decides."),
        ),
        custom_button(with_today(actions.change_customer), shown=_open),
        Button("end", _("End"), actions.end_customer, form=LeaveForm, shown=_open, tone="danger"),
    )

    @admin.display(description=_("vertical"), ordering="vertical")
    def vertical_words(self, customer: Customer) -> str:
        return words_of(customer.vertical) if customer.vertical else "–"

    @admin.display(description=_("environment classes"))
    def classes(self, customer: Customer) -> str:
        return words_of_all(customer.environments) or str(_("Unclassified"))


@admin.register(ServiceContract)
class ServiceContractAdmin(VendorAdmin):
    """That a contract exists. What it says is the partner's to share, with its account manager."""

    job, icon, job_order = "partners", "description", 25
    blank = _("What partners agreed with their customers, as far as they share it.")
    list_display = ("customer", "partner", "recorded_at")
    list_select_related = ("partner", "customer")
    search_fields = ("customer__name", "partner__name")
    show = ("customer", "partner", "recorded_at", "who")

    @admin.display(description=_("who can see it"))
    def who(self, contract: ServiceContract) -> str:
        sharing = sharing_of([contract.partner_id], today())
        said = (
            f"{title}: {withheld(sharing.share(contract.partner_id, contract.customer_id, name))}"
            for name, (title, _default) in FIELDS.items()
        )
        return ". ".join(map(str, said)) + "."

    def name_of(self, obj: ServiceContract) -> str:
        return f"{_('Service contract')} · {obj.customer}"


class AgreementKindFilter(ChoiceFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return agreement_kinds()

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Agreement)
class AgreementAdmin(VendorAdmin):
    """What was signed; recorded on the partner's page."""

    job, icon, job_order = "partners", "contract", 30
    blank = _("Record an agreement on the partner’s page.")
    list_display = ("what", "partner", "customer", "signed_by", "since", "until")
    list_select_related = ("partner", "customer")
    list_filter = (AgreementKindFilter,)
    search_fields = ("partner__name", "customer__name", "signed_by")
    show = (
        "what",
        "partner",
        "customer",
        "signed_by",
        "text_sha256",
        "since",
        "until",
        "recorded_at",
    )
    buttons = (
        Button(
            "end",
            _("End"),
            actions.end_agreement,
            form=DayReasonForm,
            shown=_open,
            tone="danger",
            note=_("Products that need it close on that day."),
        ),
    )

    @admin.display(description=_("kind"), ordering="kind")
    def what(self, agreement: Agreement) -> str:
        return agreement_words(agreement.kind)

    def name_of(self, obj: Agreement) -> str:
        return f"{agreement_words(obj.kind)} · {obj.customer or obj.partner}"
