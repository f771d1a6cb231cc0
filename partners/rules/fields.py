"""Custom fields: what a definition may say, what a value may be and how it is read. Pure."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal, InvalidOperation
from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.utils.translation import gettext as _

from partners.models import CustomField
from partners.words import country_name
from tenants.writing import Reason

Kind = CustomField.Kind
PREFIX = "custom."  # and a field's code: its pointer
Value = Any
"""JSON of one shape per kind: text; whole numbers as such; decimals, days and codes as text; yes or
no as true or false; several choices as a list of codes; money as ``{"amount", "currency"}``."""

MOST_TEXT = {Kind.TEXT: 300, Kind.LONG_TEXT: 5_000, Kind.URL: 500, Kind.EMAIL: 254}
_CENT = Decimal("0.01")
_TRUE, _FALSE = frozenset({"true", "yes", "1"}), frozenset({"false", "no", "0"})
_NUMBER = re.compile(r"-?\d{1,14}(\.\d{1,4})?\Z", re.ASCII)


class _Wrong(Exception):
    """The remedy, as the end of a sentence about the field."""


@dataclass(frozen=True)
class Read:
    """What was given: a value (``None``: nothing), or the sentence that says what to give."""

    value: Value = None
    problem: str = ""


def read(field: CustomField, raw: Any) -> Read:
    """The value of ``raw``: text of a form, a file or an address, or JSON."""
    if isinstance(raw, str):
        raw = raw.strip()
    if raw is None or raw in ("", [], {}):
        if field.required:
            return Read(problem=_("%(label)s: this is required.") % {"label": field.label})
        return Read()
    try:
        value = _READERS[Kind(field.kind)](field, raw)
        _within(field, value)
    except _Wrong as wrong:
        return Read(problem=f"{field.label}: {wrong}")
    return Read(value)


def _text(field: CustomField, raw: Any) -> str:
    if not isinstance(raw, str):
        raise _Wrong(_("write text."))
    if any(ord(c) < 32 and c not in "\r\n\t" for c in raw):
        raise _Wrong(_("leave out control characters."))
    most = MOST_TEXT[Kind(field.kind)]
    if field.maximum.isdigit():
        most = min(most, int(field.maximum))
    if len(raw) > most:
        words = _("write at most %(n)s characters, not %(length)s.")
        raise _Wrong(words % {"n": most, "length": len(raw)})
    if field.kind != Kind.LONG_TEXT and "\n" in raw:
        raise _Wrong(_("write it in one line."))
    return raw


def _integer(field: CustomField, raw: Any) -> int:
    whole = isinstance(raw, float) and raw.is_integer()
    if not isinstance(raw, bool) and (isinstance(raw, int) or whole) and abs(raw) < 10**15:
        return int(raw)
    if isinstance(raw, str) and re.fullmatch(r"-?\d{1,15}", raw, re.ASCII):
        return int(raw)
    raise _Wrong(_("write a whole number, like 1250."))


def _decimal(field: CustomField, raw: Any) -> str:
    return _plain(_number(raw))


def _number(raw: Any) -> Decimal:
    text = str(raw) if isinstance(raw, (str, int, float, Decimal)) else ""
    if isinstance(raw, bool) or not _NUMBER.match(text):
        raise _Wrong(_("write a number with at most 4 decimals, like 1250.5."))
    return Decimal(text)


def _plain(number: Decimal) -> str:
    text = format(number.normalize(), "f")
    return "0" if text == "-0" else text


def _money(field: CustomField, raw: Any) -> dict[str, str]:
    how = _Wrong(_("write an amount with its currency, like 1250.50 EUR."))
    if isinstance(raw, Mapping):
        if raw.keys() != {"amount", "currency"}:
            raise how
        raw = f"{raw['amount']} {raw['currency']}"
    found = re.fullmatch(r"(-?\d{1,12}(?:\.\d{1,2})?) ?([A-Za-z]{3})", str(raw), re.ASCII)
    if found is None:
        raise how
    amount = Decimal(found[1]).quantize(_CENT, ROUND_HALF_EVEN)
    return {"amount": str(amount), "currency": found[2].upper()}


def _date(field: CustomField, raw: Any) -> str:
    if isinstance(raw, dt.date):
        raw = raw.isoformat()
    try:
        if re.fullmatch(r"\d{4}-\d\d-\d\d", str(raw), re.ASCII):
            return dt.date.fromisoformat(raw).isoformat()
    except ValueError:
        pass
    raise _Wrong(_("write a day like 2026-11-23."))


def _boolean(field: CustomField, raw: Any) -> bool:
    text = str(raw).lower() if isinstance(raw, (bool, str)) else ""
    if text not in _TRUE | _FALSE:
        raise _Wrong(_("write yes or no."))
    return text in _TRUE


def codes_of(field: CustomField) -> list[str]:
    """The choices in their order."""
    return [choice["code"] for choice in field.choices]


def _choice(field: CustomField, raw: Any) -> str:
    wanted = raw.casefold() if isinstance(raw, str) else None
    for choice in field.choices:
        if wanted in (choice["code"].casefold(), choice["label"].casefold()):
            return str(choice["code"])
    known = ", ".join(codes_of(field))
    raise _Wrong(_("choose one of: %(codes)s.") % {"codes": known})


def _several(field: CustomField, raw: Any) -> list[str]:
    if isinstance(raw, str):
        raw = [part.strip() for part in raw.split(";") if part.strip()]
    if not isinstance(raw, (list, tuple)):
        raise _Wrong(_("give a list of choices."))
    chosen = {_choice(field, one) for one in raw}
    return [code for code in codes_of(field) if code in chosen]


def _url(field: CustomField, raw: Any) -> str:
    text = _text(field, raw)
    try:
        URLValidator(schemes=["http", "https"])(text)
    except ValidationError:
        raise _Wrong(_("write a web address that begins with https://.")) from None
    return text


def _email(field: CustomField, raw: Any) -> str:
    text = _text(field, raw)
    try:
        validate_email(text)
    except ValidationError:
        raise _Wrong(_("write an e-mail address, like name@example.com.")) from None
    return text.lower()


def _country(field: CustomField, raw: Any) -> str:
    code = raw.upper() if isinstance(raw, str) else ""
    if len(code) != 2 or not code.isascii() or country_name(code) == code:
        raise _Wrong(_("write a country as two letters, like DE."))
    return code


def _document(field: CustomField, raw: Any) -> dict[str, str]:
    """Made by the action that stores the file; nobody else gives one."""
    if isinstance(raw, Mapping) and raw.keys() == {"file", "name"}:
        return dict(raw)
    raise _Wrong(_("attach a file."))


_READERS: dict[Kind, Callable[[CustomField, Any], Value]] = {
    Kind.TEXT: _text,
    Kind.LONG_TEXT: _text,
    Kind.INTEGER: _integer,
    Kind.DECIMAL: _decimal,
    Kind.MONEY: _money,
    Kind.DATE: _date,
    Kind.BOOLEAN: _boolean,
    Kind.CHOICE: _choice,
    Kind.SEVERAL: _several,
    Kind.URL: _url,
    Kind.EMAIL: _email,
    Kind.COUNTRY: _country,
    Kind.DOCUMENT: _document,
}


def _order(field: CustomField, value: Value) -> Any:
    """What limits compare: a number or a day; ``None`` where the kind has no limits."""
    if field.kind == Kind.MONEY:
        return Decimal(value["amount"]) if isinstance(value, Mapping) else _number(value)
    if field.kind in (Kind.INTEGER, Kind.DECIMAL):
        return _number(value)
    if field.kind == Kind.DATE:
        return _date(field, value)
    return None


def _within(field: CustomField, value: Value) -> None:
    held = _order(field, value)
    if held is None:
        return
    if field.minimum and held < _order(field, field.minimum):
        raise _Wrong(_("at least %(limit)s.") % {"limit": field.minimum})
    if field.maximum and held > _order(field, field.maximum):
        raise _Wrong(_("at most %(limit)s.") % {"limit": field.maximum})


# A definition ---------------------------------------------------------------------------------


def defects(field: CustomField) -> list[Reason]:
    """What is wrong with a definition, naming its column."""
    found = []
    if not re.fullmatch(r"[a-z][a-z0-9_]{0,39}", field.code):
        words = _("Write small letters, digits and _, beginning with a letter.")
        found.append(Reason("invalid", words, pointer="code"))
    if field.kind in (Kind.CHOICE, Kind.SEVERAL):
        codes = codes_of(field)
        if not codes or len(set(codes)) < len(codes):
            words = _("Give each choice once, a line for each.")
            found.append(Reason("invalid", words, pointer="choices"))
    elif field.choices:
        words = _("Only choices have choices.")
        found.append(Reason("invalid", words, pointer="choices"))
    found += _limit_defects(field)
    if field.kind == Kind.DOCUMENT and field.subject != CustomField.Subject.APPLICATION:
        words = _("Documents are asked for on applications.")
        found.append(Reason("invalid", words, pointer="kind"))
    return found


def _limit_defects(field: CustomField) -> list[Reason]:
    found = []
    for name in ("minimum", "maximum"):
        limit = getattr(field, name)
        if not limit:
            continue
        if field.kind in MOST_TEXT and name == "maximum":
            fits = limit.isdigit() and int(limit) > 0
        else:
            try:
                fits = _order(field, limit) is not None
            except (_Wrong, InvalidOperation):
                fits = False
        if not fits:
            words = _("This is no limit of a field of this kind.")
            found.append(Reason("invalid", words, pointer=name))
    if found or not (field.minimum and field.maximum):
        return found
    if _order(field, field.minimum) > _order(field, field.maximum):
        found.append(Reason("invalid", _("At most is less than at least."), pointer="maximum"))
    return found


def applying(fields: Iterable[CustomField], types: Collection[str]) -> list[CustomField]:
    """Those that are asked of a partner (or applicant) of these types."""
    held = set(types)
    return [f for f in fields if not f.partner_types or held.intersection(f.partner_types)]


# Many values ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Taken:
    """What came of values that were given: all values, what changed, what is wrong."""

    values: dict[str, Value]
    changes: dict[str, list[Value]]
    problems: tuple[Reason, ...] = ()


def taken(
    fields: Iterable[CustomField],
    before: Mapping[str, Value],
    given: Mapping[str, Any],
    *,
    complete: bool = False,
) -> Taken:
    """``given`` read over ``before``; what is left out stays. ``complete``: nothing required may be
    missing after it. ``changes`` are ``{"custom.code": [old, new]}``."""
    known = {field.code: field for field in fields}
    values, changed, problems = dict(before), {}, []
    for code in given:
        if code not in known:
            words = _("There is no field “%(code)s” to fill in here.") % {"code": str(code)[:60]}
            fix = _("Known: %(codes)s.") % {"codes": ", ".join(known) or "–"}
            problems.append(Reason("unknown_field", words, fix=fix, pointer=f"custom.{code}"))
    for code, field in known.items():
        if code not in given:
            if complete and field.required and code not in before:
                problems.append(_problem(field, read(field, None)))
            continue
        found = read(field, given[code])
        if found.problem:
            problems.append(_problem(field, found))
        elif found.value != before.get(code):
            changed[field.pointer] = [before.get(code), found.value]
            if found.value is None:
                values.pop(code, None)
            else:
                values[code] = found.value
    return Taken(values, changed, tuple(problems))


def _problem(field: CustomField, found: Read) -> Reason:
    return Reason("invalid_value", found.problem, pointer=field.pointer)


def missing(fields: Iterable[CustomField], values: Mapping[str, Value]) -> list[CustomField]:
    """Required fields without a value."""
    return [field for field in fields if field.required and field.code not in values]
