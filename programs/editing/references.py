"""Which section a code of the document names: selects with titles, and renames that reach it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _

from programs.document import Track
from programs.editing.shapes import Field, Shape, shape_of
from programs.fields import or_words
from programs.rules.people import CRITERIA
from web.codes import words_of

# Where the key does not say it by itself. A code that nobody lists here is a text field, and the
# document's own check names the codes that it knows.
_NAMED: dict[tuple[str, str], str] = {
    ("Product", "requires"): "products",
    ("Track", "needs"): "tracks",
    ("Track", "composite"): "tracks",
    ("PartnerType", "then"): "types",
    ("MetricBound", "code"): "metrics",
    ("CoSell", "advanced_benefit"): "benefits",
}
_BY_KEY = {
    "track": "tracks", "tracks": "tracks", "metric": "metrics", "attestation": "attestations",
    "addendum": "addenda", "addenda": "addenda", "product": "products", "products": "products",
    "benefit": "benefits", "support": "support", "type": "types", "types": "types",
    "gates": "environments", "regulated_verticals": "environments", "benefits": "benefits",
    "by_group": "country_groups", "group": "country_groups",
}  # fmt: skip
_KEYS = frozenset({"gates", "benefits", "by_group"})  # mappings whose keys are the references


def section_of(field: Field) -> str | None:
    """The section whose codes stand in this field (or in its keys); None if it is no reference."""
    if field.model in ("ProgramDocument", "CodeMapping") and field.name != "regulated_verticals":
        return None
    return _NAMED.get((field.model, field.name)) or _BY_KEY.get(field.name)


def keys_refer(field: Field) -> bool:
    """Whether a mapping's keys, not its values, name the section."""
    return field.name in _KEYS


def options(field: Field, values: dict[str, Any]) -> list[tuple[str, str]] | None:
    """The codes that may stand in a field with their titles; None where any text may."""
    if (field.model, field.name) in _LEVELS:
        return _levels(values)
    if (field.model, field.name) == ("HeldLevel", "axis"):
        return _axes(values)
    section = section_of(field)
    if section is not None and _codes(field.shape) and not keys_refer(field):
        return codes_of(section, values)
    if field.model in SELECTIONS and field.name in _OF_TRACKS:
        return _criterion(field.name, values)
    return None


def value_options(field: Field, key: str, values: dict[str, Any]) -> list[tuple[str, str]] | None:
    """The codes that may stand under a key of a mapping with their titles: of a benefit that is
    support the plans; None where any text may."""
    rule = (values.get("benefits") or {}).get(key)
    if field.name != "benefits" or not isinstance(rule, dict) or rule.get("kind") != "support":
        return None
    return codes_of("support", values) or None


_LEVELS = frozenset({("HeldLevel", "level"), ("Step", "levels")})
SELECTIONS = frozenset({"Selection", "PeopleCount", "Holding"})
_OF_TRACKS = frozenset(CRITERIA) & frozenset(Track.model_fields)


def codes_of(section: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """The codes of a section with their titles; of ``families`` those of the products."""
    held = values.get(section)
    if section == "environments":
        return [(code, words_of(code)) for code in held or ["general"]]
    if section == "families":
        products = (values.get("products") or {}).items()
        found = {(one or {}).get("family") or code for code, one in products}
        return [(code, words_of(code)) for code in sorted(found)]
    return [(code, title_in(held or {}, code)) for code in held or {}]


def title_in(entries: dict[str, Any], code: str) -> str:
    """An entry's own title, or its code as words."""
    entry = entries.get(code)
    title = entry.get("title") if isinstance(entry, dict) else None
    return str(title) if title else words_of(code)


def _codes(shape: Shape) -> bool:
    """Whether the field holds codes, one or several, or is keyed by them."""
    if shape.kind in ("list", "mapping"):
        return shape.kind == "mapping" or shape.item.kind in ("code", "text")
    return shape.kind in ("code", "text")


def _criterion(name: str, values: dict[str, Any]) -> list[tuple[str, str]]:
    """What the program's tracks have: a criterion that no track meets selects nobody."""
    defaults = {field.name: field.default for field in shape_of(Track).fields}
    found = {track.get(name, defaults.get(name)) for track in values.get("tracks", {}).values()}
    return [(str(one), words_of(str(one))) for one in sorted(found - {None})]


def _levels(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The levels of all types by code, with the type where only one has it: a form that is drawn
    before its type is chosen offers them all, and the document's own check names a wrong one."""
    found: dict[str, list[tuple[str, str]]] = defaultdict(list)
    for code in values.get("types") or {}:
        for axis in _ladders(values["types"][code]):
            for level in axis:
                found[level].append((title_in(axis, level), title_in(values["types"], code)))
    return [
        (code, _("%(level)s (%(type)s)") % {"level": named[0][0], "type": named[0][1]})
        if len(named) == 1
        else (code, or_words(dict.fromkeys(level for level, _type in named)))
        for code, named in found.items()
    ]


def _ladders(kind: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield kind.get("tiers") or {}
    for axis in (kind.get("axes") or {}).values():
        yield axis.get("levels") or {}


def _axes(values: dict[str, Any]) -> list[tuple[str, str]]:
    """The further axes of all types by code."""
    found = [
        (code, title_in(kind["axes"], code))
        for kind in (values.get("types") or {}).values()
        for code in kind.get("axes") or {}
    ]
    return list(dict(found).items())
