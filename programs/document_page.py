"""What the program's admin pages show, as values ready for their templates. Read-only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from programs import document as documents
from programs.compiled import document_as_written, program_numbered
from programs.differences import diff
from programs.editing.references import codes_of
from programs.effects import ACCESS, LEVELS, Effect, EffectKind
from programs.errors import Problem
from programs.models import ProgramVersion
from programs.plan import Group, Plan, groups
from programs.plan_words import heading, money, passed_words, scheduled_words, weight
from programs.usage import LOST_WITHOUT, Retired
from tenants.writing import Refused

NOTHING = "-"  # in a form: no code stands for the one that goes
_KEY = re.compile(r"^( *(?:- )*)([^\s:'\"{\[]+)(:)(?= |$)")


def version_context(version: ProgramVersion) -> dict[str, Any]:
    """The document as YAML and what it changed."""
    document = document_as_written(version.number)
    try:
        before = program_numbered(version.based_on) if version.based_on else None
    except Refused:
        before = None
    changes = diff(before.document, document) if before else []
    return {"yaml": highlighted(documents.export_yaml(document)), "before": before,
            "changes": changes}  # fmt: skip


def highlighted(yaml: str) -> SafeString:
    """The text with its keys set apart; everything else as it stands."""
    return mark_safe("\n".join(map(_line, yaml.splitlines())))


def _line(line: str) -> str:
    found = _KEY.match(line)
    if found is None:
        return escape(line)
    key = format_html('<b class="text-primary-600 dark:text-primary-500">{}</b>', found[2])
    return f"{found[1]}{key}:{escape(line[found.end() :])}"


def problem_table(problems: Iterable[Problem]) -> dict[str, Any] | None:
    """Line, place, what is wrong and what to do, as rows of a table."""
    rows = [
        [one.line or "–", _breakable(one.path), _sentence(one.message), one.remedy or "–"]
        for one in problems
    ]
    headers = [_("Line"), _("Where"), _("What is wrong"), _("What to do")]
    return _table(headers, rows) if rows else None


def _breakable(path: str) -> SafeString:
    """A path that may go on in the next line after each of its parts."""
    return mark_safe(escape(path or "–").replace(".", ".<wbr>"))


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _table(headers: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """As ``admin/programs/_table.html`` takes it: each cell with its header, for phones."""
    return {"headers": headers, "rows": [list(zip(headers, row, strict=True)) for row in rows]}


def plan_context(plan: Plan) -> dict[str, Any]:
    """What the plan page shows beside the differences: days, what goes, who is concerned."""
    return {
        "later": [(scheduled_words(one), one.overrides) for one in plan.later],
        "retired": [_gone(plan, one) for one in plan.retired],
        "passed": passed_words(plan),
        "effects": effect_tables(plan),
        "hardest": _hardest_table(plan),
    }


def _gone(plan: Plan, one: Retired) -> dict[str, Any]:
    """What goes though it is in use, and what may stand for it: the choices of its form."""
    document = plan.document
    if one.section == "levels":
        choices = [
            (f"{kind}.{code}", f"{document.types[kind].title or kind} · {level.title or code}")
            for kind, _axis, code, level in document.levels()
        ]
    else:
        choices = codes_of(one.section, documents.to_dict(document))
    return {
        "row": one,
        "choices": choices,
        "chosen": one.successor or (NOTHING if one.waived else ""),
        "may_end": one.section not in LOST_WITHOUT,
    }


def _hardest_table(plan: Plan) -> dict[str, Any] | None:
    rows = [
        [
            hit.partner,
            f"{hit.seats:,}",
            money(hit.worth, plan.currency) or _("not known"),
            "; ".join(_short(effect) for effect in hit.effects),
        ]
        for hit in plan.hardest
    ]
    headers = [_("Partner"), _("Seats"), _("A month"), _("What it loses")]
    return _table(headers, rows) if rows else None


def _short(effect: Effect) -> str:
    """The consequence without the partner's name, which stands beside it."""
    if effect.kind in ACCESS:
        return f"{effect.title} ({effect.now})"
    return f"{effect.title}: {effect.was} → {effect.result}"


def effect_tables(plan: Plan) -> list[dict[str, Any]]:
    """One table per kind of consequence, with its heading, the number of partners, their seats."""
    found: dict[EffectKind, list[Group]] = {}
    for group in groups(plan):
        found.setdefault(group.kind, []).append(group)
    return [
        {
            "title": heading(kind, plan.totals[kind].partners),
            "weight": weight(plan.totals[kind], plan.currency),
            "table": _table(_headers(kind), [_row(group, plan.currency) for group in listed]),
        }
        for kind, listed in found.items()
    ]


def _headers(kind: EffectKind) -> list[str]:
    tail = [_("Number"), _("Seats"), _("A month"), _("Partners")]
    if kind in ACCESS:
        return [_("Product"), _("Environment"), *tail]
    if kind in LEVELS:
        return [_("Partner type"), _("Meets now"), _("Would meet"), *tail]
    return [_("Benefit"), _("Has now"), _("Would have"), *tail]


def _row(group: Group, currency: str) -> list[Any]:
    names = ", ".join(group.shown)
    if group.more:
        names += " " + _("and %(count)s more") % {"count": f"{group.more:,}"}
    found = group.total
    priced = found.worth or found.unpriced < found.partners
    worth = money(found.worth, currency) if priced else _("not known")
    tail = [f"{len(group.partners):,}", f"{found.seats:,}", worth, names]
    if group.kind in ACCESS:
        return [group.subject, group.after, *tail]
    return [group.subject, group.before, group.after, *tail]
