"""The registry of the API's addresses: each app registers its own in its ``api.py``."""

from __future__ import annotations

from typing import Any

from django.urls import URLPattern, path
from django.utils.module_loading import autodiscover_modules
from rest_framework.routers import SimpleRouter

_resources: dict[str, Any] = {}
_views: dict[str, Any] = {}


def register_routes(prefix: str, resource: Any) -> Any:
    """Put a resource under ``/api/v1/<prefix>`` and ``/api/v1/<prefix>/<id>``; returns it."""
    if _resources.get(prefix, resource) is not resource:
        raise ValueError(f"/api/v1/{prefix} is taken by {_resources[prefix].__name__}.")
    _resources[prefix] = resource
    return resource


def register_view(address: str, view: Any) -> None:
    """Put one view (``SomeView.as_view()``) under ``/api/v1/<address>``; for what is no list."""
    _views[address] = view


def resources() -> dict[str, Any]:
    """What is registered, by prefix."""
    return dict(_resources)


def routes() -> list[URLPattern]:
    """Every address of every app's ``api.py``, which are imported here."""
    autodiscover_modules("api")
    router = SimpleRouter(trailing_slash=False, use_regex_path=False)
    for prefix, resource in _resources.items():
        router.register(prefix, resource, basename=f"api-{prefix}")
    named = [path(address, view, name=f"api-{address}") for address, view in _views.items()]
    return [*named, *router.urls]  # program/preview is no version's id
