"""Renewals in the API: the partner's own clients read and settle them."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from deals import actions
from deals.models import Renewal
from deals.rules.reading import renewals_read_by
from deals.tables import STATES, in_state
from partners.api.shared import PARTNER, OfPartner, text
from partners.models import Customer, Partner, ServiceContract
from tenants.api import register_routes
from tenants.clock import today
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import BooleanField, ChoiceField, DateField, Input, PublicIdField
from web.api.output import Nested, PublicId, Value


class PlanInput(Input):
    stage = ChoiceField(choices=Renewal.Stage.choices, required=False)
    at_risk = BooleanField(required=False)
    next_step = text(200, "What comes next.")
    next_step_on = DateField(required=False, allow_null=True, help_text="By when.")


class OutcomeInput(Input):
    outcome = ChoiceField(choices=[one.value for one in Renewal.SAID])
    reason = ChoiceField(
        choices=Renewal.Reason.choices, required=False, help_text="Why it was lost."
    )
    competitor = text(120, "To whom, where it was lost.")
    note = text(500)
    next_contract = PublicIdField(
        ServiceContract, required=False, allow_null=True, help_text="The contract that follows."
    )


class RenewalFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "contract__customer")
    contract = PublicIdFilter(ServiceContract, "contract")
    state = django_filters.ChoiceFilter(choices=STATES, method="at")
    outcome = django_filters.CharFilter()
    decision_on__gte = django_filters.DateFilter(field_name="decision_on", lookup_expr="gte")
    decision_on__lte = django_filters.DateFilter(field_name="decision_on", lookup_expr="lte")

    class Meta:
        model = Renewal
        fields: list[str] = []

    def at(self, rows: Any, name: str, value: str) -> Any:
        return in_state(rows, value, today())


class Renewals(OfPartner):
    """What is decided about a service contract at the end of its term: one for each term, made from
    the contract 180 days before the decision date. Only the partner's own clients read and settle
    them; through a client of the vendor's nobody in particular reads, so it finds none."""

    model = Renewal
    capabilities = {"GET": "renewals.read", "plan": "renewals.write", "settle": "renewals.write"}
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "customer": Nested("contract__customer", id=PublicId(), name="name"),
        "contract": Nested("contract", id=PublicId(), external_id="external_id"),
        "term_end": Value("term_end", help="First day after the term, or the checkpoint."),
        "decision_on": Value(
            "decision_on", help="The notice day if it renews by itself with notice, else the end."
        ),
        "window_on": Value("window_on", help="From this day on it is told."),
        "evergreen": "evergreen",
        "stage": Value("stage", help="to_plan, talking, proposed or verbal."),
        "at_risk": "at_risk",
        "next_step": "next_step",
        "next_step_on": "next_step_on",
        "outcome": Value(
            "outcome",
            help="Empty while open. same, expanded, reduced and lost are said by people; auto, "
            "holdover, lapsed and moved are what the clock found.",
        ),
        "reason": "reason",
        "competitor": "competitor",
        "note": "note",
        "next_contract": Nested("next_contract", id=PublicId(), external_id="external_id"),
        "settled_at": "settled_at",
        "updated_at": "updated_at",
    }
    sorts = {"decision_on": "decision_on", "term_end": "term_end"}
    updated = "updated_at"
    filterset_class = RenewalFilters
    inputs = {"plan": PlanInput, "settle": OutcomeInput}

    def get_queryset(self) -> Any:
        """As the pages: what has begun, to whom may read it."""
        return renewals_read_by(today()).select_related(None)

    @action(detail=True, methods=["post"])
    def plan(self, request: Request, id: str) -> HttpResponse:
        """How far the talks are, and what comes next; what is left out stays."""
        values = self.read(request)
        return self.shown(actions.plan_renewal(self.found(id), at=clock.now(), **values))

    @action(detail=True, methods=["post"])
    def settle(self, request: Request, id: str) -> HttpResponse:
        """What came of it."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.record_outcome(row, at=clock.now(), on=today(), **values))


register_routes("renewals", Renewals)
