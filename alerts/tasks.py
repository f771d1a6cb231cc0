"""Beat's work: send what waits, tell machines what the log gained, forget old messages."""

from __future__ import annotations

from celery import shared_task

from alerts.actions import (
    SweepTerms,
    call_endpoint,
    drop_old_messages,
    note_sweep,
    raise_alerts,
    strip_old_deliveries,
    sweep_deliveries,
    sweep_digests,
    sweep_webhooks,
)
from alerts.webhook_alerts import DUE
from tenants.tasks import vendor_task
from web import clock

EVERY_SECONDS = 30
WEBHOOK_SECONDS = 15
DIGEST_SECONDS = 300
STOPPED = SweepTerms("webhook alerts", DUE, 300)


@shared_task(name="alerts.tasks.deliver", ignore_result=True)
def deliver() -> int:
    """Send waiting messages of all vendors; returns how many left."""
    at = clock.now()
    count = sweep_deliveries(at=at)
    note_sweep("deliver messages", every_seconds=EVERY_SECONDS, at=at, count=count)
    return count


@shared_task(name="alerts.tasks.digests", ignore_result=True)
def digests() -> int:
    """Write the weekly digests that are due; returns how many."""
    at = clock.now()
    count = sweep_digests(at=at)
    note_sweep("digests", every_seconds=DIGEST_SECONDS, at=at, count=count)
    return count


@shared_task(name="alerts.tasks.webhooks", ignore_result=True)
def webhooks() -> int:
    """Ask for every endpoint with something to send, each by itself: a slow receiver is nobody
    else's business. Returns how many."""
    at = clock.now()
    due = sweep_webhooks(at=at)
    for vendor_id, endpoint_id in due:
        call_webhook.delay(vendor_id, endpoint_id)
    note_sweep("webhooks", every_seconds=WEBHOOK_SECONDS, at=at, count=len(due))
    return len(due)


@vendor_task(name="alerts.tasks.call_webhook", ignore_result=True)
def call_webhook(vendor_id: int, endpoint_id: int) -> int:
    """Send what is due to one endpoint; returns how many messages were received."""
    return call_endpoint(endpoint_id, at=clock.now())


@shared_task(name="alerts.tasks.webhook_alerts", ignore_result=True)
def webhook_alerts() -> int:
    """Tell the channel admins of webhooks that were switched off; returns how many."""
    return raise_alerts(STOPPED, at=clock.now())


@shared_task(name="alerts.tasks.drop_old", ignore_result=True)
def drop_old() -> int:
    """Forget webhook messages of a month ago, and addresses of mails of three months ago; late only
    means kept longer. Returns how many."""
    at = clock.now()
    return drop_old_messages(at=at) + strip_old_deliveries(at=at)
