"""What a webhook says of an event: thin, codes and public ids only.

Any kind of the event log can be subscribed to. Beside type, id and instant the body carries the
subject's id and the partner's; the app that owns a kind lists the values of the event that go
along. What nobody lists stays in the log.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Collection, Mapping
from typing import Any

from django.apps import apps

from partners.models import Partner
from tenants.labels import event_title
from tenants.models import Event, Vendor
from tenants.rows import VendorRow, format_public_id

_values: dict[str, tuple[str, ...]] = {}


def register_webhook_values(values: Mapping[str, Collection[str]]) -> None:
    """``{"standing.changed": ("product", "stage")}``: keys of the event's data that go along.

    Only codes, days, numbers and public ids: a receiver may be less trusted than the log.
    """
    _values.update({kind: tuple(keys) for kind, keys in values.items()})


def pushed_kinds() -> list[str]:
    """The kinds that an app registered values for, because machines wait for them."""
    return list(_values)


def described() -> dict[str, Any]:
    """The pushed kinds as OpenAPI's ``webhooks``; any other kind has the same body without more."""
    return {kind: {"post": _operation(kind, keys)} for kind, keys in sorted(_values.items())}


def _operation(kind: str, keys: Collection[str]) -> dict[str, Any]:
    text = {"type": "string"}
    data = {"id": text, "partner": text, **{key: {"type": ["string", "null"]} for key in keys}}
    body = {
        "type": {"type": "string", "const": kind},
        "id": text,
        "occurred_at": {**text, "format": "date-time"},
        "data": {"type": "object", "properties": data},
    }
    schema = {"type": "object", "properties": body, "required": list(body)}
    return {
        "summary": event_title(kind),
        "description": "Signed as Standard Webhooks say; answer 2xx within ten seconds.",
        "requestBody": {"required": True, "content": {"application/json": {"schema": schema}}},
        "responses": {"2XX": {"description": "Received."}},
    }


def body_of(event: Event) -> bytes:
    """The JSON body; the same bytes for every attempt, since an event never changes.

    One query for the partner's public id, where the event has a partner.
    """
    data: dict[str, Any] = {"id": subject_ref(event)}
    if event.partner_id is not None:
        row = Partner.objects.filter(pk=event.partner_id).only("public_id").first()
        data["partner"] = row.ref if row else None
    data |= {key: event.data.get(key) for key in _values.get(event.kind, ())}
    body = {
        "type": event.kind,
        "id": event.ref,
        "occurred_at": event.at.astimezone(dt.UTC).isoformat().replace("+00:00", "Z"),
        "data": data,
    }
    return json.dumps(body, ensure_ascii=False, separators=(",", ":")).encode()


def subject_ref(event: Event) -> str:
    """The subject's public id with its prefix, as the API has it."""
    model = _models().get(event.subject_kind)
    if model is None:
        return event.subject_id.hex
    return format_public_id(model.prefix, event.subject_id)


def _models() -> dict[str, Any]:
    known: list[Any] = [Vendor, *(m for m in apps.get_models() if issubclass(m, VendorRow))]
    return {str(m._meta.model_name): m for m in known if getattr(m, "prefix", "")}
