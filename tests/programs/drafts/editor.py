"""How a channel admin works on the draft: the addresses, the buttons and what is held then."""

from __future__ import annotations

from typing import Any

from django.test import Client

from programs import document as documents
from programs.drafts import drafted
from programs.models import ProgramDraft
from tenants.capabilities import Role
from tenants.models import Event, Vendor
from tests.factories import MembershipFactory, prepared, sign_in
from tests.programs.world import CHANGED
from web import clock

PAGES = "/admin/programs/programversion/"
DRAFT = f"{PAGES}draft/"


def admin_of(vendor: Vendor) -> Client:
    return sign_in(Client(), MembershipFactory(vendor=vendor, role=Role.CHANNEL_ADMIN))


def at(place: str) -> str:
    return f"{DRAFT}at/{place}/"


def held(vendor: Vendor) -> ProgramDraft:
    with prepared(vendor):
        draft: ProgramDraft = ProgramDraft.objects.select_related("edited_by").get()
    return draft


def values(vendor: Vendor) -> dict[str, Any]:
    return documents.to_dict(drafted(held(vendor).document))


def save(client: Client, place: str, version: int = 1, op: str = "save", **fields: Any) -> Any:
    sent = {"op": op, "lock_version": version}
    sent |= {name.replace("__", "."): value for name, value in fields.items()}
    return client.post(at(place), sent)


def step(client: Client, place: str, op: str, version: int = 1, **more: Any) -> Any:
    """A button of the tree, as htmx sends it."""
    sent = {"op": op, "lock_version": version, **more}
    return client.post(at(place), sent, headers={"HX-Request": "true"})


GOLD = "types/msp/tiers/gold/entry"


def upload(client: Client, **more: Any) -> Any:
    today = clock.now().date().isoformat()
    return client.post(f"{PAGES}upload/", {"text": CHANGED, "effective_from": today, **more})


def audit(vendor: Vendor) -> list[str]:
    with prepared(vendor):
        return list(Event.objects.order_by("pk").values_list("kind", flat=True))
