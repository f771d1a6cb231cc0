"""Names for ids of nouns that stand above this app, and words for events; higher apps register.

The event log names partners and persons by id. Pages show names, looked up for a whole page at
once and through the scope, so that a name the reader may not see stays an id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from django.utils.translation import gettext as _

from tenants.models import ApiClient, Person

Names = Callable[[Iterable[int]], Mapping[int, str]]
_partner_names: Names | None = None
_kinds: dict[str, Any] = {}


def register_partner_names(names: Names) -> None:
    """``names(ids)`` gives ``{id: name}`` of the partners that the scope may see."""
    global _partner_names
    _partner_names = names


def partner_names(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {i for i in ids if i is not None}
    known = dict(_partner_names(wanted)) if _partner_names and wanted else {}
    return {i: known.get(i) or _("Partner %(id)s") % {"id": i} for i in wanted}


def person_names(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {i for i in ids if i is not None}
    known = dict(Person.objects.filter(pk__in=wanted).values_list("pk", "name")) if wanted else {}
    return {i: known.get(i) or _("Person %(id)s") % {"id": i} for i in wanted}


def client_names(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {i for i in ids if i is not None}
    found = ApiClient.objects.filter(pk__in=wanted) if wanted else ()
    known = {client.pk: client.name for client in found}
    return {i: known.get(i) or _("API client %(id)s") % {"id": i} for i in wanted}


def register_event_words(words: Mapping[str, Any]) -> None:
    """``{"partner.approved": _("Partner approved")}``: what a kind of event is called."""
    _kinds.update(words)


def event_title(kind: str) -> str:
    """The registered words of a kind, else the kind itself made readable."""
    if kind in _kinds:
        return str(_kinds[kind])
    noun, _dot, verb = kind.partition(".")
    return f"{noun} {verb}".replace("_", " ").strip().capitalize()


def partner_is_known(partner_id: int) -> bool:
    """Whether the scope may see a partner of that id; yes where no app above knows partners."""
    return _partner_names is None or partner_id in _partner_names([partner_id])
