"""What the editor's pages show, as values ready for their templates. Read-only."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs import document as documents
from programs.document import ProgramDocument
from programs.document.lint import Finding, lint
from programs.drafts import drafted, problems_in
from programs.editing import words
from programs.editing.places import BASICS, at, own_fields, place_in, sections, trail
from programs.editing.references import codes_of, keys_refer, section_of, title_in
from programs.editing.shapes import ROOT, Field, Shape, shape_at
from programs.errors import Problem, ProgramError
from programs.helps import help_for
from programs.models import DraftComment, ProgramDraft
from programs.rules.base import Path, Requirement

Address = Callable[[str], str]
FACTS_SHOWN = 5
_CLEAR = frozenset({"title", "id", "was", "rank"})


@dataclass(frozen=True)
class Card:
    """A section on the start page."""

    title: Any
    url: str
    count: str
    about: Any = ""
    names: tuple[str, ...] = ()
    more: int = 0
    comments: int = 0
    problems: tuple[str, ...] = ()


def overview(draft: ProgramDraft, address: Address) -> dict[str, Any]:
    """The sections with their counts; what is wrong, should the draft not be a document."""
    values: dict[str, Any] = draft.document
    problems = problems_in(values)
    readable, warnings = True, []
    try:
        document = drafted(values)
        values = documents.to_dict(document)
        warnings = [one for one in lint(document) if one.level == "warning"]
    except ProgramError:
        readable = False
    held: dict[str, list[Problem]] = {}
    for problem in problems:
        held.setdefault(place_in(values, problem.path)[0].split("/")[0], []).append(problem)
    counts = _comment_counts(draft)
    cards = [
        _card(values, place, address(place), counts.get(place, 0), held.get(place, []))
        for place in sections()
    ]
    return {
        "cards": cards,
        "problems": problem_rows(values, problems, address),
        "warnings": problem_rows(values, warnings, address),
        "readable": readable,
        "program_title": values.get("title", ""),
    }


def _comment_counts(draft: ProgramDraft) -> dict[str, int]:
    counts: dict[str, int] = {}
    rows = DraftComment.objects.filter(draft=draft, resolved_at=None)
    for place in rows.values_list("place", flat=True):
        section = place.split("/")[0]
        counts[section] = counts.get(section, 0) + 1
    return counts


def _card(
    values: dict[str, Any], place: str, url: str, comments: int, problems: list[Problem]
) -> Card:
    title = words.label(place, "ProgramDocument")
    help_ = "" if place == BASICS else help_for("ProgramDocument", place)
    wrong = tuple(problem.message[:1].upper() + problem.message[1:] for problem in problems)
    if place == BASICS:
        said = (values.get("title", ""), values.get("edition", ""), values.get("currency", ""))
        shown = " · ".join(str(one) for one in said if one)
        return Card(title, url, shown, comments=comments, problems=wrong)
    shape = shape_at((place,))
    held = values.get(place)
    if shape.kind == "mapping":
        codes = list(held or {})
        names = tuple(title_in(held, code) for code in codes[:4]) if held else ()
        count = ngettext("%d entry", "%d entries", len(codes)) % len(codes)
        return Card(title, url, count, help_, names, max(0, len(codes) - 4), comments, wrong)
    facts = summary(shape, held or {}, values)
    shown = " · ".join(facts) or _("As usual")
    return Card(title, url, shown, help_, comments=comments, problems=wrong)


def summary(shape: Shape, value: Any, values: dict[str, Any]) -> list[str]:
    """What an entry says, in a few words: its plain fields, and how many of what is inside. What
    it names is called as the document's ``values`` call it."""
    found: list[str] = []
    if shape.kind != "model" or not isinstance(value, dict):
        return found
    for one in shape.fields:
        held = value.get(one.name)
        if held in (None, [], {}, "") or one.name in _CLEAR:
            continue
        label = words.label(one.name, one.model)
        inner = one.shape
        if inner.kind == "mapping" or (inner.kind == "list" and isinstance(held, list)):
            found.append(f"{label}: {len(held)}")
        elif isinstance(held, str | int | float) and inner.kind != "tree":
            found.append(f"{label}: {_said(one, held, values)}")
    return found[:FACTS_SHOWN]


def _said(one: Field, value: Any, values: dict[str, Any]) -> str:
    if isinstance(value, bool):
        return str(_("yes") if value else _("no"))
    if isinstance(value, int | float):
        return f"{value:,}"
    section = None if keys_refer(one) else section_of(one)
    if section is not None and (title := dict(codes_of(section, values)).get(value)):
        return title
    chosen = one.shape.kind == "choice" or value == "not_stated"
    return str(words.value_label(value, one)) if chosen else str(value)


@dataclass(frozen=True)
class EntryRow:
    """An entry in the list of its section."""

    code: str
    title: str
    url: str
    facts: tuple[str, ...]
    asks: tuple[tuple[Any, str], ...] = ()


def entry_rows(
    document: ProgramDocument, values: dict[str, Any], path: Path, address: Address
) -> list[EntryRow]:
    """The entries of a section, with what their requirements ask."""
    held = at(values, path) or {}
    item = shape_at(path).item
    rows = [
        EntryRow(
            code,
            title_in(held, code),
            address("/".join(map(str, (*path, code)))),
            tuple(summary(item, entry, values)),
            tuple(tree_words(document, item, (*path, code))),
        )
        for code, entry in held.items()
    ]
    return rows if in_order(item) else sorted(rows, key=lambda row: row.title.casefold())


def in_order(item: Shape) -> bool:
    """Whether the order of the entries means something: levels stand from the lowest up."""
    return any(one.name == "rank" for one in item.fields)


def tree_words(document: ProgramDocument, shape: Shape, path: Path) -> Iterable[tuple[Any, str]]:
    """The requirement trees of an entry, each under its name."""
    for one in shape.fields:
        if one.shape.kind == "tree":
            found = requirement_at(document, (*path, one.name))
            if found is not None:
                yield words.label(one.name, one.model), found.words()


def requirement_at(document: ProgramDocument, path: Path) -> Requirement | None:
    """The bound requirement at a path; None where there is none."""
    found: Any = document
    for part in path:
        if isinstance(found, dict):
            found = found.get(part)
        elif isinstance(found, tuple | list):
            found = found[int(part)] if int(part) < len(found) else None
        elif found is not None:
            found = getattr(found, _attribute(type(found), str(part)), None)
    return found if isinstance(found, Requirement) else None


def _attribute(model: Any, name: str) -> str:
    """The attribute of a key: they differ where the key is a word of Python."""
    for attribute, info in model.model_fields.items():
        if info.alias == name:
            return str(attribute)
    return name


@dataclass(frozen=True)
class Nested:
    """A part of an entry with a page of its own: its requirements, or further entries."""

    title: Any
    url: str
    kind: str
    rows: list[EntryRow] = field(default_factory=list)
    words: str = ""


def nested(
    document: ProgramDocument, values: dict[str, Any], path: Path, address: Address
) -> list[Nested]:
    """What the page of an entry shows below its form."""
    found = []
    shape = shape_at(path) if path else ROOT
    if shape.kind != "model" or path == ():
        return []
    for one in shape.fields:
        here = (*path, one.name)
        url = address("/".join(map(str, here)))
        title = words.label(one.name, one.model)
        if one.shape.entries:
            rows = entry_rows(document, values, here, address)
            found.append(Nested(title, url, "entries", rows))
        elif one.shape.kind == "tree":
            tree = requirement_at(document, here)
            said = tree.words() if tree else _nothing(one.name)
            found.append(Nested(title, url, "tree", words=said))
    return found


def _nothing(name: str) -> str:
    """What a tree that is not there means."""
    return _("The same as to come in.") if name == "retain" else _("Nothing is required.")


def comments(draft: ProgramDraft, place: str = "") -> list[dict[str, Any]]:
    """The comments on the draft; with a place, those on it and on what is inside it."""
    rows = DraftComment.objects.filter(draft=draft).select_related("by", "resolved_by")
    values: dict[str, Any] = draft.document
    return [
        {"who": row.by or "Mainstay", "at": row.at, "text": row.text, "place": row.place,
         "where": _where(values, row.place), "ref": row.ref, "resolved": row.resolved_at,
         "resolved_by": row.resolved_by}
        for row in rows
        if not place or row.place == place or row.place.startswith(f"{place}/")
    ]  # fmt: skip


def _where(values: dict[str, Any], place: str) -> str:
    if not place:
        return ""
    return place_in(values, "" if place == BASICS else place.replace("/", "."))[1]


def crumbs(values: dict[str, Any], path: Path, address: Address) -> list[tuple[str, Any]]:
    """The way back from a place: addresses and words, the place itself without an address.

    The nameless middle of a path (``tiers``) is left out: its list stands on the entry's page.
    """
    steps = trail(values, path)
    keep = [
        (place, name)
        for end, (place, name) in enumerate(steps, start=1)
        if end in (1, len(steps)) or not shape_at(path[:end]).entries
    ]
    return [(address(place), name) for place, name in keep[:-1]] + [("", keep[-1][1])]


def problem_rows(
    values: dict[str, Any], problems: Iterable[Problem | Finding], address: Address
) -> list[dict[str, Any]]:
    """Problems and remarks that are not on this page: where, what, and what to do."""
    found = []
    for problem in problems:
        place, name = place_in(values, problem.path)
        said = problem.words if isinstance(problem, Finding) else problem.message
        text = said[:1].upper() + said[1:]
        found.append(
            {"url": address(place), "where": name, "words": text, "remedy": problem.remedy}
        )
    return found


def problems_here(values: dict[str, Any], path: Path, address: Address) -> list[dict[str, Any]]:
    """What keeps the draft from being published, in the section's entry that this place is of:
    a tier is often wrong because of the tier beside it."""
    own = "/".join(map(str, path[:2]))
    found = []
    for problem in problems_in(values):
        place = place_in(values, problem.path)[0]
        if path and (f"{place}/".startswith(f"{own}/") or f"{own}/".startswith(f"{place}/")):
            found.append(problem)
    return problem_rows(values, found, address)


def has_pages(shape: Shape) -> bool:
    """Whether an entry has more than its form: then one stays there after saving."""
    return any(one.shape.entries or one.shape.kind == "tree" for one in shape.fields)


def form_fields(path: Path) -> list[Any]:
    """The fields of the form at a place, and nothing for a list or a tree."""
    shape = shape_at(path) if path else ROOT
    if shape.kind == "model":
        return own_fields(shape, path)
    if len(path) >= 1:
        parent = shape_at(path[:-1]) if path[:-1] else ROOT
        if parent.kind == "model":
            return [parent.field(str(path[-1]))]
    return []
