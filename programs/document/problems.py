"""From pydantic's errors to problems with the document's own path, its line and a remedy."""

import re
from difflib import get_close_matches
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from programs.document.reading import MAX_PROBLEMS, Path, Source, path_text
from programs.errors import Problem
from programs.fields import Base, and_words, or_words
from programs.rules.trees import PRIMITIVES

_REMEDIES = {
    "day": gettext_lazy("Write a day as YYYY-MM-DD"),
    "number": gettext_lazy("Write a plain number"),
    "time": gettext_lazy("Write a time as HH:MM"),
    "text": gettext_lazy("Remove it"),
    "missing_key": gettext_lazy("Add it"),
    "mapping": gettext_lazy("Write key: value, each on a line of its own below this one"),
    "code": gettext_lazy(
        "A code has small letters, digits, dots, hyphens and underscores, at most 60"
    ),
    "requirement": gettext_lazy("For example {people: {track: endpoint-deploy, at_least: 2}}"),
}
_QUOTED = re.compile(r"'([^']*)'")
_SENTENCES = {
    "string_type": gettext_lazy("expected a text here"),
    "tuple_type": gettext_lazy("expected a list here"),
    "list_type": gettext_lazy("expected a list here"),
    "string_too_short": gettext_lazy("expected a text here, not nothing"),
    "string_too_long": gettext_lazy("the text is longer than {max_length} characters"),
    "too_short": gettext_lazy("expected a list with something in it"),
    "greater_than_equal": gettext_lazy("expected at least {ge}"),
    "less_than_equal": gettext_lazy("expected at most {le}"),
    "bool_type": gettext_lazy("expected true or false, a number, a text or a list of texts"),
    "finite_number": gettext_lazy("expected a finite number"),
}


_SENTENCE_REMEDIES = {
    "string_type": gettext_lazy("Put it in quotes"),
    "tuple_type": gettext_lazy("Write it in brackets: [one, two]"),
    "list_type": gettext_lazy("Write it in brackets: [one, two]"),
    "string_too_short": gettext_lazy("Write something, or remove the key"),
    "string_too_long": gettext_lazy("Shorten it"),
    "too_short": gettext_lazy("Add something, or remove the key"),
    "greater_than_equal": gettext_lazy("Write a number in the range"),
    "less_than_equal": gettext_lazy("Write a number in the range"),
    "bool_type": gettext_lazy("Write one of these"),
    "finite_number": gettext_lazy("Write a plain number"),
}


def problems_of(error: ValidationError, source: Source) -> list[Problem]:
    """One problem per path, in the order of the document."""
    found: dict[Path, Problem] = {}
    for details in error.errors(include_url=False):
        code, message = _message(details)
        path = _real_path(details["loc"], source.value, details["type"] == "missing")
        remedy = _remedy(code, details)
        if path not in found:
            line = source.line_of(path)
            found[path] = Problem(code, path_text(path), message, line, remedy)
    return sorted(found.values(), key=lambda problem: problem.line or 0)[:MAX_PROBLEMS]


def located(found: list[tuple[Path, Problem]], source: Source) -> list[Problem]:
    """Problems of the checks, with the path as the text has it and its line."""
    problems = []
    for loc, problem in found[:MAX_PROBLEMS]:
        path = _real_path(loc, source.value, False)
        line = source.line_of(path)
        problems.append(
            Problem(problem.code, path_text(path), problem.message, line, problem.remedy)
        )
    return sorted(problems, key=lambda problem: problem.line or 0)


def _real_path(loc: Path, value: Any, missing: bool) -> Path:
    """Drop what the text does not have: union tags, wrapped shorthands, list places of a word."""
    path: list[str | int] = []
    for at, part in enumerate(loc):
        if _has(value, part):
            value = value[part]
        elif not (missing and at == len(loc) - 1):
            continue
        path.append(part)
    return tuple(path)


def _has(value: Any, part: str | int) -> bool:
    if isinstance(value, list):
        return isinstance(part, int) and part < len(value)
    return isinstance(value, dict) and part in value


def _message(details: ErrorDetails) -> tuple[str, str]:
    """The stable code and the sentence of one pydantic error."""
    kind, value, last = details["type"], details.get("input"), details["loc"][-1:]
    if kind == "extra_forbidden":
        return "unknown_key", _("unknown key %(name)s") % {"name": repr(last[0])}
    if kind == "missing":
        return "missing_key", _("%(name)s is missing") % {"name": last[0]}
    if kind.startswith("union_tag"):
        return "requirement", _requirement_message(value)
    if kind == "string_pattern_mismatch":
        return "code", _("%(value)s is not a valid code") % {"value": repr(value)}
    if kind in _SENTENCES:
        return "value", str(_SENTENCES[kind]).format(**details.get("ctx", {}))
    if kind == "literal_error":
        known = or_words(map(repr, _QUOTED.findall(details["ctx"]["expected"])))
        words = _("%(value)s is not %(expected)s")
        return "choice", words % {"value": repr(value), "expected": known}
    if kind in ("int_type", "int_parsing", "int_from_float"):
        return "number", _("%(value)s is not a whole number") % {"value": repr(value)}
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return "mapping", _("expected keys and values here")
    if kind == "value_error":
        return "value", str(details["ctx"]["error"])
    return kind, details["msg"]


def _requirement_message(value: Any) -> str:
    named = [key for key in PRIMITIVES if isinstance(value, dict) and key in value]
    if len(named) > 1:
        return _("one requirement has one of these keys, not %(listed)s") % {
            "listed": and_words(named)
        }
    if isinstance(value, dict) and value:
        return _("%(given)s: not a requirement; use %(known)s") % {
            "given": ", ".join(map(str, value)), "known": ", ".join(PRIMITIVES),
        }  # fmt: skip
    return _("expected a requirement: %(listed)s") % {"listed": ", ".join(PRIMITIVES)}


def _remedy(code: str, details: ErrorDetails) -> str:
    if code == "unknown_key":
        close = get_close_matches(str(details["loc"][-1]), sorted(_all_keys()), n=1, cutoff=0.7)
        return (
            _("Did you mean %(name)s?") % {"name": repr(close[0])}
            if close
            else _("Remove it or see the JSON Schema")
        )
    if code == "choice":
        return _nearest(details)
    return str(_REMEDIES.get(code) or _SENTENCE_REMEDIES.get(details["type"]) or "")


def _nearest(details: ErrorDetails) -> str:
    known = _QUOTED.findall(details["ctx"]["expected"])
    close = get_close_matches(str(details.get("input")), known, n=1, cutoff=0.6)
    if close:
        return _("Did you mean %(name)s?") % {"name": repr(close[0])}
    return _("Write one of these")


def _all_keys() -> set[str]:
    """Every key that a document may have anywhere."""
    keys: set[str] = set()
    pending: list[type[BaseModel]] = [Base]
    while pending:
        model = pending.pop()
        keys |= {field.alias or name for name, field in model.model_fields.items()}
        pending += model.__subclasses__()
    return keys
