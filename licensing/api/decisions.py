"""The gate in the API: ask it, read its decisions and what runs, confirm what was reserved."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from licensing.actions import MAX_SEATS, Decision, authorize, cancel, confirm
from licensing.api.stages import StandingAnswer, standing_of
from licensing.models import Authorization, Deployment, Reservation
from partners.models import Customer, Partner
from programs.document import GENERAL
from tenants.api import Resource, register_routes
from tenants.models import Person
from tenants.writing import Refused
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import BooleanField, CharField, Input, IntegerField, PublicIdField
from web.api.output import Nested, PublicId, Value
from web.api.problems import BlockerSerializer

MALFORMED = frozenset({"unknown_product", "unknown_environment", "invalid_seats"})
"""Refusals that say that the question makes no sense, rather than no: 400, not 409."""


class AuthorizationInput(Input):
    """What shall run at the customer afterwards."""

    customer = PublicIdField(Customer)
    product = CharField(max_length=60, help_text="The product's code in the program.")
    environment = CharField(
        max_length=40,
        default=GENERAL,
        help_text="The class asked for; the classes recorded for the customer always join it.",
    )
    seats = IntegerField(
        min_value=0,
        max_value=MAX_SEATS,
        required=False,
        help_text="The quantity afterwards, not the difference. Fewer than now is always allowed. "
        "Left out only when replacing.",
    )
    replaces = BooleanField(
        default=False,
        help_text="The seats that run are set up again (re-image, fail-over, restore): always "
        "allowed, the quantity stays.",
    )
    operator = PublicIdField(
        Person,
        required=False,
        help_text="Who does the work, where the gate asks for a named operator.",
    )
    two_step = BooleanField(
        default=False,
        help_text="Reserve the seats only; confirm or cancel the reservation afterwards.",
    )
    dry_run = BooleanField(
        default=False, help_text="Answer only: no grant, no record, no event, no receipt."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Seats are needed unless what runs is replaced."""
        if "seats" not in attrs and not attrs["replaces"]:
            error = ErrorDetail("Say how many seats shall run.", code="required")
            raise ValidationError({"seats": [error]})
        return {"seats": None, **attrs}


class ReservationAnswer(serializers.Serializer[Any]):
    """Seats that wait for confirmation."""

    id = serializers.CharField()
    state = serializers.ChoiceField(Reservation.State.choices)
    expires_at = serializers.DateTimeField(help_text="Unconfirmed by then it lapses.")


class AuthorizationAnswer(serializers.Serializer[Any]):
    """Allow or deny. A denial is an answer, not an error."""

    id = serializers.CharField(allow_null=True, help_text="Null in a dry run.")
    dry_run = serializers.BooleanField()
    decision = serializers.ChoiceField(["allow", "deny"])
    verb = serializers.ChoiceField(["deploy", "grow", "shrink", "replace", "transfer"])
    through = serializers.ChoiceField(
        ["", "grace", "override", "break_glass", "replace", "transfer"],
        help_text="What lets it pass although the gate is closed; empty where it is open.",
    )
    exceptions = serializers.ListField(
        child=serializers.CharField(), help_text="Ids of the overrides that it rests on."
    )
    standing = StandingAnswer(allow_null=True, help_text="Where a lapse of the gate stands.")
    growth_to = serializers.IntegerField(
        allow_null=True, help_text="While growth is blocked: up to which quantity it may grow."
    )
    reservation = ReservationAnswer(allow_null=True)
    on_unreachable = serializers.ChoiceField(
        ["use_cache", "deny", "allow_replace"],
        help_text="What to do while this service cannot be reached, past cache_until as well.",
    )
    partner = serializers.CharField()
    customer = serializers.CharField()
    product = serializers.CharField()
    environments = serializers.ListField(child=serializers.CharField())
    seats_before = serializers.IntegerField()
    seats = serializers.IntegerField()
    blockers = BlockerSerializer(many=True, help_text="Every reason of a denial, with its fix.")
    still_works = serializers.CharField(help_text="What a closed gate leaves alone.")
    open_until = serializers.DateField(
        allow_null=True, help_text="First day on which it would be denied if nobody acts."
    )
    because = serializers.ListField(child=serializers.CharField())
    program_version = serializers.IntegerField()
    inputs_digest = serializers.CharField()
    decided_at = serializers.DateTimeField()
    cache_until = serializers.DateTimeField(help_text="Ask again after this instant.")
    receipt = serializers.CharField(
        allow_null=True, help_text="A JWS (EdDSA); keys at /.well-known/jwks.json."
    )


class AuthorizationFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    product = django_filters.CharFilter(field_name="product__code")
    decision = django_filters.ChoiceFilter(choices=Authorization.Decision.choices)

    class Meta:
        model = Authorization
        fields: list[str] = []


class Authorizations(Resource):
    """Decisions of the gate, kept for ever. Those kept name people by id; the answer to a POST
    names them by name."""

    model = Authorization
    capabilities = {"GET": "authorizations.read", "POST": "authorizations.request"}
    filterset_class = AuthorizationFilters
    sorts = {"decided_at": "decided_at"}
    summaries = {"create": "Ask for an authorization"}
    inputs = {"create": AuthorizationInput}
    fields = {
        "id": PublicId(),
        "decision": "decision",
        "verb": "verb",
        "partner": PublicId("partner"),
        "customer": PublicId("customer"),
        "product": "product__code",
        "environments": Value("environments", help="Every class that counted."),
        "seats_before": "seats_before",
        "seats": "seats",
        "blockers": Value("reasons", help="Why it was denied; people by id."),
        "program_version": "program_version__number",
        "inputs_digest": "inputs_digest",
        "decided_on": Value("decided_on", help="The vendor's day."),
        "decided_at": "decided_at",
        "cache_until": "cache_until",
        "receipt": Value("receipt", help="A JWS (EdDSA); see docs/receipts.md."),
    }

    @extend_schema(responses={200: AuthorizationAnswer, 201: AuthorizationAnswer})
    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """May so many seats run there? 201 with the decision, which is also the grant; 200 for a
        dry run, which grants nothing."""
        asked = self.read(request)
        try:
            decision = authorize(at=clock.now(), **asked)
        except Refused as refused:
            if refused.code not in MALFORMED:
                raise
            raise ValidationError(
                {r.pointer: [ErrorDetail(r.detail, code=r.code)] for r in refused.reasons}
            ) from None
        response = self.answered(answer_of(decision), 200 if decision.dry_run else 201)
        if decision.authorization is not None:
            response["Location"] = f"{request.path}/{decision.authorization.ref}"
        return response


def answer_of(decision: Decision) -> dict[str, Any]:
    """The decision as ``AuthorizationAnswer``."""
    standing, kept = decision.standing, decision.authorization
    assert standing.customer is not None
    until = standing.opens_until
    return {
        "id": kept.ref if kept else None,
        "dry_run": decision.dry_run,
        "decision": decision.word,
        "verb": standing.verdict.verb,
        "through": standing.verdict.through,
        "exceptions": list(standing.verdict.exceptions),
        "standing": standing_of(standing),
        "growth_to": standing.verdict.growth_to,
        "reservation": _reservation(decision.reservation),
        "on_unreachable": standing.program.document.gate.on_unreachable,
        "partner": standing.partner.ref,
        "customer": standing.customer.ref,
        "product": decision.product.code,
        "environments": list(standing.environments),
        "seats_before": standing.inputs.before,
        "seats": decision.seats,
        "blockers": [reason.to_dict() for reason in decision.reasons],
        "still_works": standing.still_works,
        "open_until": until.isoformat() if until else None,
        "because": standing.because,
        "program_version": standing.program.number,
        "inputs_digest": standing.inputs.digest(),
        "decided_at": decision.decided_at,
        "cache_until": decision.cache_until,
        "receipt": kept.receipt if kept else None,
    }


def _reservation(held: Reservation | None) -> dict[str, Any] | None:
    if held is None:
        return None
    return {"id": held.ref, "state": held.state, "expires_at": held.expires_at}


class DeploymentFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    product = django_filters.CharFilter(field_name="product__code")

    class Meta:
        model = Deployment
        fields: list[str] = []


class Deployments(Resource):
    """What runs: seats of a product at a customer. Changed by asking for an authorization."""

    model = Deployment
    capabilities = {"GET": "authorizations.read"}
    filterset_class = DeploymentFilters
    sorts = {"seats": "seats"}
    updated = "updated_at"
    fields = {
        "id": PublicId(),
        "partner": PublicId("partner"),
        "customer": Nested("customer", id=PublicId(), name="name"),
        "product": "product__code",
        "environments": "environments",
        "seats": "seats",
        "reserved": Value("reserved", help="Granted beyond them, not confirmed yet."),
        "since": "since",
        "authorization": PublicId("authorization", help="The decision it stands on."),
        "updated_at": "updated_at",
    }


class ReservationFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    state = django_filters.ChoiceFilter(choices=Reservation.State.choices)

    class Meta:
        model = Reservation
        fields: list[str] = []


class Reservations(Resource):
    """Seats granted in two steps: confirmed they run, cancelled or unconfirmed they never did."""

    model = Reservation
    capabilities = {
        "GET": "authorizations.read",
        "confirm": "authorizations.request",
        "cancel": "authorizations.request",
    }
    filterset_class = ReservationFilters
    sorts = {"expires_at": "expires_at"}
    inputs = {"confirm": Input, "cancel": Input}
    fields = {
        "id": PublicId(),
        "authorization": PublicId("authorization"),
        "partner": PublicId("partner"),
        "customer": PublicId("customer"),
        "product": "product__code",
        "seats": Value("seats", help="The quantity afterwards."),
        "state": "state",
        "expires_at": "expires_at",
        "settled_at": "settled_at",
    }

    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, id: str) -> HttpResponse:
        """The seats run now. The gate is asked once more; 409 where it has closed since, where the
        time is over, or where it is settled already."""
        self.read(request)
        return self.shown(confirm(self.found(id), at=clock.now()))

    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, id: str) -> HttpResponse:
        """Give the reserved seats back."""
        self.read(request)
        return self.shown(cancel(self.found(id), at=clock.now()))


register_routes("authorizations", Authorizations)
register_routes("deployments", Deployments)
register_routes("reservations", Reservations)
