"""The shape of what people ask for on the pages of levels."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programs.models import Level


class AskForm(forms.Form):
    """A level, and why."""

    level = forms.ChoiceField(label=_("Level"))
    note = forms.CharField(
        label=_("Note"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Your account manager reads it."),
    )

    def __init__(self, *args: Any, levels: Sequence[Level], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.levels = {level.ref: level for level in levels}
        self.fields["level"].choices = [  # type: ignore[attr-defined]
            (ref, f"{level.name} · {level.partner_type.name}") for ref, level in self.levels.items()
        ]

    def clean_level(self) -> Level:
        return self.levels[self.cleaned_data["level"]]


class AnswerForm(forms.Form):
    """Yes or no to an invitation."""

    answer = forms.ChoiceField(
        label=_("Answer"),
        choices=[("accept", _("Accept")), ("decline", _("Decline"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(label=_("Note"), max_length=300, required=False)
