"""Companies that ask to join, in the API: the vendor's own site submits, its systems decide."""

from __future__ import annotations

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from partners import actions
from partners.api.companies import OfType, ReasonInput
from partners.api.shared import custom_values, text
from partners.field_filters import CustomFilters
from partners.models import Application, Partner
from tenants.api import Resource, register_routes
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import CharField, EmailField, Input
from web.api.output import Nested, PublicId, Value


class ApplicationInput(OfType):
    company = CharField(max_length=160)
    country = CharField(max_length=2, help_text="Two letters, like DE.")
    contact_name = CharField(max_length=160)
    contact_email = EmailField(help_text="Where the answer goes, and the invitation.")
    domain = text(253)
    message = text(2000, "What the company does.")
    custom = custom_values()


class ApprovalInput(Input):
    external_id = text(120, "Your own id of the partner that comes of it.")


class QuestionInput(Input):
    question = CharField(max_length=2000, help_text="Sent to the contact, who answers by a link.")


class ApplicationFilters(CustomFilters):
    custom_subject = "application"
    state = django_filters.ChoiceFilter(choices=Application.State.choices)
    partner_type = django_filters.CharFilter(field_name="partner_type__code")
    contact_email = django_filters.CharFilter(lookup_expr="iexact")
    resulting_partner = PublicIdFilter(Partner, "resulting_partner")

    class Meta:
        model = Application
        fields: list[str] = []


class Applications(Resource):
    """Companies that ask to join the program. For the vendor's own clients alone. Drafts, which are
    nobody's application yet, stay on the public page. `?custom.seats=100` finds them by a custom
    field."""

    model = Application
    capabilities = {
        "GET": "applications.read",
        "POST": "applications.submit",
        "ask": "applications.decide",
        "approve": "applications.decide",
        "refuse": "applications.decide",
    }
    fields = {
        "id": PublicId(),
        "state": "state",
        "partner_type": "partner_type__code",
        "company": "company",
        "domain": "domain",
        "country": "country",
        "contact_name": "contact_name",
        "contact_email": "contact_email",
        "message": "message",
        "custom": Value(
            "custom",
            schema={"type": "object", "additionalProperties": True},
            help="Answers by the code of the custom field; a document is its name and file.",
        ),
        "question": "question",
        "answer": "answer",
        "submitted_at": "submitted_at",
        "decided_at": "decided_at",
        "decided_by": Nested("decided_by", id=PublicId(), name="name"),
        "reason": Value("reason", help="Why it was refused."),
        "resulting_partner": Nested("resulting_partner", id=PublicId(), name="name"),
    }
    sorts = {"submitted_at": "submitted_at", "company": "company"}
    filterset_class = ApplicationFilters
    summaries = {"ask": "Ask an applicant for more"}
    inputs = {
        "create": ApplicationInput,
        "ask": QuestionInput,
        "approve": ApprovalInput,
        "refuse": ReasonInput,
    }

    def get_queryset(self):  # type: ignore[no-untyped-def]
        """All but drafts."""
        return Application.objects.exclude(state=Application.State.DRAFT)

    def create(self, request: Request) -> HttpResponse:
        """Apply for a company, by the rules of the public page: the type has to be open, required
        fields have to be there. The same address that applies for the same type again while the
        first waits gets the first one. Documents are attached on the public page only."""
        row = actions.submit_application(at=clock.now(), **self.read(request))
        return self.created(row)

    @action(detail=True, methods=["post"])
    def ask(self, request: Request, id: str) -> HttpResponse:
        """Ask the contact for more; the answer comes by a link."""
        found = self.found(id)
        return self.shown(actions.ask_applicant(found, at=clock.now(), **self.read(request)))

    @action(detail=True, methods=["post"])
    def approve(self, request: Request, id: str) -> HttpResponse:
        """The company becomes a partner at its type's lowest level, its contact is invited. Refused
        while a mandatory check is open (`checks_open`)."""
        found = self.found(id)
        actions.approve_application(found, at=clock.now(), **self.read(request))
        return self.shown(found)

    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, id: str) -> HttpResponse:
        """Say no; the contact gets the reason by e-mail."""
        found = self.found(id)
        return self.shown(actions.refuse_application(found, at=clock.now(), **self.read(request)))


register_routes("applications", Applications)
