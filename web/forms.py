"""One way to draw a form: a renderer, a field template, and the classes widgets need."""

from __future__ import annotations

from typing import Any

from django import forms
from django.forms.boundfield import BoundField
from django.forms.renderers import TemplatesSetting

CHECKS = (forms.CheckboxInput, forms.RadioSelect, forms.CheckboxSelectMultiple)


class LookedBoundField(BoundField):
    """A bound field whose widget carries Tabler's classes, unless it brings its own."""

    def build_widget_attrs(
        self, attrs: dict[str, Any], widget: forms.Widget | None = None
    ) -> dict[str, Any]:
        """Add the class and, for a wrong value, the mark that makes it visible."""
        built = super().build_widget_attrs(attrs, widget)
        drawn = widget or self.field.widget
        if "class" in drawn.attrs:  # the admin's widgets and anything styled on purpose
            return built
        names = [widget_class(drawn)]
        hint = str(drawn.attrs.get("placeholder", ""))
        searching = "search" in (drawn.attrs.get("type"), getattr(drawn, "input_type", ""))
        if hint and not searching and str(self.label).casefold() in hint.casefold():
            built["placeholder"] = False  # it says the label twice
        if self.errors and not isinstance(drawn, CHECKS):
            names.append("is-invalid")
        built["class"] = " ".join(name for name in names if name)
        return built

    @property
    def is_check(self) -> bool:
        """A single box: its label stands beside it, not above."""
        return isinstance(self.field.widget, forms.CheckboxInput)

    @property
    def is_group(self) -> bool:
        """Several boxes or radios: they need a fieldset."""
        return isinstance(self.field.widget, (forms.RadioSelect, forms.CheckboxSelectMultiple))

    @property
    def rows(self) -> list[Any]:
        """The single choices of a group, drawn one by one."""
        return list(self.subwidgets)


def widget_class(widget: forms.Widget) -> str:
    """Return the Tabler class of a widget."""
    if isinstance(widget, CHECKS):
        return "form-check-input"
    if isinstance(widget, forms.Select):
        return "form-select"
    if isinstance(widget, forms.MultiWidget):
        return ""
    return "form-control"


class FormRenderer(TemplatesSetting):
    """The project's renderer: `{{ form }}` and `{{ form.name.as_field_group }}` just work."""

    form_template_name = "web/form.html"
    field_template_name = "web/field.html"
    bound_field_class = LookedBoundField


class FilterForm(forms.Form):
    """Base of filter forms: labels are drawn small, the first option says "Any ..."."""

    use_required_attribute = False
