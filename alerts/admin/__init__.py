"""Admin pages: what people were told, and the webhooks."""

from alerts.admin import notices, texts, webhooks  # noqa: F401  register themselves
