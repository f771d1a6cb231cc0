"""What is asked of a partner, in words: the pages for the partner and for the vendor's staff."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Attestation, Fact, Partner
from partners.providers import ATTESTED, CUSTOMERS, TENURE, currency_of
from partners.rules.asked import Asked, Use, asked_facts
from programs.compiled import Program, program_or_none
from tenants import scope
from web.codes import words_of
from web.templatetags import mainstay as words

SOURCES: dict[str, Any] = {
    "deployments": gettext_lazy("Licences that run"),
    CUSTOMERS: gettext_lazy("Customer list"),
    TENURE: gettext_lazy("Day of joining"),
    ATTESTED: gettext_lazy("Attested and accepted"),
    "agreed": gettext_lazy("Agreed with the partner"),
}
OWN_ROWS = frozenset({"deployments", CUSTOMERS, TENURE})
TONES = {
    Attestation.State.PENDING: "info",
    Attestation.State.ACCEPTED: "ok",
    Attestation.State.REFUSED: "warn",
}


@dataclass(frozen=True)
class Figure:
    """One line of the page: everything in words."""

    title: str
    value: str
    source: str
    as_of: dt.date | None
    fresh_until: dt.date | None
    uses: str
    note: str = ""


def figures_page(partner: Partner, on: dt.date, *, staff: bool = False) -> dict[str, Any]:
    """What is missing (with what to do), what is known, and the partner's statements."""
    asked = asked_facts([partner.pk], on)[partner.pk]
    statements = list(Attestation.objects.filter(partner=partner).select_related("document"))
    waiting = {row.code: row for row in statements if row.state == Attestation.State.PENDING}
    imported = _imported(partner, on)
    return {
        "partner": partner,
        "today": on,
        "staff": staff,
        "missing": [_task(one, waiting, staff=staff) for one in asked if not one.known],
        "figures": [_figure(one, imported) for one in asked if one.known],
        "statements": [_statement(row, asked, staff=staff) for row in statements],
        "may_submit": scope.current().can("attestations.submit") and not staff,
    }


def _imported(partner: Partner, on: dt.date) -> dict[str, Fact]:
    """The latest imported value of each metric: shown where another source wins."""
    rows = Fact.objects.filter(partner=partner, period__lte=on, superseded_by__isnull=True)
    latest = rows.order_by("metric", "-period", "-pk").distinct("metric")
    return {row.metric: row for row in latest}


def _figure(one: Asked, imported: Mapping[str, Fact]) -> Figure:
    other, note = imported.get(one.code), ""
    if other is not None and one.kind == "metric" and one.source in OWN_ROWS:
        note = _("%(source)s says %(value)s of %(day)s. Our own rows win.") % {
            "source": other.source,
            "value": amount_words(other.value, other.unit),
            "day": words.short_date(other.period),
        }
    return Figure(
        one.title, value_words(one), source_words(_source(one)), one.as_of, one.fresh_until,
        uses_words(one.uses), note,
    )  # fmt: skip


def _source(one: Asked) -> str:
    return ATTESTED if one.kind == "attestation" else one.source


def _task(one: Asked, waiting: Mapping[str, Attestation], *, staff: bool) -> dict[str, Any]:
    """A line of the to-do list: what is missing, why it matters, and who can do what."""
    line = {"title": one.title, "why": why_words(one), "icon": "help-circle", "tone": "warn"}
    row = waiting.get(one.code)
    if row is not None:
        line |= {"icon": "hourglass", "tone": "info", "due": _("waits for a decision")}
        if staff and scope.current().can("attestations.decide"):
            address = reverse("partners:attestation", args=[row.ref])
            line |= {"button_label": _("Decide"), "button_url": address}
    elif one.stated and not staff and scope.current().can("attestations.submit"):
        line |= {
            "button_label": _("Submit with evidence"),
            "button_url": reverse("partners:attestation_submit", args=[one.code]),
        }
    return line


def why_words(one: Asked) -> str:
    """Why it is missing, who supplies it, and what waits for it."""
    if one.kind == "attestation":
        first = _("Not attested yet.")
        if one.fresh_until is not None:
            first = _("Ended on %(day)s.") % {"day": words.short_date(one.fresh_until)}
    elif one.as_of is not None and one.fresh_until is not None:
        first = _("The value of %(day)s is too old since %(since)s.") % {
            "day": words.short_date(one.as_of),
            "since": words.short_date(one.fresh_until),
        }
    else:
        first = _("No value yet.")
    waits = _("Asked by %(levels)s.") % {"levels": uses_words(one.uses)}
    if one.kind == "attestation":
        return f"{first} {waits}"
    return f"{first} {_('Comes from: %(source)s.') % {'source': owner_words(one)}} {waits}"


def owner_words(one: Asked) -> str:
    """Who is documented to supply it."""
    if one.kind == "agreed":
        return _("Agreement with the partner")
    return capfirst(one.owner) or _("Nobody: the program names no source")


def source_words(source: str) -> str:
    """Where a value came from: our own rows by what they are, others as they were named."""
    known = SOURCES.get(source)
    return str(known) if known else source.replace("_", " ")


def uses_words(uses: Iterable[Use]) -> str:
    """ "Gold (to come in and to stay), Endpoint (to deploy it)"; with the type where there are
    several."""
    uses = list(uses)
    several = len({use.type_title for use in uses if not use.gate}) > 1
    levels: dict[str, set[bool]] = {}
    for use in uses:
        if use.gate:
            continue
        name = f"{use.type_title} · {use.level_title}" if several else use.level_title
        levels.setdefault(name, set()).add(use.keep)
    both, stay, enter = _("to come in and to stay"), _("to stay"), _("to come in")
    why = {frozenset({True, False}): both, frozenset({True}): stay, frozenset({False}): enter}
    named = [f"{name} ({why[frozenset(kept)]})" for name, kept in levels.items()]
    products = dict.fromkeys(use.level_title for use in uses if use.gate)
    named += [f"{product} ({_('to deploy it')})" for product in products]
    return ", ".join(named)


def value_words(one: Asked) -> str:
    if one.kind == "attestation":
        return _("Attested")
    return amount_words(one.value or Decimal(0), one.unit)


def amount_words(value: Decimal, unit: str) -> str:
    """1,250.5 seats; 12 %; an amount with its currency, to the cent where it has cents."""
    if currency_of(unit):
        written = words.money if value == int(value) else words.money_exact
        return str(written(value, unit))
    places = 0 if value == int(value) else min(4, -int(value.normalize().as_tuple().exponent))
    text = str(words.number(value, places))
    return f"{text} {_one_of(unit) if value == 1 else unit}" if unit else text


def _one_of(unit: str) -> str:
    """The unit of a single one: "customer" of "customers"."""
    return "person" if unit == "people" else unit.removesuffix("s")


def _statement(row: Attestation, asked: Sequence[Asked], *, staff: bool) -> dict[str, Any]:
    titles = {one.code: one for one in asked}
    one = titles.get(row.code)
    title = one.title if one else words_of(row.code)
    if row.value is not None:
        title = f"{title}: {amount_words(row.value, one.unit if one else '')}"
    waits = staff and row.state == Attestation.State.PENDING
    return {
        "row": row,
        "title": title,
        "state": _("Withdrawn") if row.withdrawn else row.get_state_display(),
        "document": reverse("partners:attestation_document", args=[row.ref])
        if row.document_id
        else "",
        "tone": "warn" if row.withdrawn else TONES[Attestation.State(row.state)],
        "url": reverse("partners:attestation", args=[row.ref]) if waits else "",
    }


def statements_to_decide(
    partners: QuerySet[Partner], on: dt.date, *, most: int
) -> list[dict[str, Any]]:
    """Statements of these partners that wait for the reader's decision, the oldest first, as lines
    of what there is to do; none for who does not decide."""
    if not scope.current().can("attestations.decide"):
        return []
    rows = Attestation.objects.filter(partner__in=partners, state=Attestation.State.PENDING)
    program = program_or_none(on)
    return [
        {
            "title": statement_title(row, program),
            "why": f"{row.partner.name} · {row.evidence}",
            "icon": "rosette-discount-check",
            "tone": "info",
            "button_label": _("Decide"),
            "button_url": reverse("partners:attestation", args=[row.ref]),
        }
        for row in rows.select_related("partner").order_by("submitted_at")[:most]
    ]


def statement_title(row: Attestation, program: Program | None) -> str:
    """What the partner states, by the title that it has in the program."""
    section = "attestations" if row.value is None else "metrics"
    return program.document.title_of(section, row.code) if program else words_of(row.code)
