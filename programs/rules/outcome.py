"""Three-valued outcomes and the explanation of every node of a requirement tree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, fields, is_dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any, Literal

from programs.rules.evidence import Evidence

Outcome = Literal["pass", "fail", "unknown"]
Truth = bool | None  # None is unknown
Number = int | Decimal

_WORDS: dict[Truth, Outcome] = {True: "pass", False: "fail", None: "unknown"}


def outcome_of(truth: Truth) -> Outcome:
    """The word for a three-valued truth."""
    return _WORDS[truth]


def at_least(truths: Iterable[Truth], need: int) -> Truth:
    """Kleene: pass if enough pass, fail if even the unknowns cannot reach it, else unknown."""
    passed = unknown = 0
    for truth in truths:
        if truth:
            passed += 1
        elif truth is None:
            unknown += 1
    if passed >= need:
        return True
    return False if passed + unknown < need else None


def either(left: Truth, right: Truth) -> Truth:
    """Kleene or."""
    return at_least((left, right), 1)


def negation(truth: Truth) -> Truth:
    """Kleene not: unknown stays unknown."""
    return None if truth is None else not truth


def every(truths: Iterable[Truth]) -> Truth:
    """Kleene and."""
    found: Truth = True
    for truth in truths:
        if truth is False:
            return False
        if truth is None:
            found = None
    return found


@dataclass(frozen=True, slots=True)
class Counted:
    """A row that counts: a person's certificate, an attestation, an addendum."""

    key: str
    name: str = ""
    track: str = ""
    number: str = ""
    until: date | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """Why one requirement passes, fails or is unknown.

    `subject` holds the codes it is about (tracks, metric, attestation, addendum); `until` is the
    first day on which it would stop passing if nobody acts, None if no such day is known; `lapsed`
    are rows that counted once and no longer do. Of a score `have` is what is certain and
    `have_at_most` what it may be (None: nobody knows how much). `coming` is what will be asked from
    `coming_on` on, judged as of today. `evidence` is what a metric rests on; of a value that a
    source supplied it stays out of the JSON, since the facts beside it say the same.
    """

    kind: str
    outcome: Outcome
    words: str
    id: str | None = None
    subject: tuple[str, ...] = ()
    need: Number | None = None
    have: Number | None = None
    unit: str = ""
    missing: str = ""
    unknown: tuple[str, ...] = ()
    until: date | None = None
    counted: tuple[Counted, ...] = ()
    lapsed: tuple[Counted, ...] = ()
    children: tuple["Node", ...] = ()
    have_at_most: Number | None = None
    coming: "Node | None" = None
    coming_on: date | None = None
    evidence: Evidence | None = field(default=None, compare=False)

    @property
    def truth(self) -> Truth:
        """The outcome as True, False or None."""
        return {"pass": True, "fail": False, "unknown": None}[self.outcome]

    def labelled(self, id: str | None, title: str | None) -> "Node":
        """The same node under its requirement's own id and title."""
        return replace(self, id=id, words=title or self.words)

    def open_leaves(self) -> list["Node"]:
        """The leaves that keep this node from passing: the gaps to show."""
        if self.outcome == "pass":
            return []
        if not self.children:
            return [self]
        return [leaf for child in self.children for leaf in child.open_leaves()] or [self]

    def to_dict(self) -> dict[str, Any]:
        """The node as JSON values."""
        dumped: dict[str, Any] = _json(self)
        return dumped

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Node":
        """The node that `to_dict` wrote."""
        return cls(
            **values
            | {
                "subject": tuple(values["subject"]),
                "unknown": tuple(values["unknown"]),
                "need": _number(values["need"]),
                "have": _number(values["have"]),
                "until": _day(values["until"]),
                "have_at_most": _number(values.get("have_at_most")),
                "coming": cls.from_dict(values["coming"]) if values.get("coming") else None,
                "coming_on": _day(values.get("coming_on")),
                "evidence": Evidence.from_dict(found)
                if (found := values.get("evidence"))
                else None,
                "counted": tuple(map(_counted, values["counted"])),
                "lapsed": tuple(map(_counted, values["lapsed"])),
                "children": tuple(map(cls.from_dict, values["children"])),
            }
        )


def plain(number: Number) -> Number:
    """An integral decimal as int, so that 25 and 25.0 read and compare the same."""
    return int(number) if number == int(number) else number


def with_unit(number: Number, unit: str) -> str:
    """`1,200 seats`, `80 %`."""
    shown = f"{plain(number):,}"
    return f"{shown} {unit}" if unit else shown


def until_of(children: Sequence[Node], need: int) -> date | None:
    """The day on which fewer than `need` of the passing children would be left."""
    ends = sorted((child.until or date.max for child in children if child.truth), reverse=True)
    if len(ends) < need or not need:
        return None
    return None if ends[need - 1] == date.max else ends[need - 1]


# Keys that came after decisions were stored: left out where they say nothing.
_LATER = frozenset({"have_at_most", "coming", "coming_on", "evidence"})


@cache
def _names(kind: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(kind))


def _json(value: Any) -> Any:
    if isinstance(value, str | int | None):
        return value
    if isinstance(value, list | tuple):
        return [_json(inner) for inner in value]
    if is_dataclass(value):
        # Thousands of trees a review: asdict() would copy every leaf of them.
        kind: Any = type(value)
        shown = {name: getattr(value, name) for name in _names(kind)}
        if isinstance(value, Node) and value.evidence and value.evidence.supplied:
            shown["evidence"] = None
        return _json(shown)
    if isinstance(value, dict):
        return {
            key: _json(inner) for key, inner in value.items()
            if inner is not None or key not in _LATER
        }  # fmt: skip
    if isinstance(value, Decimal):
        return str(value)
    return value.isoformat() if isinstance(value, date) else value


def _number(value: int | str | None) -> Number | None:
    return Decimal(value) if isinstance(value, str) else value


def _day(value: str | None) -> date | None:
    return date.fromisoformat(value) if value else None


def _evidence(values: dict[str, Any] | None) -> Evidence | None:
    return Evidence.from_dict(values) if values else None


def _counted(values: dict[str, Any]) -> Counted:
    return Counted(**values | {"until": _day(values["until"])})
