"""The vendor's own settings in the admin: shown, changed by an action, refused with reasons."""

from __future__ import annotations

import zoneinfo
from typing import Any

from django import forms
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tenants.actions.vendors import CHANGEABLE, change_vendor
from tenants.admin_forms import dressed
from tenants.models import Vendor
from tenants.vendor_admin import may
from tenants.writing import Refused


class VendorSettingsForm(forms.ModelForm):
    """Shape only; the action decides and writes."""

    time_zone = forms.ChoiceField(
        label=_("time zone"),
        choices=lambda: [(zone, zone) for zone in sorted(zoneinfo.available_timezones())],
        help_text=_("Days begin and certificates expire at midnight here."),
    )

    class Meta:
        model = Vendor
        fields = CHANGEABLE
        widgets = {
            "accent": forms.TextInput({"pattern": "#[0-9a-fA-F]{6}"}),
            "second_factor_from": forms.DateInput({"type": "date"}, "%Y-%m-%d"),
        }
        help_texts = {
            "accent": _("Used for buttons and links; text on it stays readable."),
            "currency": _("Three letters, e.g. EUR."),
            "second_factor": _(
                "A passkey or an authenticator app. Whoever has none is led to set one up before "
                "anything else. API clients are not concerned."
            ),
            "second_factor_from": _("Until this day they are reminded. Empty: at once."),
        }


def settings_view(request: Any, each_context: dict[str, Any]) -> HttpResponse:
    """Show the form; by POST change the vendor or show why not."""
    if not may(change_vendor):
        raise PermissionDenied
    vendor = Vendor.objects.get(pk=request.vendor.pk)
    form = dressed(VendorSettingsForm(request.POST or None, instance=vendor))
    if request.method == "POST" and form.is_valid():
        try:
            change_vendor(**form.cleaned_data)
        except Refused as refused:
            for reason in refused.reasons:
                form.add_error(
                    reason.pointer if reason.pointer in form.fields else None, reason.detail
                )
        else:
            messages.success(request, _("Saved. Every page shows it within half a minute."))
            return redirect(request.path)
    context = {
        **each_context,
        "title": _("Vendor settings"),
        "form": form,
        "button": {"label": _("Save"), "tone": "primary"},
        "back": reverse("admin:index"),
    }
    status = 422 if form.errors else 200
    return TemplateResponse(request, "admin/vendor_button.html", context, status=status)


def view_of(site: Any) -> Any:
    def view(request: HttpRequest) -> HttpResponse:
        return settings_view(request, site.each_context(request))

    return site.admin_view(view)
