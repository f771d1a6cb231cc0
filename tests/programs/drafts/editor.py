"""How a channel admin works on the draft: the addresses, the buttons and what is held then."""

from __future__ import annotations

from typing import Any

from django.test import Client

from programs import actions
from programs import document as documents
from programs.drafts import drafted
from programs.editing import entries
from programs.editing.places import at as value_at
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


def nest(vendor: Vendor, levels: int) -> None:
    """Put the tree into so many groups, one around the other, in one edit."""
    path = tuple(GOLD.split("/"))

    def edit(values: dict[str, Any]) -> dict[str, Any]:
        tree = value_at(values, path)
        for _ in range(levels):
            tree = {"all": [tree]}
        return entries.put(values, path, tree)

    with prepared(vendor):
        version = ProgramDraft.objects.get().lock_version
        actions.edit_draft(edit, place=GOLD, lock_version=version, at=clock.now())


def upload(client: Client, **more: Any) -> Any:
    today = clock.now().date().isoformat()
    return client.post(f"{PAGES}upload/", {"text": CHANGED, "effective_from": today, **more})


def audit(vendor: Vendor) -> list[str]:
    with prepared(vendor):
        return list(Event.objects.order_by("pk").values_list("kind", flat=True))
