"""The facts that requirement trees see, assembled for a set of partners: their one home.

Apps above register what they know; the gate, the level page, the plan and replay all ask here, so
no two of them can ever judge a partner by different facts. The number of queries depends on the
number of sources, never on the number of partners.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Iterable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, replace
from typing import Any, Literal

from django.apps import apps

from programs.compiled import program_or_none
from programs.rules import Facts, Member, MetricValue, Person
from programs.rules.facts import Relation
from programs.rules.periods import add_months
from programs.rules.succession import as_named_by, with_former
from tenants import scope

Kind = Literal[
    "people", "metrics", "attestations", "agreements", "held", "records", "agreed", "organisation",
    "onboarding",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "people", "metrics", "attestations", "agreements", "held", "records", "agreed", "organisation",
    "onboarding",
)  # fmt: skip
OF_FAMILY: tuple[Kind, ...] = ("people", "held", "records")
"""What the companies of a family add to the facts of each of them, under their member key."""

Source = Callable[[Collection[int], dt.date], Mapping[int, Any]]
"""(partner ids, day) -> per partner id: for ``people`` a tuple of ``Person``; for ``organisation``
an ``Organisation``; for the others a mapping of code to ``MetricValue`` (``metrics``), a number
(``agreed``), or a tuple of ``Period`` / ``Held`` / ``Record`` / ``Started`` (``onboarding``)."""

RecordSource = Callable[
    [Collection[int], dt.date, frozenset[str] | None], Mapping[int, Mapping[str, Any]]
]
"""(partner ids, day, codes or None for all) -> per partner id and code its ``Record``s up to the
day. The history of a metric's values stands under the metric's own code. A code left out is
unknown; a source that knows there are none gives an empty tuple."""


@dataclass(frozen=True, slots=True)
class Organisation:
    """Where a partner stands: its country (ISO, empty: not known), the day it joined, and the other
    companies of its family as (partner id, country, what it is to this partner)."""

    country: str = ""
    since: dt.date | None = None
    family: tuple[tuple[int, str, Relation], ...] = ()


@dataclass(frozen=True)
class Provider:
    """A registered source; ``fresh_months`` is how long its values count before others do."""

    source: Callable[..., Mapping[int, Any]]
    precedence: int
    name: str
    fresh_months: int | None = None


@dataclass(frozen=True, slots=True)
class Deployed:
    """Seats (or the product's own units) of one product that run under one combination of
    environment classes, at all of a partner's customers."""

    product: str
    environments: tuple[str, ...]
    seats: int


@dataclass(frozen=True, slots=True)
class Decided:
    """What people decided about a partner, beside what the trees say: ``spared`` are the (type,
    axis, level) kept for now by an open cure or an exception, ``locked`` the types on which nothing
    rises ("": any)."""

    spared: frozenset[tuple[str, str, str]] = frozenset()
    locked: frozenset[str] = frozenset()


NOTHING_DECIDED = Decided()

_sources: dict[Kind, list[Provider]] = {kind: [] for kind in KINDS}
_active_partners: list[Callable[[dt.date], Mapping[int, str]]] = []
_decisions: list[Callable[[Collection[int], dt.date], Mapping[int, Decided]]] = []
_deployments: list[Callable[[Collection[int]], Mapping[int, tuple[Deployed, ...]]]] = []


def register_source(
    kind: Kind,
    source: Source | RecordSource,
    *,
    precedence: int = 0,
    fresh_months: int | None = None,
) -> None:
    """Add a source of facts. Where two know the same code, the higher precedence wins: our own
    rows (10) before imported values (0). A metric's value that is missing, or older than its
    source's ``fresh_months``, gives way to a newer one of another source."""
    name = f"{source.__module__}.{source.__qualname__}"
    held = [entry for entry in _sources[kind] if entry.name != name]
    held.append(Provider(source, precedence, name, fresh_months))
    _sources[kind] = sorted(held, key=lambda entry: entry.precedence)


def providers(kind: Kind) -> tuple[Provider, ...]:
    """The sources of a kind of facts, the one that wins first."""
    return tuple(reversed(_sources[kind]))


def register_partners(names: Callable[[dt.date], Mapping[int, str]]) -> None:
    """Say which partners are active on a day: ``{partner id: name}`` within the scope."""
    _active_partners[:] = [names]


def active_partners(on: dt.date) -> Mapping[int, str]:
    """The names of the scope's active partners by id."""
    return _active_partners[0](on) if _active_partners else {}


def register_deployments(
    source: Callable[[Collection[int]], Mapping[int, tuple[Deployed, ...]]],
) -> None:
    """Say what runs now: ``{partner id: what it runs}`` of these partners."""
    _deployments[:] = [source]


def deployed(partner_ids: Collection[int]) -> Mapping[int, tuple[Deployed, ...]]:
    """What each of these partners runs now; one that runs nothing may be left out."""
    return _deployments[0](partner_ids) if _deployments else {}


def register_decisions(
    source: Callable[[Collection[int], dt.date], Mapping[int, Decided]],
) -> None:
    """Say what people decided: ``{partner id: what holds on the day}`` of these partners."""
    _decisions[:] = [source]


def decided(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Decided]:
    """What holds of each of these partners on the day; one without any decision may be left out."""
    return _decisions[0](partner_ids, on) if _decisions else {}


def partner_refs(partner_ids: Collection[int]) -> dict[int, str]:
    """The public ids (``prt_…``) of these partners, as far as the scope sees them.

    Named by its label, as a foreign key would be: the model stands above this app.
    """
    model: Any = apps.get_model("partners.Partner")
    rows = model.objects.filter(pk__in=list(partner_ids)).only("pk", "public_id")
    return {row.pk: row.ref for row in rows}


def facts_of(
    partner_ids: Collection[int],
    on: dt.date,
    *,
    kinds: Collection[Kind] = KINDS,
    records: frozenset[str] | None = None,
) -> dict[int, Facts]:
    """What is known of each partner on the day ``on`` (vendor's zone), limited to ``kinds``, and
    of the records to those of these codes. The people of a family's other companies come without
    names and certificate numbers where the caller may not see the company. What is known under a
    code that went stands under the one that follows it in the program in force on the day."""
    asked, seen = sorted(set(partner_ids)), scope.current_or_none()
    ids = [pk for pk in asked if seen is None or seen.sees_partner(pk)]
    program = program_or_none(on) if seen else None
    if program is not None and records is not None:
        records = with_former(program.document, records)
    with scope.widen("family") if seen and "organisation" in kinds else nullcontext():
        # A family counts as a whole, whoever looks.
        organisations = _found("organisation", ids, on, None) if "organisation" in kinds else {}
        relatives = {pk for held in organisations.values() for pk, *_ in held.family}
        everyone = sorted(relatives.union(ids))
        known: dict[Kind, dict[int, Any]] = {
            kind: _found(kind, everyone if kind in OF_FAMILY else ids, on, records)
            for kind in KINDS
            if kind in kinds and kind != "organisation"
        }
    unseen = {pk for pk in relatives if seen is not None and not seen.sees_partner(pk)}
    _hide_persons(known.get("people"), unseen)
    tagged: dict[Kind, dict[int, Any]] = {
        kind: _tagged(known[kind], relatives) for kind in OF_FAMILY if kind in known
    }
    found = {pk: _facts(pk, known, organisations.get(pk), tagged) for pk in ids}
    if program is not None:
        found = {pk: as_named_by(program.document, facts) for pk, facts in found.items()}
    return {pk: found.get(pk) or Facts(str(pk)) for pk in asked}


def _found(
    kind: Kind, ids: Collection[int], on: dt.date, codes: frozenset[str] | None
) -> dict[int, Any]:
    """What all sources of a kind know, the higher precedence over the lower."""
    held: dict[int, Any] = {}
    if not ids:
        return held
    for entry in _sources[kind]:
        found = entry.source(ids, on, codes) if kind == "records" else entry.source(ids, on)
        for pk, values in found.items():
            before = held.get(pk)
            held[pk] = values if before is None else _merged(kind, before, values, entry, on)
    return held


def _merged(kind: Kind, before: Any, values: Any, entry: Provider, on: dt.date) -> Any:
    if kind == "people":
        return (*before, *values)
    if kind == "organisation":
        return values
    merged = {**before, **values}
    if kind == "metrics":
        for code, value in values.items():
            if code in before and _gives_way(value, before[code], entry.fresh_months, on):
                merged[code] = before[code]
    return merged


def _gives_way(value: MetricValue, other: MetricValue, months: int | None, on: dt.date) -> bool:
    """Whether the value that would win is missing or stale while the other is newer."""
    if other.value is None:
        return False
    if value.value is None:
        return True
    if months is None or (value.as_of and on < add_months(value.as_of, months)):
        return False
    return (other.as_of or dt.date.min) > (value.as_of or dt.date.min)


def _hide_persons(people: dict[int, tuple[Person, ...]] | None, unseen: Iterable[int]) -> None:
    for pk in unseen:
        if people and pk in people:
            people[pk] = tuple(person.unnamed for person in people[pk])


def _tagged(found: Mapping[int, Any], relatives: Collection[int]) -> dict[int, Any]:
    """The rows of companies as other members of their family have them: with their key."""
    tagged: dict[int, Any] = {}
    for pk in relatives:
        rows = found.get(pk)
        if isinstance(rows, tuple):
            tagged[pk] = tuple(replace(row, member=str(pk)) for row in rows)
        elif rows:
            tagged[pk] = {
                code: tuple(replace(row, member=str(pk)) for row in held)
                for code, held in rows.items()
            }
    return tagged


def _facts(
    pk: int,
    known: Mapping[Kind, Mapping[int, Any]],
    organisation: Organisation | None,
    tagged: Mapping[Kind, Mapping[int, Any]],
) -> Facts:
    values: dict[str, Any] = {kind: found[pk] for kind, found in known.items() if pk in found}
    if organisation is None:
        return Facts(str(pk), **values)
    values |= {"country": organisation.country, "since": organisation.since}
    if organisation.family:
        own = Member(str(pk), organisation.country, "self")
        others = (
            Member(str(key), country, relation) for key, country, relation in organisation.family
        )
        values["family"] = (own, *others)
        for kind, of_member in tagged.items():
            for key, *_ in organisation.family:
                if key in of_member:
                    values[kind] = _joined(values.get(kind), of_member[key])
    return Facts(str(pk), **values)


def _joined(own: Any, theirs: Any) -> Any:
    if isinstance(theirs, tuple):
        return (*(own or ()), *theirs)
    joined = dict(own or {})
    for code, rows in theirs.items():
        joined[code] = (*joined.get(code, ()), *rows)
    return joined
