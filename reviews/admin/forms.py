"""Forms of the admin pages of reviews. Choices are read when a form is made, in the scope."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from programs.compiled import declared, program_or_none
from programs.models import Level, PartnerType
from reviews.admin.axes import axis_words, with_axis_title
from reviews.models import LevelException, LevelRequest, ReviewRun, Sanction
from tenants.clock import today


class LevelChoice(forms.ModelChoiceField):
    """A level, named with its type and axis."""

    def label_from_instance(self, obj: Any) -> str:
        return f"{obj.partner_type} · {axis_words(obj)} · {obj}"


def _levels() -> Any:
    rows = declared(Level.objects.select_related("partner_type"), today())
    return with_axis_title(rows).order_by("partner_type__name", "axis", "rank")


class OnDemandForm(forms.ModelForm):
    """Which axis of which type shall be reviewed."""

    axis_of_type = forms.ChoiceField(
        label=_("levels of"),
        help_text=_(
            "Judged by what is known today, as a preview: nobody moves and nobody is told before "
            "you approve it."
        ),
    )

    class Meta:
        model = ReviewRun
        fields: list[str] = []

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        program = program_or_none(today())
        names = dict(PartnerType.objects.values_list("code", "name"))
        self.fields["axis_of_type"].choices = [  # type: ignore[attr-defined]
            (f"{code} {axis}", f"{names.get(code, code)} · {found.axis_title(axis)}")
            for code, found in (program.document.types.items() if program else ())
            for axis in found.axis_codes()
        ]


class ExceptionForm(forms.ModelForm):
    level = LevelChoice(label=_("level"), queryset=Level._base_manager.none())

    class Meta:
        model = LevelException
        fields = ["partner", "level", "until", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = _levels()  # type: ignore[attr-defined]


class SanctionForm(forms.ModelForm):
    level = LevelChoice(
        label=_("level"),
        queryset=Level._base_manager.none(),
        required=False,
        help_text=_("The level it falls to; for the other measures, the type they concern."),
    )
    months = forms.IntegerField(label=_("months"), min_value=1, max_value=600, required=False)

    class Meta:
        model = Sanction
        fields = ["partner", "kind", "level", "reason"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = _levels()  # type: ignore[attr-defined]


class InvitationForm(forms.ModelForm):
    level = LevelChoice(label=_("level"), queryset=Level._base_manager.none())

    class Meta:
        model = LevelRequest
        fields = ["partner", "level", "note"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].queryset = _levels()  # type: ignore[attr-defined]


class UseForm(forms.Form):
    amount = forms.DecimalField(
        label=_("amount"),
        max_digits=18,
        decimal_places=6,
        help_text=_("Negative to give some back."),
    )
    note = forms.CharField(label=_("note"), max_length=200, required=False)
