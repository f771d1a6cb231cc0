"""The program's codes as words."""

from __future__ import annotations

from functools import cache
from importlib import resources

from programs.document import ProgramDocument
from web.codes import words_of


def words_of_all(codes: list[str] | tuple[str, ...]) -> str:
    """Codes as a list in words: "Clinical, OT"."""
    return ", ".join(words_of(code) for code in codes)


def quantity_words(count: int, unit: str) -> str:
    """How many of a product run, in its unit: "1 seat", "1,274 seats", "60 workloads"."""
    return f"{count:,} {unit_words(unit, count)}"


def unit_of(document: ProgramDocument, product: str) -> str:
    """What the product is counted in; "seat" for one that the program no longer names."""
    found = document.products.get(product)
    return found.unit if found else "seat"


def unit_words(unit: str, count: int) -> str:
    """The unit in the number's grammar: "seat", "seats"."""
    return unit if count == 1 else f"{unit}s"


def paper_title(document: ProgramDocument | None, kind: str) -> str:
    """What an agreement of this kind is called: an addendum by its title in the program."""
    known = document is not None and kind in document.addenda
    return document.title_of("addenda", kind) if document and known else words_of(kind)


def country_name(code: str) -> str:
    """A country by its name: ``GB`` is "United Kingdom"; a code that nobody has stays one."""
    return _countries().get(code.upper(), code)


def country_choices() -> list[tuple[str, str]]:
    """``(code, name)`` of every country, by name."""
    return sorted(_countries().items(), key=lambda one: one[1])


@cache
def _countries() -> dict[str, str]:
    """Names by ISO 3166 code, as the time zone database lists them for people to choose from."""
    text = resources.files("tzdata").joinpath("zoneinfo/iso3166.tab").read_text("utf-8")
    rows = (line.split("\t", 1) for line in text.splitlines() if line and line[0] != "#")
    return dict(rows) | {"GB": "United Kingdom"}
