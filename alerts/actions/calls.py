"""What beat asks of webhooks: make messages of what the log gained, send what is due, forget."""

from __future__ import annotations

import datetime as dt
import logging
import time
from typing import Any

from django.conf import settings
from django.db import connection, connections, transaction

from alerts.actions.webhooks import stop
from alerts.calling import Answer, Unreachable, post
from alerts.models import WebhookEndpoint, WebhookMessage
from alerts.models.webhooks import WAITS
from alerts.signing import signature
from alerts.webhook_bodies import body_of
from tenants.actions.sealing import sweep_event_seal
from tenants.encryption import decrypt
from tenants.writing import acting, record_event

logger = logging.getLogger(__name__)

GIVE_UP_AFTER = dt.timedelta(days=3)
"""Without one success for so long, an endpoint that fails once more is switched off."""
KEPT = dt.timedelta(days=30)
RUN_SECONDS = 60.0
"""A run stops here; the next one goes on where it stopped."""
_LOCK = 7105  # first key of the two-part advisory lock: "somebody sends to this endpoint"
State = WebhookMessage.State

# The seal gives each vendor's finished events a position without gaps, so nothing that commits late
# is passed over; the positions move in the statement that makes the messages.
_MAKE = """
WITH reach AS (
  SELECT p.id, p.vendor_id, p.events, p.position, p.begins_after,
         (SELECT max(s.position) FROM tenants_seal s WHERE s.vendor_id = p.vendor_id) AS newest
  FROM alerts_webhookendpoint p WHERE p.enabled
  ORDER BY p.id FOR NO KEY UPDATE OF p SKIP LOCKED
), made AS (
  INSERT INTO alerts_webhookmessage (vendor_id, endpoint_id, event_id, kind, state, attempts,
                                     created_at, next_attempt_at, log)
  SELECT r.vendor_id, r.id, e.id, e.kind, 'pending', 0, %(at)s, %(at)s, '[]'
  FROM reach r
  JOIN tenants_seal s ON s.vendor_id = r.vendor_id
   AND s.position > r.position AND s.position <= r.newest
  JOIN tenants_event e ON e.id = s.event
  WHERE e.kind = ANY (r.events) AND e.id > r.begins_after
  ORDER BY r.id, s.position
  ON CONFLICT (vendor_id, endpoint_id, event_id) DO NOTHING
), moved AS (
  UPDATE alerts_webhookendpoint p SET position = r.newest
  FROM reach r WHERE p.id = r.id AND r.newest > r.position
)
SELECT 1
"""
_DUE = """
SELECT DISTINCT p.vendor_id, p.id
FROM alerts_webhookendpoint p
JOIN alerts_webhookmessage m ON m.vendor_id = p.vendor_id AND m.endpoint_id = p.id
WHERE p.enabled AND m.state = 'pending' AND m.next_attempt_at <= %(at)s
ORDER BY 1, 2
"""


def sweep_webhooks(*, at: dt.datetime) -> list[tuple[int, int]]:
    """Make the messages of what was sealed since; returns (vendor, endpoint) of all with messages
    to send now. Seals first, so that what just happened need not wait for the sealer."""
    with connections["ops"].cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT 1 FROM alerts_webhookendpoint WHERE enabled)")
        if not cursor.fetchone()[0]:
            return []
    sweep_event_seal(at=at)
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute(_MAKE, {"at": at})
        cursor.execute(_DUE, {"at": at})
        return [(int(vendor), int(endpoint)) for vendor, endpoint in cursor.fetchall()]


def drop_old_messages(*, at: dt.datetime) -> int:
    """Forget messages of more than 30 days ago, for all vendors; returns how many."""
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute(
            "DELETE FROM alerts_webhookmessage WHERE created_at < %s AND state <> 'pending'",
            [at - KEPT],
        )
        return int(cursor.rowcount)


def call_endpoint(endpoint_id: int, *, at: dt.datetime) -> int:
    """Send what is due to one endpoint of the entered vendor, oldest first; returns how many were
    received. Stops where nobody answers: the rest would wait for the same silence.

    One message per transaction: a worker killed between sending and noting it sends it again
    under the same id. Another worker at this endpoint: nothing happens.
    """
    received, end = 0, time.monotonic() + RUN_SECONDS
    while time.monotonic() < end:
        with acting():
            went = _send_next(endpoint_id, at)
        if went is None:
            break
        received += went
    return received


def _send_next(endpoint_id: int, at: dt.datetime) -> bool | None:
    """Whether the oldest due message was received; None where there is none, or nobody answers."""
    if not _alone(endpoint_id):
        return None
    endpoint = WebhookEndpoint.objects.filter(pk=endpoint_id, enabled=True).first()
    due = WebhookMessage.objects.filter(
        endpoint_id=endpoint_id, state=State.PENDING, next_attempt_at__lte=at
    )
    message = due.select_related("event").order_by("pk").first() if endpoint else None
    if endpoint is None or message is None:
        return None
    # Nothing is locked while the receiver thinks: a lock would hold up the seal of the log.
    try:
        answer = _call(endpoint, message, at)
    except Unreachable as silence:
        _note(message, at, None, error=str(silence))
        _failed(endpoint, message, at)
        return None
    _note(message, at, answer)
    if answer.received:
        _received(endpoint, message, at)
    else:
        _failed(endpoint, message, at, gone=answer.code == 410)
    return answer.received


def _alone(endpoint_id: int) -> bool:
    with connection.cursor() as cursor:
        # The key has 32 bits; two endpoints that share one merely wait for each other's next run.
        cursor.execute(
            "SELECT pg_try_advisory_xact_lock(%s, %s)", [_LOCK, endpoint_id & 0x7FFFFFFF]
        )
        return bool(cursor.fetchone()[0])


def _call(endpoint: WebhookEndpoint, message: WebhookMessage, at: dt.datetime) -> Answer:
    body, key = body_of(message.event), message.event.ref
    held = [endpoint.secret]
    if endpoint.former_until is not None and at < endpoint.former_until:
        held.append(endpoint.former_secret)
    # Receivers compare with their own clock, so this is the real one even in a moved demo.
    seconds = int(time.time())
    headers = {
        "Content-Type": "application/json",
        "User-Agent": f"Mainstay-Webhooks/{settings.SPECTACULAR_SETTINGS['VERSION']}",
        "webhook-id": key,
        "webhook-timestamp": str(seconds),
        "webhook-signature": signature(key, seconds, body, [decrypt(one).decode() for one in held]),
    }
    return post(endpoint.url, body, headers)


def _note(
    message: WebhookMessage, at: dt.datetime, answer: Answer | None, *, error: str = ""
) -> None:
    line: dict[str, Any] = {"at": at.isoformat(), "code": None, "seconds": None, "answer": ""}
    if answer is not None:
        line |= {"code": answer.code, "seconds": round(answer.seconds, 2), "answer": answer.text}
        if 300 <= answer.code < 400:
            error = "redirect"
    message.code = answer.code if answer else None
    message.log = [*message.log, {**line, "error": error}][-WebhookMessage.LOG_KEPT :]
    message.attempts += 1


def _keep(message: WebhookMessage) -> None:
    """Nothing happens where the webhook was removed meanwhile."""
    WebhookMessage.objects.filter(pk=message.pk).update(
        state=message.state,
        sent_at=message.sent_at,
        next_attempt_at=message.next_attempt_at,
        attempts=message.attempts,
        code=message.code,
        log=message.log,
    )


def _received(endpoint: WebhookEndpoint, message: WebhookMessage, at: dt.datetime) -> None:
    message.state, message.sent_at = State.SENT, at
    _keep(message)
    if endpoint.failing_since is not None:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=None)
        record_event("webhook.recovered", endpoint)


def _failed(
    endpoint: WebhookEndpoint, message: WebhookMessage, at: dt.datetime, *, gone: bool = False
) -> None:
    if message.attempts <= len(WAITS):
        message.next_attempt_at = at + WAITS[message.attempts - 1]
    else:
        message.state = State.FAILED
    _keep(message)
    logger.warning("webhook %s: attempt %d failed", message.event.ref, message.attempts)
    since = endpoint.failing_since or at
    if endpoint.failing_since is None:
        WebhookEndpoint.objects.filter(pk=endpoint.pk).update(failing_since=at)
        record_event("webhook.failing", endpoint)
    if gone:
        stop(endpoint, WebhookEndpoint.Stop.GONE, at)
    elif at - since >= GIVE_UP_AFTER:
        stop(endpoint, WebhookEndpoint.Stop.FAILING, at)
