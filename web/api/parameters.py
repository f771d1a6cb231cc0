"""The query parameters every list takes, read strictly: an unknown or broken one is a 400."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from django.http import QueryDict

from web.api.problems import wrong_parameter, wrong_parameters

DEFAULT_LIMIT, MAX_LIMIT = 50, 100
LIST_NAMES = frozenset({"limit", "cursor", "sort", "fields", "expand", "include", "updated_since"})
ITEM_NAMES = frozenset({"fields", "expand"})


@dataclass(frozen=True)
class Allowed:
    """What one resource declares; everything else is refused."""

    fields: Collection[str]
    expand: Collection[str]
    sorts: Collection[str]
    filters: Collection[str]
    synced: bool
    open_prefix: str = ""
    """Names that begin so are filters as well, which the filter set checks itself."""

    def filters_in(self, given: Mapping[str, object]) -> list[str]:
        """The filters among the parameters."""
        opened = self.open_prefix
        return [n for n in given if n in self.filters or (opened and n.startswith(opened))]


@dataclass(frozen=True)
class Asked:
    """What one request wants. ``shape`` of it decides the statement; the cursor only its values."""

    limit: int = DEFAULT_LIMIT
    cursor: str = ""
    sort: str = ""
    fields: tuple[str, ...] = ()
    expand: tuple[str, ...] = ()
    total: bool = False
    updated_since: dt.datetime | None = None
    filtered: bool = False


NOTHING_ASKED = Asked()


def read_list(given: QueryDict, allowed: Allowed) -> Asked:
    """The parameters of a list; ``Problem`` 400 naming each unknown or broken one."""
    if not given:
        return NOTHING_ASKED
    filters = allowed.filters_in(given)
    refuse_unknown(given, LIST_NAMES.union(filters))
    refuse_repeated(given)
    for name in filters:
        if given.get(name) == "":
            # A page's form sends empty fields; from a program it is a mistake, not "no filter".
            raise wrong_parameter(name, "invalid", f"{name} is empty: leave it out.")
    sort = given.get("sort", "")
    if "sort" in given and sort.removeprefix("-") not in allowed.sorts:
        raise wrong_parameter("sort", "invalid", f"sort is one of {_words(allowed.sorts)}.")
    if given.get("include", "total") != "total":
        raise wrong_parameter("include", "invalid", "include knows only total.")
    return Asked(
        limit=_limit(given),
        cursor=given.get("cursor", ""),
        sort=sort,
        fields=_names(given, "fields", allowed.fields),
        expand=_names(given, "expand", allowed.expand),
        total="include" in given,
        updated_since=_since(given, allowed.synced),
        filtered=bool(filters),
    )


def read_item(given: QueryDict, allowed: Allowed) -> Asked:
    """The parameters of an item: which fields, what expanded."""
    if not given:
        return NOTHING_ASKED
    refuse_unknown(given, ITEM_NAMES)
    refuse_repeated(given)
    return Asked(
        fields=_names(given, "fields", allowed.fields),
        expand=_names(given, "expand", allowed.expand),
    )


def refuse_unknown(given: Mapping[str, object], known: Collection[str]) -> None:
    """400 that names every parameter nobody asked for: ignoring it would hide a typo."""
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise wrong_parameters(
            [
                {
                    "pointer": f"?{name}",
                    "code": "unknown_parameter",
                    "detail": f"“{name[:60]}” is not a parameter here.",
                }
                for name in unknown
            ]
        )


def refuse_repeated(given: QueryDict) -> None:
    """400 for a parameter given twice: one of the two would be lost."""
    for name, values in given.lists():
        if len(values) > 1:
            raise wrong_parameter(name, "invalid", f"{name} is given more than once.")


def _limit(given: QueryDict) -> int:
    text = given.get("limit")
    if text is None:
        return DEFAULT_LIMIT
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= MAX_LIMIT):
        raise wrong_parameter("limit", "invalid", f"limit is a number from 1 to {MAX_LIMIT}.")
    return int(text)


def _names(given: QueryDict, name: str, known: Collection[str]) -> tuple[str, ...]:
    text = given.get(name)
    if text is None:
        return ()
    asked = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    wrong = [part for part in asked if part not in known]
    if wrong:
        raise wrong_parameter(name, "invalid", f"{name} may name {_words(known)}.")
    return asked


def _since(given: QueryDict, synced: bool) -> dt.datetime | None:
    text = given.get("updated_since")
    if text is None:
        return None
    if not synced:
        raise wrong_parameter("updated_since", "unknown_parameter", "This list has no such filter.")
    try:
        at = dt.datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError:
        at = None
    if at is None or at.tzinfo is None:
        words = "updated_since is an instant with its zone, like 2026-11-23T08:00:00Z."
        raise wrong_parameter("updated_since", "invalid", words)
    try:
        return at.astimezone(dt.UTC)
    except OverflowError:
        raise wrong_parameter("updated_since", "invalid", "The instant is out of range.") from None


def _words(known: Collection[str]) -> str:
    return ", ".join(sorted(known)) or "nothing here"
