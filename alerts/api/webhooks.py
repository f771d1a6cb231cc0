"""Webhooks in the API: endpoints, what they were told, and sending it again."""

from __future__ import annotations

from typing import Any

import django_filters
import orjson
from django.http import HttpResponse
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request

from alerts import actions
from alerts.models import WebhookEndpoint, WebhookMessage
from tenants.api import Resource, register_routes
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import BooleanField, CharField, Input
from web.api.output import PublicId, Value

EVENTS_HELP = "Kinds of events of the log, e.g. `authorization.revoked`, `standing.changed`."


class WebhookInput(Input):
    """Where to, and which kinds of events."""

    url = CharField(max_length=500, help_text="https, and a public address.")
    events = serializers.ListField(
        child=CharField(max_length=80), min_length=1, max_length=200, help_text=EVENTS_HELP
    )
    description = CharField(max_length=200, required=False, allow_blank=True)
    secret = CharField(
        max_length=120,
        required=False,
        help_text="`whsec_` and the base64 of 24 to 64 bytes; one is made if it is left out.",
    )


class WebhookChange(Input):
    """What changes; the rest stays."""

    url = CharField(max_length=500, required=False)
    events = serializers.ListField(
        child=CharField(max_length=80),
        min_length=1,
        max_length=200,
        required=False,
        help_text=EVENTS_HELP,
    )
    description = CharField(max_length=200, required=False, allow_blank=True)
    enabled = BooleanField(
        required=False,
        help_text="On again it goes on where it stopped, but not before three days ago.",
    )


FIELDS: dict[str, Any] = {
    "id": PublicId(),
    "url": "url",
    "description": "description",
    "events": Value("events", help=EVENTS_HELP),
    "enabled": "enabled",
    "stopped_for": Value("stopped_for", help="`by_hand`, `failing`, `gone`; empty while on."),
    "stopped_at": "stopped_at",
    "failing_since": Value("failing_since", help="Null unless the latest attempt failed."),
    "former_until": Value("former_until", help="Until then a rotated secret signs as well."),
    "created_at": "created_at",
    "updated_at": "updated_at",
}


class NewWebhookAnswer(serializers.Serializer[Any]):
    """The webhook's id and its secret, which is shown this once."""

    id = serializers.CharField()
    secret = serializers.CharField()


class MessageAnswer(serializers.Serializer[Any]):
    """The message that will be sent."""

    id = serializers.CharField()


class Webhooks(Resource):
    """Addresses of the vendor's systems that are told of events; see `docs/webhooks.md`."""

    model = WebhookEndpoint
    capabilities = dict.fromkeys(
        ["GET", "POST", "PATCH", "DELETE", "rotate", "test"], "webhooks.write"
    )
    updated = "updated_at"
    fields = FIELDS
    summaries = {"rotate": "Rotate the secret of a webhook"}
    inputs = {
        "create": WebhookInput,
        "partial_update": WebhookChange,
        "rotate": Input,
        "test": Input,
    }
    outputs = {
        "create": NewWebhookAnswer,
        "rotate": NewWebhookAnswer,
        "test": MessageAnswer,
    }

    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Add one. The answer holds its secret, this once; an answer repeated for its
        `Idempotency-Key` holds none."""
        return self._once(actions.add_webhook(**self.read(request), at=clock.now()), 201)

    def partial_update(self, request: Request, id: str, **kwargs: Any) -> HttpResponse:
        """Change it, switch it off or on."""
        asked = self.read(request)
        with self.changing(request, id) as row:
            enabled = asked.pop("enabled", None)
            if asked:
                row = actions.change_webhook(row, **asked, at=clock.now())
            if enabled is not None:
                turn = actions.switch_on if enabled else actions.switch_off
                row = turn(row, at=clock.now())
            return self.shown(row)

    def destroy(self, request: Request, id: str, **kwargs: Any) -> HttpResponse:
        """End it, with what waits and its delivery log."""
        with self.changing(request, id) as row:
            actions.remove_webhook(row)
        return HttpResponse(status=204)

    @action(detail=True, methods=["post"])
    def rotate(self, request: Request, id: str) -> HttpResponse:
        """Make another secret; the former one signs beside it for a day."""
        self.read(request)
        return self._once(actions.rotate_secret(self.found(id), at=clock.now()), 200)

    @action(detail=True, methods=["post"])
    def test(self, request: Request, id: str) -> HttpResponse:
        """Send the event `webhook.tested`, within half a minute."""
        self.read(request)
        message = actions.send_test(self.found(id), at=clock.now())
        message.refresh_from_db()
        return self.answered({"id": message.ref}, 202)

    def _once(self, made: actions.NewWebhook, status: int) -> HttpResponse:
        """The secret goes out, and is not among what is kept for a repeated request."""
        answer = {"id": made.endpoint.ref}
        response = self.answered({**answer, "secret": made.secret}, status)
        response.kept_body = orjson.dumps({**answer, "secret": ""})  # type: ignore[attr-defined]
        return response


class MessageFilters(django_filters.FilterSet):
    webhook = PublicIdFilter(WebhookEndpoint, "endpoint")
    type = django_filters.CharFilter(field_name="kind")
    state = django_filters.ChoiceFilter(choices=WebhookMessage.State.choices)
    created_at__gte = django_filters.IsoDateTimeFilter(field_name="created_at", lookup_expr="gte")

    class Meta:
        model = WebhookMessage
        fields: list[str] = []


class WebhookMessages(Resource):
    """What webhooks were told in the last 30 days, with what came back."""

    model = WebhookMessage
    component = "WebhookMessage"
    capabilities = {"GET": "webhooks.write", "resend": "webhooks.write"}
    filterset_class = MessageFilters
    sorts = {"created_at": "id"}
    inputs = {"resend": Input}
    fields = {
        "id": PublicId(),
        "webhook": PublicId("endpoint"),
        "event": PublicId("event", help="The `webhook-id` of every attempt."),
        "type": "kind",
        "state": "state",
        "attempts": Value("attempts", help="Of the present round; a resend begins another."),
        "code": Value("code", help="HTTP status of the latest answer; null: nobody answered."),
        "created_at": "created_at",
        "next_attempt_at": Value("next_attempt_at", help="Counts while the state is `pending`."),
        "sent_at": Value("sent_at", help="When the receiver answered 2xx."),
        "log": Value("log", help="The latest 20 attempts: at, code, seconds, answer, error."),
    }

    @action(detail=True, methods=["post"])
    def resend(self, request: Request, id: str) -> HttpResponse:
        """Send it again under the same id, whether it was received or given up."""
        self.read(request)
        return self.shown(actions.resend_message(self.found(id), at=clock.now()))


register_routes("webhooks", Webhooks)
register_routes("webhook-messages", WebhookMessages)
