"""An explained requirement as every page draws it: one view for levels, gates and what is coming.

Need and have, what is missing, the rows that counted, where a number comes from and of which day,
who supplies what is unknown, and what will be asked from a later day on.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.figures import amount_words, source_words
from partners.providers import currency_of
from programs.rules import Counted, Node
from programs.rules.evidence import Evidence, Row
from tenants.models import Person

GROUPS = frozenset({"all", "any", "at_least", "not", "by_country", "phased"})
"""Kinds whose numbers count requirements, not things."""
Address = Callable[[Node], str]
Names = Mapping[str, str]
YES_OR_NO = frozenset({"agreement", "addendum", "attestation", "held", "partner_for", "step"})
"""Kinds that are there or are not: nobody counts them."""
MOST_RECORDS = 20
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class RequirementView:
    """One requirement: what ``web/_requirement.html`` reads, and what stands behind it.

    ``basis`` are lines that say where a number comes from; ``more`` counts the records that are
    not shown; ``coming`` is what will be asked from ``coming_on`` on.
    """

    label: str
    met: bool | None
    have: str = ""
    need: str | None = None
    value: Any = 0
    total: Any = 0
    note: str = ""
    url: str = ""
    basis: tuple[str, ...] = ()
    records: tuple[dict[str, Any], ...] = ()
    more: int = 0
    children: tuple[RequirementView, ...] = ()
    coming: RequirementView | None = None
    coming_on: dt.date | None = None


def requirement_view(
    node: Node,
    names: Names | None = None,
    *,
    address: Address | None = None,
    label: Callable[[Node], str] | None = None,
) -> RequirementView:
    """One node with everything beneath it. ``names`` of people by their key, where the node was
    kept without; ``address`` leads to where something missing can be supplied."""
    numbers = node.need is not None and node.have is not None
    have, need = amounts_of(node)
    counted = [_record(row, names or {}, True) for row in node.counted]
    lapsed = [_record(row, names or {}, False) for row in node.lapsed]
    rows = [_dated(row, node.evidence) for row in node.evidence.counted] if node.evidence else []
    records = [*counted, *lapsed, *rows]
    open_ = node.truth is not True and not node.children
    return RequirementView(
        label=label(node) if label else label_of(node),
        met=node.truth,
        have=have,
        need=need,
        value=min(node.have, node.need) if numbers else 0,  # type: ignore[type-var]
        total=node.need if numbers and need and not _at_most(node) else 0,
        note=note_of(node),
        url=address(node) if address and open_ else "",
        basis=tuple(_basis(node.evidence)) if node.evidence else (),
        records=tuple(records[:MOST_RECORDS]),
        more=max(0, len(counted) + len(lapsed) + _rows(node.evidence) - MOST_RECORDS),
        children=tuple(
            requirement_view(child, names, address=address, label=label) for child in node.children
        ),
        coming=requirement_view(node.coming, names, address=address, label=label)
        if node.coming
        else None,
        coming_on=node.coming_on,
    )


def amounts_of(node: Node) -> tuple[str, str | None]:
    """What there is and what is asked, as people write them: "1,394" and "1,500 seats", "91" and
    "88 %", "$93,000" and "$90,000"; a dash for what is unknown, None where nothing is asked or
    counted."""
    if node.kind in YES_OR_NO:
        return "–" if node.truth is None else _("yes") if node.truth else _("no"), None
    if node.need is None:
        return ("" if node.have is None else _amount(node.have, node.unit)), None
    each = node.unit if currency_of(node.unit) else ""
    return "–" if node.have is None else _amount(node.have, each), _amount(node.need, node.unit)


def _amount(number: int | Decimal, unit: str) -> str:
    if unit == "people" and number == 1:
        return _("1 person")
    return amount_words(Decimal(number), unit)


def label_of(node: Node) -> str:
    """The requirement's words; of a list of alternatives only that it is one."""
    return _("One of these") if node.kind == "any" and " | " in node.words else node.words


def note_of(node: Node) -> str:
    """What is missing, why it is unknown, or until when it holds. A group leaves the first two to
    what is inside it."""
    inside = node.kind in GROUPS and bool(node.children)
    parts = [node.missing] if node.missing and not inside else []
    if node.unknown and not inside:
        parts += [str(reason) for reason in node.unknown]
    if node.truth and node.until:
        day = date_format(node.until, "j M Y")
        parts.append(_("Holds until %(day)s if nobody acts.") % {"day": day})
    return " ".join(sentence(part) for part in parts)


def sentence(text: str) -> str:
    """With a capital first letter, a full stop, and days as people write them."""
    text = _DAY.sub(lambda day: date_format(dt.date.fromisoformat(day[0]), "j M Y"), text)
    text = capfirst(text)
    return text if text.endswith((".", "!", "?")) else f"{text}."


def _at_most(node: Node) -> bool:
    """Of an upper bound there is nothing to fill up."""
    return node.kind == "metric" and bool(
        node.need is not None
        and node.have is not None
        and (node.have > node.need) == (node.truth is False)
        and node.have != node.need
    )


def name_of(row: Counted, names: Names) -> str:
    """Who or what counts, in words; of people whom the reader may not see only that it is one."""
    named = names.get(row.key) or row.name
    person = row.key.startswith(f"{Person.prefix}_")
    return named or (_("A colleague in your group") if person else row.key)


def _record(row: Counted, names: Names, counts: bool) -> dict[str, Any]:
    return {
        "name": name_of(row, names),
        "track": row.track,
        "number": row.number,
        "until": row.until,
        "counts": counts,
    }


def _dated(row: Row, found: Evidence) -> dict[str, Any]:
    """A dated row that a computed metric counted."""
    words = [date_format(row.on, "j M Y")]
    if row.value is not None:
        words.append(amount_words(row.value, row.currency or found.unit))
    words += [part for part in (row.words, source_words(row.source) if row.source else "") if part]
    return {"name": " · ".join(words), "number": "", "until": row.until, "counts": True}


def _rows(found: Evidence | None) -> int:
    return (found.rows or 0) if found else 0


def _basis(found: Evidence) -> list[str]:
    """Where a number comes from: the source and its day, the rows of a window, the inputs."""
    lines = []
    if found.rows is not None:
        rows = ngettext("%(n)s row", "%(n)s rows", found.rows) % {"n": f"{found.rows:,}"}
        if found.since and found.through:
            rows = _("%(rows)s from %(since)s to %(day)s") % {
                "rows": rows,
                "since": date_format(found.since, "j M Y"),
                "day": date_format(found.through, "j M Y"),
            }
        lines.append(sentence(_("Counted: %(rows)s") % {"rows": rows}))
    if found.source and not found.inputs:
        words = {"source": source_words(found.source)}
        if found.value is None and found.as_of is None:
            lines.append(_("Supplied by: %(source)s.") % words)
        elif found.as_of is not None:
            words["day"] = date_format(found.as_of, "j M Y")
            lines.append(_("From: %(source)s, as of %(day)s.") % words)
        else:
            lines.append(_("From: %(source)s.") % words)
    for inner in found.inputs:
        value = _("unknown") if inner.value is None else amount_words(_plain(inner), inner.unit)
        lines.append(f"{inner.title}: {value}. " + " ".join(_basis(inner)))
    return [line.strip() for line in lines]


def _plain(found: Evidence) -> Decimal:
    return found.value if found.value is not None else Decimal(0)
