"""Which codes of the program are in use, and what becomes of those that a document takes out.

Apps above register what they keep under a section's codes. The plan shows it and publishing
refuses by it; both ask here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext_lazy

from programs.document import ProgramDocument
from programs.document.mapping import CodeMapping

Source = Callable[[dt.date], Mapping[str, int]]
"""A day of the vendor's -> per code how many rows of the scope are in use on it or later. Levels
are named ``type.level``."""

SECTIONS = tuple(CodeMapping.model_fields)
LOST_WITHOUT = frozenset({"products", "families", "types", "levels"})
"""Sections whose codes cannot go without a successor while they are in use: seats would run
without a gate, protection would be of nothing, partners would stand nowhere."""

_NOUNS = {
    "types": gettext_lazy("partner type"),
    "levels": gettext_lazy("level"),
    "tracks": gettext_lazy("track"),
    "products": gettext_lazy("product"),
    "families": gettext_lazy("product family"),
    "metrics": gettext_lazy("metric"),
    "attestations": gettext_lazy("attestation"),
    "addenda": gettext_lazy("addendum"),
    "benefits": gettext_lazy("benefit"),
}
_USES = {
    "types": ngettext_lazy("%d partner", "%d partners"),
    "levels": ngettext_lazy("%d partner", "%d partners"),
    "tracks": ngettext_lazy("%d certificate", "%d certificates"),
    "products": ngettext_lazy("%d deployment", "%d deployments"),
    "families": ngettext_lazy("%d protection", "%d protections"),
    "metrics": ngettext_lazy("%d figure", "%d figures"),
    "attestations": ngettext_lazy("%d statement", "%d statements"),
    "addenda": ngettext_lazy("%d agreement", "%d agreements"),
    "benefits": ngettext_lazy("%d benefit held", "%d benefits held"),
}
_sources: dict[str, dict[str, Source]] = {section: {} for section in SECTIONS}


def register_usage(section: str, source: Source) -> None:
    """Count what is kept under the codes of a section; several sources of one are added up."""
    _sources[section][f"{source.__module__}.{source.__qualname__}"] = source


def in_use(section: str, on: dt.date) -> Counter[str]:
    """How many rows are in use under each code of a section."""
    found: Counter[str] = Counter()
    for source in _sources[section].values():
        found.update(source(on))
    return found


@dataclass(frozen=True)
class Retired:
    """A code in use that a document no longer has; ``successor`` is what stands for it."""

    section: str
    code: str
    title: str
    count: int
    successor: str | None
    next_title: str = ""
    waived: bool = False
    """The mapping says null: it went without a successor."""

    @property
    def settled(self) -> bool:
        """Whether the document says what becomes of it."""
        return self.successor is not None or (self.waived and self.section not in LOST_WITHOUT)

    @property
    def use(self) -> str:
        """``12 certificates``."""
        return str(_USES[self.section] % self.count)

    @property
    def words(self) -> str:
        """What goes, what it is in use for, and what becomes of that."""
        values = {
            "noun": _NOUNS[self.section], "title": self.title, "use": self.use,
            "next": self.next_title,
        }  # fmt: skip
        if self.successor is not None:
            return _("The %(noun)s %(title)s (%(use)s) goes; %(next)s follows it") % values
        if self.settled:
            return _("The %(noun)s %(title)s (%(use)s) goes, and nothing follows it") % values
        return _("The %(noun)s %(title)s (%(use)s) goes: say what follows it") % values

    @property
    def remedy(self) -> str:
        """What to write into the document."""
        null = "" if self.section in LOST_WITHOUT else _(", or null where nobody loses by it")
        place = f"mapping: {{{self.section}: {{{self.code}: …}}}}"
        words = _("Write %(place)s with a code of this document%(null)s")
        return words % {"place": place, "null": null}


def retired(old: ProgramDocument, new: ProgramDocument, on: dt.date) -> list[Retired]:
    """The codes in use on the day or later that ``old`` knows, itself or as a former code, and
    ``new`` does not have. One query for each source."""
    found = []
    for section in SECTIONS:
        gone = [
            (code, count)
            for code, count in sorted(in_use(section, on).items())
            if count and heir(old, section, code) is not None and not _declared(new, section, code)
        ]
        for code, count in gone:
            to = heir(new, section, code)
            title, follows = _title(old, section, code), _title(new, section, to) if to else ""
            if title == follows:  # only the codes tell them apart
                title, follows = f"{title} ({code})", f"{follows} ({to})"
            found.append(
                Retired(
                    section,
                    code,
                    title,
                    count,
                    to,
                    follows,
                    getattr(new.mapping, section).get(code, "") is None,
                )
            )
    return found


def heir(document: ProgramDocument, section: str, code: str) -> str | None:
    """The code that stands for one in use; of a level also by the type that follows its type."""
    found = document.successor(section, code)
    if found is not None or section != "levels":
        return found
    for old, new in document.successors["types"].items():
        if code.startswith(f"{old}.") and new in document.types:
            moved = document.level_successor(new, code.removeprefix(f"{old}."))
            if moved is not None:
                return ".".join(moved)
    return None


def _declared(document: ProgramDocument, section: str, code: str) -> bool:
    return document.successor(section, code) == code


def _title(document: ProgramDocument, section: str, code: str) -> str:
    if section != "levels":
        return document.title_of(section, code)
    for kind, _axis, level, _level in document.levels():
        if f"{kind}.{level}" == code:
            return document.types[kind].level_title(level)
    return code
