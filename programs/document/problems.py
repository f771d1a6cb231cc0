"""From pydantic's errors to problems with the document's own path, its line and a remedy."""

from difflib import get_close_matches
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from programs.document.reading import MAX_PROBLEMS, Path, Source, path_text
from programs.errors import Problem
from programs.fields import Base
from programs.rules.trees import PRIMITIVES

_REMEDIES = {
    "day": "Write a day as YYYY-MM-DD",
    "number": "Write a plain number",
    "text": "Remove it",
    "missing_key": "Add it",
    "code": "A code has small letters, digits, dots, hyphens and underscores, at most 60",
    "requirement": "For example {people: {track: endpoint-deploy, at_least: 2}}",
}


_SENTENCES = {
    "string_type": "expected a text here",
    "tuple_type": "expected a list here",
    "list_type": "expected a list here",
    "string_too_short": "expected a text here, not nothing",
    "string_too_long": "the text is longer than {max_length} characters",
    "too_short": "expected a list with something in it",
    "greater_than_equal": "expected at least {ge}",
    "less_than_equal": "expected at most {le}",
    "bool_type": "expected true or false, a number, a text or a list of texts",
    "finite_number": "expected a finite number",
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
        return "unknown_key", f"unknown key {last[0]!r}"
    if kind == "missing":
        return "missing_key", f"{last[0]} is missing"
    if kind.startswith("union_tag"):
        return "requirement", _requirement_message(value)
    if kind == "string_pattern_mismatch":
        return "code", f"{value!r} is not a valid code"
    if kind in _SENTENCES:
        return "value", _SENTENCES[kind].format(**details.get("ctx", {}))
    if kind == "literal_error":
        return "choice", f"{value!r} is not {details['ctx']['expected']}"
    if kind in ("int_type", "int_parsing", "int_from_float"):
        return "number", f"{value!r} is not a whole number"
    if kind in ("model_type", "dict_type", "model_attributes_type"):
        return "mapping", "expected keys and values here"
    if kind == "value_error":
        return "value", str(details["ctx"]["error"])
    return kind, details["msg"]


def _requirement_message(value: Any) -> str:
    named = [key for key in PRIMITIVES if isinstance(value, dict) and key in value]
    if len(named) > 1:
        return f"one requirement has one of these keys, not {' and '.join(named)}"
    if isinstance(value, dict) and value:
        return f"{', '.join(map(str, value))}: not a requirement; use {', '.join(PRIMITIVES)}"
    return f"expected a requirement: {', '.join(PRIMITIVES)}"


def _remedy(code: str, details: ErrorDetails) -> str:
    if code == "unknown_key":
        close = get_close_matches(str(details["loc"][-1]), sorted(_all_keys()), n=1, cutoff=0.7)
        return f"Did you mean {close[0]!r}?" if close else "Remove it or see the JSON Schema"
    return _REMEDIES.get(code, "")


def _all_keys() -> set[str]:
    """Every key that a document may have anywhere."""
    keys: set[str] = set()
    pending: list[type[BaseModel]] = [Base]
    while pending:
        model = pending.pop()
        keys |= {field.alias or name for name, field in model.model_fields.items()}
        pending += model.__subclasses__()
    return keys
