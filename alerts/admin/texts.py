"""The vendor's own words for mails, per kind of alert and language."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils.functional import lazystr
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from alerts.actions import reset_mail_text, write_mail_text
from alerts.kinds import registered_kinds
from alerts.models import MailText
from alerts.words import PLACEHOLDERS, filled
from tenants.clock import today
from tenants.directory import absolute_url, vendor_by_id
from tenants.vendor_admin import Button, VendorAdmin
from web.templatetags.mainstay import short_date

_LISTED = lazystr(", ".join(f"{{{name}}}" for name in PLACEHOLDERS))


def _kinds() -> list[tuple[str, Any]]:
    return [(kind.kind, kind.name) for kind in registered_kinds()]


class MailTextForm(forms.ModelForm):
    """Shape only; which placeholders there are is the action's to say."""

    kind = forms.ChoiceField(label=_("alert"), choices=_kinds)
    subject = forms.CharField(label=_("subject"), max_length=200, required=False, initial="{title}")
    body = forms.CharField(
        label=_("text"),
        max_length=5000,
        required=False,
        initial="{title}\n\n{sentence}",
        widget=forms.Textarea({"rows": 10}),
        help_text=format_lazy("{} {}", _("The button to the page that helps follows by itself. "
                                         "Placeholders:"), _LISTED),
    )  # fmt: skip

    class Meta:
        model = MailText
        fields = ("kind", "language", "subject", "body")


class MailWordsForm(MailTextForm):
    """What can be changed of words that exist."""

    kind = None  # type: ignore[assignment]

    class Meta:
        model = MailText
        fields = ("subject", "body")


def change_mail_text(text: MailText, *, subject: str, body: str) -> MailText:
    """The action that writes, for words that exist."""
    return write_mail_text(kind=text.kind, language=text.language, subject=subject, body=body)


change_mail_text.capability = write_mail_text.capability  # type: ignore[attr-defined]


@admin.register(MailText)
class MailTextAdmin(VendorAdmin):
    """Where nothing is written, mails have the built-in words."""

    job, icon, job_order = "settings", "stylus_note", 70
    list_display = ("alert", "language", "subject")
    list_filter = ("language",)
    blank = _("Write mails about an alert in your own words, per language. Without, ours are used.")
    add_action = write_mail_text
    add_form = MailTextForm
    add_fields = ("kind", "language", "subject", "body")
    add_label = _("Write a mail")
    form = MailWordsForm
    change_action = change_mail_text
    change_fields = ("subject", "body")
    show = ("alert", "language", "preview")
    buttons = (
        Button(
            "reset",
            _("Back to the built-in words"),
            reset_mail_text,
            tone="danger",
            done=_("Mails about this alert have the built-in words again."),
        ),
    )

    @admin.display(description=_("alert"), ordering="kind")
    def alert(self, text: MailText) -> str:
        return str(dict(_kinds()).get(text.kind, text.kind))

    @admin.display(description=_("as it reads"))
    def preview(self, text: MailText) -> str:
        """With made-up values."""
        values = sample(text)
        words = {"subject": filled(text.subject, values), "body": filled(text.body, values)}
        return render_to_string("alerts/admin_preview.html", words)

    def name_of(self, obj: MailText) -> str:
        return f"{self.alert(obj)} · {obj.get_language_display()}"

    def button_view(self, request: HttpRequest, object_id: str, button: str) -> HttpResponse:
        answer = super().button_view(request, object_id, button)
        if button == "reset" and self.get_object(request, object_id) is None:
            return redirect(self._address("changelist"))
        return answer


def sample(text: MailText) -> dict[str, str]:
    """Made-up values of every placeholder."""
    return {
        "title": str(_("Ana Ruiz: “Endpoint Deployment” expires in 30 days")),
        "sentence": str(_("Renew it before that day so that products which need it stay open.")),
        "person": "Ana Ruiz",
        "partner": "Northwind Managed IT",
        "vendor": vendor_by_id(text.vendor_id).name,
        "day": short_date(today() + dt.timedelta(days=30)),
        "link": absolute_url(text.vendor_id, "/certifications/"),
    }
