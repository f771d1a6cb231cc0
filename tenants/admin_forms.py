"""Fields on admin pages, in the admin's look where django-unfold is there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from django import forms
from django.db.models.fields import BLANK_CHOICE_DASH
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from unfold import widgets as look

DASHES = BLANK_CHOICE_DASH[0][1]
boxes = look.UnfoldAdminCheckboxSelectMultipleWidget
AnyForm = TypeVar("AnyForm", bound=forms.BaseForm)


class DayInput(forms.DateInput):
    """The browser's own calendar; what it sends and is given is ISO in every language."""

    input_type = "date"

    def __init__(self, attrs: Any = None, format: str = "%Y-%m-%d") -> None:
        super().__init__(attrs, format)


def _classes(widget: Any) -> list[str]:
    if isinstance(widget, forms.CheckboxInput | forms.CheckboxSelectMultiple):
        return list(look.CHECKBOX_CLASSES)
    if isinstance(widget, forms.RadioSelect):
        return list(look.RADIO_CLASSES)
    if isinstance(widget, forms.Textarea):
        return list(look.TEXTAREA_CLASSES)
    if isinstance(widget, forms.Select):
        return list(look.SELECT_CLASSES)
    return list(look.INPUT_CLASSES)


def _name_the_empty_choice(field: forms.ChoiceField) -> None:
    """Words instead of Django's row of dashes."""
    words = _("Choose") if field.required else _("None")
    if isinstance(field, forms.ModelChoiceField):
        if field.empty_label == DASHES:
            field.empty_label = words
        return
    choices: list[Any] = list(field.choices)  # type: ignore[arg-type]
    if ("", DASHES) in choices:
        field.choices = [("", words) if one == ("", DASHES) else one for one in choices]


def dress(fields: Mapping[str, forms.Field]) -> None:
    """Give the fields' widgets the admin's classes, unless they bring their own; days become
    the browser's calendar, and labels begin with a capital as everywhere in the admin."""
    for field in fields.values():
        if isinstance(field, forms.DateField) and not isinstance(field.widget, forms.HiddenInput):
            field.widget = DayInput(field.widget.attrs)
            field.widget.is_required = field.required
        if "class" not in field.widget.attrs:
            field.widget.attrs["class"] = " ".join(_classes(field.widget))
        if type(field.widget) is forms.CheckboxSelectMultiple:  # others bring their own
            field.widget.template_name = boxes.template_name  # one box a line, label beside it
            field.widget.option_template_name = boxes.option_template_name
        if isinstance(field, forms.ChoiceField):
            _name_the_empty_choice(field)
        if isinstance(field.widget, forms.Select) and not field.widget.allow_multiple_selected:
            field.widget.template_name = (
                look.UnfoldAdminSelectWidget.template_name
            )  # with its arrow
        # A form's own fields are shared by all its forms: dressed anew with every page, a label
        # would grow a layer each time, and reading it would take twice as long as before.
        if field.label and str(field.label)[0].islower():
            field.label = capfirst(field.label)


def dressed(form: AnyForm) -> AnyForm:
    """The form with its fields dressed."""
    dress(form.fields)
    return form
