"""Certifications: who holds what until when, and the page by which the world verifies one."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from certifications.enrolment_pages import plan_of
from certifications.models import Certificate, Result
from certifications.numbers import number_typed
from certifications.pages import explained, public_answer, to_renew, with_employer
from certifications.pdf import certificate_pdf
from certifications.tables import CertificateFilter, CertificateTable, HistoryTable
from tenants import scope
from tenants.adapters import client_address
from tenants.clock import today
from tenants.directory import absolute_url
from tenants.files import download
from tenants.models import File, Person
from tenants.pages import page_for
from tenants.writing import Refused
from web import clock
from web.api import rates
from web.lists import ListPage
from web.templatetags.mainstay import short_date

VERIFICATIONS_PER_MINUTE = 30


class CertificationsPage(ListPage):
    """Per person and track: days left, what needs it, how to renew; the most urgent first."""

    table_class = CertificateTable
    filterset_class = CertificateFilter
    template_name = "certifications/list.html"

    def get_queryset(self) -> Any:
        return to_renew(today()).order_by("counts_until", "person__name", "pk")

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"today": today(), "staff": scope.current().all_partners}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        context = super().get_context_data(**kwargs)
        table = context["table"]
        shown = table.paginated_rows if table.page else table.rows
        explained([row.record for row in shown], today())
        return {**context, "today": today(), "staff": scope.current().all_partners}


@page_for("certificates.read")
def certifications(request: HttpRequest) -> HttpResponse:
    """The list of certificates to renew."""
    return CertificationsPage.as_view()(request)


@page_for("certificates.read")
def certificate(request: HttpRequest, ref: str) -> HttpResponse:
    """One certificate: its number, days left, what it is needed for and how to renew it."""
    rows = with_employer(Certificate.objects.with_public_id(ref), today())
    row = next(iter(explained(rows.select_related("result__track"), today())), None)
    if row is None:
        raise Http404
    later = (
        Certificate.objects.newest(today())
        .filter(person_id=row.person_id, track_id=row.track_id)
        .exclude(pk=row.pk)
        .first()
    )
    verify = reverse("certifications:verify_number", args=[row.number])
    context = {
        "certificate": row,
        "later": later,
        "today": today(),
        "verify_url": verify,
        "verify_address": absolute_url(row.vendor_id, verify),
        "facts": _facts(row),
    }
    return render(request, "certifications/certificate.html", context)


@page_for("certificates.read")
def paper(request: HttpRequest, ref: str) -> HttpResponse:
    """The certificate as PDF, with its number and the address where it is verified."""
    rows = Certificate.objects.with_public_id(ref).ending(today())
    row = rows.select_related("person", "track").first()
    if row is None:
        raise Http404
    verify = reverse("certifications:verify_number", args=[row.number])
    context = {
        "certificate": row,
        "vendor": request.vendor,  # type: ignore[attr-defined]
        "verify_address": absolute_url(row.vendor_id, verify),
    }
    try:
        found = certificate_pdf(context)
    except Refused as refused:
        messages.error(request, str(refused.detail))
        return redirect("certifications:certificate", ref=ref)
    answer = HttpResponse(found, content_type="application/pdf")
    answer["Content-Disposition"] = f'attachment; filename="{row.number}.pdf"'
    answer["Cache-Control"] = "private, no-store"
    return answer


def _facts(row: Certificate) -> list[dict[str, Any]]:
    facts = [
        {"label": _("Number"), "value": row.number},
        {
            "label": _("Holder"),
            "value": row.person.name,
            "url": reverse("certifications:person", args=[row.person.ref]),
        },
        {"label": _("Track"), "value": row.track.name},
        {"label": _("Version"), "value": row.version or "–"},
        {"label": _("Passed on"), "value": short_date(row.earned_on)},
        _end(row),
    ]
    if row.track_id != row.result.track_id:
        facts.append({"label": _("Earned by"), "value": row.result.track.name})
    if row.result.score is not None:
        facts.append({"label": _("Score"), "value": f"{row.result.score.normalize():f} %"})
    if row.revoked_on is not None:
        facts.append(
            {
                "label": _("Revoked on"),
                "value": short_date(row.revoked_on),
                "note": row.revoked_reason,
            }
        )
    return facts


def _end(row: Certificate) -> dict[str, Any]:
    if row.newer is not None:  # type: ignore[attr-defined]
        version = {"version": row.newer.code}  # type: ignore[attr-defined]
        return {
            "label": _("Counts until"),
            "value": short_date(row.newer.recertify_by),  # type: ignore[attr-defined]
            "note": _("Version %(version)s replaces it.") % version,
        }
    ends = short_date(row.expires_on) if row.expires_on else _("never")
    return {"label": _("Ends on"), "value": ends}


@page_for("certificates.read")
def person(request: HttpRequest, ref: str) -> HttpResponse:
    """Everything one person earned, the newest first."""
    held = Person.objects.with_public_id(ref).first()
    if held is None:
        raise Http404
    rows = with_employer(Certificate.objects.filter(person=held), today())
    table = HistoryTable(explained(rows.order_by("-earned_on", "-pk"), today()), today=today())
    table.fetch()
    context = {"person": held, "table": table, "today": today(), **plan_of(held, today())}
    return render(request, "certifications/person.html", context)


@page_for("certificates.record")
def result_document(request: HttpRequest, ref: str) -> HttpResponse:
    """What shows a result, for those who record them."""
    row = Result.objects.with_public_id(ref).first()
    file = File.objects.filter(pk=row.document_id).first() if row and row.document_id else None
    if file is None:
        raise Http404
    return download(file)


@require_GET
def verify(request: HttpRequest, number: str = "") -> HttpResponse:
    """Anybody may check a certificate by its number; the answer never says more than the paper.

    An unknown number gets the same page and status as a number that was never issued, a broken
    one, or one of another vendor. Limited per address, so that numbers cannot be tried out.
    """
    asked = number or request.GET.get("number", "")
    if not number and asked.strip():
        return redirect("certifications:verify_number", number=number_typed(asked) or "unknown")
    context: dict[str, Any] = {"asked": "" if number == "unknown" else asked, "looked": bool(asked)}
    vendor = request.vendor  # type: ignore[attr-defined]
    who = ("verify", vendor.pk, client_address(request))
    if asked and rates.count("verifications", who, VERIFICATIONS_PER_MINUTE).exceeded:
        return render(request, "certifications/verify.html", {**context, "busy": True}, status=429)
    typed = number_typed(asked)
    if typed is not None:
        context["found"] = public_answer(vendor, typed, vendor.day_of(clock.now()))
    response = render(request, "certifications/verify.html", context)
    response["X-Robots-Tag"] = "noindex"
    response["Cache-Control"] = "no-store"
    return response
