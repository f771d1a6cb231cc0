"""The API's door: a bearer token, nothing else. A browser's session opens nothing here."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.api.grants import BadToken, Grant, grant_of
from tenants.capabilities import API_SCOPES
from tenants.models import User

TOKEN_PATH = "/api/v1/token"


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer <JWT>``; anonymous requests get 401 with ``WWW-Authenticate``."""

    def authenticate(self, request: Request) -> tuple[User, Grant] | None:
        kind, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if not kind:
            return None
        if kind.lower() != "bearer" or not token.strip():
            raise AuthenticationFailed("Send “Authorization: Bearer” and an access token.")
        try:
            grant = grant_of(token.strip(), getattr(request._request, "vendor", None))
        except BadToken as error:
            raise AuthenticationFailed(str(error)) from None
        return grant.user, grant

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Mainstay"'


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = TokenAuthentication
    name = "oauth2"

    def get_security_definition(self, auto_schema: Any) -> dict[str, Any]:
        return {
            "type": "oauth2",
            "description": "Client credentials; tokens live ten minutes.",
            "flows": {
                "clientCredentials": {
                    "tokenUrl": TOKEN_PATH,
                    "scopes": {name: name.replace(".", ": ") for name in sorted(API_SCOPES)},
                }
            },
        }

    def get_security_requirement(self, auto_schema: Any) -> dict[str, list[str]]:
        needed = getattr(auto_schema.view, "needed_capability", lambda: None)()
        return {self.name: [needed] if needed else []}
