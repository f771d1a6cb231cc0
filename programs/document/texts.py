"""The document in and out: YAML, canonical JSON, digest, JSON Schema, moved days."""

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import yaml
from django.utils.translation import gettext as _
from pydantic import ValidationError

from programs.document.checks import check, references
from programs.document.models import ProgramDocument
from programs.document.problems import located, problems_of
from programs.document.reading import MAX_TREE_DEPTH, Path, Source, read_yaml, too_deep, tree_depth
from programs.errors import Problem, ProgramError
from programs.helps import described
from programs.rules.base import Problems

Check = Callable[[ProgramDocument], Problems]


def load(text: str | bytes) -> ProgramDocument:
    """The document of a YAML or JSON text; ProgramError names every line that is wrong."""
    return _document(read_yaml(text))


def document_from(values: Any) -> ProgramDocument:
    """The document of plain values, such as stored JSON; ProgramError names every path."""
    if problem := _deepest(values, ()):
        raise ProgramError([problem])
    return _document(Source(values, {}))


def stored(values: Any) -> ProgramDocument:
    """A document that was published once: whatever was admitted then is not refused today."""
    return _document(Source(values, {}), references)


def _document(source: Source, checked: Check = check) -> ProgramDocument:
    if not isinstance(source.value, dict):
        raise ProgramError.one(
            "mapping", "", _("a program document is keys and values"), line=1,
            remedy=_("Begin with program: and title:"),
        )  # fmt: skip
    try:
        document = ProgramDocument.model_validate(source.value)
    except ValidationError as error:
        raise ProgramError(problems_of(error, source)) from None
    if found := checked(document):
        raise ProgramError(located(found, source))
    return document


def _deepest(value: Any, path: Path) -> Problem | None:
    """The problem of plain values that nest too deep to be walked safely."""
    if len(path) > 4 * MAX_TREE_DEPTH or tree_depth(path) > MAX_TREE_DEPTH:
        return too_deep(path, None)
    items: Any = ()
    if isinstance(value, dict):
        items = value.items()
    elif isinstance(value, list):
        items = enumerate(value)
    return next(filter(None, (_deepest(inner, (*path, key)) for key, inner in items)), None)


def to_dict(document: ProgramDocument) -> dict[str, Any]:
    """Plain JSON values; what equals its default is left out, ranks are always there."""
    return document.model_dump(mode="json", by_alias=True, exclude_defaults=True)


def canonical_json(document: ProgramDocument) -> str:
    """One text per content: sorted keys, no spaces."""
    return json.dumps(to_dict(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def digest(document: ProgramDocument) -> str:
    """sha256 (hex) of the canonical JSON."""
    return hashlib.sha256(canonical_json(document).encode()).hexdigest()


def export_yaml(document: ProgramDocument) -> str:
    """YAML to edit by hand; loading it gives the same digest."""
    values = to_dict(document)
    for partner_type in values.get("types", {}).values():
        _without_ranks(partner_type["tiers"])
        for axis in partner_type.get("axes", {}).values():
            _without_ranks(axis["levels"])
    text: str = yaml.safe_dump(
        values, sort_keys=False, allow_unicode=True, width=100, default_flow_style=None
    )
    return text


def _without_ranks(levels: dict[str, Any]) -> None:
    for place, level in enumerate(levels.values(), start=1):
        if level["rank"] == place:  # the order says it
            del level["rank"]


def json_schema() -> dict[str, Any]:
    """JSON Schema of the document, for editors that complete and check while typing."""
    schema = ProgramDocument.model_json_schema(mode="validation")
    schema["$defs"]["Level"]["required"].remove("rank")  # the order of the levels gives it
    return described({"$schema": "https://json-schema.org/draft/2020-12/schema", **schema})


_DAYS = frozenset({
    "released", "announced", "measured_from", "enforced", "acquired_before", "acquired_from",
    "recertify_by",
})  # fmt: skip


def rebased(document: ProgramDocument, from_day: date, to_day: date) -> ProgramDocument:
    """The same program with every day in it moved as far as `from_day` is from `to_day`."""
    moved: dict[str, Any] = _moved(to_dict(document), to_day - from_day)
    return document_from(moved)


def _moved(value: Any, by: timedelta, key: str = "") -> Any:
    if isinstance(value, dict):
        if key == "day":  # a requirement's days
            return {name: _day_moved(day, by) for name, day in value.items()}
        return {name: _moved(inner, by, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [_moved(inner, by) for inner in value]
    return _day_moved(value, by) if key in _DAYS else value


def _day_moved(day: str, by: timedelta) -> str:
    return (date.fromisoformat(day) + by).isoformat()
