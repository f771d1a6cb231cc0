"""A vendor with a webhook to a receiver on this machine, and the beat that tells it."""

from __future__ import annotations

import datetime as dt
from typing import Any

from alerts.actions import add_webhook, call_endpoint, sweep_webhooks
from alerts.models import WebhookEndpoint, WebhookMessage
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Vendor
from tenants.writing import record_event
from tests import factories as make
from tests.certifications.world import noon

AT = noon("2026-11-23")
KINDS = ["partner.changed", "standing.changed"]


def new_vendor(**values: Any) -> Vendor:
    vendor = make.VendorFactory(**values)
    make.HostFactory(vendor=vendor)
    return vendor


def webhook(vendor: Vendor, url: str, events: list[str] = KINDS, **more: Any) -> WebhookEndpoint:
    with make.prepared(vendor):
        return add_webhook(url=url, events=events, at=AT, **more).endpoint


def happens(partner: Any, kind: str = "partner.changed", **data: Any) -> str:
    """Something is recorded; gives the event's public id."""
    from tenants.models import Event

    with make.prepared(partner.vendor):
        return Event.objects.get(pk=record_event(kind, partner, data=data)).ref


def beat(at: dt.datetime = AT) -> int:
    """One beat: make messages, then every endpoint is called; how many were received."""
    received = 0
    for vendor_id, endpoint_id in sweep_webhooks(at=at):
        with scope.entered_vendor(vendor_id):
            received += call_endpoint(endpoint_id, at=at)
    return received


def message_of(vendor: Vendor) -> WebhookMessage:
    with scope.entered_vendor(vendor.pk):
        return WebhookMessage.objects.select_related("endpoint", "event").get()


def endpoint_of(vendor: Vendor) -> WebhookEndpoint:
    with scope.entered_vendor(vendor.pk):
        return WebhookEndpoint.objects.get()


def admin_of(vendor: Vendor) -> Any:
    return make.MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN)
