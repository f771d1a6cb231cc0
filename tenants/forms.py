"""Shapes of the base's few forms."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tenants.files import ENDINGS, MOST_BYTES, Document, document_of
from tenants.writing import Refused


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


class DocumentField(forms.FileField):
    """A file that is kept, told by its own content; its value is a ``Document`` or ``None``."""

    def __init__(self, **kwargs: Any) -> None:
        accepted = ",".join(end for ends in ENDINGS.values() for end in ends)
        kwargs.setdefault("widget", forms.ClearableFileInput(attrs={"accept": accepted}))
        super().__init__(**kwargs)

    def clean(self, data: Any, initial: Any = None) -> Document | None:
        """Raises ``ValidationError`` for what is too large, empty, or of no kind that is taken."""
        given = super().clean(data, initial)
        if not given:
            return None
        try:  # one byte more tells that it is too large
            return document_of(given.name, given.read(MOST_BYTES + 1))
        except Refused as refused:
            raise forms.ValidationError(refused.detail) from None
