"""What pages show of one partner's levels and benefits; every query is asked here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Enrolment, Partner
from partners.requirements import RequirementView, requirement_view
from programs.compiled import declared, program_or_none
from programs.document import ProgramDocument
from programs.models import Level
from programs.rules import Counted, Node
from reviews.models import Cure, Grant, GrantUse, LevelException, LevelRequest, ReviewOutcome
from reviews.rules import is_continuous, next_due
from reviews.rules.quotas import UNCOUNTED, period_of
from reviews.words import leaf_words
from tenants.models import Person
from web.codes import words_of


@dataclass(frozen=True)
class HeldLevel:
    """A level held on an axis of a type, and what holds it up or down."""

    type_title: str
    axis_title: str
    title: str
    since: dt.date
    until: dt.date | None
    then: str
    review_on: dt.date | None
    cure: Cure | None
    exception: LevelException | None
    outcome: ReviewOutcome | None

    @property
    def gap(self) -> list[str]:
        """What is missing, in words: of the cure, else of the last review."""
        found = self.cure.gap if self.cure else self.outcome.gap if self.outcome else []
        return [leaf_words(leaf) for leaf in found]

    @property
    def at_risk(self) -> bool:
        return self.outcome is not None and self.outcome.kind in ("warn", "unknown")


@dataclass(frozen=True)
class HeldBenefit:
    """A benefit in words; ``used`` and ``left`` where its use is counted."""

    code: str
    title: str
    value: str
    note: str
    since: dt.date
    until: dt.date | None
    levels: str
    quantity: Decimal | None = None
    used: Decimal | None = None
    left: Decimal | None = None


def held_levels(partner: Partner, on: dt.date) -> list[HeldLevel]:
    """Every level that the partner holds on ``on``, by type and axis."""
    program = program_or_none(on)
    document = program.document if program else None
    rows = list(
        Enrolment.objects.current(on)
        .filter(partner=partner)
        .select_related("partner_type", "level")
        .order_by("partner_type__name", "-of_set", "axis", "pk")
    )
    open_ = {"partner": partner, "ended_on__isnull": True}
    cures = {cure.enrolment_id: cure for cure in Cure.objects.filter(**open_)}
    exceptions = {row.level_id: row for row in LevelException.objects.filter(**open_)}
    outcomes = _last_outcomes(partner)
    later = _later(partner, on)
    found = []
    for row in rows:
        if row.level is None and row.axis != "tier":
            continue
        key = (row.partner_type_id, row.axis, row.level_id)
        found.append(
            HeldLevel(
                type_title=row.partner_type.name,
                axis_title=_axis_title(document, row),
                title=row.level.name if row.level else _("No level yet"),
                since=row.since,
                until=row.until,
                then=later.get((row.partner_type_id, row.axis), ""),
                review_on=_next_review(document, row, partner, on),
                cure=cures.get(row.pk),
                exception=exceptions.get(row.level_id),
                outcome=outcomes.get(key),
            )
        )
    return found


def shown_tree(outcome: ReviewOutcome) -> tuple[RequirementView, ...]:
    """What was asked, as pages draw it, with the names of those people whom the reader may see
    today, whatever was stored. One query; empty where nothing was explained."""
    if not outcome.explanation:
        return ()
    node = Node.from_dict(outcome.explanation)
    start = f"{Person.prefix}_"
    ids = [key.removeprefix(start) for key in _keys(node) if key.startswith(start)]
    people = Person.objects.filter(public_id__in=ids) if ids else ()
    names = {person.ref: person.name for person in people}
    node = _seen(node, names)
    return tuple(requirement_view(one, names) for one in node.children or (node,))


def _seen(node: Node, names: Mapping[str, str]) -> Node:
    """Without the names and certificate numbers of people whom the reader may not see: reviews of
    before names were left out have them stored."""
    start = f"{Person.prefix}_"

    def seen(row: Counted) -> Counted:
        hidden = row.key.startswith(start) and row.key not in names
        return replace(row, name="", number="") if hidden else row

    return replace(
        node,
        counted=tuple(map(seen, node.counted)),
        lapsed=tuple(map(seen, node.lapsed)),
        children=tuple(_seen(child, names) for child in node.children),
        coming=_seen(node.coming, names) if node.coming else None,
    )


def _keys(node: Node) -> Iterator[str]:
    for row in (*node.counted, *node.lapsed):
        yield row.key
    for inner in (*node.children, *([node.coming] if node.coming else ())):
        yield from _keys(inner)


def open_requests(partner: Partner) -> list[LevelRequest]:
    """Requests and invitations that nobody answered yet, the newest first."""
    rows = LevelRequest.objects.filter(partner=partner, state=LevelRequest.State.OPEN)
    return list(rows.select_related("level", "partner_type"))


def requestable(partner: Partner, on: dt.date) -> list[Level]:
    """The levels that the partner may ask for: higher ones that a person gives, lower ones."""
    program = program_or_none(on)
    if program is None:
        return []
    held = Enrolment.objects.filter(partner=partner, until__isnull=True)
    ranks = {
        (row.partner_type_id, row.axis): (row.level.rank if row.level else -1)
        for row in held.select_related("level").filter(of_set=False)
    }
    own = set(held.values_list("level_id", flat=True))
    types = {type_id for type_id, _axis in ranks}
    rows = declared(Level.objects.filter(partner_type_id__in=types), on)
    return [
        row
        for row in rows.select_related("partner_type").order_by(
            "partner_type__name", "axis", "rank"
        )
        if row.pk not in own and _may_ask(program.document, row, ranks)
    ]


def held_benefits(partner: Partner, on: dt.date) -> list[HeldBenefit]:
    """What the partner holds on ``on``, with what is used of it in the current period."""
    program = program_or_none(on)
    document = program.document if program else None
    grants = list(Grant.objects.current(on).filter(partner=partner))
    uses = {(use.benefit, use.period): use for use in GrantUse.objects.filter(partner=partner)}
    return [_benefit(document, grant, uses, on) for grant in grants]


def _benefit(
    document: ProgramDocument | None,
    grant: Grant,
    uses: Mapping[tuple[str, dt.date], GrantUse],
    on: dt.date,
) -> HeldBenefit:
    rule = document.benefits.get(grant.benefit) if document else None
    counted = grant.quantity is not None and grant.per not in UNCOUNTED and grant.kind in COUNTED
    use = uses.get((grant.benefit, period_of(grant.per, on))) if counted else None
    used = (use.used if use else Decimal(0)) if counted else None
    left = None
    if grant.quantity is not None and used is not None:
        left = max(grant.quantity - used, Decimal(0))
    return HeldBenefit(
        code=grant.benefit,
        title=(rule.title if rule else None) or words_of(grant.benefit),
        value=value_words(
            plan_title(document, grant.kind, grant.value), grant.quantity, grant.unit
        ),
        note=_note(grant, rule),
        since=grant.since,
        until=grant.until,
        levels=", ".join(_level_title(document, *source) for source in grant.sources),
        quantity=grant.quantity if counted else None,
        used=used,
        left=left,
    )


COUNTED = frozenset({"nfr", "quota"})
_PER: dict[str, Any] = {
    "order": gettext_lazy("on each order"),
    "customer": gettext_lazy("for each customer"),
    "month": gettext_lazy("each month"),
    "quarter": gettext_lazy("each quarter"),
    "half_year": gettext_lazy("each half-year"),
    "year": gettext_lazy("each year"),
    "term": gettext_lazy("for each term"),
}


def value_words(value: Any, quantity: Decimal | None, unit: str) -> str:
    """A benefit's value as people read it: a number with its unit, "included", or words."""
    if value is True:
        return _("included")
    if isinstance(value, list):
        return ", ".join(words_of(str(item)) for item in value)
    if quantity is None:
        return words_of(str(value))
    return f"{quantity.normalize():f} {unit}".strip()


def plan_title(document: ProgramDocument | None, kind: str, value: Any) -> Any:
    """The title of the support plan that a benefit's value names; other values as they are."""
    named = document is not None and kind == "support" and isinstance(value, str)
    return document.title_of("support", value) if document and named else value


def _note(grant: Grant, rule: Any) -> str:
    parts = [str(_PER[grant.per])] if grant.per in _PER else []
    if rule is not None and rule.base:
        parts.append(_("on %(base)s") % {"base": rule.base})
    if rule is not None and rule.from_nth:
        parts.append(_("from number %(n)s on") % {"n": rule.from_nth})
    return ", ".join(parts)


def _level_title(document: ProgramDocument | None, kind: str, axis: str, level: str) -> str:
    found = document.types.get(kind) if document else None
    if found is None or found.axis_of(level) is None:
        return words_of(level)
    return found.level_title(level)


def _axis_title(document: ProgramDocument | None, row: Enrolment) -> str:
    found = document.types.get(row.partner_type.code) if document else None
    return found.axis_title(row.axis) if found else words_of(row.axis)


def _next_review(
    document: ProgramDocument | None, row: Enrolment, partner: Partner, on: dt.date
) -> dt.date | None:
    found = document.types.get(row.partner_type.code) if document else None
    review = found.review_of(row.axis) if found else None
    if review is None or is_continuous(review):
        return None
    return next_due(review, partner.joined_on, on)


def _last_outcomes(partner: Partner) -> dict[tuple[int, str, int | None], ReviewOutcome]:
    """Per type, axis and level held after it, what the last review said."""
    keys = ("partner_type_id", "axis", "to_level_id")
    rows = ReviewOutcome.objects.filter(
        partner=partner, applied_on__isnull=False, undone_on__isnull=True
    )
    last = rows.defer("explanation").order_by(*keys, "-pk").distinct(*keys)
    return {(row.partner_type_id, row.axis, row.to_level_id): row for row in last}


def _later(partner: Partner, on: dt.date) -> dict[tuple[int, str], str]:
    """The level that a change already decided leads to, by type and axis."""
    rows = Enrolment.objects.filter(partner=partner, since__gt=on, until__isnull=True)
    return {
        (row.partner_type_id, row.axis): row.level.name if row.level else _("no level")
        for row in rows.select_related("level")
    }


def _may_ask(document: ProgramDocument, level: Level, ranks: Mapping[tuple[int, str], int]) -> bool:
    found = document.types.get(level.partner_type.code)
    rule = found.levels_of(level.axis).get(level.code) if found else None
    if found is None or rule is None:
        return False
    ladder = found.kind_of(level.axis) == "ladder"
    if ladder and level.rank < ranks.get((level.partner_type_id, level.axis), -1):
        return True
    return rule.asked_for is not None
