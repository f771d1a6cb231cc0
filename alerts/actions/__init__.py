"""Verbs: tell people (``messages``), tell machines (``webhooks``, ``calls``)."""

from alerts.actions.calls import call_endpoint, drop_old_messages, sweep_webhooks
from alerts.actions.messages import (
    MAX_ATTEMPTS,
    SweepTerms,
    mark_all_read,
    mark_read,
    note_sweep,
    queue_message,
    raise_alerts,
    retry_delivery,
    settle_alerts,
    sweep_deliveries,
)
from alerts.actions.telling import Change, alone_telling, told_anew
from alerts.actions.webhooks import (
    NewWebhook,
    add_webhook,
    change_webhook,
    remove_webhook,
    resend_message,
    rotate_secret,
    send_test,
    switch_off,
    switch_on,
)

__all__ = [
    "MAX_ATTEMPTS",
    "Change",
    "NewWebhook",
    "SweepTerms",
    "add_webhook",
    "alone_telling",
    "call_endpoint",
    "change_webhook",
    "drop_old_messages",
    "mark_all_read",
    "mark_read",
    "note_sweep",
    "queue_message",
    "raise_alerts",
    "remove_webhook",
    "resend_message",
    "retry_delivery",
    "rotate_secret",
    "send_test",
    "settle_alerts",
    "sweep_deliveries",
    "sweep_webhooks",
    "switch_off",
    "switch_on",
    "told_anew",
]
