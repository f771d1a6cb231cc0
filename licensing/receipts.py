"""What a receipt says: one decision, signed, that anyone can check (docs/receipts.md).

No person is named: the receipt holds codes, quantities and digests.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from licensing.models import Authorization
from partners.models import Customer, Partner
from programs.compiled import Program
from tenants import keys
from tenants.directory import vendor_by_id
from tenants.rows import format_public_id

TYPE = "receipt+jwt"


def payload_of(
    decided: Authorization,
    *,
    iss: str,
    partner: Partner,
    customer: Customer,
    product: str,
    program: Program,
    passed: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The facts that the signature vouches for; instants are RFC 3339 in UTC.

    ``iss`` is the vendor's address, below which its public keys are. ``passed`` says what let the
    request pass a closed gate.
    """
    vendor = vendor_by_id(decided.vendor_id)
    return {
        "iss": iss,
        "id": format_public_id(Authorization.prefix, decided.public_id),
        "vendor": vendor.code,
        "partner": partner.ref,
        "customer": customer.ref,
        "product": product,
        "environments": decided.environments,
        "verb": decided.verb,
        "seats_before": decided.seats_before,
        "seats": decided.seats,
        "decision": decided.decision,
        "reasons": [reason["code"] for reason in decided.reasons],
        "program_version": program.number,
        "program_digest": program.digest,
        "inputs_digest": decided.inputs_digest,
        "decided_on": decided.decided_on.isoformat(),
        "decided_at": decided.decided_at.isoformat(),
        "cache_until": decided.cache_until.isoformat(),
        **(passed or {}),
    }


def sign_receipt(payload: dict[str, Any], key: keys.ActiveKey) -> str:
    """A compact JWS (Ed25519) by ``key``, the entered vendor's."""
    return keys.sign(payload, typ=TYPE, key=key)
