"""Plain forms on admin pages, in the admin's look where django-unfold is there."""

from __future__ import annotations

from typing import Any, TypeVar

from django import forms

try:
    from unfold import widgets as look
except ImportError:  # pragma: no cover  the plain admin needs no classes
    look = None

AnyForm = TypeVar("AnyForm", bound=forms.BaseForm)


def _classes(widget: Any) -> list[str]:
    if isinstance(widget, forms.CheckboxInput):
        return list(look.CHECKBOX_CLASSES)
    if isinstance(widget, (forms.RadioSelect, forms.CheckboxSelectMultiple)):
        return []
    if isinstance(widget, forms.Textarea):
        return list(look.TEXTAREA_CLASSES)
    if isinstance(widget, forms.Select):
        return list(look.SELECT_CLASSES)
    if isinstance(widget, forms.FileInput):
        return list(look.FILE_CLASSES)
    return list(look.INPUT_CLASSES)


def dressed(form: AnyForm) -> AnyForm:
    """Give the form's widgets the admin's classes, unless they bring their own."""
    for field in form.fields.values():
        if look is not None and "class" not in field.widget.attrs:
            field.widget.attrs["class"] = " ".join(_classes(field.widget))
    return form
