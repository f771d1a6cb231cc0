"""The token endpoint (OAuth 2 client credentials) and the vendor's public keys.

allauth keeps the client and its secret; the token is signed here, because allauth signs with one
RS256 key for the whole site (docs/decisions/0002-api-tokens.md).
"""

from __future__ import annotations

import base64
import binascii
from typing import Any

from allauth.idp.oidc.models import Client
from django.contrib.auth.hashers import make_password
from django.http import HttpRequest, JsonResponse
from django.views.decorators.cache import cache_control
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST

from tenants import keys
from tenants import scope as scopes
from tenants.api import grants
from tenants.models import ApiClient
from web.api import rates
from web.api.problems import problem_response

TRIES_PER_MINUTE = 60


class Declined(Exception):
    """An error of RFC 6749: its code, words, status; ``wait`` says in how many seconds to retry."""

    def __init__(self, error: str, description: str, status: int = 400, wait: int = 0) -> None:
        super().__init__(description)
        self.error, self.description, self.status, self.wait = error, description, status, wait


@csrf_exempt
@require_POST
def token(request: HttpRequest) -> JsonResponse:
    """An access token for a client's id and secret (HTTP Basic or form fields)."""
    wait = 0
    try:
        answer, status = _token(request), 200
    except Declined as error:
        answer = {"error": error.error, "error_description": error.description}
        status, wait = error.status, error.wait
    response = JsonResponse(answer, status=status)
    response["Cache-Control"] = "no-store"
    if status == 401:
        response["WWW-Authenticate"] = 'Basic realm="Mainstay"'
    if wait:
        response["Retry-After"] = str(wait)
    return response


def _token(request: HttpRequest) -> dict[str, Any]:
    if request.POST.get("grant_type") != "client_credentials":
        raise Declined("unsupported_grant_type", "Send grant_type=client_credentials.")
    client_id, secret = _credentials(request)
    tries = rates.count("token", client_id, TRIES_PER_MINUTE)
    if tries.exceeded:
        words = "Too many tries: tokens live ten minutes."
        raise Declined("slow_down", words, 429, tries.reset)
    api_client = _client(client_id, secret, getattr(request, "vendor", None))
    granted = _granted(api_client, request.POST.get("scope", ""))
    with scopes.widen("api door", vendor_id=api_client.vendor_id):
        access_token = grants.issue(api_client, granted)
    return {
        "access_token": access_token,
        "token_type": "Bearer",
        "expires_in": grants.SECONDS,
        "scope": " ".join(sorted(granted)),
    }


def _credentials(request: HttpRequest) -> tuple[str, str]:
    kind, _, value = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    if kind.lower() == "basic":
        try:
            client_id, _, secret = base64.b64decode(value, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            client_id = secret = ""
    else:
        client_id = request.POST.get("client_id", "")
        secret = request.POST.get("client_secret", "")
    if not client_id or not secret:
        raise Declined("invalid_client", "Send the client's id and secret.", 401)
    return client_id, secret


def _client(client_id: str, secret: str, host_vendor: Any) -> ApiClient:
    """The client whose secret this is; one answer for every way of being wrong."""
    refused = Declined("invalid_client", "The client's id or secret is wrong.", 401)
    if "\0" in client_id:
        raise refused
    stored = Client.objects.filter(pk=client_id).first()
    if stored is None:
        make_password(secret)  # an unknown client takes as long as a wrong secret
        raise refused
    vendor_id = (stored.data or {}).get("vendor_id")
    if not stored.check_secret(secret) or vendor_id is None:
        raise refused
    if host_vendor is not None and host_vendor.pk != vendor_id:
        raise refused
    with scopes.widen("api door", vendor_id=vendor_id):
        found = ApiClient.objects.filter(oidc_client_id=client_id, revoked_at__isnull=True).first()
    if found is None:
        raise refused
    return found


def _granted(client: ApiClient, asked: str) -> frozenset[str]:
    """What was asked for, all of it by default; more than the client has is refused."""
    held = frozenset(client.scopes)
    wanted = frozenset(asked.split()) or held
    if not wanted <= held:
        words = ", ".join(sorted(wanted - held))
        raise Declined("invalid_scope", f"The client was not given: {words}.")
    return wanted


@require_GET
@cache_control(public=True, max_age=300)
def public_keys(request: HttpRequest) -> Any:
    """The vendor's public keys (a JWK set), on its hosts."""
    vendor = getattr(request, "vendor", None)
    if vendor is None:
        return problem_response(request, 404, "not_found", "No vendor is shown on this host.")
    return JsonResponse(keys.jwks(vendor.pk), content_type="application/jwk-set+json")
