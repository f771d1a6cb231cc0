"""What changes from one document to the next, in words that a channel admin reads.

By the names that people gave their tiers, tracks and benefits, and by what the editor's forms call
their fields. A code is said only where two entries bear the same name.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from programs.document import ProgramDocument
from programs.document.mapping import CodeMapping
from programs.document.models import NOUNS
from programs.document.reading import Path, path_text
from programs.editing.references import keys_refer, section_of, title_in
from programs.editing.shapes import ROOT, Field, Shape, fits, variant_of
from programs.editing.words import label, value_label
from programs.effects.benefits import benefit_words
from programs.rules.base import Requirement
from programs.rules.trees import All
from web.codes import words_of
from web.templatetags.mainstay import short_date

_SECTIONS = (
    "metrics", "attestations", "addenda", "tracks", "equivalents", "products", "benefits",
    "support", "types",
)  # fmt: skip
_SIMPLE = (
    "program", "title", "edition", "currency", "time_zone", "environments", "regulated_verticals",
    "windows", "sources", "notes", "publishing", "country_groups", "lapse", "gate", "deals",
)  # fmt: skip
_ENTRIES = {
    "tiers": gettext_lazy("%(subject)s, tier %(name)s"),
    "axes": gettext_lazy("%(subject)s, axis %(name)s"),
    "levels": gettext_lazy("%(subject)s, level %(name)s"),
    "gates": gettext_lazy("%(subject)s, gate for the environment %(name)s"),
    "versions": gettext_lazy("%(subject)s, version %(name)s"),
    "steps": gettext_lazy("%(subject)s, step %(name)s"),
    "policies": gettext_lazy("%(subject)s, policy %(name)s"),
}
_TREES = {
    "entry": gettext_lazy("to come in"), "retain": gettext_lazy("to stay"),
    "needs": gettext_lazy("what it needs"),
}  # fmt: skip
_NOTHING: tuple[Any, ...] = (None, [], {})


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, the plain values before and after (None: not there), and in words."""

    path: str
    old: Any
    new: Any
    words: str


def diff(old: ProgramDocument, new: ProgramDocument) -> list[Change]:
    """Every difference; empty if and only if the documents have the same content."""
    before, after = _Side.of(old), _Side.of(new)
    found = _Differences(before, after)
    program = _Spot((), (), _("Program"))
    return [
        *(c for n in _SIMPLE for c in found.at(program, ROOT.field(n), *_both(old, new, n))),
        *found.followed(),
        *(c for name in _SECTIONS for c in found.section(name)),
    ]


@dataclass(frozen=True)
class _Side:
    """One of the two documents, with its requirement trees by their path."""

    document: ProgramDocument
    trees: Mapping[Path, Requirement]

    @classmethod
    def of(cls, document: ProgramDocument) -> _Side:
        return cls(document, dict(document.trees()))

    def title(self, section: str, code: str) -> str:
        """An entry's name; environments have none but their codes as words."""
        named = section != "environments"
        return self.document.title_of(section, code) if named else words_of(code)


@dataclass(frozen=True)
class _Spot:
    """A place in the new document, where it was in the old one, and its words."""

    path: Path
    was: Path
    subject: str

    def inside(self, part: str, was: str | None = None) -> _Spot:
        return replace(self, path=(*self.path, part), was=(*self.was, was or part))

    def called(self, subject: str) -> _Spot:
        return replace(self, subject=subject)

    def change(self, old: Any, new: Any, words: str) -> Change:
        return Change(path_text(self.path), old, new, words)


@dataclass(frozen=True)
class _Differences:
    before: _Side
    after: _Side

    def section(self, name: str) -> Iterator[Change]:
        """The entries of a section that came, went or changed."""
        noun = str(NOUNS[name]).capitalize()
        old, new = _both(self.before.document, self.after.document, name)
        spot, item = _Spot((name,), (name,), ""), ROOT.field(name).shape.item
        yield from self._entries(spot, lambda found: f"{noun} {found}", item, old, new)

    def at(self, spot: _Spot, field: Field, old: Any, new: Any) -> Iterator[Change]:
        """One field of the thing that ``spot`` is: its value, its requirement or its entries."""
        if old == new:
            return
        here = spot.inside(field.name)
        shape, words = _resolved(field.shape, old, new), _label(field)
        if shape.kind == "tree":
            named = _TREES.get(field.name)
            subject = f"{spot.subject}, {named}" if named else spot.subject
            yield from self._trees(here.called(subject), old, new)
            return
        if shape.kind == "list" and (_keyed(old) or _keyed(new)):
            old, new = _by_code(old), _by_code(new)
            item = _resolved(shape.item, None, next(iter((new or old).values())))
            yield from self._entries(here, self._named(spot, field), item, old, new)
        elif shape.kind == "mapping" and _mappings(old, new):
            old, new = old or {}, new or {}
            if shape.item.kind == "model":
                yield from self._entries(here, self._named(spot, field), shape.item, old, new)
            else:
                yield from self._values(here, spot.subject, field, shape.item, old, new)
        elif shape.kind == "model" and _told_apart(shape, old, new):
            inside = here.called(f"{spot.subject}, {words}")
            yield from self._fields(inside, shape, old or {}, new or {})
        else:
            sides = self._sides(old, new)
            said = [self._said(field, field.shape, one, side) for one, side in sides]
            yield here.change(old, new, _from_to(f"{spot.subject}: “{words}”", *said))

    def _sides(self, old: Any, new: Any) -> tuple[tuple[Any, _Side], tuple[Any, _Side]]:
        return (old, self.before), (new, self.after)

    def _fields(
        self, spot: _Spot, shape: Shape, old: dict[str, Any], new: dict[str, Any]
    ) -> Iterator[Change]:
        for field in shape.fields:
            yield from self.at(spot, field, old.get(field.name), new.get(field.name))

    def _named(self, spot: _Spot, field: Field) -> Any:
        """How an entry of this field is called, by its name."""
        words = _ENTRIES.get(field.name)
        if words is None:
            return lambda name: f"{spot.subject}, {_label(field)}: {name}"
        return lambda name: words % {"subject": spot.subject, "name": name}

    def _entries(
        self, spot: _Spot, named: Any, item: Shape, old: dict[str, Any], new: dict[str, Any]
    ) -> Iterator[Change]:
        """Entries that came, went or changed; one with another code than before is the same."""
        former = {
            code: was for code, entry in new.items()
            if code not in old and (was := _mapping(entry).get("was")) in old and was not in new
        }  # fmt: skip
        names = _names({code: one for code, one in old.items() if code not in former.values()}, new)
        for code in [*(one for one in old if one not in former.values()),
                     *(one for one in new if one not in old)]:  # fmt: skip
            was = former.get(code, code)
            before, after = old.get(was), new.get(code)
            here = spot.inside(code, was).called(named(names[code]))
            if before is None:
                yield here.change(None, after, self._came(here, item, after or {}))
            elif after is None:
                words = _("%(subject)s is removed") % {"subject": here.subject}
                yield here.change(before, None, words)
            else:
                if (title := before.get("title")) != after.get("title"):
                    said = {"subject": named(title_in(old, was)), "title": title_in(new, code)}
                    words = _("%(subject)s is now called “%(title)s”") % said
                    yield here.inside("title").change(title, after.get("title"), words)
                    after = {**after, "title": title}
                yield from self._fields(here, _resolved(item, before, after), before, after)

    def _came(self, here: _Spot, item: Shape, entry: dict[str, Any]) -> str:
        """That it is new, and what it asks of partners or of which days it is."""
        trees = (self.after.trees.get((*here.path, name)) for name in ("entry", "add", "needs"))
        asked = "; ".join(words for tree in trees for words in _asked(tree))
        if not asked:
            days = "".join(f", {words}" for words in self._days(item, entry))
            return _("%(subject)s is new%(days)s") % {"subject": here.subject, "days": days}
        said = {"subject": here.subject, "asked": asked}
        return _("%(subject)s is new: it asks %(asked)s") % said

    def _days(self, item: Shape, entry: dict[str, Any]) -> Iterator[str]:
        for field in item.fields if item.kind == "model" else ():
            if field.shape.kind == "day" and entry.get(field.name):
                day = self._said(field, field.shape, entry[field.name], self.after)
                yield f"{_label(field).lower()} {day}"

    def _values(
        self, spot: _Spot, subject: str, field: Field, item: Shape, old: Any, new: Any
    ) -> Iterator[Change]:
        """A mapping of codes to plain values: what levels give, which countries form a group."""
        for code in [*old, *(one for one in new if one not in old)]:
            before, after = old.get(code), new.get(code)
            if before == after:
                continue
            known = self.after if code in new else self.before
            section = section_of(field) if keys_refer(field) else None
            name = known.title(section, code) if section else words_of(code)
            said = [
                benefit_words(side.document, code, one)
                if field.name == "benefits" and one is not None
                else self._said(field, item, one, side)
                for one, side in self._sides(before, after)
            ]
            words = _from_to(f"{subject}, {_label(field)}: {name}", *said)
            yield spot.inside(code).change(before, after, words)

    def _trees(self, spot: _Spot, old: Any, new: Any) -> Iterator[Change]:
        """One sentence: what is asked no longer, and what is asked now."""
        was = _asked(self.before.trees.get(spot.was))
        now = _asked(self.after.trees.get(spot.path))
        come = "; ".join(words for words in now if words not in was)
        gone = "; ".join(words for words in was if words not in now)
        said = {"subject": spot.subject, "come": come, "gone": gone}
        if come and gone:
            words = _("%(subject)s: now asks %(come)s, no longer asks %(gone)s") % said
        elif come:
            words = _("%(subject)s: now asks %(come)s") % said
        elif gone:
            words = _("%(subject)s: no longer asks %(gone)s") % said
        else:
            words = _("%(subject)s: asks the same in other words") % said
        yield spot.change(old, new, words)

    def _said(self, field: Field, shape: Shape, value: Any, side: _Side) -> str:
        """A plain value in words; empty for nothing."""
        if value in _NOTHING:
            return ""
        if isinstance(value, bool):
            return _("yes") if value else _("no")
        if isinstance(value, int | float):
            return f"{value:,}"
        shape = _resolved(shape, value, value)
        item = shape.item if shape.kind == "list" else shape
        if isinstance(value, list):
            return ", ".join(self._said(field, item, one, side) for one in value)
        if isinstance(value, dict):
            return ", ".join(self._inner(field, shape, value, side))
        section = section_of(field)
        if field.name == "was":
            return str(value)
        if section is not None and not keys_refer(field):
            return side.title(section, value)
        if item.kind == "choice" or value == "not_stated":
            value = str(value_label(value, field))
        elif item.kind == "day":
            return short_date(date.fromisoformat(value))
        elif item.kind == "code":
            value = words_of(value)
        return f"“{value}”" if " " in value else value

    def _inner(
        self, field: Field, shape: Shape, value: dict[str, Any], side: _Side
    ) -> Iterator[str]:
        """What stands in a mapping, each with its name."""
        known = {one.name: one for one in shape.fields} if shape.kind == "model" else {}
        for key, inner in value.items():
            one = known.get(key, field)
            of = one.shape if key in known else shape.item if shape.kind == "mapping" else shape
            if said := self._said(one, of, inner, side):
                yield f"{_label(one) if key in known else words_of(key)} {said}"

    def followed(self) -> Iterator[Change]:
        """What takes the place of codes that went, by name."""
        for section in CodeMapping.model_fields:
            old = getattr(self.before.document.mapping, section)
            new = getattr(self.after.document.mapping, section)
            for code in [*old, *(one for one in new if one not in old)]:
                if (code in old) == (code in new) and old.get(code) == new.get(code):
                    continue
                title = self._title(section, code)
                said = {"noun": str(NOUNS[section]).capitalize(), "title": title}
                path = path_text(("mapping", section, code))
                if code not in new:
                    words = _("%(noun)s %(title)s: nothing is said any more of what follows it")
                elif new[code] is None:
                    words = _("%(noun)s %(title)s goes, and nothing follows it")
                else:
                    said["next"] = self._title(section, new[code])
                    words = _("%(noun)s %(title)s is followed by %(next)s")
                yield Change(path, old.get(code), new.get(code), words % said)

    def _title(self, section: str, code: str) -> str:
        """An entry by its name in whichever document still has it, a level with its type."""
        sides = (self.after.document, self.before.document)
        if section != "levels":
            known = next((one for one in sides if code in getattr(one, section)), sides[0])
            return known.title_of(section, code)
        for document in sides:
            for kind, _axis, level, _rule in document.levels():
                if f"{kind}.{level}" == code:
                    said = document.types[kind].level_title(level)
                    return f"{said} ({document.title_of('types', kind)})"
        return words_of(code.partition(".")[2])


def _names(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, str]:
    """The name of each entry; with its code where another one is called the same."""
    names = {code: title_in({**old, **new}, code) for code in (*old, *new)}
    several = Counter(name.casefold() for name in names.values())
    return {
        code: f"{name} ({code})" if several[name.casefold()] > 1 else name
        for code, name in names.items()
    }


def _asked(tree: Requirement | None) -> list[str]:
    """The sentences that must all hold."""
    if tree is None:
        return []
    if isinstance(tree, All) and not tree.title:
        return [words for child in tree.all for words in _asked(child)]
    return [tree.words()]


def _from_to(subject: str, before: str, after: str) -> str:
    said = {"subject": subject, "before": before, "after": after}
    if not before:
        return _("%(subject)s is now %(after)s") % said
    if not after:
        return _("%(subject)s is no longer %(before)s") % said
    return _("%(subject)s changes from %(before)s to %(after)s") % said


def _label(field: Field) -> str:
    return str(label(field.name, field.model))


def _resolved(shape: Shape, old: Any, new: Any) -> Shape:
    """Of a union the alternative that both values take; the union itself where they differ."""
    given = [one for one in (old, new) if one is not None]
    if shape.kind != "union" or not given:
        return shape
    chosen = shape.variants[variant_of(shape, given[-1])]
    return _resolved(chosen, old, new) if all(fits(chosen, one) for one in given) else shape


def _keyed(value: Any) -> bool:
    """Whether a list has entries with codes, so that one that came does not rewrite it all."""
    return isinstance(value, list) and bool(value) and all("code" in _mapping(v) for v in value)


def _by_code(value: Any) -> dict[str, Any]:
    return {one["code"]: {k: v for k, v in one.items() if k != "code"} for one in value or ()}


def _mappings(old: Any, new: Any) -> bool:
    return all(one is None or isinstance(one, dict) for one in (old, new))


def _told_apart(shape: Shape, old: Any, new: Any) -> bool:
    """Whether each field is told by itself: where both are there, or it is a list of entries."""
    both = _mappings(old, new) and None not in (old, new)
    return both or (_mappings(old, new) and any(one.shape.entries for one in shape.fields))


def _mapping(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _both(old: ProgramDocument, new: ProgramDocument, name: str) -> tuple[Any, Any]:
    return _plain(getattr(old, name)), _plain(getattr(new, name))


def _plain(value: Any) -> Any:
    """JSON values of a model, a mapping of models or a field."""
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json", by_alias=True, exclude_none=True)
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(inner) for inner in value]
    if isinstance(value, str | int | float | None):
        return value
    return int(value) if value == int(value) else float(value)
