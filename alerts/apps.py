from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"

    def ready(self) -> None:
        from alerts.actions import queue_message
        from tenants.messages import register_sender

        register_sender(queue_message)
