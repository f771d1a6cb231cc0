"""What a partner's home and the account manager's partner page show: one context for both."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import F, Max
from django.urls import reverse
from django.utils.translation import gettext as _

from deals.models import Renewal
from deals.outlook import first_to_lose, worth_of_renewals
from deals.rules.reading import renewals_read_by
from licensing.models import Deployment
from licensing.panels import licence_rows
from licensing.rules import ground_for
from partners.models import (
    Customer,
    Enrolment,
    Partner,
    PortfolioEntry,
    ServiceScope,
    Task,
)
from partners.rules.asked import asked_facts
from partners.task_pages import TaskLine, late_words, lines_of, mine
from programs.asking import facts_for, level_trees
from programs.document import ProgramDocument
from programs.document.types import TIER
from programs.gathering import Kind
from programs.rules import Facts
from scorecards.rules import Todo, level_views, todo_for_staff, todo_of
from scorecards.rules.signals import (
    Signal,
    expiries,
    missing_data,
    running_groups,
    signals_of,
    unclassified_customers,
)
from scorecards.runway import runway_panel
from tenants import scope
from web.codes import words_of
from web.templatetags.mainstay import short_date


def partner_panels(partner: Partner, on: dt.date, *, staff: bool = False) -> dict[str, Any]:
    """Everything about one partner on one day, for a page that only prints it."""
    ground = ground_for([partner], on)
    document = ground.program.document
    groups = running_groups([partner.pk])
    unclassified = unclassified_customers([partner.pk], list(document.regulated_verticals), on)
    signals = signals_of(ground, partner.pk, groups.get(partner.pk, []), unclassified)
    signals += missing_data(partner.pk, asked_facts([partner.pk], on)[partner.pk], staff=staff)
    levels = level_views(document, level_facts(document, partner, on), on)
    everybody = expiries(ground, partner.pk, ahead=3650)
    return {
        "partner": partner,
        "today": on,
        "staff": staff,
        "todo": [
            *(() if staff else asked_of_us(partner, on)),
            *(_todo(signal, partner, staff=staff) for signal in signals),
            *(() if staff else renewals_to_do(on)),
        ],
        "levels": levels,
        "level": levels[0] if levels else None,
        "licences": licence_rows([partner], on, ground=ground, staff=staff)[partner.pk],
        "expiries": [
            {
                "person": expiry.person,
                "until": expiry.until,
                "track_title": document.title_of("tracks", expiry.track),
            }
            for expiry in everybody[:6]
        ],
        "largest": largest_customers(partner, on),
        "expiry_count": len(everybody),
        "runway": runway_panel(partner, on),
        "runway_url": _runway_url(partner, staff=staff),
        "people_count": len(ground.facts[partner.pk].own_people),
        "customer_count": Customer.objects.current(on).filter(partner=partner).count(),
        "enrolments": list(
            Enrolment.objects.current(on)
            .filter(partner=partner, axis=TIER)
            .select_related("partner_type", "level")
        ),
        "account_managers": _carers(partner, on),
    }


def _carers(partner: Partner, on: dt.date) -> list[PortfolioEntry]:
    """Who looks after the partner, the main one first; a specialist with its ``service``."""
    rows = PortfolioEntry.objects.current(on).filter(partner=partner).select_related("person")
    found = list(rows.order_by("kind", "-since", "-pk"))
    services = dict(ServiceScope.choices)
    for row in found:
        row.service = services.get(row.scope, "")
    return found


def asked_of_us(partner: Partner, on: dt.date) -> list[Todo]:
    """What the vendor's people ask of the partner that reads its home, the most urgent first."""
    rows = Task.objects.filter(mine(), partner=partner).select_related("partner", "assignee")
    return [task_todo(line) for line in lines_of(rows.order_by("due_on", "pk"), on)]


def renewals_to_do(on: dt.date) -> list[Todo]:
    """The partner's own renewals that are overdue, at risk or not begun: the first of them."""
    rows = list(renewals_read_by(on).filter(outcome="", window_on__lte=on))
    urgent = first_to_lose(rows, worth_of_renewals(rows, on), on)
    return [_renewal_todo(one["row"], one["amount"], on) for one in urgent[:3]]


def _renewal_todo(row: Renewal, amount: str, on: dt.date) -> Todo:
    url, overdue = reverse("deals:renewal", args=[row.ref]), row.term_end <= on
    words = {"name": row.contract.customer.name, "day": short_date(row.decision_on)}
    return Todo(
        title=(_("Say what came of %(name)s") if overdue else _("Renew %(name)s")) % words,
        why=_("Its contract ended without an outcome.")
        if overdue
        else _("The customer decides by %(day)s.") % words,
        icon="calendar-event",
        tone="bad" if overdue or row.at_risk else "warn",
        due=late_words(on, row.decision_on),
        url=url,
        button_label=_("See the renewal"),
        button_url=url,
        amount=_("%(amount)s per month") % {"amount": amount} if amount else "",
    )


def task_panel(partner: Partner, on: dt.date) -> list[Todo]:
    """The open tasks about one partner, as its account manager reads them."""
    rows = Task.objects.filter(partner=partner, state=Task.State.OPEN)
    lines = lines_of(rows.select_related("partner", "assignee").order_by("due_on", "pk")[:8], on)
    return [task_todo(line, partner=_("for %(name)s") % {"name": line.who}) for line in lines]


def task_todo(line: TaskLine, *, partner: str = "") -> Todo:
    """A task as a line of a to-do list; ``partner`` is named where the list is of several."""
    opens = scope.current().can("tasks.settle")
    url = reverse("partners:task", args=[line.task.ref]) if opens else ""
    about = line.about.title if line.about else ""
    return Todo(
        title=line.task.title,
        why=" · ".join(filter(None, [partner, about, line.task.detail[:160]])),
        icon="checkbox",
        tone="bad" if line.overdue else "warn" if line.task.due_on == line.on else "brand",
        due=late_words(line.on, line.task.due_on),
        url=url,
        button_label=_("Open") if opens else "",
        button_url=url,
    )


def _runway_url(partner: Partner, *, staff: bool) -> str:
    if not staff:
        return reverse("scorecards:runway")
    return reverse("scorecards:partner_runway", args=[partner.ref])


def level_facts(document: ProgramDocument, partner: Partner, on: dt.date) -> Facts:
    """What the levels of the document ask of the partner, and those that it and its family hold."""
    kinds: tuple[Kind, ...] = ("held", "organisation")
    return facts_for(level_trees(document), [partner.pk], on, besides=kinds)[partner.pk]


def _todo(signal: Signal, partner: Partner, *, staff: bool) -> Todo:
    if not staff:
        return todo_of(signal)
    figures = signal.kind == "missing"
    url = reverse("partners:partner_figures", args=[partner.ref]) if figures else ""
    return todo_for_staff(signal, url=url)


def largest_customers(partner: Partner, on: dt.date, *, most: int = 6) -> list[dict[str, Any]]:
    """The customers with the most seats of any product: one query for them, one for products."""
    rows = list(
        Customer.objects.current(on)
        .filter(partner=partner)
        .annotate(running=Max("deployments__seats"))
        .order_by(F("running").desc(nulls_last=True), "name")[:most]
    )
    products: dict[int, list[str]] = {}
    found = Deployment.objects.filter(customer__in=rows, seats__gt=0).values_list(
        "customer_id", "product__name"
    )
    for customer_id, name in found:
        products.setdefault(customer_id, []).append(name)
    return [
        {
            "name": row.name,
            "url": reverse("partners:customer", args=[row.ref]),
            "vertical": words_of(row.vertical),
            "environments": row.environments,
            "products": ", ".join(sorted(products.get(row.pk, []))) or "–",
            "seats": row.running or 0,
        }
        for row in rows
    ]
