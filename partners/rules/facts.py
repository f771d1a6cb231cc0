"""Whether a figure, a record or a statement fits the program: pure, one home for actions and
imports. Each answers with the reason why not, or ``None``."""

from __future__ import annotations

import datetime as dt
import re
from decimal import Decimal

from django.utils.translation import gettext as _

from programs.compiled import Program
from programs.rules.periods import add_months
from tenants.writing import Reason

_CURRENCY = re.compile(r"[A-Z]{3}")


def figure_problem(
    program: Program | None, metric: str, unit: str, period: dt.date, today: dt.date
) -> Reason | None:
    """Why a value of ``metric`` in ``unit`` (empty: the program's own) cannot be recorded."""
    if period > today:
        return day_ahead("period")
    if program is None:
        return None
    rule = program.document.metrics.get(metric)
    if rule is None:
        return _unknown("metrics", metric, program, "metric")
    if not unit or not rule.unit or unit.casefold() == rule.unit[:12].casefold():
        return None
    words = {"given": unit, "known": rule.unit}
    if _CURRENCY.fullmatch(rule.unit):
        detail = _("This figure is in %(known)s. Amounts in %(given)s are not converted.")
    else:
        detail = _("This figure is counted in “%(known)s”, not in “%(given)s”.")
    return Reason("wrong_unit", detail % words, pointer="unit")


def record_problem(
    kind: str,
    on: dt.date,
    today: dt.date,
    value: Decimal | None,
    currency: str,
) -> Reason | None:
    """Why a record cannot be kept. A kind that the program does not count yet may be kept: data
    comes before the rule that reads it."""
    if on > today:
        return day_ahead("on")
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]*", kind):
        return Reason(
            "invalid",
            _("“%(kind)s” is no kind. Write it like “opportunities”.") % {"kind": kind},
            pointer="kind",
        )
    if currency and not _CURRENCY.fullmatch(currency.upper()):
        detail = _("“%(code)s” is not a currency. Write three letters, like EUR.")
        return Reason("wrong_currency", detail % {"code": currency}, pointer="currency")
    if currency and value is None:
        return Reason("value_missing", _("Give the amount of this currency."), pointer="value")
    return None


def stated_problem(program: Program | None, code: str, value: Decimal | None) -> Reason | None:
    """Why the program takes no statement of this code: of a figure where ``value`` is given."""
    if program is None:
        return None
    section = "attestations" if value is None else "metrics"
    rule = getattr(program.document, section).get(code)
    if value is not None and rule is not None and not rule.supplied:
        detail = _("“%(title)s” is computed from rows and other figures, so no value is stated.")
        title = program.document.title_of("metrics", code)
        return Reason("computed_metric", detail % {"title": title}, pointer="code")
    if rule is not None:
        return None
    return _unknown(section, code, program, "code")


def attestation_end(
    program: Program | None, code: str, since: dt.date, value: Decimal | None
) -> dt.date | None:
    """The first day on which it no longer counts by the program; ``None`` where it has no end.

    A figure has none of its own: the metric's freshness ends it.
    """
    rule = program.document.attestations.get(code) if program and value is None else None
    months = rule.months if rule else None
    return add_months(since, months) if isinstance(months, int) else None


def _unknown(section: str, code: str, program: Program, pointer: str) -> Reason:
    known = ", ".join(sorted(getattr(program.document, section)))
    fix = _("Known: %(codes)s.") % {"codes": known} if known else ""
    if section == "metrics":
        detail = _("The program has no metric “%(code)s”.") % {"code": code}
        return Reason("unknown_metric", detail, fix=fix, pointer=pointer)
    detail = _("The program has no attestation “%(code)s”.") % {"code": code}
    return Reason("unknown_attestation", detail, fix=fix, pointer=pointer)


def day_ahead(pointer: str) -> Reason:
    return Reason("day_ahead", _("The day lies ahead. Give one up to today."), pointer=pointer)
