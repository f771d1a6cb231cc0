"""Which steps of onboarding partners have before them: for sets, in a few queries."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from partners.models import Enrolment, OnboardingStep
from programs.asking import asked_by
from programs.compiled import Program, program_or_none
from programs.document import ProgramDocument
from programs.document.onboarding import Onboarding, Step
from programs.gathering import Kind, facts_of
from programs.rules import Case, Facts
from programs.rules.base import Requirement
from programs.rules.facts import Started
from programs.rules.steps import is_asked

ALWAYS: frozenset[Kind] = frozenset({"people", "metrics", "attestations", "agreements"})


@dataclass(frozen=True)
class Asked:
    """A step of a partner's checklist. ``done`` is its row; ``met`` says that its requirement holds
    today, so that it is done as soon as anybody looks."""

    type_id: int
    type: str
    code: str
    step: Step
    done: OnboardingStep | None = None
    met: bool = False

    @property
    def open(self) -> bool:
        return self.done is None and not self.met

    @property
    def ticked(self) -> bool:
        """Whether a person says that it is done."""
        return self.step.met is None


def asked_steps(
    program: Program | None, partner_ids: Collection[int], on: dt.date
) -> dict[int, list[Asked]]:
    """The checklist of each partner, without asking what is met: two queries, none where no type of
    the program has a checklist."""
    found: dict[int, list[Asked]] = {pk: [] for pk in partner_ids}
    if program is None:
        return found
    types = program.document.types
    lists = {code: kind.onboarding for code, kind in types.items() if kind.onboarding}
    if not lists:
        return found
    heirs = {old: code for code in lists for old in program.document.former("types", code)}
    done = {
        (row.partner_id, heirs[row.partner_type.code], row.code): row
        for row in OnboardingStep.objects.filter(
            partner_id__in=found, partner_type__code__in=list(heirs)
        ).select_related("by", "partner_type")
    }
    for partner_id, type_id, type_code in _joined(found, lists, heirs, on):
        found[partner_id] += [
            Asked(type_id, type_code, code, step, done.get((partner_id, type_code, code)))
            for code, step in lists[type_code].steps.items()
        ]
    return found


def _joined(
    partner_ids: Iterable[int],
    lists: Mapping[str, Onboarding],
    heirs: Mapping[str, str],
    on: dt.date,
) -> list[tuple[int, int, str]]:
    """Partner, type and its code: those of the type now that joined it, or one that it follows,
    late enough. ``heirs`` are the types with a checklist by their own and their former codes."""
    rows = Enrolment.objects.filter(
        partner_id__in=list(partner_ids), partner_type__code__in=list(heirs), since__lte=on
    ).order_by("since")
    spans: dict[tuple[int, str], list[Started]] = defaultdict(list)
    types: dict[tuple[int, str], int] = {}
    named = ("partner_id", "partner_type_id", "partner_type__code", "since", "until")
    for partner_id, type_id, code, since, until in rows.values_list(*named):
        key = partner_id, heirs[code]
        spans[key].append(Started(since, until))
        types[key] = type_id
    return [
        (partner_id, types[partner_id, code], code)
        for (partner_id, code), held in spans.items()
        if is_asked(held, lists[code].joined_from, on)
    ]


def judged(
    steps: Mapping[int, list[Asked]], facts: Mapping[int, Facts], on: dt.date
) -> dict[int, list[Asked]]:
    """The same with what is met today."""
    found: dict[int, list[Asked]] = defaultdict(list)
    for partner_id, asked in steps.items():
        case = Case(facts[partner_id], on) if partner_id in facts else None
        for one in asked:
            tree = one.step.met
            met = one.done is None and tree is not None and case is not None
            holds = met and tree is not None and case is not None and tree.holds(case) is True
            found[partner_id].append(
                Asked(one.type_id, one.type, one.code, one.step, one.done, holds)
            )
    return dict(found)


def checklists(partner_ids: Collection[int], on: dt.date) -> dict[int, list[Asked]]:
    """Each partner's checklist as it stands on the day."""
    program = program_or_none(on)
    steps = asked_steps(program, partner_ids, on)
    waiting = [pk for pk, asked in steps.items() if any(_to_judge(one) for one in asked)]
    if program is None or not waiting:
        return steps
    kinds, records = asked_by((tree, program.document) for tree in trees_of(program.document))
    facts = facts_of(waiting, on, kinds=kinds | ALWAYS, records=records)
    return steps | judged({pk: steps[pk] for pk in waiting}, facts, on)


def _to_judge(one: Asked) -> bool:
    return one.done is None and one.step.met is not None


def trees_of(document: ProgramDocument) -> list[Requirement]:
    """What the steps of all types ask."""
    return [
        step.met
        for kind in document.types.values()
        for step in (kind.onboarding.steps.values() if kind.onboarding else ())
        if step.met is not None
    ]


def begins_below(program: Program | None, type_code: str, on: dt.date) -> bool:
    """Whether who joins the type on the day begins without a level: a step opens the lowest."""
    kind = program.document.types.get(type_code) if program else None
    if kind is None or kind.onboarding is None or on < kind.onboarding.joined_from:
        return False
    return bool(next(iter(kind.tiers.values())).steps)


def opened(document: ProgramDocument, asked: Asked) -> list[str]:
    """The titles of the levels and products that the step opens."""
    kind = document.types[asked.type]
    return [
        *(kind.level_title(code) for code in asked.step.levels or ()),
        *(document.title_of("products", code) for code in asked.step.products or ()),
    ]


def closing(asked: Iterable[Asked], products: Collection[str]) -> tuple[tuple[str, str], ...]:
    """Type and code of the open steps that keep any of the products closed."""
    return tuple(
        (one.type, one.code)
        for one in asked
        if one.open and set(one.step.products or ()).intersection(products)
    )
