"""What changes from one document to the next, in words that a channel admin reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from programs.document.models import NOUNS, ProgramDocument
from programs.document.products import Product
from programs.document.reading import Path, path_text
from programs.document.types import Axis, Level
from programs.rules.base import Requirement
from programs.rules.trees import All

_SECTIONS = (
    "metrics", "attestations", "addenda", "tracks", "equivalents", "products", "benefits",
    "support", "types",
)  # fmt: skip
_SIMPLE = (
    "program", "title", "edition", "currency", "time_zone", "environments", "regulated_verticals",
    "windows", "sources", "notes", "publishing", "country_groups", "lapse", "gate",
    "mapping",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, the plain values before and after (None: not there), and in words."""

    path: str
    old: Any
    new: Any
    words: str


def diff(old: ProgramDocument, new: ProgramDocument) -> list[Change]:
    """Every difference; empty if and only if the documents have the same content."""
    return [*_simple(old, new), *(c for name in _SECTIONS for c in _section(name, old, new))]


def _simple(old: ProgramDocument, new: ProgramDocument) -> Iterator[Change]:
    for name in _SIMPLE:
        yield from _field((), _("Program"), name, getattr(old, name), getattr(new, name))


def _section(name: str, old: ProgramDocument, new: ProgramDocument) -> Iterator[Change]:
    """Codes that came, went or changed."""
    noun = str(NOUNS[name]).capitalize()
    before, after = getattr(old, name), getattr(new, name)
    for code in _both(before, after):
        path: Path = (name, code)
        title = (new if code in after else old).title_of(name, code)
        subject = f"{noun} {title}"
        if code not in after:
            yield Change(path_text(path), _plain(before[code]), None, _gone(subject))
        elif code not in before:
            yield Change(path_text(path), None, _plain(after[code]), _came(subject))
        elif before[code] != after[code]:
            yield from _changed(path, subject, before[code], after[code])


def _changed(path: Path, subject: str, before: Any, after: Any) -> Iterator[Change]:
    """The fields of one entry; gates and tiers have an own sentence for each."""
    for field in type(after).model_fields:
        old, new = getattr(before, field), getattr(after, field)
        if field == "gates" and isinstance(after, Product):
            yield from _gates(path, subject, old, new)
        elif field == "tiers":
            yield from _levels((*path, field), subject, _("tier"), old, new)
        elif field == "axes":
            yield from _axes((*path, field), subject, old, new)
        else:
            yield from _field(path, subject, field.rstrip("_"), old, new)


def _field(path: Path, subject: str, field: str, old: Any, new: Any) -> Iterator[Change]:
    before, after = _keyed(_plain(old)), _keyed(_plain(new))
    if isinstance(before, dict) and isinstance(after, dict):
        inside = f"{subject}, {_readable(field)}"
        for key in _both(before, after):
            yield from _field((*path, field), inside, key, before.get(key), after.get(key))
    elif before != after:
        words = _from_to(f"{subject}: {_readable(field)}", before, after)
        yield Change(path_text((*path, field)), before, after, words)


def _gates(path: Path, subject: str, old: dict[str, Any], new: dict[str, Any]) -> Iterator[Change]:
    for environment in _both(old, new):
        here = (*path, "gates", environment)
        said = {"subject": subject, "environment": environment}
        named = _("%(subject)s, %(environment)s environment") % said
        before, after = old.get(environment), new.get(environment)
        if before is None or after is None:
            gate = _("%(subject)s: gate") % {"subject": named}
            words = _came(gate) if after else _gone(gate)
            if after and after.add:
                asks = {"words": words, "asked": after.add.words()}
                words = _("%(words)s, it asks %(asked)s") % asks
            yield Change(path_text(here), _plain(before), _plain(after), words)
            continue
        yield from _trees((*here, "add"), named, before.add, after.add)
        yield from _field(here, named, "addenda", before.addenda, after.addenda)
        yield from _field(here, named, "operator", before.operator, after.operator)


def _axes(path: Path, subject: str, old: dict[str, Axis], new: dict[str, Axis]) -> Iterator[Change]:
    for code in _both(old, new):
        before, after = old.get(code), new.get(code)
        shown = after or before
        assert shown is not None  # the code comes from one of the two
        name = shown.title or _readable(code)
        named = _("%(subject)s, axis %(axis)s") % {"subject": subject, "axis": name}
        if before is None or after is None:
            words = _came(named) if after else _gone(named)
            yield Change(path_text((*path, code)), _plain(before), _plain(after), words)
            continue
        for field in ("title", "kind", "review"):
            yield from _field(
                (*path, code), named, field, getattr(before, field), getattr(after, field)
            )
        here = (*path, code, "levels")
        yield from _levels(here, subject, name, before.levels, after.levels)


def _levels(
    path: Path, subject: str, noun: str, old: dict[str, Level], new: dict[str, Level]
) -> Iterator[Change]:
    for code in _both(old, new):
        here = (*path, code)
        before, after = old.get(code), new.get(code)
        shown = after or before
        assert shown is not None  # the code comes from one of the two
        named = f"{subject}, {noun} {shown.title or _readable(code)}"
        if before is None or after is None:
            words = _came(named) if after else _gone(named)
            yield Change(path_text(here), _plain(before), _plain(after), words)
            continue
        for field in Level.model_fields:
            was, now = getattr(before, field), getattr(after, field)
            if field in ("entry", "retain"):
                yield from _trees((*here, field), f"{named}, {field}", was, now)
            else:
                yield from _field(here, named, field, was, now)


def _both(old: dict[str, Any], new: dict[str, Any]) -> list[str]:
    """The codes of both, those that came last."""
    return [*old, *(code for code in new if code not in old)]


def _trees(
    path: Path, subject: str, old: Requirement | None, new: Requirement | None
) -> Iterator[Change]:
    """One sentence: what is asked no longer, and what is asked now."""
    before, after = _plain(old), _plain(new)
    if before == after:
        return
    was, now = _asked(old), _asked(new)
    gone = [words for words in was if words not in now]
    come = [words for words in now if words not in was]
    parts = []
    if come:
        parts.append(_("now asks %(words)s") % {"words": "; ".join(come)})
    if gone:
        parts.append(_("no longer asks %(words)s") % {"words": "; ".join(gone)})
    words = f"{subject}: {', '.join(parts) or _('asks the same in other words')}"
    yield Change(path_text(path), before, after, words)


def _asked(tree: Requirement | None) -> list[str]:
    """The sentences that must all hold."""
    if tree is None:
        return []
    if isinstance(tree, All) and not tree.title:
        return [words for child in tree.all for words in _asked(child)]
    return [tree.words()]


def _from_to(subject: str, before: Any, after: Any) -> str:
    said = {"subject": subject, "before": _shown(before), "after": _shown(after)}
    if before in (None, [], {}):
        return _("%(subject)s is now %(after)s") % said
    if after in (None, [], {}):
        return _("%(subject)s is no longer %(before)s") % said
    return _("%(subject)s changes from %(before)s to %(after)s") % said


def _came(subject: str) -> str:
    return _("%(subject)s is new") % {"subject": subject}


def _gone(subject: str) -> str:
    return _("%(subject)s is removed") % {"subject": subject}


def _shown(value: Any) -> str:
    if isinstance(value, dict):
        said = ((key, inner) for key, inner in value.items() if inner not in (None, [], {}))
        return ", ".join(f"{_readable(key)} {_shown(inner)}" for key, inner in said)
    if isinstance(value, list):
        return ", ".join(f"({_shown(v)})" if isinstance(v, dict) else _shown(v) for v in value)
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return f"{value:,}" if isinstance(value, int | float) else str(value)


def _keyed(value: Any) -> Any:
    """Versions by their code, so that one that came does not rewrite the whole list."""
    if isinstance(value, list) and value and all("code" in _mapping(item) for item in value):
        return {item["code"]: {k: v for k, v in item.items() if k != "code"} for item in value}
    return value


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _plain(value: Any) -> Any:
    """JSON values of a model, a mapping of models or a field."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    return value if isinstance(value, str | int | float | None) else _number(value)


def _number(value: Any) -> int | float:
    return int(value) if value == int(value) else float(value)


def _readable(code: str) -> str:
    return code.replace("_", " ").replace("-", " ")
