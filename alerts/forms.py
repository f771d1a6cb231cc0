"""One's own mails: a choice per kind of alert."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from alerts.kinds import AlertKind, registered_kinds
from alerts.models import MailChoice, MailSettings
from alerts.models.settings import LANGUAGES
from tenants import scope


def kinds_for_reader() -> list[AlertKind]:
    """The kinds that the reader can be told of, by name."""
    staff = scope.current().all_partners
    kinds = [
        kind for kind in registered_kinds() if not (kind.partner_only if staff else kind.staff_only)
    ]
    return sorted(kinds, key=lambda kind: str(kind.name))


class MailForm(forms.Form):
    """Shape only: what cannot be switched off says so, and the action refuses it."""

    language = forms.ChoiceField(
        label=_("Language of mails"),
        choices=LANGUAGES,
        help_text=_("Where the vendor wrote none in this language, mails are in English."),
    )

    def __init__(self, data: Any = None, *, held: MailSettings | None) -> None:
        super().__init__(data)
        self.fields["language"].initial = held.language if held else "en"
        for kind in kinds_for_reader():
            chosen = held.choices.get(kind.kind, MailChoice.NOW) if held else MailChoice.NOW
            self.fields[kind.kind] = forms.ChoiceField(
                label=kind.name,
                choices=MailChoice.choices,
                initial=chosen,
                disabled=kind.always == "all",
                help_text=_NOTES[kind.always],
            )

    def choices(self) -> dict[str, str]:
        """Per kind what was chosen."""
        return {name: value for name, value in self.cleaned_data.items() if name != "language"}


_NOTES: dict[str, Any] = {
    "": "",
    "own": _("About your own certificate you are always told at once."),
    "all": _("Always at once: this cannot be switched off."),
}
