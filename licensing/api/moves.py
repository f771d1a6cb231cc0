"""Customers that change their MSP, duplicates, and partners that merge, in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from licensing import actions
from licensing.models import CustomerMove, PartnerMerge
from partners.models import Customer, Partner
from tenants.api import Resource, register_routes
from tenants.clock import today
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import CharField, DateField, Input, PublicIdField
from web.api.output import PublicId, Value


class MoveInput(Input):
    """A customer changes its MSP on a day."""

    customer = PublicIdField(Customer)
    to_partner = PublicIdField(Partner)
    on = DateField(required=False, help_text="Today, in the vendor's zone, where it is left out.")
    reason = CharField(max_length=500, help_text="What shows it. Only the vendor's side reads it.")
    into = PublicIdField(
        Customer, required=False, help_text="The next partner's own row of the same company."
    )
    name = CharField(max_length=160, required=False, help_text="What the next partner calls it.")


class MoveReasonInput(Input):
    reason = CharField(max_length=300)


class DuplicateInput(Input):
    """Two rows of one partner that are the same company."""

    kept = PublicIdField(Customer)
    duplicate = PublicIdField(Customer)


class MoveFilters(django_filters.FilterSet):
    customer = PublicIdFilter(Customer, "customer")
    to_partner = PublicIdFilter(Partner, "to_partner")
    state = django_filters.ChoiceFilter(choices=CustomerMove.State.choices)

    class Meta:
        model = CustomerMove
        fields: list[str] = []


class CustomerMoves(Resource):
    """Customers that change their MSP. What runs goes along with receipts of the verb `transfer`;
    nobody is cut off."""

    model = CustomerMove
    capabilities = {
        "GET": "customers.move",
        "POST": "customers.move",
        "cancel": "customers.move",
        "merge": "customers.write",
    }
    fields = {
        "id": PublicId(),
        "customer": PublicId("customer"),
        "to_partner": PublicId("to_partner"),
        "into": PublicId("into"),
        "name": "name",
        "on": "on",
        "reason": "reason",
        "state": "state",
        "note": Value("note", help="Why a move was not made."),
        "resulting": PublicId("resulting", help="The next partner's customer."),
        "requested_at": "requested_at",
        "settled_at": "settled_at",
    }
    sorts = {"on": "on"}
    filterset_class = MoveFilters
    summaries = {"merge": "Merge two customers"}
    inputs = {"create": MoveInput, "cancel": MoveReasonInput, "merge": DuplicateInput}

    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Schedule a move; one for today is made at once."""
        asked = {"on": today(), **self.read(request)}
        return self.shown(
            actions.schedule_move(asked.pop("customer"), at=clock.now(), **asked), 201
        )

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> HttpResponse:
        """The customer stays."""
        return self.shown(actions.cancel_move(self.found(id), at=clock.now(), **self.read(request)))

    @action(detail=False, methods=["post"])
    def merge(self, request: Request) -> HttpResponse:
        """Merge a customer that a partner recorded twice: the duplicate ends today, all it had is
        the kept one's."""
        asked = self.read(request)
        kept = actions.merge_customers(asked["kept"], duplicate=asked["duplicate"], at=clock.now())
        return self.answered({"kept": kept.ref, "duplicate": asked["duplicate"].ref})


class MergeInput(Input):
    """Two partners that become one."""

    gone = PublicIdField(Partner)
    kept = PublicIdField(Partner)
    reason = CharField(max_length=300)


class PartnerMerges(Resource):
    """Partners that become one: planned, then merged or discarded."""

    model = PartnerMerge
    capabilities = {
        "GET": "partners.merge",
        "POST": "partners.merge",
        "merge": "partners.merge",
        "discard": "partners.merge",
    }
    fields = {
        "id": PublicId(),
        "gone": PublicId("gone"),
        "kept": PublicId("kept"),
        "reason": "reason",
        "state": "state",
        "outcome": Value("outcome", help="What was merged, counted."),
        "planned_at": "planned_at",
        "settled_at": "settled_at",
    }
    sorts = {"planned_at": "planned_at"}
    summaries = {"merge": "Carry out a partner merge"}
    inputs = {"create": MergeInput, "merge": Input, "discard": Input}

    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Plan a merge; nothing happens yet."""
        asked = self.read(request)
        return self.shown(actions.plan_merge(asked.pop("gone"), at=clock.now(), **asked), 201)

    @action(detail=True, methods=["post"])
    def merge(self, request: Request, id: str) -> HttpResponse:
        """Do what is planned: all of it, or nothing."""
        self.read(request)
        return self.shown(actions.merge_partners(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def discard(self, request: Request, id: str) -> HttpResponse:
        """Merge nothing."""
        self.read(request)
        return self.shown(actions.discard_merge(self.found(id), at=clock.now()))


register_routes("customer-moves", CustomerMoves)
register_routes("partner-merges", PartnerMerges)
