"""Checks the log against its seals, in SQL, for one vendor or all; and writes and reads anchors.

What it finds by itself: an event altered after sealing, one removed, one slipped in among sealed
ones, a seal altered, removed or renumbered, a personal part that was rewritten. What no check
inside one database can know: that the newest events *and* their seals were cut off together, or
that the whole chain was computed anew. Against that the newest link of each vendor is anchored
outside (``manage.py audit export``, and daily by the sealer), and ``verify`` compares. Nor can it
know whether what was written was true, or find changes to events that are not sealed yet.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

# Each check: its name, what it means, and a query for (vendor, event id or position, kind).
# ``%(vendor)s`` is an id or null for all.
_OF = "(%(vendor)s::bigint IS NULL OR x.vendor_id = %(vendor)s::bigint)"
CHECKS: dict[str, tuple[str, str]] = {
    "altered": (
        "event differs from what was sealed",
        "SELECT x.vendor_id, x.event, e.kind FROM tenants_seal x "
        "JOIN tenants_event e ON e.id = x.event WHERE " + _OF + " AND ("
        "event_digest(e) IS DISTINCT FROM x.digest OR e.digest IS DISTINCT FROM x.digest "
        "OR e.vendor_id <> x.vendor_id)",
    ),
    "removed": (
        "sealed event is gone",
        "SELECT x.vendor_id, x.event, '' FROM tenants_seal x WHERE " + _OF + " AND NOT EXISTS "
        "(SELECT 1 FROM tenants_event e WHERE e.id = x.event)",
    ),
    "inserted": (
        "event without a seal among sealed ones",
        "SELECT x.vendor_id, x.id, x.kind FROM tenants_event x WHERE " + _OF + " AND "
        "x.txid < (SELECT horizon FROM tenants_seal ORDER BY id DESC LIMIT 1) "
        "AND NOT EXISTS (SELECT 1 FROM tenants_seal s WHERE s.event = x.id)",
    ),
    "unsound": (
        "event does not match its own digest",
        "SELECT x.vendor_id, x.id, x.kind FROM tenants_event x WHERE " + _OF + " AND "
        "event_digest(x) IS DISTINCT FROM x.digest "
        "AND NOT EXISTS (SELECT 1 FROM tenants_seal s WHERE s.event = x.id)",
    ),
    "link": (
        "seal does not follow from the one before it",
        "SELECT x.vendor_id, x.event, 'position ' || x.position FROM ("
        "SELECT vendor_id, event, position, chain, "
        "sha256(coalesce(lag(chain) OVER w, ''::bytea) || digest) AS wanted, "
        "coalesce(lag(position) OVER w, 0) + 1 AS place "
        "FROM tenants_seal WINDOW w AS (PARTITION BY vendor_id ORDER BY position)) x "
        "WHERE " + _OF + " AND (x.chain IS DISTINCT FROM x.wanted OR x.position <> x.place)",
    ),
    "private": (
        "personal part differs from what was recorded",
        "SELECT x.vendor_id, x.event, coalesce(e.kind, '') FROM tenants_eventprivate x "
        "LEFT JOIN tenants_event e ON e.id = x.event WHERE " + _OF + " AND "
        "sha256(x.salt || convert_to(x.payload::text, 'UTF8')) IS DISTINCT FROM e.private_digest",
    ),
}


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong: which check, whose, which event, and words for the report."""

    check: str
    vendor_id: int
    event: int
    words: str


@dataclass(frozen=True)
class Anchor:
    """A vendor's newest link, as it is kept outside the database."""

    vendor_id: int
    position: int
    event: int
    chain: str
    sealed_at: str


@dataclass(frozen=True)
class Report:
    findings: tuple[Finding, ...]
    sealed: int
    waiting: int
    erased: int
    anchors: int


def verify(vendor_id: int | None = None, anchors: Iterable[Anchor] = ()) -> Report:
    """Recompute every digest and link of a vendor, or of all; compare with the anchors given."""
    held = [a for a in anchors if vendor_id is None or a.vendor_id == vendor_id]
    found: list[Finding] = []
    with connections["ops"].cursor() as cursor:
        for name, (words, query) in CHECKS.items():
            cursor.execute(query, {"vendor": vendor_id})
            for vendor, event, more in cursor.fetchall():
                found.append(Finding(name, vendor, event, f"{words}: {more}" if more else words))
        found += _against(cursor, held)
        sealed, waiting, erased = _counts(cursor, vendor_id)
    found.sort(key=lambda f: (f.vendor_id, f.event, f.check))
    return Report(tuple(found), sealed, waiting, erased, len(held))


def _against(cursor: Any, anchors: list[Anchor]) -> list[Finding]:
    """The database must still hold each anchored link, unchanged, at its place."""
    found = []
    for anchor in anchors:
        cursor.execute(
            "SELECT encode(chain, 'hex') FROM tenants_seal WHERE vendor_id = %s AND position = %s",
            [anchor.vendor_id, anchor.position],
        )
        row = cursor.fetchone()
        if row is None:
            words = f"the log ends before position {anchor.position}, anchored {anchor.sealed_at}"
            found.append(Finding("cut", anchor.vendor_id, anchor.event, words))
        elif row[0] != anchor.chain:
            words = f"position {anchor.position} is not the link anchored {anchor.sealed_at}"
            found.append(Finding("rewritten", anchor.vendor_id, anchor.event, words))
    return found


def _counts(cursor: Any, vendor_id: int | None) -> tuple[int, int, int]:
    cursor.execute(
        "SELECT count(s.event), count(*) - count(s.event), "
        "count(*) FILTER (WHERE x.private_digest IS NOT NULL AND p.event IS NULL) "
        "FROM tenants_event x LEFT JOIN tenants_seal s ON s.event = x.id "
        "LEFT JOIN tenants_eventprivate p ON p.event = x.id WHERE " + _OF,
        {"vendor": vendor_id},
    )
    sealed, waiting, erased = cursor.fetchone()
    return int(sealed), int(waiting), int(erased)


def newest_anchors(vendor_id: int | None = None) -> list[Anchor]:
    """The newest link of each vendor that has any."""
    with connections["ops"].cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (x.vendor_id) x.vendor_id, x.position, x.event, "
            "encode(x.chain, 'hex'), x.sealed_at FROM tenants_seal x WHERE "
            + _OF
            + " ORDER BY x.vendor_id, x.position DESC",
            {"vendor": vendor_id},
        )
        return [
            Anchor(vendor, position, event, chain, sealed_at.isoformat())
            for vendor, position, event, chain, sealed_at in cursor.fetchall()
        ]


def anchor_file() -> Path:
    """Where anchors are kept by default; copy it away from this machine."""
    return Path(settings.MAINSTAY_HOME) / "anchors.jsonl"


def write_anchors(anchors: Iterable[Anchor], file: Path) -> int:
    """Append to the file, one JSON line each; returns how many."""
    lines = [json.dumps(asdict(anchor), sort_keys=True) for anchor in anchors]
    if lines:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("a", encoding="utf-8") as out:
            out.write("\n".join(lines) + "\n")
    return len(lines)


def read_anchors(file: Path) -> list[Anchor]:
    """The anchors of a file; ``ValueError`` names the line that is none."""
    held = []
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        try:
            held.append(Anchor(**json.loads(line)))
        except (ValueError, TypeError) as wrong:
            raise ValueError(f"{file}, line {number}: this is no anchor ({wrong}).") from wrong
    return held


def anchor_daily(at: dt.datetime) -> int:
    """Append the newest links unless the file holds some of the last day before ``at``."""
    file = anchor_file()
    held = read_anchors(file) if file.exists() else []
    newest = max((dt.datetime.fromisoformat(a.sealed_at) for a in held), default=None)
    if newest is not None and at - newest < dt.timedelta(days=1):
        return 0
    return write_anchors(newest_anchors(), file)
