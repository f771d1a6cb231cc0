"""Verbs on webhooks: make, change, rotate the secret, switch off and on, test, send again."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from alerts.calling import objection
from alerts.models import WebhookEndpoint, WebhookMessage
from alerts.signing import is_secret, new_secret
from tenants.encryption import encrypt
from tenants.labels import event_kinds
from tenants.models import Event, Seal
from tenants.writing import Reason, Refused, action, changes, record_event

BOTH_SIGN = dt.timedelta(days=1)
"""How long a rotated secret signs beside the new one."""
CATCH_UP = dt.timedelta(days=3)
"""How far back a webhook that is switched on again begins at most."""


@dataclass(frozen=True)
class NewWebhook:
    """A webhook with the only readable copy of its secret."""

    endpoint: WebhookEndpoint
    secret: str


@action("webhooks.write")
def add_webhook(
    *,
    url: str,
    events: Sequence[str],
    description: str = "",
    secret: str = "",
    at: dt.datetime,
) -> NewWebhook:
    """Tell ``url`` of events of these kinds from now on. Without ``secret`` one is made.

    Raises ``Refused``: ``address_refused``, ``unknown_event``, ``no_event``, ``secret_refused``.
    """
    _fit(url, events)
    if secret and not is_secret(secret):
        words = _("A secret is “whsec_” and the base64 of 24 to 64 bytes.")
        raise Refused("secret_refused", words, reasons=[_wrong("secret_refused", words, "secret")])
    chosen = secret or new_secret()
    endpoint = WebhookEndpoint.objects.create(
        url=url,
        events=sorted(set(events)),
        description=description,
        secret=encrypt(chosen.encode()),
        position=_newest(Seal, "position"),
        begins_after=_newest(Event, "pk"),
        created_at=at,
        updated_at=at,
    )
    endpoint.refresh_from_db()
    record_event("webhook.added", endpoint, data={"url": _said(url), "events": endpoint.events})
    return NewWebhook(endpoint, chosen)


@action("webhooks.write")
def change_webhook(
    endpoint: WebhookEndpoint,
    *,
    at: dt.datetime,
    url: str | None = None,
    events: Sequence[str] | None = None,
    description: str | None = None,
) -> WebhookEndpoint:
    """Another address, other kinds, another description; what is left out stays.

    What waits goes to the new address. Raises ``Refused`` as ``add_webhook``.
    """
    held = _held(endpoint)
    before = {"url": held.url, "events": held.events, "description": held.description}
    after: dict[str, Any] = {
        "url": held.url if url is None else url,
        "events": held.events if events is None else sorted(set(events)),
        "description": held.description if description is None else description,
    }
    _fit(after["url"], after["events"])
    if differing := changes(before, after):
        WebhookEndpoint.objects.filter(pk=held.pk).update(**after, updated_at=at)
        if "url" in differing:
            differing["url"] = [_said(held.url), _said(after["url"])]
        record_event("webhook.changed", held, data={"changes": differing})
    held.refresh_from_db()
    return held


@action("webhooks.write")
def remove_webhook(endpoint: WebhookEndpoint) -> None:
    """End it, with what waits and its delivery log. The event log keeps everything it was told."""
    held = _held(endpoint)
    record_event("webhook.removed", held, data={"url": _said(held.url)})
    WebhookMessage.objects.filter(endpoint=held).delete()
    held.delete()


@action("webhooks.write")
def rotate_secret(endpoint: WebhookEndpoint, *, at: dt.datetime) -> NewWebhook:
    """Make another secret; the former one signs beside it for a day, so that nothing is refused."""
    held, secret = _held(endpoint), new_secret()
    WebhookEndpoint.objects.filter(pk=held.pk).update(
        former_secret=held.secret,
        former_until=at + BOTH_SIGN,
        secret=encrypt(secret.encode()),
        updated_at=at,
    )
    record_event("webhook.secret_rotated", held)
    held.refresh_from_db()
    return NewWebhook(held, secret)


@action("webhooks.write")
def switch_off(endpoint: WebhookEndpoint, *, at: dt.datetime) -> WebhookEndpoint:
    """Call it no more until it is switched on. Off already: nothing happens."""
    held = _held(endpoint)
    if held.enabled:
        stop(held, WebhookEndpoint.Stop.BY_HAND, at)
        held.refresh_from_db()
    return held


def stop(held: WebhookEndpoint, why: WebhookEndpoint.Stop, at: dt.datetime) -> None:
    """Switch it off, inside an action that decided so."""
    WebhookEndpoint.objects.filter(pk=held.pk).update(
        enabled=False, stopped_for=why, stopped_at=at, updated_at=at
    )
    record_event("webhook.switched_off", held, data={"url": _said(held.url), "why": str(why)})


@action("webhooks.write")
def switch_on(endpoint: WebhookEndpoint, *, at: dt.datetime) -> WebhookEndpoint:
    """Go on where it stopped: what waits and what happened since, but nothing older than three
    days, which is given up. On already: nothing happens."""
    held = _held(endpoint)
    if held.enabled:
        return held
    oldest = at - CATCH_UP
    passed = Seal.objects.filter(sealed_at__lt=oldest).aggregate(most=Max("position"))["most"] or 0
    waiting = WebhookMessage.objects.filter(endpoint=held, state=WebhookMessage.State.PENDING)
    waiting.filter(created_at__lt=oldest).update(state=WebhookMessage.State.FAILED)
    waiting.update(attempts=0, next_attempt_at=at)
    WebhookEndpoint.objects.filter(pk=held.pk).update(
        enabled=True,
        stopped_for="",
        stopped_at=None,
        failing_since=None,
        position=max(held.position, passed),
        updated_at=at,
    )
    record_event("webhook.switched_on", held, data={"url": _said(held.url)})
    held.refresh_from_db()
    return held


@action("webhooks.write")
def send_test(endpoint: WebhookEndpoint, *, at: dt.datetime) -> WebhookMessage:
    """Send the event ``webhook.tested``, whatever kinds were chosen.

    Raises ``Refused("switched_off")``.
    """
    held = _held(endpoint)
    _on(held)
    event = record_event("webhook.tested", held)
    return WebhookMessage.objects.create(
        endpoint=held,
        event=Event.objects.get(pk=event),
        kind="webhook.tested",
        created_at=at,
        next_attempt_at=at,
    )


@action("webhooks.write")
def resend_message(message: WebhookMessage, *, at: dt.datetime) -> WebhookMessage:
    """Send it again at once under the same id, whether it was received or given up, and try for
    three days. Raises ``Refused``: ``switched_off``, ``on_its_way``."""
    _on(_held(message.endpoint))
    State = WebhookMessage.State
    changed = WebhookMessage.objects.filter(
        pk=message.pk, state__in=[State.SENT, State.FAILED]
    ).update(state=State.PENDING, attempts=0, next_attempt_at=at)
    if not changed:
        raise Refused("on_its_way", _("This message is waiting to be sent already."))
    record_event("webhook.resent", message.endpoint, data={"event": message.event.ref})
    message.refresh_from_db()
    return message


def _on(endpoint: WebhookEndpoint) -> None:
    if not endpoint.enabled:
        words = _("This webhook is switched off: switch it on first.")
        raise Refused("switched_off", words)


def _held(endpoint: WebhookEndpoint) -> WebhookEndpoint:
    """The row afresh, locked; those who send read it without a lock."""
    held: WebhookEndpoint = WebhookEndpoint.objects.select_for_update(no_key=True).get(
        pk=endpoint.pk
    )
    return held


def _fit(url: str, events: Sequence[str]) -> None:
    if words := objection(url):
        raise Refused("address_refused", reasons=[_wrong("address_refused", words, "url")])
    if not events:
        words = _("Choose at least one kind of event.")
        raise Refused("no_event", reasons=[_wrong("no_event", words, "events")])
    if unknown := sorted(set(events) - {kind for kind, _words in event_kinds()}):
        words = _("There is no event called %(kinds)s.") % {"kinds": ", ".join(unknown)}
        raise Refused("unknown_event", reasons=[_wrong("unknown_event", words, "events")])


def _said(url: str) -> str:
    """The address as the log names it: a query may hold a key, and more people read the log."""
    return url.partition("?")[0]


def _wrong(code: str, words: str, pointer: str) -> Reason:
    return Reason(code, words, pointer=pointer)


def _newest(model: Any, column: str) -> int:
    return model.objects.aggregate(most=Max(column))["most"] or 0
