"""What the program's admin pages show, as values ready for their templates. Read-only."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs import document as documents
from programs.compiled import program_numbered
from programs.effects import EffectKind
from programs.errors import Problem
from programs.models import ProgramVersion
from programs.plan import Group, Plan, groups
from tenants.writing import Refused

_KEY = re.compile(r"^( *(?:- )*)([^\s:'\"{\[]+)(:)(?= |$)")


def version_context(version: ProgramVersion) -> dict[str, Any]:
    """The document as YAML and what it changed."""
    document = program_numbered(version.number).document
    try:
        before = program_numbered(version.based_on) if version.based_on else None
    except Refused:
        before = None
    changes = documents.diff(before.document, document) if before else []
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
    rows = [[one.line or "", one.path, one.message, one.remedy] for one in problems]
    headers = [_("Line"), _("Where"), _("What is wrong"), _("What to do")]
    return _table(headers, rows) if rows else None


def _table(headers: list[str], rows: list[list[Any]]) -> dict[str, Any]:
    """As ``admin/programs/_table.html`` takes it: each cell with its header, for phones."""
    return {"headers": headers, "rows": [list(zip(headers, row, strict=True)) for row in rows]}


def effect_tables(plan: Plan) -> list[dict[str, Any]]:
    """One table per kind of consequence, with its heading and the number of partners."""
    found: dict[EffectKind, list[Group]] = {}
    for group in groups(plan):
        found.setdefault(group.kind, []).append(group)
    counts = plan.counts
    return [
        {
            "title": _heading(kind, counts[kind]),
            "table": _table(_headers(kind), [_row(group) for group in listed]),
        }
        for kind, listed in found.items()
    ]


def _heading(kind: EffectKind, count: int) -> str:
    words = {
        "falls": ngettext("%d partner meets less", "%d partners meet less", count),
        "closes": ngettext("Closes for %d partner", "Closes for %d partners", count),
        "rises": ngettext("%d partner meets more", "%d partners meet more", count),
        "opens": ngettext("Opens for %d partner", "Opens for %d partners", count),
    }
    return words[kind] % count


def _headers(kind: EffectKind) -> list[str]:
    if kind in ("opens", "closes"):
        return [_("Product"), _("Environment"), _("Number"), _("Partners")]
    return [_("Partner type"), _("Meets now"), _("Would meet"), _("Number"), _("Partners")]


def _row(group: Group) -> list[Any]:
    names = ", ".join(group.shown)
    if group.more:
        names += " " + _("and %(count)s more") % {"count": f"{group.more:,}"}
    count = f"{len(group.partners):,}"
    if group.kind in ("opens", "closes"):
        return [group.subject, group.after, count, names]
    return [group.subject, group.before, group.after, count, names]
