"""App configuration of the shared surface."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Shared pages, components and checks."""

    name = "web"
    verbose_name = "Web"

    def ready(self) -> None:
        """Register the system checks; they must see every app's navigation."""
        from web import checks  # noqa: F401
