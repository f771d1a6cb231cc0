"""A requirement tree as its page draws it: cards and slots in one list, however deep it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from programs.document import ProgramDocument
from programs.draft_page import requirement_at, summary
from programs.editing import trees, words
from programs.editing.places import at
from programs.editing.references import codes_of, section_of
from programs.editing.shapes import Field, Shape, kind_in, primitive
from programs.forms import Input
from programs.rules import Case, Node
from programs.rules.base import Path

SEPARATOR = "/"


@dataclass(frozen=True)
class Choice:
    """One entry of the palette."""

    kind: str
    label: str
    help: str


@dataclass
class OpenForm:
    """The form that is open in the tree: what it is for, where, of which kind."""

    mode: str  # add, edit, change
    kind: str
    path: str
    inputs: list[Input] = field(default_factory=list)
    more: list[Input] = field(default_factory=list)
    above: list[Any] = field(default_factory=list)

    @property
    def key(self) -> str:
        """As the page sends it back."""
        return f"{self.mode}:{self.kind}:{self.path}"

    @property
    def label(self) -> Any:
        return words.kind_label(self.kind)

    @property
    def help(self) -> Any:
        return words.kind_help(self.kind)


@dataclass
class CardToken:
    """A node: opened here, closed by an ``end`` of the same list."""

    path: str
    dom: str
    label: Any
    words: str
    facts: list[str]
    group: bool
    moves: list[str]
    listed: bool
    unwraps: bool
    node: Node | None = None
    form: OpenForm | None = None
    what: str = "card"


@dataclass
class SlotToken:
    """A place for nodes below the card before it."""

    path: str
    dom: str
    label: Any
    full: bool
    empty: bool
    keys: list[tuple[str, str]] | None = None
    form: OpenForm | None = None
    what: str = "slot"


@dataclass
class KeyToken:
    """The name under which the next node stands, in a slot with one for each key."""

    label: str
    what: str = "key"


@dataclass
class EndToken:
    """The end of a card, or of a slot: what comes next is added there."""

    slot: SlotToken | None = None
    what: str = "end"


def path_text(path: Path) -> str:
    """A path below the tree's root, as the page sends it back."""
    return SEPARATOR.join(map(str, path))


def path_in(tree: Any, text: str) -> Path:
    """The path of a text; numbers are places where the tree has a list."""
    found: list[str | int] = []
    for part in text.split(SEPARATOR) if text else ():
        listed = isinstance(at(tree, tuple(found)), list)
        if listed and not (part.isascii() and part.isdigit()):
            raise trees.Impossible
        found.append(int(part) if listed else part)
    return tuple(found)


def dom_id(path: Path) -> str:
    """The id of a node's element."""
    return "-".join(["n", *(str(part).replace(".", "_") for part in path)])


class Drawing:
    """Draws one tree of one document; with a case, each node with its outcome."""

    def __init__(
        self,
        document: ProgramDocument,
        values: dict[str, Any],
        place: Path,
        case: Case | None,
        form: OpenForm | None,
    ) -> None:
        self.document, self.values, self.place = document, values, place
        self.case, self.form = case, form
        self.tree = at(values, place)

    def tokens(self) -> list[Any]:
        """Cards, slots and ends in order; nothing for a tree that asks nothing."""
        return list(self._drawn()) if kind_in(self.tree) else []

    def _drawn(self) -> Iterator[Any]:
        """Without recursion: a tree may be deeper than a template may include itself."""
        pending: list[Any] = [()]
        while pending:
            step = pending.pop()
            if not isinstance(step, tuple):
                yield step
                continue
            card = self._card(step)
            yield card
            later: list[Any] = []
            for slot in trees.slots(at(self.tree, step), step):
                opened = self._slot(slot, step)
                later.append(opened)
                for path in slot.nodes:
                    if slot.kind == "map":
                        later.append(KeyToken(words_of_key(str(path[-1]))))
                    later.append(path)
                later.append(EndToken(opened))
            later.append(EndToken())
            pending.extend(reversed(later))

    def _card(self, path: Path) -> CardToken:
        node = at(self.tree, path)
        kind = kind_in(node) or ""
        bound = requirement_at(self.document, (*self.place, *path))
        inside = trees.slots(node, path)
        moves = trees.may_move(self.tree, path)
        said = bound.words() if bound and not inside else node.get("title", "")
        return CardToken(
            path=path_text(path),
            dom=dom_id(path),
            label=self._label(kind, node),
            words=said,
            facts=_facts(kind, node, self.values) if inside else [],
            group=bool(inside),
            moves=moves,
            listed=bool(path) and isinstance(path[-1], int),
            unwraps=self._unwraps(path) if inside else False,
            node=bound.explain(self.case) if bound and self.case else None,
            form=self._open_at(("edit", "change"), path),
        )

    def _label(self, kind: str, node: Any) -> Any:
        if kind == "at_least":
            number = at(node, ("at_least", "n"))
            return words.at_least_of(number, len(at(node, ("at_least", "of")) or ()))
        return words.kind_label(kind)

    def _unwraps(self, path: Path) -> bool:
        try:
            trees.unwrapped(self.tree, path)
        except trees.Impossible:
            return False
        return True

    def _slot(self, slot: trees.Slot, owner: Path) -> SlotToken:
        keys = None
        if slot.kind == "map":
            held = {path[-1] for path in slot.nodes}
            keys = [one for one in self._keys(slot) if one[0] not in held]
        return SlotToken(
            path=path_text(slot.path),
            dom=dom_id(slot.path),
            label=_slot_label(slot, owner),
            full=slot.full,
            empty=not slot.nodes,
            keys=keys,
            form=self._open_at(("add",), slot.path),
        )

    def _keys(self, slot: trees.Slot) -> list[tuple[str, str]]:
        """The codes that a slot's keys can be."""
        name = str(slot.path[-1])
        section = section_of(Field(name, Shape("mapping", dict), False, None, "", ""))
        return codes_of(section, self.values) if section else []

    def _open_at(self, modes: tuple[str, ...], path: Path) -> OpenForm | None:
        form = self.form
        fits = form is not None and form.mode in modes and form.path == path_text(path)
        return form if fits else None


def words_of_key(key: str) -> str:
    """A key of a slot as words."""
    return str(words.label(key))


def _slot_label(slot: trees.Slot, owner: Path) -> Any:
    """What a place is for; nothing where its kind says it."""
    below = slot.path[len(owner) :]
    if slot.kind == "list" and len(below) <= 2:
        return ""
    parts = [
        words.label(str(part)) if isinstance(part, str) else str(part + 1)
        for part in below[1 if len(below) > 1 else 0 :]
    ]
    return " ".join(map(str, parts))


def _facts(kind: str, node: Any, values: dict[str, Any]) -> list[str]:
    """What a group says besides what is inside it: points, days."""
    found = []
    for one in primitive(kind).fields:
        held = node.get(one.name)
        if isinstance(held, dict) and one.shape.kind == "model":
            found += summary(one.shape, held, values)
    return [] if kind == "at_least" else found


def palette() -> list[Choice]:
    """Every kind of requirement there is, in the order of the rules."""
    return [_choice(kind) for kind in trees.kinds()]


def wrappers() -> list[Choice]:
    """The kinds that can be put around a requirement."""
    return [_choice(kind) for kind in trees.wrappers()]


def _choice(kind: str) -> Choice:
    """In words at once: every card of a tree offers every kind, and would translate it anew."""
    return Choice(kind, str(words.kind_label(kind)), str(words.kind_help(kind)))
