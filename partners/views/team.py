"""Our team: who works for the partner, who signs in, and the company's own profile."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import OuterRef, Subquery
from django.forms import Form
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _

from partners import actions
from partners.fields_shown import custom_facts
from partners.forms import EndForm, InviteForm, PersonForm, ProfileForm
from partners.models import Agreement, Employment, Enrolment, PortfolioEntry
from partners.pages import form_page, own_partner
from partners.tables import TeamFilter, TeamTable
from partners.timeline import timeline_page
from partners.words import country_name, paper_title, words_of_all
from programs.compiled import program_or_none
from programs.document.types import TIER
from tenants import scope
from tenants.actions.identity import end_membership, invite, open_invitations
from tenants.capabilities import PARTNER_ROLES, Role
from tenants.clock import today
from tenants.models import Membership
from tenants.pages import page_for
from web import clock
from web.lists import ListPage


class TeamPage(ListPage):
    table_class = TeamTable
    filterset_class = TeamFilter
    template_name = "partners/team.html"

    def get_queryset(self) -> Any:
        roles = Membership.objects.current(today()).filter(
            person_id=OuterRef("person_id"), partner_id=OuterRef("partner_id")
        )
        return (
            Employment.objects.filter(partner=own_partner())
            .select_related("person")
            .annotate(role=Subquery(roles.values("role")[:1]))
        )

    def get_table_kwargs(self) -> dict[str, Any]:
        return {"on": today(), "may_write": scope.current().can("people.write")}

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        partner, held = own_partner(), scope.current()
        members = Membership.objects.current(today()).filter(partner_id=partner.pk)
        invitations = open_invitations(clock.now()).filter(partner_id=partner.pk)
        return super().get_context_data(
            members=[
                {"row": row, "role": Role(row.role).label, "own": row.person_id == held.person_id}
                for row in members.select_related("person").order_by("person__name")
            ],
            invitations=[
                {"row": row, "role": Role(row.role).label} for row in invitations.order_by("email")
            ],
            may_write=held.can("people.write"),
            may_invite=held.can("invitations.send"),
            may_end=held.can("memberships.end"),
            **kwargs,
        )


@page_for(*PARTNER_ROLES)
def team(request: HttpRequest) -> HttpResponse:
    """Who works for the partner."""
    return TeamPage.as_view()(request)


def found(ref: str) -> Employment:
    """The employment by its public id, among those the scope sees; else 404."""
    row = Employment.objects.with_public_id(ref).select_related("person", "partner").first()
    if row is None:
        raise Http404
    return row


def _back() -> dict[str, Any]:
    return {"back": reverse("partners:team"), "back_label": _("Our team")}


@page_for("people.write")
def person_add(request: HttpRequest) -> HttpResponse:
    """Somebody joins."""
    partner = own_partner()
    form = PersonForm(request.POST or None, on=today(), initial={"since": today()})
    return form_page(
        request,
        form,
        lambda: actions.add_person(partner, **form.cleaned_data),
        reverse("partners:team"),
        heading=_("Add a person"),
        subtitle=_("Their certificates count for you from the first day on."),
        note=_("This gives no sign-in. Invite people who should sign in."),
        button=_("Add person"),
        **_back(),
    )


@page_for("people.write")
def person_change(request: HttpRequest, ref: str) -> HttpResponse:
    """Correct somebody's details."""
    row = found(ref)
    initial = {
        "name": row.person.name,
        "email": row.person.email if row.until is None else "",  # left: nothing can be changed
        "job_title": row.job_title,
        "roles": row.roles_on(today()),
        "external_id": row.external_id,
    }
    form = PersonForm(request.POST or None, on=today(), held=row, initial=initial)
    return form_page(
        request,
        form,
        lambda: _change(row, **form.cleaned_data),
        reverse("partners:team"),
        heading=_("Change %(name)s") % {"name": row.person.name},
        button=_("Save"),
        **_back(),
    )


def _change(row: Employment, roles_since: dt.date | None = None, **values: Any) -> Employment:
    return actions.change_person(row, on=roles_since or today(), **values)


@page_for("people.write")
def person_end(request: HttpRequest, ref: str) -> HttpResponse:
    """Somebody leaves."""
    row = found(ref)
    form = EndForm(request.POST or None, initial={"on": today()})
    return form_page(
        request,
        form,
        lambda: actions.end_employment(row, **form.cleaned_data),
        reverse("partners:team"),
        heading=_("%(name)s leaves") % {"name": row.person.name},
        note=_(
            "From that day their certificates no longer count for you and they no longer sign in. "
            "Certificates stay theirs."
        ),
        button=_("End employment"),
        tone="danger",
        **_back(),
    )


@page_for("invitations.send")
def person_invite(request: HttpRequest) -> HttpResponse:
    """Invite somebody to sign in for the partner."""
    partner = own_partner()
    form = InviteForm(request.POST or None)
    return form_page(
        request,
        form,
        lambda: invite(at=clock.now(), partner_id=partner.pk, **form.cleaned_data),
        reverse("partners:team"),
        heading=_("Invite somebody"),
        subtitle=_("They get a link by e-mail that holds for seven days."),
        button=_("Send invitation"),
        **_back(),
    )


@page_for("memberships.end")
def member_end(request: HttpRequest, ref: str) -> HttpResponse:
    """Somebody no longer signs in for the partner."""
    rows = Membership.objects.with_public_id(ref).filter(partner_id=own_partner().pk)
    row = rows.select_related("person").first()
    if row is None:
        raise Http404
    form = Form(request.POST if request.method == "POST" else None)
    return form_page(
        request,
        form,
        lambda: end_membership(row, on=today()),
        reverse("partners:team"),
        heading=_("End sign-in of %(name)s") % {"name": row.person.name},
        note=_("They no longer see your company here, from now on. Their employment stays."),
        button=_("End sign-in"),
        tone="danger",
        **_back(),
    )


@page_for(*PARTNER_ROLES)
def company(request: HttpRequest) -> HttpResponse:
    """The company's profile, types, agreements and account manager."""
    partner, on = own_partner(), today()
    manager = PortfolioEntry.objects.current(on).filter(partner=partner, kind="main")
    enrolments = Enrolment.objects.current(on).filter(partner=partner, axis=TIER)
    agreements = Agreement.objects.filter(partner=partner, customer=None)
    program = program_or_none(on)
    document = program.document if program else None
    context = {
        "partner": partner,
        "today": on,
        "facts": [
            {"label": _("Legal name"), "value": partner.legal_name or partner.name},
            {"label": _("Web site"), "value": _broken_at_dots(partner.domain) or "–"},
            {
                "label": _("Place"),
                "value": ", ".join(filter(None, [partner.city, country_name(partner.country)])),
            },
            {"label": _("Services"), "value": _listed(partner.service_scopes)},
            {"label": _("Verticals"), "value": _listed(partner.verticals)},
            *custom_facts(partner),
        ],
        "enrolments": list(enrolments.select_related("partner_type", "level")),
        "agreements": [
            {"row": row, "title": paper_title(document, row.kind)} for row in agreements
        ],
        "manager": manager.select_related("person").first(),
        "timeline": timeline_page(request.GET, on=on, partner_id=partner.pk),
        "may_write": scope.current().can("profile.write"),
    }
    return render(request, "partners/company.html", context)


def _listed(codes: list[str]) -> str:
    return words_of_all(codes) or "–"


@page_for("profile.write")
def company_change(request: HttpRequest) -> HttpResponse:
    """Change where the company is and what it does."""
    partner = own_partner()
    form = ProfileForm(request.POST or None, held=partner)
    return form_page(
        request,
        form,
        lambda: actions.change_partner(partner, **form.cleaned_data),
        reverse("partners:company"),
        heading=_("Change the company profile"),
        note=_("Your account manager changes the name and the legal name."),
        back=reverse("partners:company"),
        back_label=partner.name,
        button=_("Save"),
    )


def _broken_at_dots(domain: str) -> str:
    """A long domain breaks before a dot on a narrow screen, not within a word."""
    return format_html_join(mark_safe("<wbr>."), "{}", ((part,) for part in domain.split(".")))
