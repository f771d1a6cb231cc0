"""What the portal's pages share: whom a page is about, and forms that end in an action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from partners.models import Partner
from tenants import scope
from tenants.models import Membership
from tenants.writing import NotAllowed, Refused


def own_partner() -> Partner:
    """The partner that the signed-in person acts for; 404 for staff, who act for none."""
    held = scope.current()
    if held.membership_id is None or held.all_partners:
        raise Http404
    if held.viewer is not None:
        return Partner.objects.get(pk=held.partner_id)
    chosen = Membership.objects.filter(pk=held.membership_id).values("partner_id")
    return Partner.objects.get(pk__in=chosen)


def said_yes(form: forms.Form, verb: Callable[[], Any]) -> bool:
    """Run the action; its refusal becomes errors of the form's fields, and nothing was written."""
    try:
        verb()
    except NotAllowed:
        raise
    except Refused as refused:
        for reason in refused.reasons:
            known = reason.pointer if reason.pointer in form.fields else None
            form.add_error(known, " ".join(filter(None, [reason.detail, reason.fix])))
        return False
    return True


def form_page(
    request: HttpRequest, form: forms.Form, verb: Callable[[], Any], done: str,
    template: str = "partners/form.html", **context: Any,
) -> HttpResponse:  # fmt: skip
    """A form on a page of its own: GET shows it, POST acts and leads to ``done``.

    ``context`` has ``heading``, ``back``, ``back_label`` and ``button``, and may have ``subtitle``,
    ``note``, ``tone`` (``danger``), and ``facts`` with ``facts_title`` to be read before. A form
    that does not fit or an action that says no is shown again with status 422.
    """
    posted = request.method == "POST"
    if posted and form.is_valid() and said_yes(form, verb):
        return redirect(done)
    status = 422 if posted else 200
    return render(request, template, {"form": form, **context}, status=status)
