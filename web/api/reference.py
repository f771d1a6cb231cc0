"""The OpenAPI document and its reference page, which loads nothing from outside."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.views import SpectacularSwaggerSplitView


@lru_cache(maxsize=1)
def document() -> bytes:
    """The OpenAPI 3.1 document; the same for everybody, so it is built once."""
    return orjson.dumps(SchemaGenerator().get_schema(request=None, public=True), default=str)


@require_safe
@cache_control(public=True, max_age=300)
def openapi(request: HttpRequest) -> HttpResponse:
    return HttpResponse(document(), content_type="application/json")


class ReferencePage(SpectacularSwaggerSplitView):
    """Swagger UI from our own static files; its script is a file, not inline."""

    authentication_classes: list[Any] = []
    permission_classes: list[Any] = []
    url_name = "openapi"
    exclude_from_schema = True


reference_page = ReferencePage.as_view()
