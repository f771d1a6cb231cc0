"""The vendor's admin pages of the base's own nouns."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tenants import scope
from tenants.actions.clients import revoke_api_client
from tenants.actions.identity import end_membership, invite, withdraw_invitation
from tenants.admin_filters import (
    ChoiceFilter,
    EventKindFilter,
    EventPartnerFilter,
    EventSubjectFilter,
)
from tenants.admin_home import register_first_step
from tenants.admin_invitations import InvitationForm
from tenants.admin_site import register_admin_page
from tenants.capabilities import STAFF_ROLES
from tenants.clock import today
from tenants.directory import vendor_by_id
from tenants.edges import with_now, with_today
from tenants.event_words import EventInWords, in_words
from tenants.importing import import_kinds
from tenants.labels import partner_names
from tenants.models import ApiClient, Event, ImportJob, Invitation, Membership, Person
from tenants.vendor_admin import Button, VendorAdmin
from web import clock
from web.codes import words_of
from web.templatetags.mainstay import number

register_admin_page(
    "settings",
    _("Vendor settings"),
    "admin:vendor_settings",
    "tune",
    capability="vendor.write",
    order=10,
)


def _settings_seen() -> bool:
    """They were changed once, or the operator chose the zone when the vendor was made."""
    if vendor_by_id(scope.current().vendor_id).time_zone != "UTC":
        return True
    return bool(Event.objects.filter(kind="vendor.changed").exists())


def _colleagues() -> bool:
    """More people of the vendor's side than the one who reads this, or an invitation to one."""
    asked = Invitation.objects.filter(
        role__in=STAFF_ROLES, accepted_at=None, withdrawn_at=None, expires_at__gt=clock.now()
    )
    held = Membership.objects.filter(role__in=STAFF_ROLES).values("person_id").distinct()
    return bool(asked.exists() or held.count() > 1)


register_first_step(
    20,
    _("Check time zone, currency and colour"),
    _("Days begin and certificates expire at midnight in your zone, which is UTC until you say."),
    "admin:vendor_settings",
    _("Settings"),
    _settings_seen,
)
register_first_step(
    30,
    _("Invite your colleagues"),
    _("Account managers see their portfolio; a second channel admin can approve what you publish."),
    "admin:tenants_invitation_add",
    _("Invite"),
    _colleagues,
)


class WithPartner(VendorAdmin):
    """Rows that carry a partner's id: its name is looked up once for a page."""

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer = super().changelist_view(request, extra_context)
        if (cl := getattr(answer, "context_data", {}).get("cl")) is not None:
            names = partner_names(row.partner_id for row in cl.result_list)
            for row in cl.result_list:
                row.partner_name = names.get(row.partner_id, "")
        return answer

    @admin.display(description=_("partner"))
    def partner(self, row: Any) -> str:
        if not hasattr(row, "partner_name"):
            row.partner_name = partner_names([row.partner_id]).get(row.partner_id, "")
        return row.partner_name or "–"


@admin.register(Person)
class PersonAdmin(VendorAdmin):
    """People the vendor knows. Employment and its verbs stand with the partners."""

    job, icon = "people", "person"
    list_display = ("name", "email", "external_id", "has_login")
    search_fields = ("name", "email", "external_id")
    show = ("name", "email", "external_id", "has_login", "created_at")

    @admin.display(description=_("signs in"))
    def has_login(self, person: Person) -> str:
        return str(_("Yes")) if person.user_id is not None else "–"


class CurrentFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "held"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Held today")), ("no", _("Ended"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        if self.value() == "yes":
            return queryset.current(today())
        return queryset.filter(until__lte=today()) if self.value() == "no" else queryset


@admin.register(Membership)
class MembershipAdmin(WithPartner):
    """Who may sign in as what. Ending one takes effect with the next click of its person."""

    job, icon, job_order = "people", "badge", 110
    list_display = ("person", "role", "partner", "since", "until")
    list_select_related = ("person",)
    list_filter = ("role", CurrentFilter)
    search_fields = ("person__name", "person__email")
    show = ("person", "role", "partner", "since", "until")
    buttons = (
        Button(
            "end",
            _("End membership"),
            with_today(end_membership),
            tone="danger",
            shown=lambda m: m.until is None or m.until > today(),
            done=_("Ended. It opens nothing any more."),
        ),
    )


@admin.register(Invitation)
class InvitationAdmin(WithPartner):
    """Offers of a role: to the vendor's own staff, and to a partner's first admin."""

    job, icon, job_order = "people", "forward_to_inbox", 120
    blank = _("Invite your own staff, or the first admin of a partner, who invites the others.")
    list_display = ("email", "role", "partner", "state", "expires_at")
    list_filter = ("role",)
    search_fields = ("email",)
    show = (
        "email",
        "name",
        "role",
        "partner",
        "invited_by",
        "created_at",
        "expires_at",
        "accepted_at",
        "withdrawn_at",
    )
    add_action = with_now(invite)
    add_form = InvitationForm
    add_fields = ("email", "name", "role", "partner_id")
    add_label = _("Send the invitation")
    buttons = (
        Button(
            "withdraw",
            _("Withdraw"),
            with_now(withdraw_invitation),
            tone="danger",
            shown=lambda i: invitation_state(i) == _("Open"),
            done=_("Withdrawn."),
        ),
    )

    @admin.display(description=_("state"))
    def state(self, invitation: Invitation) -> Any:
        return invitation_state(invitation)


def invitation_state(invitation: Invitation) -> Any:
    if invitation.accepted_at:
        return _("Accepted")
    if invitation.withdrawn_at:
        return _("Withdrawn")
    return _("Open") if invitation.expires_at > clock.now() else _("Too old")


@admin.register(ApiClient)
class ApiClientAdmin(WithPartner):
    """Made with ``manage.py api_client create``, which shows the secret once; ended here."""

    job, icon = "settings", "key"
    blank = _(
        "Programs that speak to the API. Whoever runs Mainstay makes one with the command "
        "“api_client create”, which shows its secret once."
    )
    list_display = ("name", "partner", "created_at", "revoked_at")
    show = ("name", "partner", "oidc_client_id", "scopes", "version", "created_at", "revoked_at")
    buttons = (
        Button(
            "revoke",
            _("Revoke"),
            revoke_api_client,
            tone="danger",
            shown=lambda client: client.revoked_at is None,
            done=_("Revoked. Its tokens stop within half a minute."),
        ),
    )


def import_title(name: str) -> str:
    """What imports of this kind are called; a kind that is gone stays a name."""
    titles = {kind.name: str(kind.title) for kind in import_kinds()}
    return titles.get(name) or words_of(name)


class ImportKindFilter(ChoiceFilter):
    title = _("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.name, str(kind.title)) for kind in import_kinds()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(ImportJob)
class ImportJobAdmin(WithPartner):
    job, icon = "imports", "upload_file"
    blank = _("Bring partners, people, customers, results or figures as CSV or XLSX.")
    list_display = (
        "kind_words",
        "file_name",
        "partner",
        "state",
        "new_rows",
        "changed_rows",
        "same_rows",
        "wrong_rows",
        "created_at",
    )
    list_filter = ("state", ImportKindFilter)
    show = (
        "kind_words",
        "file_name",
        "partner",
        "new_rows",
        "changed_rows",
        "same_rows",
        "wrong_rows",
        "created_by",
        "created_at",
        "finished_at",
    )

    @admin.display(description=_("kind"), ordering="kind")
    def kind_words(self, job: ImportJob) -> str:
        return import_title(job.kind)

    @admin.display(description=_("new"), ordering="creates")
    def new_rows(self, job: ImportJob) -> str:
        return number(job.creates)

    @admin.display(description=_("changed"), ordering="updates")
    def changed_rows(self, job: ImportJob) -> str:
        return number(job.updates)

    @admin.display(description=_("unchanged"), ordering="unchanged")
    def same_rows(self, job: ImportJob) -> str:
        return number(job.unchanged)

    @admin.display(description=_("with errors"), ordering="failures")
    def wrong_rows(self, job: ImportJob) -> str:
        return number(job.failures)

    def name_of(self, obj: ImportJob) -> str:
        return f"{import_title(obj.kind)} · {obj.file_name}"


@admin.register(Event)
class EventAdmin(VendorAdmin):
    """The log: read only, for ever. Old and new values stand in words."""

    job, icon = "events", "history"
    view_capability = "events.read"
    list_display = ("when", "what", "about", "partner", "who")
    list_filter = (
        EventKindFilter,
        EventPartnerFilter,
        ("at", admin.DateFieldListFilter),
        EventSubjectFilter,
    )
    search_fields = ("kind",)
    search_help_text = _("An event's or a thing's id, such as prt_0199…, or a kind")
    ordering = ("-id",)
    show = (
        "when",
        "what",
        "kind",
        "partner",
        "about",
        "subject",
        "who",
        "changed",
        "origin",
        "request_id",
        "program_version",
        "transaction",
        "database_role",
    )

    @admin.display(description=_("transaction"))
    def transaction(self, event: Event) -> int:
        return event.txid

    @admin.display(description=_("database role"))
    def database_role(self, event: Event) -> str:
        return event.db_role

    def changelist_view(self, request: HttpRequest, extra_context: Any = None) -> Any:
        answer = super().changelist_view(request, extra_context)
        if (cl := getattr(answer, "context_data", {}).get("cl")) is not None:
            rows = list(cl.result_list)
            for event, words in zip(rows, in_words(rows), strict=True):
                event.words = words
            cl.result_list = rows
        return answer

    def get_search_results(self, request: HttpRequest, queryset: Any, term: str) -> Any:
        _prefix, _underscore, digits = term.strip().partition("_")
        if len(digits) == 32 and not set(digits.lower()) - set("0123456789abcdef"):
            return queryset.filter(Q(subject_id=digits) | Q(public_id=digits)), False
        return super().get_search_results(request, queryset, term)

    def name_of(self, obj: Event) -> str:
        return self._words(obj).title

    def _words(self, event: Any) -> EventInWords:
        if not hasattr(event, "words"):
            (event.words,) = in_words([event])
        return event.words

    @admin.display(description=_("when"), ordering="id")
    def when(self, event: Event) -> str:
        return date_format(timezone.localtime(event.at), "j M Y, H:i:s")

    @admin.display(description=_("about"))
    def about(self, event: Event) -> str:
        return self._words(event).about

    @admin.display(description=_("what"))
    def what(self, event: Event) -> str:
        return self._words(event).title

    @admin.display(description=_("who"))
    def who(self, event: Event) -> str:
        return self._words(event).who

    @admin.display(description=_("partner"))
    def partner(self, event: Event) -> str:
        return self._words(event).partner or "–"

    @admin.display(description=_("its id"))
    def subject(self, event: Event) -> str:
        return event.subject_id.hex

    @admin.display(description=_("through"))
    def origin(self, event: Event) -> str:
        return event.actor.get("origin", "–")

    @admin.display(description=_("request"))
    def request_id(self, event: Event) -> str:
        return event.actor.get("request", "–")

    @admin.display(description=_("old and new"))
    def changed(self, event: Event) -> SafeString:
        words = self._words(event)
        if words.erased:
            return format_html("<p>{}</p>", _("The personal part of this event was erased."))
        lines = (
            (line.label, format_html("<del>{}</del> → ", line.old) if line.old else "", line.new)
            for line in words.lines
        )
        listed = format_html_join("", "<div><b>{}</b>: {}<ins>{}</ins></div>", lines)
        return listed or format_html("–")
