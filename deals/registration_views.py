"""Registrations: the partner's own, what it does with them, and the vendor's queue of decisions."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.db.models import Max, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from deals import actions
from deals.models import PreCheck, Protection, Registration
from deals.registration_forms import (
    AppealForm,
    ApproveForm,
    EndForm,
    ExtendForm,
    LoseForm,
    RefuseForm,
    RegistrationForm,
    ReverseForm,
    WinForm,
)
from deals.registration_tables import RegistrationFilter, RegistrationTable, queue
from deals.registration_words import touch_lines
from deals.rules.co_sell import may_ask
from deals.rules.conflicts import findings, running
from deals.rules.ledger import ledger_for
from deals.rules.reading import registrations_read_by
from deals.rules.registering import deals_on, open_policy, policies_for, terms
from deals.rules.scopes import scopes_of
from partners.pages import form_page, own_partner
from partners.timeline import timeline_page
from programs.compiled import program_on, program_or_none
from tenants import scope
from tenants.clock import today
from tenants.pages import page_for
from tenants.writing import Refused
from web import clock
from web.codes import words_of
from web.lists import ListPage

State = Registration.State


class RegistrationsPage(ListPage):
    """The partner's registrations, or all of the vendor's, what waits for an answer first."""

    table_class = RegistrationTable
    filterset_class = RegistrationFilter
    template_name = "deals/registrations.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("registrations.read")(super().get)(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        last = Max("protections__until", filter=Q(protections__ended=""))
        return queue(registrations_read_by().select_related("partner").annotate(protected=last))

    def get_table_kwargs(self) -> dict[str, Any]:
        staff = scope.current().all_partners
        return {"on": today(), "at": clock.now(), "staff": staff}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        staff = scope.current().all_partners
        may = scope.current().can("registrations.write") and not staff
        offered = bool(may and policies_for(own_partner(), today()))
        decides = staff and scope.current().can("registrations.decide") and bool(waiting_count())
        own = {"staff": staff, "may_register": offered, "may_decide": decides}
        return {**super().get_context_data(**kwargs), **own}


@page_for("registrations.write")
def choose(request: HttpRequest) -> HttpResponse:
    """What to register: one card for each policy that is open to the partner."""
    policies = policies_for(own_partner(), today())
    if len(policies) == 1:
        return redirect("deals:register", policy=next(iter(policies)))
    kinds = dict(Registration.Kind.choices)
    cards = [
        {"code": code, "policy": policy, "title": policy.title or kinds[policy.kind]}
        for code, policy in policies.items()
    ]
    return render(request, "deals/choose.html", {"cards": cards})


@page_for("registrations.write")
def register(request: HttpRequest, policy: str, ref: str = "") -> HttpResponse:
    """Type a registration, check it, keep it as a draft or submit it."""
    on, partner = today(), own_partner()
    held = _found(ref) if ref else None
    if held is not None and held.state != State.DRAFT:
        return redirect("deals:registration", ref=held.ref)
    rules = _or_404(lambda: open_policy(policy, partner, on))
    form = RegistrationForm(
        request.POST or None, partner=partner, policy=rules, document=program_on(on).document,
        held=held,
    )  # fmt: skip
    if request.method == "POST" and form.is_valid():
        answer = _kept(request, form, partner, policy, held)
        if answer is not None:
            return answer
    context = {
        "form": form,
        "policy": rules,
        "code": policy,
        "title": rules.title or dict(Registration.Kind.choices)[rules.kind],
        "left": _checks_left(partner),
        "held": held,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "deals/register.html", context, status=status)


def _kept(
    request: HttpRequest, form: Any, partner: Any, policy: str, held: Registration | None
) -> HttpResponse | None:
    """Keep what was typed and submit it if that was asked; the form says what did not fit."""
    on, at = today(), clock.now()
    try:
        row = actions.save_registration(
            partner, at=at, on=on, held=held, policy=policy, **form.typed()
        )
        if "submit" in request.POST:
            row = actions.submit_registration(row, at=at, on=on)
    except Refused as refused:
        for reason in refused.reasons:
            name = {"domains": "domain"}.get(reason.pointer, reason.pointer)
            known = name if name in form.fields else None
            form.add_error(known, " ".join(filter(None, [reason.detail, reason.fix])))
        return None
    return redirect("deals:registration", ref=row.ref)


@require_POST
@page_for("registrations.write")
def look(request: HttpRequest) -> HttpResponse:
    """The pre-check beside the form: looks clear, or needs review; never more."""
    partner = own_partner()
    _or_404(lambda: deals_on(today()))
    asked = {
        "name": request.POST.get("name", ""),
        "domain": request.POST.get("domain", ""),
        "country": request.POST.get("country", ""),
        "families": request.POST.getlist("families"),
    }
    context: dict[str, Any] = {}
    try:
        context["check"] = actions.precheck(partner, asked, at=clock.now(), on=today())
    except Refused as refused:
        context["refused"] = refused
    return render(request, "deals/_look.html", {**context, "left": _checks_left(partner)})


@page_for("registrations.read")
def registration(request: HttpRequest, ref: str) -> HttpResponse:
    """One registration: where it stands, what it protects, and what touched the customer."""
    on, row = today(), _found(ref)
    staff = scope.current().all_partners
    policy = _terms(row) if row.terms else None
    price = policy.prices.own if policy and policy.prices else None
    protections = list(Protection.objects.filter(registration=row).order_by("pk"))
    context: dict[str, Any] = {
        "row": row,
        "staff": staff,
        "today": on,
        "at": clock.now(),
        "policy": policy,
        "price": words_of(price) if price else "",
        "about": _about(row, on),
        "protections": protections,
        "may": _may(row, staff),
        "may_ask": row.state in (*Registration.WAITING, *Registration.LIVE) and may_ask(on),
        "timeline": timeline_page(
            request.GET, on=on, subjects=[row.public_id, *(one.public_id for one in protections)]
        ),
    }
    if staff:
        context |= _judged(row, on)
    else:
        lines = ledger_for(row, on)
        context["ledger"] = None if lines is None else touch_lines(lines, row.partner)
    return render(request, "deals/registration.html", context)


def _judged(row: Registration, on: Any) -> dict[str, Any]:
    """What the vendor's people see beside it: who may be meant, and what stands against it."""
    if row.state not in Registration.WAITING or not row.terms:
        return {}
    document = program_on(on).document
    found = findings(row, scopes_of(row, document, _terms(row).object), document, on)
    return {"found": found}


def _about(row: Registration, on: Any) -> str:
    program = program_or_none(on)
    titles = [
        program.document.title_of("products", code) if program else words_of(code)
        for code in row.products
    ]
    return ", ".join([*map(words_of, row.families), *titles])


def _may(row: Registration, staff: bool) -> set[str]:
    """Names of the pages that lead on from here."""
    if staff:
        if not scope.current().can("registrations.decide"):
            return set()
        if row.state in Registration.WAITING:
            return {"approve", "refuse"}
        ends = {"end", "transfer"} if row.state in Registration.LIVE else set()
        return ends | ({"reverse"} if row.state in (State.APPROVED, State.REFUSED) else set())
    if not scope.current().can("registrations.write"):
        return set()
    open_ = State.WITHDRAWN in Registration.TRANSITIONS[State(row.state)]
    found = {"withdraw"} if open_ else set()
    if row.state == State.DRAFT:
        return found | {"edit"}
    if row.state == State.APPROVED:
        found |= {"win", "lose"}
        pursuit = _terms(row).pursuit
        extend = pursuit.extend if pursuit else None
        if extend is not None and row.extensions < extend.times:
            found.add("extend")
    if row.state == State.WON:
        found |= {"lose"}
    if row.state == State.REFUSED and row.appealed_at is None:
        found.add("appeal")
    return found


def _act(
    request: HttpRequest,
    ref: str,
    form: Callable[[Registration], Any],
    verb: Callable[[Registration, dict[str, Any]], Any],
    **words: Any,
) -> HttpResponse:
    """A form about one registration, which ends on its page."""
    row = _found(ref)
    shown, page = form(row), reverse("deals:registration", args=[row.ref])
    return form_page(
        request, shown, lambda: verb(row, shown.cleaned_data), page,
        back=page, back_label=row.name, subtitle=row.name, **words,
    )  # fmt: skip


@page_for("registrations.write")
def extend(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask for more time."""
    return _act(
        request, ref,
        lambda row: ExtendForm(request.POST or None, request.FILES or None),
        lambda row, said: actions.extend_registration(row, at=clock.now(), on=today(), **said),
        heading=_("More time to win the customer"), button=_("Extend"),
    )  # fmt: skip


@page_for("registrations.write")
def win(request: HttpRequest, ref: str) -> HttpResponse:
    """Won: link the service contract; of a transaction, say what it came to."""
    sale = _found(ref).kind == Registration.Kind.TRANSACTIONAL
    note = _("Protection begins with the first seat that runs there, and lasts as long as the "
             "contract; the vendor reads its last day. A contract that is not on the list is "
             "recorded under your customer first.")  # fmt: skip
    return _act(
        request, ref,
        lambda row: WinForm(request.POST or None, held=row, on=today()),
        lambda row, said: actions.win_registration(row, at=clock.now(), on=today(), **said),
        heading=_("Record the sale") if sale else _("Won: link the service contract"),
        button=_("Record as won"), note="" if sale else note,
    )  # fmt: skip


@page_for("registrations.write")
def lose(request: HttpRequest, ref: str) -> HttpResponse:
    """Lost, with the reason."""
    return _act(
        request, ref,
        lambda row: LoseForm(request.POST or None),
        lambda row, said: actions.lose_registration(row, at=clock.now(), on=today(), **said),
        heading=_("Record as lost"), button=_("Record as lost"), tone="danger",
        note=_("What it protects ends today."),
    )  # fmt: skip


@page_for("registrations.write")
def appeal(request: HttpRequest, ref: str) -> HttpResponse:
    """Ask once that a refusal is looked at again."""
    return _act(
        request, ref,
        lambda row: AppealForm(request.POST or None),
        lambda row, said: actions.appeal_refusal(row, at=clock.now(), on=today(), **said),
        heading=_("Appeal"), button=_("Appeal"),
        note=_("Once, and decided by somebody else than who refused."),
    )  # fmt: skip


@require_POST
@page_for("registrations.write")
def withdraw(request: HttpRequest, ref: str) -> HttpResponse:
    """Take it back."""
    row = _found(ref)
    actions.withdraw_registration(row, at=clock.now(), on=today())
    return redirect("deals:registration", ref=row.ref)


@page_for("registrations.decide")
def approve(request: HttpRequest, ref: str) -> HttpResponse:
    """Approve it, for the company that was chosen."""

    def form(row: Registration) -> ApproveForm:
        found = _judged(row, today()).get("found")
        pursuit = _terms(row).pursuit if row.terms else None
        fixed = pursuit is None or isinstance(pursuit.days, int)
        return ApproveForm(
            request.POST or None, matches=found.matches if found else (), fixed=fixed
        )

    return _act(
        request, ref, form,
        lambda row, said: actions.approve_registration(row, at=clock.now(), on=today(), **said),
        heading=_("Approve the registration"), button=_("Approve"),
    )  # fmt: skip


@page_for("registrations.decide")
def refuse(request: HttpRequest, ref: str) -> HttpResponse:
    """Refuse it with a reason that names nobody."""
    return _act(
        request, ref,
        lambda row: RefuseForm(request.POST or None),
        lambda row, said: actions.refuse_registration(row, at=clock.now(), **said),
        heading=_("Refuse the registration"), button=_("Refuse"), tone="danger",
    )  # fmt: skip


@page_for("registrations.decide")
def reverse_it(request: HttpRequest, ref: str) -> HttpResponse:
    """Take a wrong decision back."""
    return _act(
        request, ref,
        lambda row: ReverseForm(request.POST or None),
        lambda row, said: actions.reverse_decision(row, at=clock.now(), on=today(), **said),
        heading=_("Take the decision back"), button=_("Take it back"), tone="danger",
        note=_("What it protects ends today; it is in review again, the partner reads why."),
    )  # fmt: skip


@page_for("registrations.decide")
def end(request: HttpRequest, ref: str) -> HttpResponse:
    """End what it protects: the customer's letter, a transfer."""

    def verb(row: Registration, said: dict[str, Any]) -> None:
        held = running(today()).filter(registration=row, ended="")
        for one in held:
            actions.end_protection(one, on=today(), at=clock.now(), **said)

    return _act(
        request, ref, lambda row: EndForm(request.POST or None), verb,
        heading=_("End the protection"), button=_("End it today"), tone="danger",
    )  # fmt: skip


def waiting(request: HttpRequest) -> int:
    """The count beside the menu's entry: what waits for the vendor's answer."""
    return waiting_count() if scope.current().all_partners else 0


def waiting_count() -> int:
    """How many registrations wait for the vendor's answer."""
    return int(Registration.objects.filter(state__in=Registration.WAITING).count())


def _found(ref: str) -> Registration:
    rows: Any = registrations_read_by().select_related("partner", "account", "contract")
    row: Registration | None = rows.with_public_id(ref).first()
    if row is None:
        raise Http404
    return row


def _terms(row: Registration) -> Any:
    return terms(row, program_on(today()).document)


def _or_404(ask: Callable[[], Any]) -> Any:
    try:
        return ask()
    except Refused:
        raise Http404 from None


def _checks_left(partner: Any) -> int:
    used = PreCheck.objects.filter(partner=partner, on=today()).count()
    return max(0, deals_on(today()).prechecks_per_day - int(used))
