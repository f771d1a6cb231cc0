"""The API's base for apps: ``Resource`` and ``register_routes``. See ``web/api/__init__.py``."""

from tenants.api.routes import register_routes, register_view
from tenants.api.views import Resource, ScopedView

__all__ = ["Resource", "ScopedView", "register_routes", "register_view"]

from tenants.api import events  # noqa: F401  the base's own resource
