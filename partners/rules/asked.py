"""What a program asks to know of each partner, what is known of it, and what nobody delivered.

Over sets, in a constant number of queries. A metric counts as asked where a level of one of the
partner's types reads it, or the gate of a product, directly or through metrics derived from it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Literal

from pydantic import BaseModel

from partners.models import Attestation, Enrolment
from programs.compiled import Program, program_or_none
from programs.document import ProgramDocument
from programs.document.metrics import record_codes
from programs.gathering import Kind as FactKind
from programs.gathering import facts_of
from programs.rules import Case, Facts
from programs.rules.periods import add_months
from web.codes import words_of

Kind = Literal["metric", "attestation", "agreed"]
Ask = tuple[Kind, str]
READ: tuple[FactKind, ...] = ("metrics", "attestations", "records", "agreed", "organisation")


@dataclass(frozen=True, slots=True)
class Use:
    """A level that asks for it, ``keep`` where it is asked to stay, not to come in; or a product's
    gate, which has no type."""

    type_title: str
    level_title: str
    keep: bool

    @property
    def gate(self) -> bool:
        return not self.type_title


@dataclass(frozen=True, slots=True)
class Asked:
    """One thing asked of one partner on a day, as far as it is known.

    ``value`` is in ``unit``; of an attestation it is 1 while it counts. ``source`` is where the
    value came from, ``owner`` who is documented to supply it (empty: nobody is). ``fresh_until``
    is the first day on which the value is too old; ``since`` the day from which it is missing.
    ``derived`` metrics come from others: nobody supplies them. ``by_partner``: the partner itself
    supplies it, ``stated`` by a statement with evidence. ``waiting``: it did, and the vendor has
    not decided yet.
    """

    partner_id: int
    kind: Kind
    code: str
    title: str
    unit: str = ""
    value: Decimal | None = None
    source: str = ""
    owner: str = ""
    as_of: dt.date | None = None
    fresh_until: dt.date | None = None
    since: dt.date | None = None
    why: str = ""
    derived: bool = False
    by_partner: bool = False
    stated: bool = False
    waiting: bool = False
    uses: tuple[Use, ...] = ()

    @property
    def known(self) -> bool:
        return self.value is not None


def asked_facts(partner_ids: Collection[int], on: dt.date) -> dict[int, list[Asked]]:
    """Everything asked of each partner's types on the day, unknown first, then by title."""
    program = program_or_none(on)
    if program is None or not partner_ids:
        return {pk: [] for pk in partner_ids}
    enrolled = _enrolled(partner_ids, on)
    uses = {
        code: _uses(program.document, code) for code in {c for h in enrolled.values() for c in h}
    }
    gates = _gate_uses(program.document)
    facts = facts_of(partner_ids, on, kinds=READ, records=record_codes(program.document))
    waiting = _waiting(partner_ids)
    return {
        pk: _asked(program, pk, facts[pk], enrolled.get(pk, {}), uses, gates, waiting, on)
        for pk in partner_ids
    }


def missing_facts(partner_ids: Collection[int], on: dt.date) -> list[Asked]:
    """What is unknown and therefore decides nothing: a task for whoever supplies it.

    By source, then the longest missing first. Derived metrics are left out, as their inputs are
    listed; so are statements that nobody made, which are a plain no.
    """
    asked = asked_facts(partner_ids, on).values()
    found = [one for held in asked for one in unknown_of(held)]
    return sorted(found, key=lambda one: (one.owner.casefold(), one.since or on, one.title))


def unknown_of(asked: Collection[Asked]) -> list[Asked]:
    """The figures and agreed numbers that are unknown."""
    return [one for one in asked if not (one.known or one.derived) and one.kind != "attestation"]


def needed_of_partner(asked: Collection[Asked]) -> list[Asked]:
    """What the partner itself is to deliver now: its own figures that are unknown, and statements
    that counted once and ended. What waits for the vendor's decision is done."""
    return [
        one
        for one in asked
        if one.by_partner
        and not (one.known or one.waiting or one.derived)
        and (one.kind == "metric" or one.fresh_until is not None)
    ]


def _waiting(partner_ids: Collection[int]) -> set[tuple[int, str]]:
    rows = Attestation.objects.filter(
        partner_id__in=list(partner_ids), state=Attestation.State.PENDING
    )
    return set(rows.values_list("partner_id", "code"))


def _enrolled(partner_ids: Collection[int], on: dt.date) -> dict[int, dict[str, dt.date]]:
    """Per partner its types, each with the day since which it has been of that type."""
    found: dict[int, dict[str, dt.date]] = defaultdict(dict)
    rows = Enrolment.objects.current(on).filter(partner_id__in=list(partner_ids))
    named = rows.order_by("since").values_list("partner_id", "partner_type__code", "since")
    for partner_id, code, since in named:
        found[partner_id].setdefault(code, since)
    return found


def _uses(document: ProgramDocument, type_code: str) -> dict[Ask, list[Use]]:
    """What the levels of a type ask for, the lowest level first."""
    found: dict[Ask, list[Use]] = defaultdict(list)
    kind = document.types.get(type_code)
    if kind is None:
        return found
    title = document.title_of("types", type_code)
    for axis in kind.axis_codes():
        for code, level in kind.levels_of(axis).items():
            for tree, keep in ((level.entry_tree, False), (level.retain, True)):
                use = Use(title, kind.level_title(code), keep)
                for ask in dict.fromkeys(_with_inputs(document, _reads(tree))):
                    found[ask].append(use)
    return found


def _gate_uses(document: ProgramDocument) -> dict[Ask, list[Use]]:
    """What the products' gates ask for, whoever asks to deploy; attestations that nobody made are
    a plain no and stand on the page of the gate."""
    found: dict[Ask, list[Use]] = defaultdict(list)
    for code, product in document.products.items():
        use = Use("", document.title_of("products", code), keep=False)
        for gate in product.gates.values():
            for ask in _with_inputs(document, _reads(gate.add)):
                if use not in found[ask]:
                    found[ask].append(use)
    return found


def _reads(value: Any) -> Iterator[Ask]:
    """What a tree names, wherever in it: a bound, a part of a score, a number for each so many."""
    if isinstance(value, BaseModel):
        for name in type(value).model_fields:
            inner = getattr(value, name)
            if name in ("metric", "per"):
                code = inner if isinstance(inner, str) else getattr(inner, "code", None)
                if code:
                    yield "metric", code
            elif name == "attestation" and isinstance(inner, str):
                yield "attestation", inner
            elif name == "agreed" and isinstance(inner, str):
                yield "agreed", inner
            yield from _reads(inner)
    elif isinstance(value, Mapping):
        yield from _reads(tuple(value.values()))
    elif isinstance(value, tuple | list):
        for inner in value:
            yield from _reads(inner)


def _with_inputs(document: ProgramDocument, asks: Iterator[Ask]) -> Iterator[Ask]:
    pending, seen = list(asks), set()
    while pending:
        ask = pending.pop(0)
        if ask in seen:
            continue
        seen.add(ask)
        yield ask
        rule = document.metrics.get(ask[1]) if ask[0] == "metric" else None
        pending += [("metric", code) for code in rule.inputs] if rule else []


def _asked(
    program: Program,
    partner_id: int,
    facts: Facts,
    types: Mapping[str, dt.date],
    uses: Mapping[str, Mapping[Ask, list[Use]]],
    gates: Mapping[Ask, list[Use]],
    waiting: Collection[tuple[int, str]],
    on: dt.date,
) -> list[Asked]:
    by_ask: dict[Ask, list[Use]] = defaultdict(list)
    first: dict[Ask, dt.date] = {}
    joined = min(types.values(), default=None)  # who is of no type deploys nothing
    asking = [(since, uses[code]) for code, since in types.items()]
    if joined is not None:
        asking.append((joined, gates))
    for since, of_type in asking:
        for ask, held in of_type.items():
            by_ask[ask] += held
            first[ask] = min(since, first.get(ask, since))
    case, found = Case(facts, on), []
    for ask, held in by_ask.items():
        start = max(first[ask], program.effective_from)
        made = _KINDS[ask[0]](program.document, partner_id, ask[1], case, start, tuple(held))
        if made is not None:
            found.append(replace(made, waiting=(partner_id, ask[1]) in waiting))
    return sorted(found, key=lambda one: (one.known, one.title.casefold()))


def _metric(
    document: ProgramDocument,
    partner_id: int,
    code: str,
    case: Case,
    start: dt.date,
    uses: tuple[Use, ...],
) -> Asked | None:
    rule = document.metrics.get(code)
    if rule is None or rule.about == "vendor":
        return None
    held = rule.reader(document, code).answer(case)
    fresh = None
    if rule.fresh_months is not None and held.as_of is not None:
        fresh = add_months(held.as_of, rule.fresh_months)
    return Asked(
        partner_id,
        "metric",
        code,
        held.title,
        unit=held.unit,
        value=held.value,
        source=held.source,
        owner="" if rule.derived else rule.source or "",
        as_of=held.as_of,
        fresh_until=fresh,
        since=None if held.value is not None else fresh if fresh and fresh <= case.on else start,
        why=held.why,
        derived=rule.derived is not None,
        by_partner=rule.supplied_by == "partner",
        stated=rule.supplied_by == "partner" and rule.supplied,
        uses=uses,
    )


def _attestation(
    document: ProgramDocument,
    partner_id: int,
    code: str,
    case: Case,
    start: dt.date,
    uses: tuple[Use, ...],
) -> Asked | None:
    rule = document.attestations.get(code)
    if rule is None:
        return None
    months = rule.months if isinstance(rule.months, int) else None
    ends = []
    for period in case.facts.attestations.get(code, ()):
        limit = add_months(period.from_, months) if months else None
        ends.append((min(filter(None, (limit, period.until)), default=None), period.from_))
    now = [(end, day) for end, day in ends if day <= case.on and (end is None or case.on < end)]
    best = max(now, key=lambda pair: pair[0] or dt.date.max, default=None)
    past = [end for end, _day in ends if end is not None and end <= case.on]
    return Asked(
        partner_id,
        "attestation",
        code,
        document.title_of("attestations", code),
        value=Decimal(1) if best else None,
        owner="partner",
        by_partner=True,
        stated=True,
        as_of=best[1] if best else None,
        fresh_until=best[0] if best else max(past, default=None),
        since=None if best else max(past, default=start),
        uses=uses,
    )


def _agreed(
    document: ProgramDocument,
    partner_id: int,
    code: str,
    case: Case,
    start: dt.date,
    uses: tuple[Use, ...],
) -> Asked | None:
    value = case.facts.agreed.get(code)
    title = words_of(code)
    since = start if value is None else None
    return Asked(
        partner_id, "agreed", code, title, value=value, source="agreed", since=since, uses=uses
    )


_KINDS = {"metric": _metric, "attestation": _attestation, "agreed": _agreed}
