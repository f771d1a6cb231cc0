"""What the events of webhooks are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "calendar_feed.made": _("Calendar feed made"),
    "calendar_feed.revoked": _("Calendar feed revoked"),
    "mail_text.written": _("Own words for a mail written"),
    "mail_text.reset": _("Own words for a mail taken back"),
    "webhook.added": _("Webhook added"),
    "webhook.changed": _("Webhook changed"),
    "webhook.removed": _("Webhook removed"),
    "webhook.secret_rotated": _("Webhook given another secret"),
    "webhook.switched_on": _("Webhook switched on"),
    "webhook.switched_off": _("Webhook switched off"),
    "webhook.failing": _("Webhook began to fail"),
    "webhook.recovered": _("Webhook receives again"),
    "webhook.tested": _("Webhook tested"),
    "webhook.resent": _("Webhook message sent again"),
}
