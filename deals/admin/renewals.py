"""Renewals in the vendor's admin: found and read. What is planned and what came of one the partner
says, on its pages."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from deals.models import Renewal
from deals.rules.reading import renewals_read_by
from deals.tables import STATES, in_state
from deals.views import note
from partners.contracts_shown import services_words
from tenants.admin_filters import ChoiceFilter
from tenants.clock import today
from tenants.vendor_admin import VendorAdmin


class StateFilter(ChoiceFilter):
    title = _("state")
    parameter_name = "where"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(str(value), words) for value, words in STATES]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        chosen = self.value()
        return in_state(queryset, chosen, today()) if chosen else queryset


@admin.register(Renewal)
class RenewalAdmin(VendorAdmin):
    """What partners' customers decide, as far as whoever reads may read when contracts end; that it
    was read is recorded, as on the pages."""

    job, icon, job_order = "partners", "event_repeat", 44
    view_capability = "renewals.read"
    blank = _(
        "Renewals of the partners that you look after, where they share when contracts end. Each is"
        " made from a service contract as its planning begins."
    )
    list_display = ("customer", "partner", "decision_on", "term_end", "stage", "at_risk", "outcome")
    list_filter = (StateFilter, "stage", "at_risk", "outcome", "partner")
    search_fields = ("contract__customer__name", "partner__name")
    show = (
        "customer", "partner", "services", "term_end", "decision_on", "window_on", "planning_on",
        "evergreen", "stage", "at_risk", "next_step", "next_step_on", "outcome", "reason",
        "competitor", "note", "settled_at", "settled_by",
    )  # fmt: skip

    def get_queryset(self, request: HttpRequest) -> Any:
        return renewals_read_by(today()).order_by("decision_on", "pk")

    def get_changelist_instance(self, request: HttpRequest) -> Any:
        """The list, with what is on its page recorded as read."""
        found = super().get_changelist_instance(request)
        note(list(found.result_list), today())
        return found

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        row = super().get_object(request, object_id, from_field)
        if row is not None:
            note([row], today())
        return row

    @admin.display(description=_("customer"), ordering="contract__customer__name")
    def customer(self, row: Renewal) -> str:
        return row.contract.customer.name

    @admin.display(description=_("services"))
    def services(self, row: Renewal) -> str:
        return services_words(row.contract)

    def name_of(self, obj: Any) -> str:
        return f"{obj.contract.customer.name}, {obj.partner.name}"
