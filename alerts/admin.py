"""What was sent, what waits and what was given up."""

from __future__ import annotations

import functools

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from alerts.actions import retry_delivery
from alerts.models import Alert, Delivery, Sweep
from tenants.admin_site import register_admin_page
from tenants.vendor_admin import Button, VendorAdmin
from web import clock


@functools.wraps(retry_delivery)
def retry_now(delivery: Delivery) -> None:
    retry_delivery(delivery, at=clock.now())


@admin.register(Delivery)
class DeliveryAdmin(VendorAdmin):
    """The outbox. The words themselves are not shown: an invitation's link is a secret."""

    job, icon, job_order = "events", "outgoing_mail", 30
    list_display = ("address", "template", "state", "attempts", "next_attempt_at", "sent_at")
    list_filter = ("state", "template")
    search_fields = ("address",)
    show = (
        "address",
        "person",
        "partner",
        "alert",
        "channel",
        "template",
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
            shown=lambda delivery: delivery.state == Delivery.State.FAILED,
            done=_("It is sent with the next run."),
        ),
    )

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
            "opts": self.opts,
            "sweeps": sweeps,
        }
        return TemplateResponse(request, "alerts/admin_sweeps.html", context)


@admin.register(Alert)
class AlertAdmin(VendorAdmin):
    """Every alert raised, each once."""

    job, icon, job_order = "events", "notifications", 40
    list_display = ("kind", "person", "partner", "due_on", "window", "superseded", "raised_at")
    list_filter = ("kind", "superseded")
    list_select_related = ("person", "partner")
    date_hierarchy = "raised_at"
    show = ("kind", "person", "partner", "due_on", "window", "superseded", "raised_at", "data")


register_admin_page("events", _("Scheduled work"), "admin:alerts_sweeps", "schedule", order=50)
