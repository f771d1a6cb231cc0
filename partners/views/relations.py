"""The log of contacts with a partner, and tasks: lists, pages and forms."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from partners import actions
from partners.abouts import named
from partners.models import Interaction, Partner, Task
from partners.pages import form_page
from partners.relation_forms import InteractionForm, RemarkForm, TaskForm
from partners.rules.relations import correctable, may_settle, uses_log
from partners.task_pages import LogFilter, LogTable, TaskFilter, TaskTable, late_words, lines_of
from partners.timeline import timeline_page
from tenants import scope
from tenants.capabilities import PARTNER_ROLES
from tenants.clock import today
from tenants.labels import person_names
from tenants.pages import page_for
from tenants.writing import Refused
from web import clock
from web.lists import ListPage


def found_partner(ref: str) -> Partner:
    """The partner by its public id; else 404."""
    row: Partner | None = Partner.objects.with_public_id(ref).first()
    if row is None:
        raise Http404
    return row


def _partner_page(partner: Partner) -> dict[str, Any]:
    return {"back": reverse("scorecards:partner", args=[partner.ref]), "back_label": partner.name}


class LogPage(ListPage):
    table_class = LogTable
    filterset_class = LogFilter
    template_name = "partners/log.html"

    def get_queryset(self) -> Any:
        return Interaction.objects.filter(partner=self.kwargs["partner"]).select_related(
            "author", "adds_to"
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"writes": uses_log(self.kwargs["partner"], today(), writes=True)}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        at, rows = clock.now(), [row.record for row in found["table"].paginated_rows]
        names = person_names(ref for row in rows for ref in row.people)
        for row in rows:
            row.present = ", ".join(names[ref] for ref in row.people)
            row.mine = correctable(row, at)
        return {**found, "may_write": found["table"].writes}


def _logged(ref: str, *, writes: bool = False) -> tuple[Partner, Any]:
    """The partner and, in place of it, a page for those who may not use its log."""
    partner = found_partner(ref)
    return partner, uses_log(partner, today(), writes=writes)


def _not_yours(request: HttpRequest, partner: Partner) -> HttpResponse:
    context = {"partner": partner, **_partner_page(partner)}
    return render(request, "partners/log_closed.html", context, status=403)


@page_for("interactions.read")
def log(request: HttpRequest, ref: str) -> HttpResponse:
    """The log of contacts with a partner, for those who look after it."""
    partner, may = _logged(ref)
    if not may:
        return _not_yours(request, partner)
    return LogPage.as_view()(request, partner=partner)


@page_for("interactions.write")
def interaction_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Note a contact, with a next step."""
    partner, may = _logged(ref, writes=True)
    if not may:
        return _not_yours(request, partner)
    at, on = clock.now(), today()
    form = InteractionForm(request.POST or None, partner=partner, on=on, at=at)
    return form_page(
        request,
        form,
        lambda: actions.record_interaction(partner, at=at, on=on, **form.values()),
        reverse("partners:log", args=[partner.ref]),
        heading=_("Note a contact with %(name)s") % {"name": partner.name},
        note=_("Only those who look after the partner read this; the partner never does. You can "
               "correct it for 24 hours, later you add to it."),
        button=_("Note it"),
        **_partner_page(partner),
    )  # fmt: skip


@page_for("interactions.write")
def interaction_change(request: HttpRequest, ref: str) -> HttpResponse:
    """Correct one's own entry within a day; afterwards, and another's, add to it."""
    row = Interaction.objects.with_public_id(ref).select_related("partner").first()
    if row is None:
        raise Http404
    partner, may = _logged(row.partner.ref, writes=True)
    if not may:
        return _not_yours(request, partner)
    at, on = clock.now(), today()
    mine = correctable(row, at)
    held = row if mine else Interaction(kind=row.kind, at=at, people=row.people)
    form = InteractionForm(request.POST or None, partner=partner, on=on, at=at, held=held)

    def save() -> None:
        if mine:
            actions.correct_interaction(row, at=at, on=on, **form.values())
        else:
            actions.record_interaction(partner, at=at, on=on, adds_to=row, **form.values())

    return form_page(
        request,
        form,
        save,
        reverse("partners:log", args=[partner.ref]),
        heading=_("Correct the entry") if mine else _("Add to the entry"),
        note=_("Your entry can be corrected for 24 hours.")
        if mine
        else _("What was noted stays as it is; this is shown as an addition to it."),
        button=_("Save"),
        back=reverse("partners:log", args=[partner.ref]),
        back_label=_("Log of contacts"),
    )


class TasksPage(ListPage):
    table_class = TaskTable
    filterset_class = TaskFilter
    template_name = "partners/tasks.html"

    def get_queryset(self) -> Any:
        return Task.objects.select_related("partner", "assignee", "given_by")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today()}


@page_for(*PARTNER_ROLES, "tasks.settle")
def tasks(request: HttpRequest) -> HttpResponse:
    """One's own tasks, and for those who give them the others."""
    return TasksPage.as_view()(request)


def found_task(ref: str) -> Task:
    """The task by its public id, among those that the reader sees; else 404."""
    rows = Task.objects.with_public_id(ref).select_related(
        "partner", "assignee", "given_by", "settled_by"
    )
    row: Task | None = rows.first()
    if row is None:
        raise Http404
    return row


@page_for(*PARTNER_ROLES, "tasks.settle")
def task(request: HttpRequest, ref: str) -> HttpResponse:
    """One task: what, for whom, until when, about what; and how it is settled."""
    row, on, held = found_task(ref), today(), scope.current()
    (line,) = lines_of([row], on)
    context = {
        "task": row,
        "line": line,
        "late": late_words(on, row.due_on),
        "staff": held.all_partners,
        "form": RemarkForm(),
        "may_settle": may_settle(row),
        "may_write": held.can("tasks.write") and row.state == Task.State.OPEN,
        "timeline": timeline_page(request.GET, on=on, subjects=[row.public_id]),
    }
    return render(request, "partners/task.html", context)


@require_POST
@page_for(*PARTNER_ROLES, "tasks.settle")
def task_settle(request: HttpRequest, ref: str) -> HttpResponse:
    """Done, or dropped with a reason."""
    row = found_task(ref)
    remark = str(request.POST.get("remark", ""))
    if "drop" in request.POST:
        actions.drop_task(row, at=clock.now(), remark=remark)
    else:
        actions.finish_task(row, at=clock.now(), remark=remark)
    home = "partners:tasks" if scope.current().all_partners else "scorecards:home"
    return redirect(home)


@page_for("tasks.write")
def task_add(request: HttpRequest, ref: str) -> HttpResponse:
    """Give a task; ``?about=`` names what it is about."""
    partner, on = found_partner(ref), today()
    about = request.GET.get("about", "")
    subject = named([about], staff=True).get(about)
    start = {"title": request.GET.get("title", "")}
    form = TaskForm(request.POST or None, partner=partner, on=on, initial=start)

    def give() -> None:
        known = about if subject else ""
        actions.give_task(partner, at=clock.now(), on=on, about=known, **form.values())

    words = {"name": partner.name, "subject": subject.title if subject else ""}
    return form_page(
        request,
        form,
        give,
        reverse("scorecards:partner", args=[partner.ref]),
        heading=_("Give a task about %(name)s") % words,
        subtitle=_("About %(subject)s.") % words if subject else "",
        button=_("Give task"),
        **_partner_page(partner),
    )


@page_for("tasks.write")
def task_change(request: HttpRequest, ref: str) -> HttpResponse:
    """Other words, another day, another person."""
    row, on = found_task(ref), today()
    if row.state != Task.State.OPEN:
        raise Refused("not_open", _("This task is settled already."))
    form = TaskForm(request.POST or None, partner=row.partner, on=on, held=row)
    page = reverse("partners:task", args=[row.ref])

    def change() -> None:
        values = form.values()
        del values["for_partner"]  # only people of the same side are offered
        actions.change_task(row, on=on, **values)

    return form_page(
        request,
        form,
        change,
        page,
        heading=_("Change the task"),
        back=page,
        back_label=row.title,
        button=_("Save"),
    )
