from django.apps import AppConfig


class DemoConfig(AppConfig):
    """The demonstration: two vendors with invented companies. Uses the apps' actions only."""

    name = "demo"
