"""What the page of a review shows of its outcomes, as values ready for its template. Read-only."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from django.db.models import F, Window
from django.db.models.functions import RowNumber
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import ReviewOutcome, ReviewRun
from reviews.rules import KINDS
from reviews.words import gap_words
from web.templatetags.mainstay import short_date

SHOWN = 50
"""Outcomes of one kind on a run's page; the list shows all."""

_MEANS: dict[str, Any] = {
    "demote": gettext_lazy("The level is lost, with what it gives."),
    "cure": gettext_lazy("The level is kept until the day named, and lost then if it is not met."),
    "warn": gettext_lazy(
        "The level is kept. It is not met, and the program lets nobody fall, or it is met no "
        "longer from the day named."
    ),
    "unknown": gettext_lazy("Nobody moves: data is missing, and its owner has a task for it."),
    "exception": gettext_lazy("The level is kept by decision until the day named."),
    "promote": gettext_lazy("The level is won, with what it gives."),
    "keep": gettext_lazy("Nothing changes."),
}


def outcome_groups(run: ReviewRun) -> list[dict[str, Any]]:
    """By kind, what somebody loses first; the first fifty of each, and a link to all. ``open``:
    where something changes for somebody."""
    place = Window(RowNumber(), partition_by=F("kind"), order_by=("partner__name", "pk"))
    rows = ReviewOutcome.objects.filter(run=run).defer("explanation").annotate(place=place)
    shown: dict[str, list[ReviewOutcome]] = defaultdict(list)
    for row in (
        rows.filter(place__lte=SHOWN)
        .select_related("partner", "from_level", "to_level")
        .order_by("partner__name", "pk")
    ):
        shown[row.kind].append(row)
    listed = reverse("admin:reviews_reviewoutcome_changelist")
    return [
        {
            "kind": kind,
            "title": ReviewOutcome.Kind(kind).label,
            "means": _MEANS[kind],
            "count": run.counts.get(kind, len(shown[kind])),
            "open": kind != "keep",
            "table": _table(shown[kind]),
            "all": f"{listed}?run={run.ref}&kind__exact={kind}",
            "shown": len(shown[kind]),
        }
        for kind in KINDS
        if kind in shown
    ]


def _table(rows: list[ReviewOutcome]) -> dict[str, Any]:
    """Partner, levels, and the columns that say something of any of them."""
    columns = [
        (_("Partner"), [_name(row) for row in rows]),
        (_("Level"), [_levels(row) for row in rows]),
        (_("Until"), [short_date(row.until) if row.until else "" for row in rows]),
        (_("What is missing"), [gap_words(row.gap) for row in rows]),
    ]
    told = [(label, cells) for label, cells in columns if any(cells)]
    headers = [label for label, _cells in told]
    lines = zip(*(cells for _label, cells in told), strict=True)
    return {
        "headers": headers,
        "rows": [list(zip(headers, (cell or "–" for cell in line), strict=True)) for line in lines],
    }


def _name(outcome: ReviewOutcome) -> Any:
    page = reverse("admin:reviews_reviewoutcome_change", args=[outcome.ref])
    return format_html('<a href="{}">{}</a>', page, outcome.partner.name)


def _levels(outcome: ReviewOutcome) -> str:
    """``Core → Registered``; one level where nothing moves."""
    levels = (outcome.from_level, outcome.to_level)
    before, after = (level.name if level else str(_("no level")) for level in levels)
    return before if before == after else f"{before} → {after}"
