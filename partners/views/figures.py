"""Our figures: what the program asks to know of a partner, and what is missing where."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.translation import gettext as _
from django_tables2 import RequestConfig

from partners import actions
from partners.figures import (
    amount_words,
    figures_page,
    owner_words,
    statement_title,
    statements_to_decide,
    uses_words,
)
from partners.forms import DecisionForm, StatementForm
from partners.models import Attestation, Partner, PortfolioEntry
from partners.pages import form_page, own_partner, said_yes
from partners.rules.asked import missing_facts
from partners.tables import MissingFilter, MissingTable
from programs.compiled import program_or_none
from tenants import scope
from tenants.capabilities import PARTNER_ROLES, Role
from tenants.clock import today
from tenants.files import download
from tenants.pages import page_for
from web import clock
from web.lists import ListPage, is_filtering

MOST_TO_DECIDE = 20


@page_for(*PARTNER_ROLES)
def figures(request: HttpRequest) -> HttpResponse:
    """The partner's own figures: the missing first, with what to do."""
    return render(request, "partners/figures.html", figures_page(own_partner(), today()))


@page_for("portfolio.read")
def partner_figures(request: HttpRequest, ref: str) -> HttpResponse:
    """One partner's figures, for the vendor's staff."""
    partner = Partner.objects.with_public_id(ref).first()
    if partner is None:
        raise Http404
    return render(request, "partners/figures.html", figures_page(partner, today(), staff=True))


@page_for("attestations.submit")
def submit(request: HttpRequest, code: str) -> HttpResponse:
    """The partner states something, with what shows it."""
    partner, on = own_partner(), today()
    program = program_or_none(on)
    document = program.document if program else None
    if document is None or not (code in document.attestations or code in document.metrics):
        raise Http404
    metric = None if code in document.attestations else document.metrics[code]
    if metric is not None and not metric.supplied:
        raise Http404
    title = document.title_of("metrics" if metric else "attestations", code)
    form = StatementForm(
        request.POST or None,
        request.FILES or None,
        on=on,
        unit=None if metric is None else metric.unit,
        who=_who(),
    )
    return form_page(
        request,
        form,
        lambda: actions.submit_attestation(partner, code=code, at=clock.now(), **form.cleaned_data),
        reverse("partners:figures"),
        heading=_("Submit: %(title)s") % {"title": title},
        subtitle=_("It counts once your vendor accepted it."),
        note=_("Say what shows it. Your account manager reads it and accepts it, or says why not."),
        button=_("Submit"),
        back=reverse("partners:figures"),
        back_label=_("Our figures"),
    )


def _who() -> str:
    from tenants.models import Person

    held = Person.objects.filter(pk=scope.current().person_id).values_list("name", flat=True)
    return held.first() or ""


@page_for("attestations.decide")
def attestation(request: HttpRequest, ref: str) -> HttpResponse:
    """What a partner states, to be accepted or refused."""
    row = Attestation.objects.with_public_id(ref).select_related("partner", "document").first()
    if row is None:
        raise Http404
    back = reverse("partners:partner_figures", args=[row.partner.ref])
    form = DecisionForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        accepts, at = form.cleaned_data["decision"] == "accept", clock.now()

        def decide() -> Attestation:
            if accepts:
                return actions.accept_attestation(row, at=at)
            return actions.refuse_attestation(row, at=at, reason=form.cleaned_data["reason"])

        if said_yes(form, decide):
            return redirect(back)
    context = {"row": row, "form": form, "back": back, "facts": _shown(row)}
    status = 422 if request.method == "POST" else 200
    return render(request, "partners/attestation.html", context, status=status)


@page_for(*PARTNER_ROLES, "portfolio.read", "attestations.decide")
def document(request: HttpRequest, ref: str) -> HttpResponse:
    """The file that shows what is attested, as a download."""
    row = Attestation.objects.with_public_id(ref).select_related("document").first()
    if row is None or row.document is None:
        raise Http404
    return download(row.document)


def _shown(row: Attestation) -> list[dict[str, Any]]:
    program = program_or_none(row.since)
    unit = ""
    if program and row.value is not None and row.code in program.document.metrics:
        unit = program.document.metrics[row.code].unit
    found: list[dict[str, Any]] = [
        {"label": _("States"), "value": statement_title(row, program)},
        {"label": _("Evidence"), "value": row.evidence},
        {"label": _("Attested by"), "value": row.attested_by},
        {"label": _("From"), "value": row.since},
        {"label": _("Until"), "value": row.until or _("as long as the program says")},
    ]
    if row.value is not None:
        found.insert(1, {"label": _("Value"), "value": amount_words(row.value, unit)})
    if row.link:
        found.append({"label": _("Link"), "value": row.link, "url": row.link})
    if row.document is not None:
        size = filesizeformat(row.document.size)
        address = reverse("partners:attestation_document", args=[row.ref])
        name = f"{row.document.name} ({size})"
        found.append({"label": _("Document"), "value": name, "url": address})
    elif row.document_sha256:
        found.append({"label": _("Document (sha256)"), "value": row.document_sha256})
    return found


@dataclass(frozen=True)
class MissingRow:
    """One unknown of one partner, in words; ``since`` is the day from which it is missing."""

    source: str
    title: str
    partner: str
    url: str
    waits: str
    since: dt.date | None


class MissingPage(ListPage):
    """What nobody delivered, by source: tasks for those who supply it."""

    table_class = MissingTable
    filterset_class = MissingFilter
    template_name = "partners/missing.html"

    def get(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return page_for("portfolio.read")(super().get)(request, *args, **kwargs)

    def get_queryset(self) -> Any:
        held = scope.current()
        rows = Partner.objects.filter(status=Partner.Status.ACTIVE)
        if self.request.GET.get("whose") == "all" or held.role != Role.CAM:
            return rows
        mine = PortfolioEntry.objects.current(today()).filter(person_id=held.person_id)
        return rows.filter(pk__in=mine.values("partner_id"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        on, partners = today(), self.get_queryset()
        chosen = MissingFilter(self.request.GET, queryset=partners, request=self.request)
        named = {row.pk: row for row in chosen.qs}
        rows = [
            MissingRow(
                owner_words(one),
                one.title,
                named[one.partner_id].name,
                reverse("partners:partner_figures", args=[named[one.partner_id].ref]),
                uses_words(one.uses),
                one.since,
            )
            for one in missing_facts(list(named), on)
        ]
        source = self.request.GET.get("source", "")
        shown = [row for row in rows if not source or row.source == source]
        chosen.form.fields["source"].widget.choices = _sources(rows, source)
        table = MissingTable(shown)
        paging = {"per_page": self.page_size, "silent": True}
        RequestConfig(self.request, paginate=paging).configure(table)
        table.base_url, table.filtering = self.request.path, is_filtering(chosen) or bool(source)
        if table.filtering and not table.total:
            # A name that no partner has leaves no rows to count: ask for everybody's.
            table.hidden_count = len(rows) or len(missing_facts([p.pk for p in partners], on))
        table.fetch()
        to_decide = statements_to_decide(chosen.qs, on, most=MOST_TO_DECIDE)
        return {"table": table, "filter": chosen, "to_decide": to_decide}


def _sources(rows: Iterable[MissingRow], chosen: str) -> list[tuple[str, Any]]:
    found = sorted({row.source for row in rows} | ({chosen} if chosen else set()))
    return [("", _("Any source")), *((source, source) for source in found)]
