"""Webhooks: where events are told, what was told and what came back."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.template.response import TemplateResponse
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext_lazy as _

from alerts.actions import (
    NewWebhook,
    add_webhook,
    change_webhook,
    remove_webhook,
    resend_message,
    rotate_secret,
    send_test,
    switch_off,
    switch_on,
)
from alerts.models import WebhookEndpoint, WebhookMessage
from alerts.webhook_bodies import body_of, pushed_kinds
from tenants.admin_filters import EventKindFilter
from tenants.edges import with_now
from tenants.labels import event_areas, event_kinds, event_title
from tenants.vendor_admin import Button, VendorAdmin
from tenants.writing import Refused
from web import clock


def _choices() -> list[tuple[Any, list[tuple[str, str]]]]:
    """What provisioning systems wait for first, then all that the log records, area by area."""
    words = {kind: f"{title} ({kind})" for kind, title in event_kinds()}
    first = [kind for kind in pushed_kinds() if kind in words]
    return [
        (_("For provisioning systems"), [(kind, words[kind]) for kind in first]),
        *(
            (area, [(kind, title) for kind, title in kinds if kind not in first])
            for area, kinds in event_areas()
        ),
    ]


class KindBoxes(forms.CheckboxSelectMultiple):
    """A box per kind and one per area for all of it; areas without a choice are folded."""

    template_name = "alerts/kind_boxes.html"

    def get_context(self, name: str, value: Any, attrs: Any) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["areas"] = [
            {
                "name": area,
                "options": options,
                "chosen": sum(1 for option in options if option["selected"]),
            }
            for area, options, _index in context["widget"]["optgroups"]
            if options
        ]
        return context


class WebhookForm(forms.ModelForm):
    """Shape only: what may be called is the action's to say."""

    url = forms.CharField(
        label=_("address"),
        max_length=500,
        help_text=_("Begins with https:// and leads to a public address."),
    )
    events = forms.MultipleChoiceField(
        label=_("kinds of events"), choices=_choices, widget=KindBoxes
    )

    class Meta:
        model = WebhookEndpoint
        fields = ("url", "description", "events")
        help_texts = {"description": _("Which of your systems listens there.")}


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(VendorAdmin):
    """Addresses of the vendor's own systems."""

    job, icon, job_order = "settings", "webhook", 60
    view_capability = "webhooks.write"
    list_display = ("url", "description", "state", "failing_since", "waiting")
    blank = _("Addresses of your own systems that are told at once when something happens.")
    form = WebhookForm
    add_form = WebhookForm
    add_action = with_now(add_webhook)
    change_action = with_now(change_webhook)
    add_fields = change_fields = ("url", "description", "events")
    add_label = _("Add a webhook")
    page_links = ((_("Delivery log"), "admin:alerts_webhookmessage_changelist"),)
    show = ("state", "failing_since", "waiting", "former_until", "created_at")
    buttons = (
        Button(
            "test",
            _("Send a test"),
            with_now(send_test),
            shown=lambda one: one.enabled,
            done=_("Sent within half a minute: the delivery log shows the answer."),
        ),
        Button("rotate", _("Make another secret"), with_now(rotate_secret)),
        Button("off", _("Switch off"), with_now(switch_off), shown=lambda one: one.enabled),
        Button(
            "on",
            _("Switch on"),
            with_now(switch_on),
            shown=lambda one: not one.enabled,
            done=_("On. It goes on where it stopped, but not before three days ago."),
        ),
        Button("remove", _("Remove"), remove_webhook, tone="danger", done=_("Removed.")),
    )

    @admin.display(description=_("state"))
    def state(self, one: WebhookEndpoint) -> Any:
        return _("On") if one.enabled else one.get_stopped_for_display()

    @admin.display(description=_("messages waiting"))
    def waiting(self, one: WebhookEndpoint) -> int:
        return one.messages.filter(state=WebhookMessage.State.PENDING).count()

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        made = add_webhook(**{n: form.cleaned_data[n] for n in self.add_fields}, at=clock.now())
        obj.__dict__.update(made.endpoint.__dict__)
        request._made = made  # type: ignore[attr-defined]

    def response_add(self, request: Any, obj: Any, post_url_continue: Any = None) -> Any:
        return self._secret_once(request, request._made)

    def button_view(self, request: HttpRequest, object_id: str, button: str) -> HttpResponse:
        if button == "rotate" and request.method == "POST":
            try:
                return self._secret_once(
                    request, rotate_secret(self._object(request, object_id), at=clock.now())
                )
            except Refused:
                pass  # the base says so
        answer = super().button_view(request, object_id, button)
        if button == "remove" and self.get_object(request, object_id) is None:
            return redirect(self._address("changelist"))
        return answer

    def _secret_once(self, request: HttpRequest, made: NewWebhook) -> HttpResponse:
        """Answered at once instead of by a redirect: the secret is kept nowhere on the way."""
        context = {
            **self.admin_site.each_context(request),
            "title": _("The secret of this webhook"),
            "subtitle": str(made.endpoint),
            "opts": self.opts,
            "secret": made.secret,
            "former_until": made.endpoint.former_until,
            "back": self._address("change", made.endpoint.ref),
        }
        return TemplateResponse(request, "alerts/admin_webhook_secret.html", context)


@admin.register(WebhookMessage)
class WebhookMessageAdmin(VendorAdmin):
    """The delivery log of 30 days."""

    job, icon, job_order = "events", "send_to_mobile", 60
    view_capability = "webhooks.write"
    list_display = ("what", "endpoint", "state", "attempts", "code", "created_at", "sent_at")
    list_filter = ("state", EventKindFilter)
    list_select_related = ("endpoint",)
    blank = _("What webhooks were told, and what came back. Kept for 30 days.")
    show = (
        "what",
        "endpoint",
        "event",
        "state",
        "attempts",
        "created_at",
        "next_attempt",
        "sent_at",
        "body",
        "attempts_made",
    )
    buttons = (
        Button(
            "resend",
            _("Send again"),
            with_now(resend_message),
            shown=lambda one: one.state != WebhookMessage.State.PENDING,
            done=_("Sent again within half a minute, under the same id."),
        ),
    )

    @admin.display(description=_("what happened"), ordering="kind")
    def what(self, message: WebhookMessage) -> str:
        return event_title(message.kind)

    @admin.display(description=_("next attempt"))
    def next_attempt(self, message: WebhookMessage) -> Any:
        waits = message.state == WebhookMessage.State.PENDING
        return message.next_attempt_at if waits else None

    @admin.display(description=_("body"))
    def body(self, message: WebhookMessage) -> str:
        return body_of(message.event).decode()

    @admin.display(description=_("attempts made"))
    def attempts_made(self, message: WebhookMessage) -> str:
        lines = [{**line, "at": parse_datetime(line["at"])} for line in message.log]
        return render_to_string("alerts/admin_attempts.html", {"lines": lines})

    def name_of(self, obj: WebhookMessage) -> str:
        return f"{self.what(obj)} · {obj.endpoint}"
