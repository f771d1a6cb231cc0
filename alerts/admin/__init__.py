"""Admin pages: what people were told, and the webhooks."""

from alerts.admin import notices, webhooks  # noqa: F401  register themselves
