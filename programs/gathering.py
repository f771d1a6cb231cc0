"""The facts that requirement trees see, assembled for a set of partners: their one home.

Apps above register what they know; the gate, the level page, the plan and replay all ask here, so
no two of them can ever judge a partner by different facts. The number of queries depends on the
number of sources, never on the number of partners.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from django.apps import apps

from programs.rules import Facts

Kind = Literal["people", "metrics", "attestations", "agreements", "held"]
KINDS: tuple[Kind, ...] = ("people", "metrics", "attestations", "agreements", "held")
Source = Callable[[Collection[int], dt.date], Mapping[int, Any]]
"""(partner ids, day) -> per partner id: for ``people`` a tuple of ``Person``; for the others a
mapping of code to ``MetricValue``, or to a tuple of ``Period`` / ``Held``."""


@dataclass(frozen=True)
class _Registered:
    source: Source
    precedence: int
    name: str


_sources: dict[Kind, list[_Registered]] = {kind: [] for kind in KINDS}
_active_partners: list[Callable[[dt.date], Mapping[int, str]]] = []


def register_source(kind: Kind, source: Source, *, precedence: int = 0) -> None:
    """Add a source of facts. Where two know the same code, the higher precedence wins: our own
    rows (10) before imported values (0)."""
    name = f"{source.__module__}.{source.__qualname__}"
    held = [entry for entry in _sources[kind] if entry.name != name]
    held.append(_Registered(source, precedence, name))
    _sources[kind] = sorted(held, key=lambda entry: entry.precedence)


def register_partners(names: Callable[[dt.date], Mapping[int, str]]) -> None:
    """Say which partners are active on a day: ``{partner id: name}`` within the scope."""
    _active_partners[:] = [names]


def active_partners(on: dt.date) -> Mapping[int, str]:
    """The names of the scope's active partners by id."""
    return _active_partners[0](on) if _active_partners else {}


def partner_refs(partner_ids: Collection[int]) -> dict[int, str]:
    """The public ids (``prt_…``) of these partners, as far as the scope sees them.

    Named by its label, as a foreign key would be: the model stands above this app.
    """
    model: Any = apps.get_model("partners.Partner")
    rows = model.objects.filter(pk__in=list(partner_ids)).only("pk", "public_id")
    return {row.pk: row.ref for row in rows}


def facts_of(
    partner_ids: Collection[int], on: dt.date, *, kinds: Collection[Kind] = KINDS
) -> dict[int, Facts]:
    """What is known of each partner on the day ``on`` (vendor's zone), limited to ``kinds``."""
    ids = sorted(set(partner_ids))
    parts: dict[int, dict[str, Any]] = {pk: {"partner": str(pk)} for pk in ids}
    for kind in KINDS:
        if kind not in kinds or not ids:
            continue
        for entry in _sources[kind]:
            for pk, found in entry.source(ids, on).items():
                _merge(parts[pk], kind, found)
    return {pk: Facts(**values) for pk, values in parts.items()}


def _merge(values: dict[str, Any], kind: Kind, found: Any) -> None:
    if kind == "people":
        values["people"] = (*values.get("people", ()), *found)
    else:
        values[kind] = {**values.get(kind, {}), **found}
