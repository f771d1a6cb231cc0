"""Cases: the list, and what is done about one."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.forms import DayField
from partners.models import Partner, PortfolioEntry
from partners.pages import form_page
from scorecards.actions import close_case, snooze_case
from scorecards.case_tables import CaseFilter, CaseTable
from scorecards.cases import case_lines, compared_at, open_cases
from scorecards.models import Case
from tenants import scope
from tenants.clock import today
from tenants.pages import page_for
from web import clock
from web.lists import ListPage


def in_view(request: HttpRequest, on: dt.date) -> QuerySet[Partner]:
    """The partners assigned to the person; everybody's for ``whose=all`` and other staff. Those
    that left are out."""
    scope = request.scope  # type: ignore[attr-defined]
    rows = Partner.objects.exclude(status=Partner.Status.EXITED)
    if request.GET.get("whose") == "all" or scope.role != "cam":
        return rows
    assigned = PortfolioEntry.objects.current(on).filter(person_id=scope.person_id)
    return rows.filter(pk__in=assigned.values("partner_id"))


class CasesPage(ListPage):
    """Every open case of the portfolio, the most seats at stake first."""

    table_class = CaseTable
    filterset_class = CaseFilter
    template_name = "scorecards/cases.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("portfolio.read")(super().get)(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        return open_cases(in_view(self.request, today()))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        found = super().get_context_data(**kwargs)
        rows = [row.record for row in found["table"].paginated_rows]
        may_give = scope.current().can("tasks.write")
        opens_tasks = scope.current().can("tasks.settle")
        for row, line in zip(rows, case_lines(rows, today()), strict=True):
            row.line = line
            row.may_give, row.opens_tasks = may_give, opens_tasks
        found["compared_at"] = compared_at()
        return found


class ClosingForm(forms.Form):
    """What is done about a case: closed, or left until a day."""

    until = DayField(
        label=gettext_lazy("Snooze until"),
        required=False,
        help_text=gettext_lazy("Empty: close it. What holds now opens no other case; "
                               "anything new does."),
    )  # fmt: skip
    remark = forms.CharField(
        label=gettext_lazy("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


@page_for("cases.write")
def case_settle(request: HttpRequest, ref: str) -> HttpResponse:
    """Close a case or snooze it, with a remark."""
    case = Case.objects.with_public_id(ref).select_related("partner").first()
    if case is None:
        raise Http404
    on = today()
    form = ClosingForm(request.POST or None)

    def settle() -> None:
        remark, until = form.cleaned_data["remark"], form.cleaned_data["until"]
        if until:
            snooze_case(case, until=until, remark=remark, on=on)
        else:
            close_case(case, remark=remark, at=clock.now(), on=on)

    page = reverse("scorecards:partner", args=[case.partner.ref])
    return form_page(
        request,
        form,
        settle,
        page,
        heading=_("Close or snooze the case of %(name)s") % {"name": case.partner.name},
        note=_("A case closes by itself when nothing holds any more. A new reason wakes a snoozed "
               "one."),
        back=page,
        back_label=case.partner.name,
        button=_("Save"),
    )  # fmt: skip
