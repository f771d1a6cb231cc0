"""Programs that ship: two demo vendors, published programs encoded from their sources, and
templates with which a new vendor begins."""

from datetime import date
from pathlib import Path
from typing import Any

from programs.document import ProgramDocument, load
from programs.document.reading import read_yaml
from programs.rules import Facts, facts_from

DEMO_REFERENCE_DAY = date(
    2026, 11, 23
)  # the day for which the demo programs' release days are true

_FOLDER = Path(__file__).parent
_PARTNERS = _FOLDER / "partners"
_STORIES = _FOLDER / "stories"
_TEMPLATES = _FOLDER / "templates"


def names() -> list[str]:
    """The codes of the programs that ship."""
    return sorted(path.stem for path in _FOLDER.glob("*.yaml"))


def text_of(name: str) -> str:
    """The YAML of a program that ships; KeyError if there is none of this name."""
    if name not in names():
        raise KeyError(f"no program {name!r}; there are {', '.join(names())}")
    return (_FOLDER / f"{name}.yaml").read_text(encoding="utf-8")


def program(name: str) -> ProgramDocument:
    """A program that ships, read and checked."""
    return load(text_of(name))


def templates() -> list[str]:
    """The codes of the templates, each for one kind of partner."""
    return sorted(path.stem for path in _TEMPLATES.glob("*.yaml"))


def template(name: str) -> ProgramDocument:
    """A template, read and checked; KeyError if there is none of this name."""
    if name not in templates():
        raise KeyError(f"no template {name!r}; there are {', '.join(templates())}")
    return load((_TEMPLATES / f"{name}.yaml").read_text(encoding="utf-8"))


def partner(name: str) -> Facts:
    """The facts of a fixture partner."""
    return facts_from(read_yaml((_PARTNERS / f"{name}.yaml").read_text(encoding="utf-8")).value)


def expected() -> dict[str, dict[str, Any]]:
    """What every fixture partner evaluates to: program, type, day, tier met, outcome per tier."""
    values: dict[str, dict[str, Any]] = read_yaml((_PARTNERS / "expected.yaml").read_text()).value
    return values


def stories(name: str) -> list[dict[str, Any]]:
    """Partners of a program through reviews in a row, each with what every review must say."""
    text = (_STORIES / f"{name}.yaml").read_text(encoding="utf-8")
    values: dict[str, list[dict[str, Any]]] = read_yaml(text).value
    return values["stories"]


def with_stories() -> list[str]:
    """The codes of the programs that have stories."""
    return sorted(path.stem for path in _STORIES.glob("*.yaml"))
