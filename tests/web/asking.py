"""A request without a site behind it, for drawing pages and pieces."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.test import RequestFactory


def asking(path: str = "/style/", **attributes: Any) -> HttpRequest:
    request = RequestFactory().get(path)
    request.user = SimpleNamespace(  # type: ignore[assignment]
        is_authenticated=True, is_staff=True, email="priya@northwind.example"
    )
    request.resolver_match = None
    request.session = {}  # type: ignore[assignment]
    request._messages = []  # type: ignore[attr-defined]
    for name, value in attributes.items():
        setattr(request, name, value)
    return request
