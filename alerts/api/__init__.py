"""Alerts and webhooks in the API."""

from alerts.api import notices, webhooks  # noqa: F401  register themselves
