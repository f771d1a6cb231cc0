"""Hand partners over to a colleague on a day, or to a stand-in for a while."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from partners.actions.handovers import (
    end_assignment,
    plan_hand_over,
    stand_in,
    withdraw_hand_over,
)
from partners.forms import DayField
from partners.models import HandOver, Partner, PortfolioEntry, ServiceScope
from partners.pages import said_yes
from partners.rules.relations import OVERSEES, beside_managers, colleagues, managed_by, may_end
from tenants import scope
from tenants.clock import today
from tenants.models import Person
from tenants.pages import page_for
from web import clock


class HandOverForm(forms.Form):
    """Who takes which partners, from when; with a last day it is a stand-in's."""

    to = forms.ChoiceField(label=gettext_lazy("To"))
    on = DayField(label=gettext_lazy("From"))
    until = DayField(
        label=gettext_lazy("Until"),
        required=False,
        help_text=gettext_lazy("First day back, for a stand-in. Empty: for good."),
    )
    note = forms.CharField(
        label=gettext_lazy("What to know about all of them"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, on: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"on": on + dt.timedelta(days=7)}
        super().__init__(*args, **kwargs)
        people: Any = self.fields["to"]
        me = scope.current().person_id
        people.choices = [(p.ref, p.name) for p in colleagues(on) if p.pk != me]


def _mine(on: dt.date) -> list[PortfolioEntry]:
    """The partners that the person may give away, by name."""
    held = scope.current()
    rows = PortfolioEntry.objects.filter(kind=PortfolioEntry.Kind.MAIN, until__isnull=True)
    if held.role not in OVERSEES:
        rows = rows.filter(person_id=held.person_id)
    rows = rows.exclude(partner__status=Partner.Status.EXITED)
    return list(rows.select_related("partner", "person").order_by("partner__name"))


@page_for("portfolio.hand_over")
def hand_over(request: HttpRequest) -> HttpResponse:
    """Choose partners, say to whom and from when; and what is planned already."""
    on = today()
    form = HandOverForm(request.POST or None, on=on)
    mine = _mine(on)
    everything = "all" in request.POST
    chosen = {e.partner.ref for e in mine} if everything else set(request.POST.getlist("partners"))
    lines = [
        {
            "partner": entry.partner,
            "person": entry.person,
            "note": request.POST.get(f"note_{entry.partner.ref}", ""),
            "checked": entry.partner.ref in chosen,
            "later": entry.since > on,
        }
        for entry in mine
    ]

    def plan() -> None:
        said = form.cleaned_data
        to = Person.objects.by_ref(said["to"])
        notes = {
            entry.partner_id: "\n".join(
                filter(None, [said["note"], request.POST.get(f"note_{entry.partner.ref}", "")])
            )
            for entry in mine
            if entry.partner.ref in chosen
        }
        if said["until"]:
            stand_in(notes, person=to, since=said["on"], until=said["until"], today=on)
        else:
            plan_hand_over(notes, to=to, on=said["on"], at=clock.now(), today=on)

    posted = request.method == "POST"
    if posted and form.is_valid() and said_yes(form, plan):
        return redirect("partners:hand_over")
    context = {
        "form": form,
        "lines": lines,
        "everything": everything,
        "planned": _planned(on),
        "beside": _beside(on),
        "today": on,
        "back": reverse("scorecards:portfolio"),
    }
    return render(request, "partners/hand_over.html", context, status=422 if posted else 200)


def _planned(on: dt.date) -> list[HandOver]:
    held = scope.current()
    rows = HandOver.objects.exclude(state=HandOver.State.WITHDRAWN).filter(
        on__gte=on - dt.timedelta(days=30)
    )
    if held.role not in OVERSEES:
        rows = rows.filter(from_person_id=held.person_id) | rows.filter(to_person_id=held.person_id)
    return list(rows.select_related("partner", "from_person", "to_person").order_by("on", "pk"))


def _beside(on: dt.date) -> list[PortfolioEntry]:
    """Stand-ins and specialists of the partners in view, each with whether the reader ends it."""
    held, rows = scope.current(), beside_managers(on)
    if held.role not in OVERSEES:
        own = PortfolioEntry.objects.current(on).filter(person_id=held.person_id)
        rows = rows.filter(partner_id__in=own.values("partner_id"))
    mine, services, found = managed_by(on), dict(ServiceScope.choices), list(rows)
    for row in found:
        row.service = services.get(row.scope, "")  # type: ignore[attr-defined]
        row.may_end = may_end(row, mine)  # type: ignore[attr-defined]
    return found


@require_POST
@page_for("portfolio.hand_over")
def hand_over_withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take back what was planned."""
    row = HandOver.objects.with_public_id(ref).select_related("partner").first()
    if row is None:
        raise Http404
    withdraw_hand_over(row, on=today())
    return redirect("partners:hand_over")


@require_POST
@page_for("portfolio.hand_over")
def assignment_end(request: HttpRequest, ref: str) -> HttpResponse:
    """From today a specialist or stand-in looks after the partner no longer."""
    row = PortfolioEntry.objects.with_public_id(ref).select_related("partner").first()
    if row is None:
        raise Http404
    end_assignment(row, on=today())
    messages.success(request, _("Ended from today."))
    return redirect("partners:hand_over")
