"""API clients: made, given another secret, revoked. Secrets are shown once and kept as hashes."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from allauth.idp.oidc.models import Client
from django.db.models import F

from tenants import directory
from tenants import scope as scopes
from tenants.capabilities import API_SCOPES
from tenants.models import ApiClient, User
from tenants.writing import Happened, Reason, Refused, action, record_event, record_events
from web import clock

NAME_LENGTH = 100  # as long as allauth keeps one


@dataclass(frozen=True)
class NewSecret:
    """A client with the only copy of its secret."""

    client: ApiClient
    client_id: str
    secret: str


@action("api_clients.write")
def create_api_client(
    *, name: str, capabilities: Iterable[str], partner_id: int | None = None
) -> NewSecret:
    """Make a client of the entered vendor, for all partners or one (its internal id).

    Refused with ``unknown_scope``, ``name_length`` or ``name_taken``.
    """
    granted = _granted(capabilities)
    _free(name)
    secret = secrets.token_urlsafe(32)
    oidc = _oidc_client(name, granted)
    oidc.set_secret(secret)
    oidc.save()
    client = ApiClient.objects.create(
        name=name,
        partner_id=partner_id,
        oidc_client_id=oidc.pk,
        user=User.objects.create_user(f"{oidc.pk}@clients.invalid"),
        scopes=sorted(granted),
        created_at=clock.now(),
    )
    client.refresh_from_db(fields=["public_id"])
    data = {"name": name, "scopes": sorted(granted)}
    record_event("api_client.created", client, data=data)
    return NewSecret(client, oidc.pk, secret)


@action("api_clients.write")
def renew_api_client_secret(client: ApiClient) -> NewSecret:
    """Give the client another secret; tokens issued before end within half a minute."""
    secret = secrets.token_urlsafe(32)
    oidc = Client.objects.get(pk=client.oidc_client_id)
    oidc.set_secret(secret)
    oidc.save(update_fields=["secret"])
    ApiClient.objects.filter(pk=client.pk).update(version=F("version") + 1)
    record_event("api_client.secret_renewed", client)
    directory.forget()
    return NewSecret(client, oidc.pk, secret)


@action("api_clients.write")
def revoke_api_client(client: ApiClient) -> None:
    """End the client for ever; its tokens stop within half a minute. Twice changes nothing."""
    ended = ApiClient.objects.filter(pk=client.pk, revoked_at__isnull=True).update(
        revoked_at=clock.now(), version=F("version") + 1
    )
    if ended:
        record_event("api_client.revoked", client)
    directory.forget()


def end_clients_of(partner_ids: Collection[int], at: dt.datetime) -> None:
    """End the clients bound to these partners, from ``at`` on: part of the action by which the
    partners leave."""
    ending = ApiClient.objects.filter(partner_id__in=partner_ids, revoked_at__isnull=True)
    rows = list(ending)
    if not rows:
        return
    ending.update(revoked_at=at, version=F("version") + 1)
    happened = [Happened(row.public_id, row.partner_id, {}) for row in rows]
    record_events("api_client.revoked", "apiclient", happened)
    directory.forget()


def _granted(capabilities: Iterable[str]) -> frozenset[str]:
    asked = frozenset(capabilities)
    unknown = sorted(asked - API_SCOPES)
    if unknown or not asked:
        words = f"Unknown: {', '.join(unknown)}." if unknown else "Name at least one scope."
        reason = Reason("unknown_scope", words, fix=f"Known: {', '.join(sorted(API_SCOPES))}.")
        raise Refused("unknown_scope", words, reasons=[reason])
    return asked


def _free(name: str) -> None:
    if not 1 <= len(name) <= NAME_LENGTH:
        raise Refused("name_length", f"The name has 1 to {NAME_LENGTH} characters.")
    if ApiClient.objects.filter(name=name).exists():
        raise Refused("name_taken", f"There is an API client called “{name}” already.")


def _oidc_client(name: str, granted: frozenset[str]) -> Client:
    oidc = Client(
        name=name,
        type=Client.Type.CONFIDENTIAL,
        skip_consent=True,
        # allauth's table knows no vendors: the token endpoint needs to know where to look.
        data={"vendor_id": scopes.current().vendor_id},
    )
    oidc.set_scopes(sorted(granted))
    oidc.set_grant_types([Client.GrantType.CLIENT_CREDENTIALS])
    oidc.set_response_types([])
    return oidc
