from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts.actions import queue_message
        from alerts.pages import frame_facts, late_banner
        from tenants.messages import register_sender
        from web.context import register_shell

        register_sender(queue_message)
        register_shell(frame_facts)
        register_shell(late_banner)
