"""A client of the API for tests: a real secret exchanged for a real token, then plain calls.

api = api_of(vendor, "certificates.read")
api.get("/certificates").json()["data"]
"""

from __future__ import annotations

import itertools
from typing import Any

import orjson
from django.test import Client

from tenants import scope as scopes
from tenants.actions.clients import NewSecret, create_api_client
from tenants.api import grants
from tenants.models import Vendor

_number = itertools.count(1)


class Api:
    """Calls below ``/api/v1`` with one token."""

    def __init__(self, token: str = "", host: str = "127.0.0.1") -> None:
        self.token, self.host, self.http = token, host, Client(raise_request_exception=False)

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        given = {"Host": self.host, **{n.replace("_", "-"): v for n, v in headers.items()}}
        if self.token and "Authorization" not in given:
            given["Authorization"] = f"Bearer {self.token}"
        data = body if isinstance(body, bytes) else b"" if body is None else orjson.dumps(body)
        return self.http.generic(
            method, f"/api/v1{path}", data, "application/json", headers=given
        )  # fmt: skip

    def get(self, path: str, **headers: str) -> Any:
        return self.call("GET", path, **headers)

    def post(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("POST", path, body, **headers)

    def patch(self, path: str, body: Any = None, **headers: str) -> Any:
        return self.call("PATCH", path, body, **headers)

    def delete(self, path: str, **headers: str) -> Any:
        return self.call("DELETE", path, **headers)


def new_client(
    vendor: Vendor, *capabilities: str, partner: Any = None, name: str = ""
) -> NewSecret:
    """An API client of the vendor, or of one of its partners."""
    with scopes.entered_vendor(vendor.pk):
        return create_api_client(
            name=name or f"client {next(_number)}",
            capabilities=capabilities,
            partner_id=partner.pk if partner else None,
        )


def token_of(made: NewSecret) -> str:
    """An access token without the detour by the token endpoint (which hashes slowly)."""
    with scopes.entered_vendor(made.client.vendor_id):
        return grants.issue(made.client, frozenset(made.client.scopes))


def api_of(vendor: Vendor, *capabilities: str, partner: Any = None, host: str = "127.0.0.1") -> Api:
    """A client that holds these capabilities, ready to call."""
    return Api(token_of(new_client(vendor, *capabilities, partner=partner)), host)
