"""What people are told (alerts, messages), and what machines are told (webhooks)."""

from alerts.models.notices import Alert, Delivery, Notification, Sweep
from alerts.models.settings import CalendarFeed, Digest, MailChoice, MailSettings, MailText
from alerts.models.webhooks import LastTold, WebhookEndpoint, WebhookMessage

__all__ = [
    "Alert",
    "CalendarFeed",
    "Delivery",
    "Digest",
    "LastTold",
    "MailChoice",
    "MailSettings",
    "MailText",
    "Notification",
    "Sweep",
    "WebhookEndpoint",
    "WebhookMessage",
]
