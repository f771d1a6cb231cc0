"""What a document would change if it were published: in words, and for today's partners."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.compiled import Program, program_or_none
from programs.document import Change, ProgramDocument, diff
from programs.effects import KINDS, Effect, EffectKind, effects, tier_title
from programs.gathering import active_partners, facts_of
from programs.models import ProgramVersion

NAMES_SHOWN = 20  # per consequence; nobody reads two thousand names


@dataclass(frozen=True)
class Plan:
    """The differences to the version in force on the day, and who is concerned on that day.

    ``base`` is the number of the newest version when the plan was made (0: none): publishing is
    held to it, so that nobody publishes over a version that the plan never saw.
    """

    document: ProgramDocument
    based_on: Program | None
    base: int
    effective_from: dt.date
    changes: tuple[Change, ...] = ()
    effects: tuple[Effect, ...] = field(default=())
    partners: int = 0
    later: tuple[tuple[int, dt.date], ...] = ()
    """(number, day) of scheduled versions that take over after the effective day."""

    @property
    def empty(self) -> bool:
        return self.based_on is not None and not self.changes

    def effects_of(self, kind: EffectKind) -> list[Effect]:
        return [effect for effect in self.effects if effect.kind == kind]

    @property
    def counts(self) -> dict[str, int]:
        """How many partners each kind of consequence concerns."""
        return {
            kind: len({effect.partner_id for effect in self.effects_of(kind)}) for kind in KINDS
        }


@dataclass(frozen=True)
class Group:
    """The same consequence for several partners: one line of a table."""

    kind: EffectKind
    subject: str
    before: str
    after: str
    partners: tuple[str, ...]

    @property
    def shown(self) -> tuple[str, ...]:
        return self.partners[:NAMES_SHOWN]

    @property
    def more(self) -> int:
        return max(0, len(self.partners) - NAMES_SHOWN)


def plan_program(document: ProgramDocument, *, effective_from: dt.date) -> Plan:
    """Compare with the version that would be in force on ``effective_from`` (vendor's day), and
    evaluate both for every active partner with that day's facts. Writes nothing; the number of
    queries does not depend on the number of partners."""
    latest = ProgramVersion.objects.aggregate(Max("number"))["number__max"] or 0
    based_on = program_or_none(effective_from)
    names = active_partners(effective_from)
    later = ProgramVersion.objects.filter(effective_from__gt=effective_from)
    common: dict[str, Any] = {
        "base": latest,
        "effective_from": effective_from,
        "partners": len(names),
        "later": tuple(later.order_by("effective_from").values_list("number", "effective_from")),
    }
    changes = tuple(diff(based_on.document, document)) if based_on else ()
    if based_on is None or not changes:
        return Plan(document, based_on, **common)
    facts = facts_of(list(names), effective_from)
    found = effects(based_on.document, document, facts, names, effective_from)
    return Plan(document, based_on, changes=changes, effects=tuple(found), **common)


def groups(plan: Plan) -> list[Group]:
    """The effects put together: one line per tier change or gate, however many the partners."""
    if plan.based_on is None:
        return []
    held: dict[tuple[EffectKind, str, str, str], list[str]] = {}
    for effect in plan.effects:
        key = (effect.kind, effect.subject, effect.before, effect.after)
        held.setdefault(key, []).append(effect.partner)
    found = [_group(plan, *key, sorted(partners)) for key, partners in held.items()]
    return sorted(found, key=lambda group: (KINDS.index(group.kind), -len(group.partners)))


def _group(
    plan: Plan, kind: EffectKind, subject: str, before: str, after: str, partners: list[str]
) -> Group:
    old, new = plan.based_on.document, plan.document  # type: ignore[union-attr]
    if kind in ("opens", "closes"):
        title = (new if subject in new.products else old).title_of("products", subject)
        return Group(kind, title, before, after, tuple(partners))
    title = (new if subject in new.types else old).title_of("types", subject)
    tiers = tier_title(old, subject, before), tier_title(new, subject, after)
    return Group(kind, title, *tiers, tuple(partners))


def contents(document: ProgramDocument) -> str:
    """What a document holds, for a first version, which has nothing to be compared with."""
    counts = (
        ngettext("%d partner type", "%d partner types", len(document.types)) % len(document.types),
        ngettext("%d product", "%d products", len(document.products)) % len(document.products),
        ngettext("%d track", "%d tracks", len(document.tracks)) % len(document.tracks),
    )
    return ", ".join(counts)


def in_words(plan: Plan) -> str:
    """The plan as text: differences, then who is concerned."""
    if plan.based_on is None:
        words = _("Nothing is in force on %(day)s: this would be the first program, with %(what)s.")
        return words % {"day": plan.effective_from, "what": contents(plan.document)}
    if plan.empty:
        words = _("Nothing changes: this is version %(number)d, in force on %(day)s.")
        return words % {"number": plan.based_on.number, "day": plan.effective_from}
    words = _("Compared with version %(number)d, from %(day)s:")
    lines = [words % {"number": plan.based_on.number, "day": plan.effective_from}]
    lines += [f"  ~ {change.words}" for change in plan.changes]
    lines += [
        _("Version %(number)d takes over on %(day)s.") % {"number": number, "day": day}
        for number, day in plan.later
    ]
    words = ngettext("Effect on %d active partner:", "Effect on %d active partners:", plan.partners)
    lines.append(words % plan.partners)
    counted = Counter(effect.kind for effect in plan.effects)
    for kind in KINDS:
        if counted[kind]:
            lines.append(f"  {kind} ({counted[kind]}):")
            lines += [f"    {effect.words}" for effect in plan.effects_of(kind)]
    return "\n".join(lines if plan.effects else [*lines, "  " + _("none")])
