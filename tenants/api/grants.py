"""Access tokens: what one says, how it is made, and whether it still holds.

A token is a JWT signed by the vendor's own key and lives ten minutes. Verified ones are
remembered by their digest until they expire, so a request costs neither a signature check nor a
query; that the client was not revoked meanwhile is asked every half minute.
"""

from __future__ import annotations

import hashlib
import time
import uuid
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import jwt
from django.conf import settings

from tenants import directory, keys
from tenants import scope as scopes
from tenants.capabilities import Role
from tenants.models import ApiClient, User, Vendor
from tenants.rows import parse_public_id
from tenants.scope import Partners, Scope  # names that a method called scope would hide

SECONDS = 600
TYPE = "at+jwt"
_CLIENT_SECONDS = 30.0
_MAX_REMEMBERED = 10_000


class BadToken(ValueError):
    """The token does not open this door; the text says why without telling a stranger much."""


@dataclass(frozen=True)
class Grant:
    """What a verified token gives: one vendor, all its partners or one, a list of capabilities."""

    vendor_id: int
    client_id: int
    client_ref: str
    user_id: int
    partner_id: int | None
    version: int
    scopes: frozenset[str]
    expires_at: float

    @cached_property
    def user(self) -> User:
        """The client's service login, without asking the database; it can never sign in."""
        return User(pk=self.user_id, is_active=True)

    def scope(self, request_id: str) -> Scope:
        partners: Partners = "*" if self.partner_id is None else frozenset({self.partner_id})
        return Scope(
            vendor_id=self.vendor_id,
            partners=partners,
            role=Role.INTEGRATION,
            client_id=self.client_id,
            client_ref=self.client_ref,
            origin="api",
            request_id=request_id,
            api_scopes=self.scopes,
        )


def issuer(vendor_id: int) -> str:
    """The address of the vendor's primary host: receivers find the public keys below it."""
    host = directory.primary_host(vendor_id)
    return f"https://{host}" if settings.PRODUCTION else f"http://{host}:{settings.PORT}"


def issue(client: ApiClient, granted: frozenset[str]) -> str:
    """A signed access token for ``client``, whose vendor's scope is entered."""
    now = int(time.time())
    claims = {
        "iss": issuer(client.vendor_id),
        "sub": client.ref,
        "client_id": client.oidc_client_id,
        "iat": now,
        "exp": now + SECONDS,
        "jti": uuid.uuid4().hex,
        "scope": " ".join(sorted(granted)),
        "vendor": directory.vendor_by_id(client.vendor_id).code,
        "version": client.version,
    }
    return keys.sign(claims, typ=TYPE)


_grants: dict[bytes, Grant] = {}
_clients: dict[tuple[int, int], tuple[float, int | None]] = {}
directory.on_forget(_grants.clear)
directory.on_forget(_clients.clear)


def grant_of(token: str, host_vendor: Vendor | None) -> Grant:
    """What the token gives on a host; ``BadToken`` for an expired, foreign, altered or revoked one.

    The vendor comes from the token alone. ``host_vendor`` is the vendor that the host shows, if
    any: a token of another one is refused there.
    """
    digest = hashlib.sha256(token.encode()).digest()
    grant = _grants.get(digest)
    if grant is None:
        grant = _verified(token)
        if len(_grants) >= _MAX_REMEMBERED:
            _grants.clear()
        _grants[digest] = grant
    if grant.expires_at <= time.time():
        _grants.pop(digest, None)
        raise BadToken("The access token has expired: ask for a new one.")
    if host_vendor is not None and host_vendor.pk != grant.vendor_id:
        raise BadToken("The access token is not for this host.")
    if _version_in_force(grant) != grant.version:
        raise BadToken("The client was revoked or its secret changed: ask for a new token.")
    return grant


def _verified(token: str) -> Grant:
    try:
        claimed = jwt.decode(token, options={"verify_signature": False})
        # Which vendor's keys to try is all that is believed before the signature is checked.
        vendor_id = _vendor_id(claimed["vendor"])
        claims = keys.verify(token, keys.jwks(vendor_id), typ=TYPE)
        return _grant(vendor_id, claims)
    except (jwt.PyJWTError, keys.BadSignature, KeyError, TypeError, OverflowError):
        raise BadToken("The access token was not accepted.") from None


def _vendor_id(code: object) -> int:
    named = isinstance(code, str) and "\0" not in code
    found = Vendor.objects.filter(code=code).first() if named else None
    if found is None:
        raise BadToken("The access token was not accepted.")
    return found.pk


def _grant(vendor_id: int, claims: dict[str, Any]) -> Grant:
    """What a client may reach stands in its row: a token carries no row numbers."""
    with scopes.widen("api door", vendor_id=vendor_id):
        public_id = parse_public_id(ApiClient, claims["sub"])
        client = ApiClient.objects.filter(public_id=public_id).first()
    if client is None:
        raise BadToken("The access token was not accepted.")
    return Grant(
        vendor_id=vendor_id,
        client_id=client.pk,
        client_ref=client.ref,
        user_id=client.user_id,
        partner_id=client.partner_id,
        version=claims["version"],
        scopes=frozenset(claims["scope"].split()),
        expires_at=float(claims["exp"]),
    )


def _version_in_force(grant: Grant) -> int | None:
    """The client's version, at most half a minute old; ``None`` once it is revoked."""
    key = (grant.vendor_id, grant.client_id)
    held = _clients.get(key)
    if held is not None and held[0] > time.time():
        return held[1]
    with scopes.widen("api door", vendor_id=grant.vendor_id):
        row = ApiClient.objects.filter(pk=grant.client_id, revoked_at__isnull=True).first()
    version = row.version if row else None
    if len(_clients) >= _MAX_REMEMBERED:
        _clients.clear()
    _clients[key] = (time.time() + _CLIENT_SECONDS, version)
    return version
