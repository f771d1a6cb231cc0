"""The Django app that carries the commands of this package; it has no models."""

from django.apps import AppConfig


class RuntimeConfig(AppConfig):
    """Supervision, embedded PostgreSQL and roles."""

    name = "runtime"
    label = "runtime"
    verbose_name = "Runtime"
