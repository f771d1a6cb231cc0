"""Names for ids of nouns that stand above this app, and words for events; higher apps register.

The event log names people and clients by public id. Pages show names, looked up for a whole page
at once and through the scope; somebody whom the reader may not see has no name and no id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.models import ApiClient, Person
from tenants.rows import parse_public_id


@dataclass(frozen=True)
class PartnerLabel:
    """A partner to choose: ``ref`` is its public id, ``pk`` the key that rows carry."""

    pk: int
    ref: str
    name: str


UNSEEN_PERSON = gettext_lazy("Person not shown")

Names = Callable[[Iterable[int]], Mapping[int, str]]
Listed = Callable[[], list[PartnerLabel]]
_partner_names: Names | None = None
_partners_listed: Listed | None = None
_kinds: dict[str, Any] = {}
_areas: dict[str, Any] = {}
_code_names: dict[str, Callable[[], Mapping[str, str]]] = {}


def register_partner_names(names: Names, listed: Listed) -> None:
    """``names(ids)`` gives ``{id: name}`` of the partners that the scope may see, ``listed()``
    all of them by name."""
    global _partner_names, _partners_listed
    _partner_names, _partners_listed = names, listed


def partners_listed() -> list[PartnerLabel]:
    """All partners that the scope may see, by name, for lists to choose from."""
    return _partners_listed() if _partners_listed else []


def partner_names(ids: Iterable[int | None]) -> dict[int, str]:
    wanted = {i for i in ids if i is not None}
    known = dict(_partner_names(wanted)) if _partner_names and wanted else {}
    return {i: known.get(i) or _("Partner not shown") for i in wanted}


def person_names(refs: Iterable[str | None]) -> dict[str, str]:
    """Names by public id (``per_…``), in one query; what is none stays a person not shown."""
    return _names(Person, refs, str(UNSEEN_PERSON))


def client_names(refs: Iterable[str | None]) -> dict[str, str]:
    """Names of API clients by public id (``cli_…``), in one query."""
    return _names(ApiClient, refs, _("API client"))


def _names(model: Any, refs: Iterable[Any], unseen: str) -> dict[Any, str]:
    wanted = {ref: parse_public_id(model, ref) for ref in refs if ref is not None}
    ids = [public_id for public_id in wanted.values() if public_id is not None]
    rows = model.objects.filter(public_id__in=ids).values_list("public_id", "name") if ids else ()
    known = dict(rows)
    return {ref: known.get(public_id) or unseen for ref, public_id in wanted.items()}


def register_code_names(names: Mapping[str, Callable[[], Mapping[str, str]]]) -> None:
    """``{"product": ...}``: under a key of an event's facts, what the vendor's codes are called.

    Each gives ``{code: title}`` of the entered vendor, in one query."""
    _code_names.update(names)


def code_names(keys: Iterable[str]) -> dict[str, Mapping[str, str]]:
    """``{key: {code: title}}`` for those of the keys whose codes have titles."""
    return {key: _code_names[key]() for key in set(keys) & set(_code_names)}


def register_event_words(words: Mapping[str, Any], area: Any) -> None:
    """``{"partner.approved": _("Partner approved")}``: what a kind of event is called, and the
    heading under which lists to choose from show it."""
    _kinds.update(words)
    _areas.update(dict.fromkeys(words, area))


def event_title(kind: str) -> str:
    """The registered words of a kind, else the kind itself made readable."""
    if kind in _kinds:
        return str(_kinds[kind])
    noun, _dot, verb = kind.partition(".")
    return f"{noun} {verb}".replace("_", " ").strip().capitalize()


def event_kinds() -> list[tuple[str, str]]:
    """Every kind of event with its words, by words, for lists to choose from."""
    return sorted(((kind, str(words)) for kind, words in _kinds.items()), key=lambda k: k[1])


def event_areas() -> list[tuple[str, list[tuple[str, str]]]]:
    """Every kind of event with its words under its heading; headings and words by alphabet."""
    found: dict[str, list[tuple[str, str]]] = {}
    for kind, words in event_kinds():
        found.setdefault(str(_areas[kind]), []).append((kind, words))
    return sorted(found.items())


def partner_is_known(partner_id: int) -> bool:
    """Whether the scope may see a partner of that id; yes where no app above knows partners."""
    return _partner_names is None or partner_id in _partner_names([partner_id])
