"""What the two trials show, as values ready for their templates. Read-only."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from programs.rules import Node
from programs.trial import NOBODY, AxisForAll, AxisTried, Counts

MOVERS_SHOWN = 200

_drawing: list[Callable[[Node], Any]] = []


def register_drawing(draw: Callable[[Node], Any]) -> None:
    """Say how an explained requirement becomes what ``web/_requirement_tree.html`` draws; the app
    that knows people and figures does."""
    _drawing[:] = [draw]


def drawn(node: Node) -> list[Any]:
    """What a tree asks as partners see it in the portal: of a root that asks all, each part."""
    (draw,) = _drawing
    parts = node.children if node.kind == "all" and node.children else (node,)
    return [draw(one) for one in parts]


def axis(tried: AxisTried) -> dict[str, Any]:
    """One axis for one partner; of its levels the nearest one that it misses is open."""
    missed = [one.code for one in tried.levels if one.entry.truth is not True]
    return {
        "enrolled": tried.enrolled,
        "title": f"{tried.type_title}: {tried.axis_title}",
        "met": tried.met or _("no level"),
        "levels": [
            {
                "title": one.title,
                "open": missed[:1] == [one.code],
                "entry": one.entry,
                "asks": drawn(one.entry),
                "keeps": drawn(one.retain) if one.retain else [],
            }
            for one in reversed(tried.levels)
        ],
    }


def for_all(tried: AxisForAll, address: Callable[[int], str]) -> dict[str, Any]:
    """One axis for all partners: a table of counts, the matrix, who moves."""
    return {
        "title": f"{tried.type_title}: {tried.axis_title}",
        "enrolled": tried.enrolled,
        "partners": tried.partners,
        "levels": [_level(code, title, tried) for code, title in reversed(tried.levels)],
        "matrix": _matrix(tried),
        "movers": [
            {"name": one.name, "url": address(one.partner_id), "up": one.up,
             "before": one.before or _("no level"), "after": one.after or _("no level")}
            for one in tried.movers[:MOVERS_SHOWN]
        ],
        "count": len(tried.movers),
    }  # fmt: skip


def _level(code: str, title: str, tried: AxisForAll) -> dict[str, Any]:
    now: Counts = tried.after[code]
    was = tried.before.get(code)
    shift = now.passed - was.passed if was and tried.enrolled else 0
    return {"title": title, "now": now, "was": was if tried.enrolled else None, "shift": shift}


def _matrix(tried: AxisForAll) -> dict[str, Any] | None:
    """Rows are the levels met before, columns those met after; None without a before."""
    if not tried.matrix:
        return None
    none = (NOBODY, _("no level"))
    columns = [none, *tried.levels]
    rows = []
    for code, title in [none, *tried.old_levels]:
        cells = []
        for other, _name in columns:
            number = tried.matrix[code, other]
            cells.append({"number": number, "same": code == other})
        rows.append({"title": title, "cells": cells})
    return {"columns": [title for _code, title in columns], "rows": rows}
