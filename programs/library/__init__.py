"""Programs that ship: two demo vendors and published programs encoded from their sources."""

from datetime import date
from pathlib import Path

from programs.document import ProgramDocument, load

DEMO_REFERENCE_DAY = date(2026, 11, 23)  # the day for which the demo programs' release days are true

_FOLDER = Path(__file__).parent


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
