"""``/api/v1/`` and the public keys: the API's addresses."""

from __future__ import annotations

from django.urls import include, path

from tenants.api.routes import routes
from tenants.api.tokens import public_keys, token
from web.api.reference import openapi, reference_page

urlpatterns = [
    path(".well-known/jwks.json", public_keys, name="jwks"),
    path(
        "api/v1/",
        include(
            [
                *routes(),
                path("token", token, name="api-token"),
                path("openapi.json", openapi, name="openapi"),
                path("docs/", reference_page, name="api-docs"),
            ]
        ),
    ),
]
