"""Co-sell in the API: partners' clients ask, the vendor's answer, plan and book."""

from __future__ import annotations

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from deals import actions
from deals.models import CoSellRequest, Engineer, Registration, Renewal
from partners.api.shared import PARTNER, OfPartner, text
from partners.models import Customer, Partner
from tenants.api import register_routes
from tenants.clock import today
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    BooleanField,
    CharField,
    ChoiceField,
    DateField,
    Input,
    IntegerField,
    ListField,
    PublicIdField,
)
from web.api.output import Nested, PublicId, Value


class CoSellInput(Input):
    partner = PublicIdField(Partner)
    kind = ChoiceField(choices=CoSellRequest.Kind.choices)
    why = ChoiceField(choices=CoSellRequest.Why.choices)
    message = CharField(max_length=1000, help_text="What is needed.")
    needed_on = DateField(help_text="By when.")
    advanced = BooleanField(required=False, help_text="Opens as the program says.")
    renewal = PublicIdField(Renewal, required=False, allow_null=True)
    registration = PublicIdField(Registration, required=False, allow_null=True)
    customer = PublicIdField(Customer, required=False, allow_null=True)
    families = ListField(
        child=text(60), required=False,
        help_text="Product families; left out, those of the registration or at the customer.",
    )  # fmt: skip


class AcceptInput(Input):
    remark = text(500, "The partner reads it.")


class DeclineInput(Input):
    reason = ChoiceField(choices=CoSellRequest.Reason.choices)
    remark = text(500, "The partner reads it: name no other partner.")


class PlanInput(Input):
    plan = CharField(max_length=2000)
    starts_on = DateField()
    ends_on = DateField(help_text="The last day.")


class FinishInput(Input):
    outcome = ChoiceField(choices=[one for one in CoSellRequest.Outcome.choices if one[0]])
    note = text(1000)


class CancelInput(Input):
    why = CharField(max_length=300)


class BookInput(Input):
    engineer = PublicIdField(Engineer)
    since = DateField()
    until = DateField(help_text="The last day.")
    hours = IntegerField(min_value=1, max_value=999, help_text="In all, over the working days.")


class CoSellFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    state = django_filters.ChoiceFilter(choices=CoSellRequest.State.choices)
    kind = django_filters.ChoiceFilter(choices=CoSellRequest.Kind.choices)

    class Meta:
        model = CoSellRequest
        fields: list[str] = []


class CoSellRequests(OfPartner):
    """What partners ask the vendor to sell or deliver together with them. Advanced co-sell opens as
    the program says; a 409 names what is missing."""

    model = CoSellRequest
    capabilities = {
        "GET": "cosell.read",
        "POST": "cosell.ask",
        "cancel": "cosell.ask",
        **dict.fromkeys(
            ("accept", "decline", "plan", "start", "finish", "book"), "cosell.manage"
        ),
    }  # fmt: skip
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "kind": "kind",
        "advanced": "advanced",
        "state": "state",
        "name": Value("name", help="The company."),
        "families": "families",
        "why": "why",
        "message": "message",
        "needed_on": "needed_on",
        "customer": Nested("customer", id=PublicId(), name="name"),
        "registration": Nested("registration", id=PublicId(), name="name"),
        "asked_at": "asked_at",
        "answer_due_at": Value("answer_due_at", help="When the vendor's answer is owed."),
        "answered_at": "answered_at",
        "reason": Value("reason", help="Why it was declined."),
        "remark": "remark",
        "plan": "plan",
        "starts_on": "starts_on",
        "ends_on": Value("ends_on", help="The last day."),
        "outcome": "outcome",
        "note": "note",
        "updated_at": "updated_at",
    }
    sorts = {"needed_on": "needed_on", "answer_due_at": "answer_due_at"}
    updated = "updated_at"
    filterset_class = CoSellFilters
    inputs = {
        "create": CoSellInput,
        "accept": AcceptInput,
        "decline": DeclineInput,
        "plan": PlanInput,
        "finish": FinishInput,
        "cancel": CancelInput,
        "book": BookInput,
    }

    def create(self, request: Request) -> HttpResponse:
        """Ask."""
        values = self.read(request)
        partner = values.pop("partner")
        row = actions.ask_co_sell(partner, at=clock.now(), on=today(), **values)
        return self.created(row)

    @action(detail=True, methods=["post"])
    def accept(self, request: Request, id: str) -> HttpResponse:
        """Say yes."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.accept_co_sell(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def decline(self, request: Request, id: str) -> HttpResponse:
        """Say no, with a reason that names nobody."""
        values = self.read(request)
        return self.shown(actions.decline_co_sell(self.found(id), at=clock.now(), **values))

    @action(detail=True, methods=["post"])
    def plan(self, request: Request, id: str) -> HttpResponse:
        """What was agreed, from which day until which."""
        values = self.read(request)
        return self.shown(actions.plan_co_sell(self.found(id), at=clock.now(), **values))

    @action(detail=True, methods=["post"])
    def start(self, request: Request, id: str) -> HttpResponse:
        """It has begun."""
        return self.shown(actions.start_co_sell(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def finish(self, request: Request, id: str) -> HttpResponse:
        """It is over, and what came of it."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.finish_co_sell(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> HttpResponse:
        """Either side calls it off."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.cancel_co_sell(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def book(self, request: Request, id: str) -> HttpResponse:
        """Book an engineer; a 409 says how much is left and who else has room."""
        values = self.read(request)
        row = self.found(id)
        actions.book_engineer(row, at=clock.now(), on=today(), **values)
        return self.shown(row)


register_routes("co-sell-requests", CoSellRequests)
