"""Co-sell: asking for it, one page each for both sides, and the vendor's engineers by week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.db.models import Prefetch
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals import actions
from deals.co_sell_forms import (
    AcceptForm,
    AskForm,
    BookForm,
    CancelForm,
    DeclineForm,
    FinishForm,
    JoinForm,
    PlanForm,
    skill_words,
)
from deals.co_sell_tables import CoSellFilter, CoSellTable, by_clock
from deals.models import CoSellPerson, CoSellRequest, Engineer, EngineerBooking, Registration
from deals.rules.capacity import WEEK, monday
from deals.rules.co_sell import advanced_gate, co_sell_on, held_by_others
from deals.rules.reading import renewals_read_by
from partners.models import Customer, Partner, Task
from partners.pages import form_page, own_partner
from partners.task_pages import lines_of
from partners.timeline import timeline_page
from programs.compiled import program_on
from tenants import scope
from tenants.clock import today
from tenants.directory import vendor_by_id
from tenants.pages import page_for
from web import clock
from web.codes import words_of
from web.lists import ListPage

State = CoSellRequest.State
WEEKS = 8
"""So many weeks of the engineers are shown."""


class CoSellPage(ListPage):
    """The partner's requests, or all of the vendor's, what waits for an answer first."""

    table_class = CoSellTable
    filterset_class = CoSellFilter
    template_name = "deals/co_sells.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("cosell.read")(super().get)(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        standing = EngineerBooking.objects.filter(released_at__isnull=True)
        return by_clock(CoSellRequest.objects.select_related("partner")).prefetch_related(
            Prefetch("bookings", queryset=standing, to_attr="standing")
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today(), "at": clock.now(), "staff": scope.current().all_partners}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        held, on = scope.current(), today()
        offered = co_sell_on(on)
        context: dict[str, Any] = {
            "staff": held.all_partners,
            "offered": offered,
            "may_manage": held.can("cosell.manage"),
        }
        if not held.all_partners and offered is not None:
            context["gate"] = advanced_gate(own_partner(), on)
        return {**super().get_context_data(**kwargs), **context}


@page_for("cosell.ask")
def ask(request: HttpRequest) -> HttpResponse:
    """Ask: ``?renewal=``, ``?registration=`` or ``?customer=`` says what it is about."""
    on = today()
    if co_sell_on(on) is None:
        raise Http404
    about, partner, name, page = _about(request, on)
    gate = advanced_gate(partner, on)
    form = AskForm(request.POST or None, on=on, advanced=gate.offered)
    done: list[CoSellRequest] = []

    def verb() -> None:
        said = form.cleaned_data
        done.append(actions.ask_co_sell(partner, at=clock.now(), on=on, **about, **said))

    answer = form_page(
        request, form, verb, reverse("deals:co_sells"), template="deals/co_sell_ask.html",
        heading=_("Ask for co-sell at %(name)s") % {"name": name}, button=_("Ask"),
        subtitle=partner.name if scope.current().all_partners else "",
        back=page, back_label=name, gate=gate, staff=scope.current().all_partners,
    )  # fmt: skip
    return redirect("deals:co_sell", ref=done[0].ref) if done else answer


def _about(request: HttpRequest, on: dt.date) -> tuple[dict[str, Any], Partner, str, str]:
    """What it is about, of those that the reader may read: arguments of the action, the partner, a
    name, and the page that it comes from; else 404."""
    kinds: dict[str, tuple[Any, Callable[[Any], str], str]] = {
        "renewal": (renewals_read_by(on), lambda row: row.contract.customer.name, "deals:renewal"),
        "registration": (
            Registration.objects.exclude(state="draft").select_related("partner"),
            lambda row: row.name,
            "deals:registration",
        ),
        "customer": (
            Customer.objects.select_related("partner"), lambda row: row.name, "partners:customer",
        ),
    }  # fmt: skip
    for kind, (rows, named, page) in kinds.items():
        ref = request.GET.get(kind, "")
        row = rows.with_public_id(ref).first() if ref else None
        if row is not None:
            return {kind: row}, row.partner, named(row), reverse(page, args=[row.ref])
    raise Http404


@page_for("cosell.read")
def co_sell(request: HttpRequest, ref: str) -> HttpResponse:
    """One request: what is asked, who takes part, who comes when, what is to do."""
    on, row = today(), _found(ref)
    held = scope.current()
    bookings = list(EngineerBooking.objects.filter(request=row).order_by("since", "pk"))
    tasks = Task.objects.filter(about=row.ref).select_related("partner", "assignee")
    gate = advanced_gate(row.partner, on) if row.advanced or _lacks(row) else None
    renewal = None
    if row.renewal_id:
        renewal = renewals_read_by(on).filter(pk=row.renewal_id).first()
    context = {
        "row": row,
        "staff": held.all_partners,
        "today": on,
        "at": clock.now(),
        "about": ", ".join(map(words_of, row.families)),
        "renewal": renewal,
        "people": _people(row),
        "bookings": bookings,
        "hours": sum(one.hours for one in bookings if one.released_at is None),
        "tasks": lines_of(tasks.order_by("state", "due_on", "pk"), on),
        "gate": gate,
        "conflicts": _conflicts(row, on),
        "may": _may(row),
        "may_task": held.can("tasks.write"),
        "timeline": timeline_page(request.GET, on=on, subjects=[row.public_id]),
    }
    return render(request, "deals/co_sell.html", context)


def _lacks(row: CoSellRequest) -> bool:
    return row.reason == CoSellRequest.Reason.NOT_CERTIFIED


def _people(row: CoSellRequest) -> list[dict[str, Any]]:
    """Those who take part, by side."""
    rows = list(CoSellPerson.objects.filter(request=row))
    vendor = vendor_by_id(scope.current().vendor_id)
    sides = (("vendor", vendor.name), ("partner", row.partner.name))
    return [
        {"title": title, "side": side, "rows": [one for one in rows if one.side == side]}
        for side, title in sides
    ]


def _conflicts(row: CoSellRequest, on: dt.date) -> tuple[Any, ...]:
    """What stands against advanced co-sell there, for the vendor's people."""
    waits = row.state == State.ASKED and row.advanced and scope.current().can("cosell.manage")
    return held_by_others(row, program_on(on).document, on) if waits else ()


def _may(row: CoSellRequest) -> set[str]:
    """Names of the pages and buttons that lead on from here."""
    held, next_ = scope.current(), CoSellRequest.TRANSITIONS[State(row.state)]
    found: set[str] = set()
    live = row.state in (State.ASKED, *CoSellRequest.LIVE)
    if held.can("cosell.ask") and live:
        found |= {"cancel", "join"}
    if not held.can("cosell.manage"):
        return found
    names = {State.ACCEPTED: "accept", State.DECLINED: "decline", State.PLANNED: "plan",
             State.UNDER_WAY: "start", State.DONE: "finish"}  # fmt: skip
    found |= {names[State(state)] for state in next_ if state in names}
    if row.state in CoSellRequest.LIVE:
        found |= {"book", "plan"}
    return found


def _act(
    request: HttpRequest,
    ref: str,
    form: Callable[[CoSellRequest], Any],
    verb: Callable[[CoSellRequest, dict[str, Any]], Any],
    **words: Any,
) -> HttpResponse:
    """A form about one request, which ends on its page."""
    row = _found(ref)
    shown, page = form(row), reverse("deals:co_sell", args=[row.ref])
    return form_page(
        request, shown, lambda: verb(row, shown.cleaned_data), page,
        back=page, back_label=row.name, subtitle=row.name, **words,
    )  # fmt: skip


@page_for("cosell.manage")
def accept(request: HttpRequest, ref: str) -> HttpResponse:
    """Say yes."""
    return _act(
        request, ref, lambda row: AcceptForm(request.POST or None),
        lambda row, said: actions.accept_co_sell(row, at=clock.now(), on=today(), **said),
        heading=_("Accept the request"), button=_("Accept"),
        note=_("You take part then; book engineers and plan it afterwards."),
    )  # fmt: skip


@page_for("cosell.manage")
def decline(request: HttpRequest, ref: str) -> HttpResponse:
    """Say no, with a reason that names nobody."""
    return _act(
        request, ref, lambda row: DeclineForm(request.POST or None),
        lambda row, said: actions.decline_co_sell(row, at=clock.now(), **said),
        heading=_("Decline the request"), button=_("Decline"), tone="danger",
    )  # fmt: skip


@page_for("cosell.manage")
def co_sell_plan(request: HttpRequest, ref: str) -> HttpResponse:
    """Write down what was agreed, and when."""
    return _act(
        request, ref, lambda row: PlanForm(request.POST or None, held=row, on=today()),
        lambda row, said: actions.plan_co_sell(row, at=clock.now(), **said),
        heading=_("Plan it"), button=_("Save"),
        note=_("Tasks for either side are given on the request's page."),
    )  # fmt: skip


@require_POST
@page_for("cosell.manage")
def start(request: HttpRequest, ref: str) -> HttpResponse:
    """It has begun."""
    row = _found(ref)
    actions.start_co_sell(row, at=clock.now())
    return redirect("deals:co_sell", ref=row.ref)


@page_for("cosell.manage")
def finish(request: HttpRequest, ref: str) -> HttpResponse:
    """What came of it."""
    return _act(
        request, ref, lambda row: FinishForm(request.POST or None),
        lambda row, said: actions.finish_co_sell(row, at=clock.now(), on=today(), **said),
        heading=_("What came of it"), button=_("Record it as done"),
        note=_("Hours booked after today are free again."),
    )  # fmt: skip


@page_for("cosell.ask")
def cancel(request: HttpRequest, ref: str) -> HttpResponse:
    """Call it off."""
    return _act(
        request, ref, lambda row: CancelForm(request.POST or None),
        lambda row, said: actions.cancel_co_sell(row, at=clock.now(), on=today(), **said),
        heading=_("Call it off"), button=_("Call it off"), tone="danger",
        note=_("Both sides read why. Engineers that are booked from today on are free again."),
    )  # fmt: skip


@page_for("cosell.ask")
def join(request: HttpRequest, ref: str) -> HttpResponse:
    """Name somebody who takes part."""
    return _act(
        request, ref,
        lambda row: JoinForm(request.POST or None, partner=row.partner, on=today()),
        lambda row, said: actions.join_co_sell(row, at=clock.now(), on=today(), **said),
        heading=_("Who takes part?"), button=_("Add"),
    )  # fmt: skip


@require_POST
@page_for("cosell.ask")
def leave(request: HttpRequest, ref: str) -> HttpResponse:
    """Somebody takes part no more."""
    held = CoSellPerson.objects.with_public_id(ref).select_related("request__partner").first()
    if held is None:
        raise Http404
    actions.leave_co_sell(held)
    return redirect("deals:co_sell", ref=held.request.ref)


@page_for("cosell.manage")
def book(request: HttpRequest, ref: str) -> HttpResponse:
    """Book an engineer."""
    on = today()
    return _act(
        request, ref, lambda row: BookForm(request.POST or None, held=row, on=on),
        lambda row, said: actions.book_engineer(row, at=clock.now(), on=on, **said),
        heading=_("Book an engineer"), button=_("Book"),
        note=_("Those with skills in what it is about come first. Nobody is booked beyond the "
               "hours of a week, time away included. The partner reads who comes and when."),
    )  # fmt: skip


@require_POST
@page_for("cosell.manage")
def release(request: HttpRequest, ref: str) -> HttpResponse:
    """Give booked hours back."""
    rows: Any = EngineerBooking.objects.select_related("request__partner", "engineer__person")
    held = rows.with_public_id(ref).first()
    if held is None:
        raise Http404
    actions.release_booking(held, at=clock.now())
    return redirect("deals:co_sell", ref=held.request.ref)


@page_for("cosell.manage")
def engineers(request: HttpRequest) -> HttpResponse:
    """The engineers by week: what is booked, away and left."""
    on = today()
    first = monday(on)
    rows = list(Engineer.objects.filter(active=True).select_related("person"))
    rows.sort(key=lambda row: row.person.name)
    document = program_on(on).document
    plans = actions.week_plan(rows, first, first + (WEEKS - 1) * WEEK)
    booked: dict[int, list[EngineerBooking]] = {}
    standing = EngineerBooking.objects.filter(released_at__isnull=True, until__gte=first)
    for one in standing.select_related("request__partner").order_by("since", "pk"):
        booked.setdefault(one.engineer_id, []).append(one)
    context = {
        "weeks": [first + n * WEEK for n in range(WEEKS)],
        "lines": [
            {
                "row": row,
                "skills": skill_words(row.skills, document),
                "weeks": plans[row.pk],
                "bookings": booked.get(row.pk, []),
            }
            for row in rows
        ],
        "may_admin": scope.current().can("admin.use"),
    }
    return render(request, "deals/engineers.html", context)


def waiting(request: HttpRequest) -> int:
    """The count beside the menu's entry: what waits for the vendor's answer."""
    if not scope.current().can("cosell.manage"):
        return 0
    return int(CoSellRequest.objects.filter(state=State.ASKED).count())


def _found(ref: str) -> CoSellRequest:
    rows: Any = CoSellRequest.objects.select_related(
        "partner", "customer", "registration", "renewal", "asked_by"
    )
    row: CoSellRequest | None = rows.with_public_id(ref).first()
    if row is None:
        raise Http404
    return row
