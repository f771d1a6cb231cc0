"""What people are told (alerts, messages), and what machines are told (webhooks)."""

from alerts.models.notices import Alert, Delivery, Notification, Sweep
from alerts.models.webhooks import LastTold, WebhookEndpoint, WebhookMessage

__all__ = [
    "Alert",
    "Delivery",
    "LastTold",
    "Notification",
    "Sweep",
    "WebhookEndpoint",
    "WebhookMessage",
]
