"""Invitations sent and accepted as tests do it; what was mailed is collected."""

from __future__ import annotations

import datetime as dt
from typing import Any

from tenants import scope
from tenants.actions.identity import NewLogin, accept_invitation, invite
from tenants.capabilities import Role
from tenants.models import Event, Invitation, Membership, Vendor
from tests.factories import prepared, scope_of
from tests.tenants.world import PASSWORD

AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TODAY = AT.date()
NEW = NewLogin("Bo Berg", PASSWORD)


class Sent(list[Any]):
    """What the base handed to the sender, newest last."""

    def __call__(self, template: str, address: str, context: Any, *ids: Any, **more: Any) -> None:
        self.append((template, address, dict(context)))

    @property
    def token(self) -> str:
        return str(self[-1][2]["url"]).rstrip("/").rpartition("/")[2]


def kinds(vendor: Vendor) -> list[str]:
    with prepared(vendor):
        return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def send(member: Membership, **fields: Any) -> Invitation:
    fields = {"email": "bo@example.com", "role": Role.CAM, "at": AT, **fields}
    with scope.enter(scope_of(member)):
        return invite(**fields)


def accept(vendor: Vendor, token: str, **fields: Any) -> Membership:
    return accept_invitation(vendor, token, **{"at": AT, **fields})
