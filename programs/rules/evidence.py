"""What a metric's number rests on: the source, its day, the rows that counted, the inputs."""

from collections.abc import Callable
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from typing import Any

MOST_ROWS = 20  # shown by name; `rows` says how many there were


@dataclass(frozen=True, slots=True)
class Row:
    """A dated record that counted; `words` are its tags, `member` the company it belongs to."""

    on: date
    until: date | None = None
    value: Decimal | None = None
    currency: str = ""
    words: str = ""
    source: str = ""
    member: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A metric's value, or why it is unknown, and where it comes from.

    `as_of` is the day of the value, or of the newest row that counted; `[since, through]` are the
    days that a window covers; `rows` is None for a value that a source supplied as it stands.
    """

    code: str
    title: str
    value: Decimal | None
    unit: str = ""
    why: str = ""
    source: str = ""
    as_of: date | None = None
    since: date | None = None
    through: date | None = None
    rows: int | None = None
    counted: tuple[Row, ...] = ()
    inputs: tuple["Evidence", ...] = ()

    @property
    def supplied(self) -> bool:
        """Whether a source gave the value itself, so that the facts say all of this."""
        return self.rows is None and not self.inputs

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Evidence":
        """The evidence of JSON values as a node's `to_dict` wrote them."""
        return cls(
            **_typed(cls, values)
            | {
                "counted": tuple(Row(**_typed(Row, row)) for row in values["counted"]),
                "inputs": tuple(map(cls.from_dict, values["inputs"])),
            }
        )


def _typed(model: Any, values: dict[str, Any]) -> dict[str, Any]:
    """The values with days and decimals as such."""
    kinds: dict[str, Any] = {field.name: field.type for field in fields(model)}
    return {
        key: _READ[kinds[key]](value) if value is not None and kinds[key] in _READ else value
        for key, value in values.items()
    }


_READ: dict[Any, Callable[[str], Any]] = {
    date: date.fromisoformat,
    date | None: date.fromisoformat,
    Decimal | None: Decimal,
}
