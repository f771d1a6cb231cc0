"""Shapes of the base's few forms."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class NewLoginForm(forms.Form):
    """Somebody without a login accepts an invitation."""

    name = forms.CharField(
        label=_("Your name"), max_length=160, widget=forms.TextInput({"autocomplete": "name"})
    )
    password = forms.CharField(
        label=_("Choose a password"),
        strip=False,
        help_text=_("At least 12 characters; a sentence is fine."),
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
