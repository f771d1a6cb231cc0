"""Events in words: what happened, to whom, by whom, and each old value beside its new one.

Shown by the admin's log and by an object's history. Personal values are joined in only for those
who may read them (``EventPrivate`` is behind the staff wall), and missing once they were erased.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tenants.capabilities import Role
from tenants.labels import (
    UNSEEN_PERSON,
    client_names,
    code_names,
    event_title,
    partner_names,
    person_names,
)
from tenants.models import Event, EventPrivate, Person, Vendor
from tenants.rows import VendorRow, format_public_id, parse_public_id
from web.codes import words_of

WORDS = {
    "vendor.created": gettext_lazy("Vendor opened"),
    "vendor.changed": gettext_lazy("Vendor settings changed"),
    "invitation.sent": gettext_lazy("Invitation sent"),
    "invitation.accepted": gettext_lazy("Invitation accepted"),
    "invitation.withdrawn": gettext_lazy("Invitation withdrawn"),
    "person.added": gettext_lazy("Person added"),
    "person.login_linked": gettext_lazy("Person linked to a login"),
    "membership.began": gettext_lazy("Membership began"),
    "membership.ended": gettext_lazy("Membership ended"),
    "api_client.created": gettext_lazy("API client made"),
    "api_client.secret_renewed": gettext_lazy("API client given another secret"),
    "api_client.revoked": gettext_lazy("API client revoked"),
    "signing_key.created": gettext_lazy("Signing key made"),
    "events.exported": gettext_lazy("Audit log exported"),
}


@dataclass(frozen=True)
class Line:
    """One field: what it was (empty where nothing was) and what it is."""

    label: str
    old: str
    new: str


@dataclass(frozen=True)
class EventInWords:
    ref: str
    pk: int
    kind: str
    title: str
    about: str
    at: dt.datetime
    who: str
    partner: str
    lines: tuple[Line, ...]
    erased: bool


def subject_words() -> list[tuple[str, str]]:
    """What events are about: the model's name as the log has it, and its words."""
    return sorted(_subjects().items(), key=lambda pair: pair[1])


def subject_title(kind: str) -> str:
    """``portfolioentry`` as "Portfolio entry"; a kind that no model has any more stays."""
    return _subjects().get(kind) or words_of(kind)


def _subjects() -> dict[str, str]:
    return {kind: capfirst(str(m._meta.verbose_name)) for kind, m in _models().items()}


@cache
def _models() -> dict[str, type[Model]]:
    known: list[type[Model]] = [Vendor, *(m for m in apps.get_models() if issubclass(m, VendorRow))]
    return {str(m._meta.model_name): m for m in known}


def _model(kind: str) -> type[Model] | None:
    return _models().get(kind)


def in_words(events: Iterable[Event]) -> list[EventInWords]:
    """The events in the order given, with names looked up once for all of them."""
    held = list(events)
    people = person_names(_person_refs(held))
    clients = client_names(e.actor.get("client") for e in held)
    partners = partner_names(e.partner_id for e in held)
    named = _names_of(held)
    titles = code_names(key for event in held for key in _keys_of(event.data))
    private = dict(
        EventPrivate.objects.filter(event__in=[e.pk for e in held]).values_list("event", "payload")
    )
    return [
        EventInWords(
            ref=event.ref,
            pk=event.pk,
            kind=event.kind,
            title=event_title(event.kind),
            about=subject_title(event.subject_kind),
            at=event.at,
            who=_who(event.actor, people, clients),
            partner=partners.get(event.partner_id or 0, ""),
            lines=tuple(_lines(event, private.get(event.pk, {}), people, named, titles)),
            erased=event.private_digest is not None and event.pk not in private,
        )
        for event in held
    ]


def _person_refs(events: Sequence[Event]) -> set[str]:
    found: set[Any] = set()
    for event in events:
        found.add(event.actor.get("person"))
        found.update(v for k, v in event.data.items() if k in _PERSON_KEYS and _is_person(v))
    return found - {None}


_REF = re.compile(r"[a-z]{3}_[0-9a-f]{32}")


def _names_of(events: Sequence[Event]) -> dict[str, str]:
    """What rows that the events' facts name by public id are called, as far as the reader may see
    them: one query for each kind of row with a name."""
    refs = {v for e in events for v in e.data.values() if isinstance(v, str) and _REF.fullmatch(v)}
    found: dict[str, str] = {}
    for model in apps.get_models():
        prefix = getattr(model, "prefix", "")
        wanted = [parse_public_id(model, ref) for ref in refs if ref[:3] == prefix]
        if wanted and any(field.name == "name" for field in model._meta.fields):
            rows = model._default_manager.filter(public_id__in=wanted)
            for public_id, name in rows.values_list("public_id", "name"):
                found[format_public_id(prefix, public_id)] = name
    return found


_PERSON_KEYS = frozenset({"person", "cam", "before"})


def _is_person(value: Any) -> bool:
    """Whether it names a person; row numbers of the log's first days name nobody any more."""
    return parse_public_id(Person, value) is not None


def role_words(code: Any) -> str:
    """What a role is called; a code that is none any more stays."""
    return str(Role(code).label) if code in Role.values else str(code or "")


def _who(actor: Mapping[str, Any], people: Mapping[str, str], clients: Mapping[str, str]) -> str:
    if actor.get("client") is not None:
        return clients[actor["client"]]
    name = (
        people.get(actor["person"], str(UNSEEN_PERSON)) if actor.get("person") is not None else ""
    )
    if name and name != str(UNSEEN_PERSON):
        return name
    return role_words(actor.get("role")) or name or _("The public site")


CUSTOM = "custom."
"""What the keys of a vendor's own fields begin with; their labels are registered under it."""


def _keys_of(data: Mapping[str, Any]) -> Iterable[str]:
    keys = [*data, *(data["changes"] if isinstance(data.get("changes"), Mapping) else ())]
    return [*keys, *(CUSTOM for key in keys if key.startswith(CUSTOM))]


def _titled(value: Any, titles: Mapping[str, str]) -> Any:
    """The value with the titles of the codes in it, where they have one."""
    if isinstance(value, list):
        return [_titled(item, titles) for item in value]
    return titles.get(value, value) if isinstance(value, str) else value


def _lines(
    event: Event,
    private: Mapping[str, Any],
    people: Mapping[str, str],
    named: Mapping[str, str],
    titles: Mapping[str, Mapping[str, str]],
) -> Iterable[Line]:
    """``{"changes": {field: [old, new]}}`` gives old and new; everything else is a fact."""
    about = _model(event.subject_kind)
    custom = titles.get(CUSTOM, {})
    for key, value in {**event.data, **private}.items():
        if key == "changes" and isinstance(value, Mapping):
            for field, pair in value.items():
                old, new = pair if isinstance(pair, list) and len(pair) == 2 else ("", pair)
                known = _known(field, about, titles)
                old, new = (value_words(_titled(one, known), field) for one in (old, new))
                yield Line(custom.get(field) or _label(field, about), old, new)
        elif key in _PERSON_KEYS and (_is_person(value) or isinstance(value, int)):
            yield Line(_label(key, about), "", people.get(value, str(UNSEEN_PERSON)))
        elif key == "role":
            yield Line(_label(key, about), "", role_words(value))
        elif value != {} and (str(value) in named or not _REF.fullmatch(str(value))):
            # The id of a row without a name tells a reader nothing; the export has it.
            said = value_words(_titled(value, _known(key, about, titles)), key)
            yield Line(_label(key, about), "", named.get(str(value)) or said)


def _known(
    key: str, about: type[Model] | None, titles: Mapping[str, Mapping[str, str]]
) -> dict[str, str]:
    """What the codes under ``key`` are called: by the row's own choices (``lost_reason`` stands in
    the log as ``reason``), else as registered."""
    found: dict[str, str] = {}
    for field in about._meta.fields if about else ():
        if field.name == key or field.name.endswith(f"_{key}"):
            found = {str(code): str(said) for code, said in field.flatchoices} | found
    return {**titles.get(key, {}), **found}


_LABELS = {
    "cam": gettext_lazy("Account manager"),
    "on": gettext_lazy("Day"),
    "due_on": gettext_lazy("Due on"),
    "since": gettext_lazy("From"),
    "id": gettext_lazy("Number"),
    "external_id": gettext_lazy("External id"),
    "text_sha256": gettext_lazy("Digest of the text"),
    "sha256": gettext_lazy("Digest of the file"),
    "email": gettext_lazy("E-mail"),
    "contact_email": gettext_lazy("E-mail of the contact"),
    "creates": gettext_lazy("New"),
    "updates": gettext_lazy("Changed"),
}
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*")
_DIGEST = re.compile(r"[0-9a-f]{32,}")


def _label(key: str, about: type[Model] | None = None) -> str:
    """What a fact is called: as the row's own field, where it is one."""
    field = next((f for f in about._meta.fields if f.name == key), None) if about else None
    said = _LABELS.get(key) or (capfirst(str(field.verbose_name)) if field else words_of(key))
    return str(said)


_AS_WRITTEN = frozenset({"name", "reason", "external_id", "number", "version", "evidence"})
_CODE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


def _is_code(value: str, key: str) -> bool:
    """A reason is a person's sentence, or the code of why the system did it."""
    said = key not in _AS_WRITTEN or (key == "reason" and "_" in value)
    return said and _CODE.fullmatch(value) is not None and not _DIGEST.fullmatch(value)


def value_words(value: Any, key: str = "") -> str:
    """A value of the log as people write it: days and instants in the zone in force, codes as
    words, digests and ids as they are."""
    if value is None or value == "":
        return _("nothing")
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, list):
        return ", ".join(value_words(item, key) for item in value) or _("nothing")
    if isinstance(value, Mapping):
        return "; ".join(f"{_label(str(k))}: {value_words(v, str(k))}" for k, v in value.items())
    if isinstance(value, str) and _DAY.fullmatch(value):
        return date_format(dt.date.fromisoformat(value))
    if isinstance(value, str) and _INSTANT.fullmatch(value) and (at := parse_datetime(value)):
        return date_format(
            timezone.localtime(at) if timezone.is_aware(at) else at, "DATETIME_FORMAT"
        )
    if isinstance(value, str) and not _REF.fullmatch(value) and _is_code(value, key):
        return words_of(value)
    return str(value)
