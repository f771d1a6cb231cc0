"""What was sent, what waits and what was given up."""

from __future__ import annotations

import functools
from typing import Any

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from alerts.actions import retry_delivery
from alerts.kinds import kind_of, registered_kinds
from alerts.models import Alert, Delivery, Sweep
from tenants.admin_addresses import linked
from tenants.admin_filters import ChoiceFilter
from tenants.admin_site import register_admin_page
from tenants.clock import today
from tenants.vendor_admin import Button, VendorAdmin
from web import clock
from web.codes import words_of


@functools.wraps(retry_delivery)
def retry_now(delivery: Delivery) -> None:
    retry_delivery(delivery, at=clock.now())


@admin.register(Delivery)
class DeliveryAdmin(VendorAdmin):
    """The outbox. The words themselves are not shown: an invitation's link is a secret."""

    job, icon, job_order = "events", "outgoing_mail", 30
    list_display = ("address", "what", "state", "attempts", "next_attempt_at", "sent_at")
    list_filter = ("state",)
    blank = _("Messages that Mainstay sends: invitations, alerts, answers to applications.")
    search_fields = ("address",)
    show = (
        "address",
        "person",
        "partner",
        "about",
        "what",
        "state",
        "attempts",
        "next_attempt_at",
        "sent_at",
        "error",
    )
    buttons = (
        Button(
            "retry",
            _("Try again"),
            retry_now,
            shown=lambda row: row.state == Delivery.State.FAILED and bool(row.address),
            done=_("It is sent with the next run."),
        ),
    )

    @admin.display(description=_("message"), ordering="template")
    def what(self, delivery: Delivery) -> str:
        return words_of(delivery.template.rpartition("/")[2])

    @admin.display(description=_("alert"))
    def about(self, delivery: Delivery) -> Any:
        alert = delivery.alert
        return linked(alert, str(kind_of(alert).title(alert, today())) if alert else "")

    def name_of(self, obj: Delivery) -> str:
        return f"{self.what(obj)} · {obj.address}" if obj.address else self.what(obj)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view(self.sweeps_view)
        return [path("sweeps/", view, name="alerts_sweeps"), *super().get_urls()]

    def sweeps_view(self, request: HttpRequest) -> HttpResponse:
        """When each sweep last ran, for all vendors: names and instants, nobody's rows."""
        now = clock.now()
        sweeps = [(sweep, sweep.late_by(now) is not None) for sweep in Sweep.objects.all()]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Scheduled work"),
            "sweeps": sweeps,
        }
        return TemplateResponse(request, "alerts/admin_sweeps.html", context)


class AlertKindFilter(ChoiceFilter):
    title = _("alert")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.kind, str(kind.name)) for kind in registered_kinds()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Alert)
class AlertAdmin(VendorAdmin):
    """Every alert raised, each once."""

    job, icon, job_order = "events", "notifications", 40
    list_display = ("what", "person", "partner", "due_on", "ahead", "replaced", "raised_at")
    list_filter = (AlertKindFilter, "superseded")
    blank = _("What ends soon or was missed; the daily sweep raises each alert once.")
    list_select_related = ("person", "partner")
    date_hierarchy = "raised_at"
    show = ("what", "person", "partner", "due_on", "ahead", "superseded", "raised_at")

    @admin.display(description=_("alert"), ordering="kind")
    def what(self, alert: Alert) -> str:
        return str(kind_of(alert).name)

    @admin.display(description=_("days ahead"), ordering="window")
    def ahead(self, alert: Alert) -> int:
        return alert.window

    @admin.display(description=_("superseded"), ordering="superseded")
    def replaced(self, alert: Alert) -> Any:
        return _("Superseded") if alert.superseded else None

    def name_of(self, obj: Alert) -> str:
        return str(kind_of(obj).title(obj, today()))


register_admin_page("events", _("Scheduled work"), "admin:alerts_sweeps", "schedule", order=50)
