"""Take out our data: ask for it, see how far it is, download it."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from partners.actions.takeouts import ask_take_out
from partners.models import TakeOut
from partners.pages import own_partner
from tenants.files import download
from tenants.pages import page_for
from tenants.writing import NotAllowed, Refused
from web import clock

SHOWN = 10


@page_for("data.take_out")
def take_outs(request: HttpRequest) -> HttpResponse:
    """The newest take-outs, and the button that asks for one."""
    partner, refused = own_partner(), None
    if request.method == "POST":
        try:
            ask_take_out(partner, at=clock.now())
        except NotAllowed:
            raise
        except Refused as error:
            refused = error
        else:  # beat finds it within half a minute
            return redirect("partners:take_outs")
    rows = TakeOut.objects.filter(partner=partner).select_related("file", "asked_by")[:SHOWN]
    context = {"rows": list(rows), "refused": refused, "waiting": TakeOut.State.ASKED}
    return render(request, "partners/take_outs.html", context, status=422 if refused else 200)


@page_for("data.take_out")
def take_out_file(request: HttpRequest, ref: str) -> HttpResponse:
    """The ZIP as a download."""
    row = TakeOut.objects.with_public_id(ref).select_related("file").first()
    if row is None or row.file is None:
        raise Http404
    return download(row.file)
