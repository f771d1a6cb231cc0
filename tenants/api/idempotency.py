"""``Idempotency-Key``: a POST sent twice is done once and answered the same for 24 hours.

The answer is stored in the transaction that did the work, so there is never work without its
answer nor an answer without its work, whatever dies in between. A refused request has done
nothing: it is not stored and may be sent again under the same key.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from django.db import connection, transaction
from django.http import HttpResponse
from rest_framework.request import Request

from tenants import scope as scopes
from tenants.actions.answers import KEPT
from tenants.models import IdempotencyKey
from tenants.writing import acting
from web import clock
from web.api.problems import Problem

HEADER = "Idempotency-Key"
_HEADERS = ("Content-Type", "Location", "ETag")


def once(request: Request, work: Callable[[], Any]) -> Any:
    """The answer of ``work``, or the kept one; ``work`` renders, and errors are answers."""
    key = request.headers.get(HEADER)
    if key is None:
        return work()
    if not 1 <= len(key) <= 255:
        raise Problem(400, "invalid", f"{HEADER} is 1 to 255 characters.")
    fingerprint = _fingerprint(request)  # before the parser has used up the body
    with transaction.atomic():
        _claim(key)
        kept = IdempotencyKey.objects.filter(client_id=_client(), key=key).first()
        if kept is not None and kept.created_at > clock.now() - KEPT:
            return _repeated(kept, fingerprint)
        response = work()
        if response.status_code >= 400:
            transaction.set_rollback(True)
        else:
            _keep(key, fingerprint, response)
        return response


def _claim(key: str) -> None:
    """Hold the key until the transaction ends; 409 while another request holds it."""
    scope = scopes.current()
    name = f"idempotency:{scope.vendor_id}:{scope.client_id}:{key}"
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))", [name])
        if not cursor.fetchone()[0]:
            raise Problem(
                409, "idempotency_in_flight",
                "A request with this Idempotency-Key is still being answered.",
                headers={"Retry-After": "1"},
            )  # fmt: skip


def _repeated(kept: IdempotencyKey, fingerprint: str) -> HttpResponse:
    if kept.fingerprint != fingerprint:
        raise Problem(
            422, "idempotency_key_reused",
            "This Idempotency-Key was sent before with another address or body.",
        )  # fmt: skip
    response = HttpResponse(bytes(kept.body or b""), status=kept.status, headers=kept.headers)
    response["Idempotency-Replayed"] = "true"
    return response


def _keep(key: str, fingerprint: str, response: Any) -> None:
    scope = scopes.current()
    with acting():
        # A key of more than a day ago may still stand there, until the sweep comes by.
        IdempotencyKey.objects.filter(client_id=_client(), key=key).delete()
        IdempotencyKey.objects.create(
            partner_id=scope.partner_id,
            client_id=_client(),
            key=key,
            fingerprint=fingerprint,
            status=response.status_code,
            headers={name: response[name] for name in _HEADERS if name in response},
            # What is shown once is not kept: such an answer brings what may be repeated.
            body=getattr(response, "kept_body", response.content),
            created_at=clock.now(),
        )


def _client() -> int:
    client_id = scopes.current().client_id
    assert client_id is not None, "Only clients of the API send idempotency keys."
    return client_id


def _fingerprint(request: Request) -> str:
    """Method, address and body: what must be the same for the answer to be."""
    parts = f"{request.method} {request.get_full_path()}\n".encode() + request._request.body
    return hashlib.sha256(parts).hexdigest()
