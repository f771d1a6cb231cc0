"""The shape of an upload: a file or pasted text, a day, a note."""

from __future__ import annotations

import codecs
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from unfold.widgets import (
    INPUT_CLASSES,
    UnfoldAdminFileFieldWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from programs import document as documents
from programs.document.reading import MAX_BYTES
from programs.errors import Problem, ProgramError
from tenants.admin_forms import DayInput

_TEXT = {
    "rows": 24, "spellcheck": "false", "wrap": "off",
    "style": "font-family: monospace; max-width: 100%",
}  # fmt: skip


class ProgramUploadForm(forms.Form):
    """Reads the document; what is wrong with it stands in ``problems``, line by line.

    The text of an uploaded file comes back in the text field, to be put right there and then.
    """

    file = forms.FileField(
        label=_("File"),
        required=False,
        help_text=_("YAML or JSON, UTF-8, at most 1 MB."),
        widget=UnfoldAdminFileFieldWidget(attrs={"accept": ".yaml,.yml,.json"}),
    )
    text = forms.CharField(
        label=_("Or the text itself"),
        required=False,
        strip=False,
        widget=UnfoldAdminTextareaWidget(attrs=_TEXT),
    )
    effective_from = forms.DateField(
        label=_("In force from"),
        help_text=_("The vendor's day. Until then the version in force stays."),
        widget=DayInput({"class": " ".join(INPUT_CLASSES)}),
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=500,
        help_text=_("Why: for those who read the history later."),
        widget=UnfoldAdminTextInputWidget(),
    )

    replaces = forms.IntegerField(required=False, widget=forms.HiddenInput())
    """The ``lock_version`` of the open draft that this document takes the place of."""

    problems: tuple[Problem, ...] = ()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        given: str | bytes = cleaned.get("text") or ""
        if cleaned.get("file"):
            raw: bytes = cleaned["file"].read(MAX_BYTES + 1)
            self._keep(raw)
            given = raw
        elif "file" in self.errors:
            return cleaned
        if not given.strip():
            self.add_error("file", _("Choose a file or paste the text."))
            return cleaned
        try:
            cleaned["document"] = documents.load(given)
        except ProgramError as error:
            self.problems = error.problems
            self.add_error(None, _("The document was not read: see what to put right below."))
        return cleaned

    def _keep(self, raw: bytes) -> None:
        """Show the file's text again, where it is text."""
        try:
            text = raw.removeprefix(codecs.BOM_UTF8).decode() if len(raw) <= MAX_BYTES else ""
        except UnicodeDecodeError:
            text = ""
        self.data = {**{name: self.data.get(name) for name in self.data}, "text": text}
