"""The field types of the program document, each with its shape in one place."""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from django.utils.translation import gettext as _
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic_core import PydanticCustomError

NOT_STATED: Literal["not_stated"] = "not_stated"
NotStated = Literal["not_stated"]  # the source of the program does not say

TIER = "tier"  # the axis of a type's ladder of tiers

_DAY = r"^\d{4}-\d{2}-\d{2}$"


class Base(BaseModel):
    """A section of the document: frozen, unknown keys refused.

    Equal by what is written in it; what was looked up when it was bound to a document is not.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    def __eq__(self, other: object) -> bool:
        if type(self) is not type(other):
            return NotImplemented
        mine, theirs = self.__dict__, other.__dict__
        return all(mine[name] == theirs[name] for name in type(self).model_fields)


def _day(value: Any) -> Any:
    """Days are written out; numbers never become days."""
    if isinstance(value, date):
        return value
    try:
        if isinstance(value, str) and len(value) == 10:
            return date.fromisoformat(value)
    except ValueError:
        pass
    raise PydanticCustomError(
        "day", _("{value} is not a day of the calendar"), {"value": str(value)}
    )


def _text(value: Any) -> Any:
    """A version 18.0 written without quotes is meant as it stands."""
    if isinstance(value, int | Decimal) and not isinstance(value, bool):
        return str(value)
    return value


def _number(value: Any) -> Any:
    """Floats (from stored JSON) as they print; booleans are not numbers."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise PydanticCustomError("number", _("{value} is not a number"), {"value": repr(value)})
    return Decimal(str(value))


def _number_out(value: Decimal) -> int | float:
    return int(value) if value == int(value) else float(value)


def _printable(value: str) -> str:
    """Control characters and half characters can be stored nowhere."""
    odd = next((c for c in value if (c < " " and c not in "\n\t") or "\ud800" <= c <= "\udfff"), "")
    if odd:
        raise PydanticCustomError("text", _("the text has the character {odd}"), {"odd": repr(odd)})
    return value


def many(value: Any) -> Any:
    """One word stands for a list of one."""
    return (value,) if isinstance(value, str) else value


def one_or_many(values: tuple[str, ...]) -> str | list[str]:
    """A list of one as it is written: the word alone."""
    return values[0] if len(values) == 1 else list(values)


CODE = r"^[a-z0-9][a-z0-9_.-]{0,59}$"
Code = Annotated[str, BeforeValidator(_text, json_schema_input_type=str), Field(pattern=CODE)]
Label = Annotated[
    str,
    BeforeValidator(_text, json_schema_input_type=str),
    Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9 _.+-]{0,39}$"),
]
Text = Annotated[str, Field(min_length=1, max_length=2000), AfterValidator(_printable)]
Day = Annotated[
    date,
    BeforeValidator(
        _day, json_schema_input_type=Annotated[str, Field(pattern=_DAY, examples=["2026-11-23"])]
    ),
]
Country = Annotated[str, Field(pattern="^[A-Z]{2}$")]  # ISO 3166
Count = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]
Months = Annotated[int, Field(strict=True, ge=1, le=600)]
Number = Annotated[
    Decimal,
    BeforeValidator(_number, json_schema_input_type=float),
    Field(max_digits=15, decimal_places=6),
    PlainSerializer(_number_out, return_type=int | float),
]
Codes = Annotated[
    tuple[Code, ...],
    BeforeValidator(many, json_schema_input_type=str | list[str]),
    Field(min_length=1),
    PlainSerializer(one_or_many, return_type=str | list[str]),
]


def or_words(words: Iterable[str]) -> str:
    """`a, b or c`."""
    return _listed(words, _("%(several)s or %(last)s"))


def and_words(words: Iterable[str]) -> str:
    """`a, b and c`."""
    return _listed(words, _("%(several)s and %(last)s"))


def _listed(words: Iterable[str], joined: str) -> str:
    *several, last = [*words] or [""]
    return joined % {"several": ", ".join(several), "last": last} if several else last
