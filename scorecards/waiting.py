"""What the night left and what waits for a decision, on the account manager's portfolio.

In a constant number of queries, whatever the portfolio's size.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from licensing.models import ClassChange, Override
from partners.figures import statements_to_decide
from partners.models import Partner
from partners.words import words_of_all
from scorecards.rules.todo import Todo
from tenants import scope
from tenants.clock import day_of
from web.templatetags.mainstay import short_date

ENDS_SOON = dt.timedelta(days=3)
MOST = 6
"""Lines of each kind: the oldest decisions, the latest exceptions."""


def waiting(partners: QuerySet[Partner], on: dt.date, at: dt.datetime) -> list[Todo]:
    """Glass broken since yesterday morning, overrides that end soon or wait, and what the reader
    decides: statements of partners and classes to be taken away; of the partners in view."""
    return [*_exceptions(partners, on, at), *_classes(partners), *_statements(partners, on)]


def _exceptions(partners: QuerySet[Partner], on: dt.date, at: dt.datetime) -> Iterator[Todo]:
    if not scope.current().can("exceptions.read"):
        return
    kinds, states = Override.Kind, Override.State
    recent = Q(kind=kinds.BREAK_GLASS, requested_at__gt=at - dt.timedelta(days=1))
    ending = Q(state=states.APPROVED, ends_at__gt=at, ends_at__lte=at + ENDS_SOON)
    asked = Q(state=states.REQUESTED)
    rows = Override.objects.filter(recent | ending | asked, partner__in=partners)
    for row in rows.select_related("partner", "customer", "product").order_by("-id")[:MOST]:
        glass = row.kind == kinds.BREAK_GLASS
        words = {"product": row.product.name, "day": short_date(day_of(row.ends_at or at))}
        if glass:
            title = _("Glass broken: %(product)s") % words
        elif row.state == states.REQUESTED:
            title = _("Override asked for: %(product)s") % words
        else:
            title = _("Override ends on %(day)s: %(product)s") % words
        address = reverse("licensing:exception", args=[row.ref])
        where = row.customer.name if row.customer else ""
        yield Todo(
            title=title,
            why=" · ".join(filter(None, [row.partner.name, where, row.reason])),
            icon="key",
            tone="bad" if glass else "warn",
            due=short_date(day_of(row.requested_at)) if glass else "",
            url=address,
            button_label=_("Read"),
            button_url=address,
        )


def _classes(partners: QuerySet[Partner]) -> Iterator[Todo]:
    if not scope.current().can("classes.decide"):
        return
    rows = ClassChange.objects.filter(partner__in=partners, state=ClassChange.State.REQUESTED)
    for row in rows.select_related("partner", "customer").order_by("id")[:MOST]:
        gone = [code for code in row.before if code not in row.environments]
        address = reverse("licensing:class_change", args=[row.ref])
        words = {"classes": words_of_all(gone), "customer": row.customer.name}
        yield Todo(
            title=_("Take away %(classes)s at %(customer)s?") % words,
            why=f"{row.partner.name} · {row.evidence}",
            icon="shield",
            tone="info",
            url=address,
            button_label=_("Decide"),
            button_url=address,
        )


def _statements(partners: QuerySet[Partner], on: dt.date) -> Iterator[Todo]:
    for line in statements_to_decide(partners, on, most=MOST):
        yield Todo(**line, url=line["button_url"])
