"""What a cell may hold: types of an import's schema, and pydantic's complaints in human words."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal
from typing import Annotated, Any, ClassVar

from django.core.exceptions import ValidationError as DjangoError
from django.core.validators import validate_email
from django.utils.translation import gettext as _
from pydantic import BaseModel, BeforeValidator, ConfigDict, StringConstraints, ValidationError
from pydantic_core import PydanticCustomError


class ImportSchema(BaseModel):
    """One row. Field names are the column names; ``also`` lists other headers that mean a field.

    An empty cell counts as a missing one: it takes the default, and leaves what is recorded.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)
    also: ClassVar[dict[str, tuple[str, ...]]] = {}

    def given(self, *names: str) -> dict[str, Any]:
        """The values of those fields whose cells were filled."""
        return {name: getattr(self, name) for name in names if name in self.model_fields_set}


_CONTROL = re.compile(r"[\x00-\x1f]")


def _line(value: Any) -> Any:
    if isinstance(value, str) and _CONTROL.search(value) and _CONTROL.search(value.strip()):
        raise PydanticCustomError("line", "{words}", {"words": _("Write it on one line.")})
    return value


def _day(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value
    text = str(value).strip().removesuffix(" 00:00:00").removesuffix("T00:00:00")
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text):
            return dt.date.fromisoformat(text)
    except ValueError:
        pass
    words = _("“%(value)s” is not a day. Write it like 2026-11-23.") % {"value": text[:40]}
    raise PydanticCustomError("day", "{words}", {"words": words})


def _email(value: Any) -> str:
    text = str(value).strip().lower()
    try:
        validate_email(text)
    except DjangoError:
        words = _("“%(value)s” is not an e-mail address.") % {"value": text[:80]}
        raise PydanticCustomError("email", "{words}", {"words": words}) from None
    return text


def _country(value: Any) -> str:
    text = str(value).strip()
    if not re.fullmatch(r"[A-Za-z]{2}", text):
        words = _("“%(value)s” is not a country code. Write two letters, like DE.")
        raise PydanticCustomError("country", "{words}", {"words": words % {"value": text[:40]}})
    return text.upper()


def _codes(value: Any) -> list[str]:
    if isinstance(value, str):
        value = [part.strip() for part in re.split(r"[;,|]", value)]
    return [str(part).lower() for part in value if part]


def _number(value: Any) -> Decimal:
    text = str(value).strip()
    if re.fullmatch(r"-?\d{1,14}(\.\d{1,4})?", text):
        return Decimal(text)
    words = _("“%(value)s” is not a number. Write it like 1250.5, without separators.")
    raise PydanticCustomError("number", "{words}", {"words": words % {"value": text[:40]}})


Line = Annotated[str, BeforeValidator(_line)]
"""One line of text: ``name: Line = Field(max_length=160)``."""


def Text(most: int) -> Any:
    """``Line`` and ``Field(max_length=..)`` in one, where no type checker reads it."""
    return Annotated[Line, StringConstraints(max_length=most)]


Day = Annotated[dt.date, BeforeValidator(_day)]
Email = Annotated[str, BeforeValidator(_email), StringConstraints(max_length=254)]
Country = Annotated[str, BeforeValidator(_country)]
Codes = Annotated[list[str], BeforeValidator(_codes)]
Number = Annotated[Decimal, BeforeValidator(_number)]


def cell_errors(error: ValidationError) -> list[dict[str, str]]:
    """Each complaint as ``{"column", "message"}``."""
    return [
        {"column": str(found["loc"][0]) if found["loc"] else "", "message": _words(found)}
        for found in error.errors(include_url=False)
    ]


def _words(found: Any) -> str:
    context = found.get("ctx", {})
    if "words" in context:
        return str(context["words"])
    kind = found["type"]
    if kind == "missing":
        return _("This is missing.")
    if kind == "string_too_long":
        return _("At most %(n)s characters.") % {"n": context["max_length"]}
    if kind == "literal_error":
        return _("“%(value)s” is not one of %(known)s.") % {
            "value": str(found["input"])[:40],
            "known": str(context["expected"]).replace("'", ""),
        }
    if kind == "value_error":
        return str(context.get("error", found["msg"]))
    return str(found["msg"])
