"""Registrations in the API: partners' clients submit them, the vendor's decide."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db import transaction
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from deals import actions
from deals.actions.deciding import Decided
from deals.models import Account, Registration, Renewal
from deals.rules.reading import registrations_read_by
from partners.actions.writing import refused
from partners.api.shared import PARTNER, OfPartner, Own, text
from partners.models import Customer, Partner, ServiceContract
from tenants.api import register_routes
from tenants.clock import today
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    CharField,
    ChoiceField,
    DateField,
    DecimalText,
    Input,
    IntegerField,
    ListField,
    PublicIdField,
)
from web.api.output import Nested, PublicId, Value


class RegistrationInput(Input):
    partner = PublicIdField(Partner)
    policy = CharField(max_length=60, help_text="A code of the program's deal policies.")
    name = CharField(max_length=160, help_text="The company.")
    domains = ListField(child=text(253), required=False)
    number = text(60, "Company number.")
    country = text(2)
    families = ListField(child=text(60), required=False)
    products = ListField(child=text(60), required=False)
    seats = IntegerField(required=False, allow_null=True, min_value=0)
    list_value = DecimalText(
        required=False, allow_null=True, max_digits=14, decimal_places=2,
        help_text="In the program's currency.",
    )  # fmt: skip
    expected_on = DateField(required=False, allow_null=True)
    customer = PublicIdField(Customer, required=False, allow_null=True)
    external_id = text(120, "Your own id of it.")
    message = text(1000)
    stated = ListField(child=text(60), required=False, help_text="Codes of what is confirmed.")


class ExtendInput(Input):
    activity = CharField(max_length=500, help_text="What has happened since.")


class WinInput(Input):
    contract = PublicIdField(
        ServiceContract, required=False, allow_null=True,
        help_text="What recurs needs one; a transaction does not.",
    )  # fmt: skip
    list_value = DecimalText(
        required=False, allow_null=True, max_digits=14, decimal_places=2, min_value=0,
        help_text="What a transaction came to, in its own currency.",
    )  # fmt: skip


class LoseInput(Input):
    reason = ChoiceField(choices=Renewal.Reason.choices)


class AppealInput(Input):
    words = CharField(max_length=1000)


class ApproveInput(Input):
    account = PublicIdField(Account, required=False, allow_null=True)
    until = DateField(required=False, allow_null=True)
    remark = text(500)


class RefuseInput(Input):
    reason = ChoiceField(choices=Registration.Reason.choices)
    remark = text(500, "The partner reads it: name no other partner.")


class DecideInput(Input):
    """One decision about several; each is decided by itself."""

    registrations = ListField(
        child=PublicIdField(Registration), min_length=1, max_length=100,
        help_text="Registrations that wait for an answer.",
    )  # fmt: skip
    decision = ChoiceField(
        choices=[("approve", "approve"), ("refuse", "refuse")],
        help_text="`approve` approves only those that nothing stands against.",
    )
    reason = ChoiceField(
        choices=Registration.Reason.choices, required=False, help_text="Needed to refuse."
    )
    remark = text(500, "The partners read it: name no other partner.")


class Decision(serializers.Serializer):
    """What came of one of them."""

    id = serializers.CharField()
    state = serializers.CharField()
    decided = serializers.BooleanField()
    code = serializers.CharField(help_text="Why not; empty where it was decided.")
    detail = serializers.CharField()


class Decisions(serializers.Serializer):
    decisions = Decision(many=True)


class TransferInput(Input):
    """Another partner takes over what the registration protects."""

    to = PublicIdField(Partner, help_text="An active partner.")
    why = CharField(max_length=500, help_text="Both partners read it: name neither.")


class RegistrationFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    state = django_filters.ChoiceFilter(choices=Registration.State.choices)
    external_id = django_filters.CharFilter()
    kind = django_filters.ChoiceFilter(choices=Registration.Kind.choices)

    class Meta:
        model = Registration
        fields: list[str] = []


class Registrations(OfPartner):
    """What partners say they work on. A POST submits it; it is answered by the policy's clock."""

    model = Registration
    capabilities = {
        "GET": "registrations.read",
        "POST": "registrations.write",
        **dict.fromkeys(("extend", "win", "lose", "appeal", "withdraw"), "registrations.write"),
        **dict.fromkeys(("approve", "refuse", "decide", "transfer"), "registrations.decide"),
    }
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "kind": "kind",
        "policy": "policy",
        "external_id": "external_id",
        "state": "state",
        "name": "name",
        "domains": "domains",
        "number": "number",
        "country": "country",
        "families": "families",
        "products": "products",
        "seats": "seats",
        "list_value": "list_value",
        "currency": "currency",
        "expected_on": "expected_on",
        "customer": Nested("customer", id=PublicId(), name="name"),
        "contract": Nested("contract", id=PublicId(), external_id=Own("external_id")),
        "submitted_at": "submitted_at",
        "answer_due_at": Value("answer_due_at", help="When the policy's default answers."),
        "decided_at": "decided_at",
        "reason": Value("reason", help="Why it was refused."),
        "remark": "remark",
        "extensions": "extensions",
        "updated_at": "updated_at",
    }
    sorts = {"submitted_at": "submitted_at", "answer_due_at": "answer_due_at"}
    updated = "updated_at"
    filterset_class = RegistrationFilters
    inputs = {
        "create": RegistrationInput,
        "extend": ExtendInput,
        "win": WinInput,
        "lose": LoseInput,
        "appeal": AppealInput,
        "approve": ApproveInput,
        "refuse": RefuseInput,
        "decide": DecideInput,
        "transfer": TransferInput,
    }
    outputs = {"decide": Decisions}
    summaries = {"decide": "Decide several registrations"}

    def get_queryset(self) -> Any:
        """As the pages: the vendor's clients see what was submitted."""
        return registrations_read_by()

    def create(self, request: Request) -> HttpResponse:
        """Register and submit."""
        values = self.read(request)
        at, on = clock.now(), today()
        with transaction.atomic():
            row = actions.save_registration(values.pop("partner"), at=at, on=on, **values)
            return self.created(actions.submit_registration(row, at=at, on=on))

    @action(detail=True, methods=["post"])
    def extend(self, request: Request, id: str) -> HttpResponse:
        """More time to win the customer, as the policy allows."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.extend_registration(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def win(self, request: Request, id: str) -> HttpResponse:
        """Won: the service contract is linked."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.win_registration(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def lose(self, request: Request, id: str) -> HttpResponse:
        """Lost, with the reason."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.lose_registration(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def appeal(self, request: Request, id: str) -> HttpResponse:
        """Ask once that a refusal is looked at again."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.appeal_refusal(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, id: str) -> HttpResponse:
        """Take it back."""
        row = self.found(id)
        return self.shown(actions.withdraw_registration(row, at=clock.now(), on=today()))

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> HttpResponse:
        """Approve it, for the account given or the one with its domain or number."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.approve_registration(row, at=clock.now(), on=today(), **values))

    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, id: str) -> HttpResponse:
        """Refuse it with a reason that names nobody."""
        values = self.read(request)
        row = self.found(id)
        return self.shown(actions.refuse_registration(row, at=clock.now(), **values))

    @action(detail=True, methods=["post"])
    def transfer(self, request: Request, id: str) -> HttpResponse:
        """Another partner takes over what it protects, until the same day; answers with that
        partner's new registration."""
        values = self.read(request)
        row = self.found(id)
        return self.created(
            actions.transfer_registration(row, at=clock.now(), on=today(), **values)
        )

    @action(detail=False, methods=["post"])
    def decide(self, request: Request) -> HttpResponse:
        """Approve or refuse several. Each is decided by itself: the answer says of each what came
        of it, and why it was not decided."""
        asked = self.read(request)
        reason = asked.get("reason", "") if asked["decision"] == "refuse" else ""
        if asked["decision"] == "refuse" and not reason:
            raise refused("reason_missing", "Say why they are refused.", pointer="reason")
        found = actions.decide_several(
            asked["registrations"], refuse_for=reason, remark=asked.get("remark", ""),
            at=clock.now(), on=today(),
        )  # fmt: skip
        return self.answered({"decisions": [_told(one) for one in found]})


def _told(one: Decided) -> dict[str, Any]:
    no = one.refused
    return {
        "id": one.row.ref,
        "state": one.row.state,
        "decided": no is None,
        "code": no.code if no else "",
        "detail": no.detail if no else "",
    }


register_routes("registrations", Registrations)
