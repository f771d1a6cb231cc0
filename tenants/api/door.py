"""The way of an API request through the house: past everything that serves browsers.

Sessions, languages, flash messages and forms mean nothing to a client with a token, so a request
below ``/api/v1/`` goes from here straight to its view. A cookie cannot matter where nothing reads
it, and a list is a fifth cheaper.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import get_resolver

PREFIX = "/api/v1/"


class ApiMiddleware:
    """Stands behind the host's middleware and before the browsers'."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if not request.path_info.startswith(PREFIX):
            return self.get_response(request)
        # No match raises Resolver404, which Django turns into our own 404.
        match = request.resolver_match = get_resolver().resolve(request.path_info)
        response: Any = match.func(request, *match.args, **match.kwargs)
        if not getattr(response, "is_rendered", True):
            response.render()
        # What has an ETag may be kept by its client, and asked about; the rest by nobody.
        kept = "private, no-cache" if "ETag" in response.headers else "private, no-store"
        response.headers.setdefault("Cache-Control", kept)
        if not response.streaming:
            response.headers.setdefault("Content-Length", str(len(response.content)))
        return response  # type: ignore[no-any-return]
