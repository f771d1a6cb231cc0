"""From one program to another: what a login may reach, and the link that carries it there.

Cookies and second factors belong to a host, so a switch is a signed link, good for one minute and
one use, which the other host checks against its own memberships before it begins a session.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

from django.core import signing
from django.db import connection

from tenants import scope as scopes
from tenants.capabilities import PARTNER_ROLES, Role
from tenants.labels import partner_names
from tenants.models import Membership
from tenants.rows import format_public_id

HAND_OVER_SECONDS = 60
_SALT = "tenants.hand_over"


@dataclass(frozen=True)
class Reachable:
    """One membership that the login holds today, of whichever vendor."""

    membership_id: int
    ref: str
    vendor_id: int
    vendor_name: str
    role: Role
    partner_id: int | None


def reachable_by(user_id: int, at: dt.datetime) -> list[Reachable]:
    """All memberships of the *signed-in* login at the instant ``at``, by vendor.

    The one look past the vendor's wall (``memberships_of_user``): never pass another's id.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT membership_id, public_id, vendor_id, vendor_name, role, partner_id "
            "FROM memberships_of_user(%s, %s)",
            [user_id, at],
        )
        return [
            Reachable(
                pk,
                format_public_id(Membership.prefix, public_id),
                vendor,
                name,
                Role(role),
                partner,
            )
            for pk, public_id, vendor, name, role, partner in cursor.fetchall()
        ]


def own_partner_names(vendor_id: int, held: Sequence[Reachable]) -> dict[int, str]:
    """Names of the partners that the login itself belongs to at this vendor."""
    ids = [r.partner_id for r in held if r.vendor_id == vendor_id and r.role in PARTNER_ROLES]
    if not ids:
        return {}
    with scopes.widen("session door", vendor_id=vendor_id):
        return partner_names(ids)


@dataclass(frozen=True)
class HandOver:
    """What a link says: whose login goes under which membership to which host, signed how."""

    nonce: uuid.UUID
    user_id: int
    membership_id: int
    methods: tuple[dict[str, object], ...]


def hand_over_token(
    user_id: int, membership_id: int, host: str, methods: Sequence[dict[str, object]]
) -> str:
    """``methods`` is how the login proved itself on the first host (allauth's own record)."""
    return signing.dumps(
        {
            "nonce": uuid.uuid4().hex,
            "user": user_id,
            "membership": membership_id,
            "host": host,
            "methods": list(methods),
        },
        salt=_SALT,
    )


def read_hand_over(token: str, host: str) -> HandOver | None:
    """What the link says, or ``None`` if it is not ours, too old, or meant for another host."""
    try:
        said = signing.loads(token, salt=_SALT, max_age=HAND_OVER_SECONDS)
    except signing.BadSignature:
        return None
    if said["host"] != host:
        return None
    return HandOver(
        uuid.UUID(said["nonce"]), said["user"], said["membership"], tuple(said["methods"])
    )
