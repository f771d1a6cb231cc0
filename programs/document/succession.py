"""What the document says of codes that went: each leads from one that is gone to one that is."""

from django.utils.translation import gettext as _

from programs.document.mapping import CodeMapping
from programs.document.models import (
    NOUNS,
    ProgramDocument,
    known_words,
    level_path,
    unknown_code,
)
from programs.errors import Problem
from programs.rules.base import Path, Problems


def successions(document: ProgramDocument) -> Problems:
    """Mappings and `was` of codes that still stand, or that lead nowhere."""
    problems: Problems = []
    for section in CodeMapping.model_fields:
        mapped: dict[str, str | None] = getattr(document.mapping, section)
        declared = _declared(document, section)
        for old, new in mapped.items():
            path: Path = ("mapping", section, old)
            if old in declared:
                problems.append(_still_there(section, old, path))
            if new is not None and new not in declared:
                said = {"noun": NOUNS[section], "code": repr(new)}
                message = _("there is no %(noun)s %(code)s") % said
                problem = Problem(unknown_code(section), "", message, remedy=known_words(declared))
                problems.append((path, problem))
        for code, entry in _entries(document, section):
            if (was := getattr(entry, "was", None)) and was in declared:
                problems.append(_still_there(section, was, (section, code, "was")))
    for type_code, axis, code, level in document.levels():
        if level.was and document.types[type_code].axis_of(level.was):
            path = (*level_path(type_code, axis, code), "was")
            problems.append(_still_there("levels", level.was, path))
    return problems


def _entries(document: ProgramDocument, section: str) -> list[tuple[str, object]]:
    return [] if section == "levels" else list(getattr(document, section).items())


def _declared(document: ProgramDocument, section: str) -> set[str]:
    if section == "levels":
        return {f"{kind}.{code}" for kind, _, code, _ in document.levels()}
    return set(getattr(document, section))


def _still_there(section: str, code: str, path: Path) -> tuple[Path, Problem]:
    said = {"noun": NOUNS[section], "code": repr(code)}
    message = _("the %(noun)s %(code)s is still declared") % said
    return path, Problem("still_declared", "", message, remedy=_("Remove it, or remove this"))
