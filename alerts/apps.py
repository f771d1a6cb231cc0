from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts import webhook_alerts, webhook_bodies
        from alerts.actions import queue_message
        from alerts.event_kinds import WORDS
        from alerts.pages import frame_facts, late_banner
        from tenants.labels import register_event_words
        from tenants.messages import register_sender
        from web.api.schema import register_webhooks
        from web.context import register_shell

        register_event_words(WORDS, _("Webhooks, mails and calendars"))
        webhook_alerts.register()
        register_webhooks(webhook_bodies.described)
        register_sender(queue_message)
        register_shell(frame_facts)
        register_shell(late_banner)
