"""Custom fields in forms: a widget for each kind; what fits is for ``rules.fields`` to say."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from partners.models import Customer, CustomField, Partner
from partners.rules.field_sets import asked_fields, values_of
from partners.rules.field_words import cell
from partners.rules.fields import MOST_TEXT, Kind, read
from partners.words import country_choices
from tenants.files import ENDINGS, MOST_BYTES, document_of
from tenants.writing import Refused

_EXAMPLES = {Kind.MONEY: _("With its currency, like 1250.50 EUR.")}


class CountryField(forms.ChoiceField):
    """A country chosen by its name; the value is its ISO code, or "" for none."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Country"))
        none = _("Choose a country") if kwargs.get("required", True) else _("Not recorded")
        super().__init__(choices=[("", none), *country_choices()], **kwargs)

    def to_python(self, value: Any) -> str:
        """The code in capitals."""
        return str(super().to_python(value)).upper()


class CustomValue(forms.Field):
    """The value of one custom field. ``asked=False``: a filter, where empty means any."""

    def __init__(self, definition: CustomField, value: Any = None, *, asked: bool = True) -> None:
        self.definition, self.asked = definition, asked
        help_text = [definition.help, _EXAMPLES.get(Kind(definition.kind), "")] if asked else []
        super().__init__(
            label=definition.label,
            help_text=" ".join(str(text) for text in help_text if text),
            required=asked and definition.required,
            widget=_widget(definition, any_value=not asked),
            initial=value,
        )

    def clean(self, value: Any) -> Any:
        """The value, or the rule's sentence."""
        if not self.asked and value in (None, "", []):
            return None
        found = read(self.definition, value)
        if found.problem:
            raise ValidationError(found.problem, code="invalid")
        return found.value

    def prepare_value(self, value: Any) -> Any:
        """A recorded value as its widget holds it; what was just sent stays as it is."""
        if self.definition.kind == Kind.SEVERAL and isinstance(value, list):
            return value
        return cell(value)


class DocumentValue(forms.FileField):
    """A file to attach; one that was attached before stays unless another one is chosen."""

    def __init__(self, definition: CustomField, value: Any = None) -> None:
        self.definition, self.held = definition, value
        attached = _("Attached: %(name)s.") % {"name": value["name"]} if value else ""
        kinds = _("PDF, PNG, JPEG, DOCX, XLSX, CSV or text, up to 10 MB.")
        super().__init__(
            label=definition.label,
            help_text=" ".join(str(text) for text in (definition.help, attached, kinds) if text),
            required=definition.required and not value,
            widget=forms.FileInput(attrs={"accept": ",".join(sum(ENDINGS.values(), ()))}),
        )

    def clean(self, data: Any, initial: Any = None) -> Any:
        """A ``Document``, what was attached before, or the rule's sentence."""
        if not data:
            found = read(self.definition, self.held)
            if found.problem:
                raise ValidationError(found.problem, code="invalid")
            return found.value
        try:
            return document_of(data.name, data.read(MOST_BYTES + 1))
        except Refused as refused:
            raise ValidationError(refused.detail, code="invalid") from None


def _widget(definition: CustomField, *, any_value: bool = False) -> forms.Widget:
    chosen = [(choice["code"], choice["label"]) for choice in definition.choices]
    unanswered = _("Choose") if definition.required else _("Not answered")
    none = ("", definition.label if any_value else unanswered)
    match Kind(definition.kind):
        case Kind.LONG_TEXT:
            return forms.Textarea(attrs={"rows": 4, "maxlength": MOST_TEXT[Kind.LONG_TEXT]})
        case Kind.DATE:
            return forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
        case Kind.BOOLEAN:
            return forms.Select(choices=[none, ("yes", _("Yes")), ("no", _("No"))])
        case Kind.CHOICE:
            return forms.Select(choices=[none, *chosen])
        case Kind.SEVERAL if any_value:
            return forms.Select(choices=[none, *chosen])
        case Kind.SEVERAL:
            return forms.CheckboxSelectMultiple(choices=chosen)
        case Kind.URL:
            return forms.URLInput()
        case Kind.EMAIL:
            return forms.EmailInput()
        case Kind.INTEGER:
            return forms.TextInput(attrs={"inputmode": "numeric"})
        case Kind.DECIMAL:
            return forms.TextInput(attrs={"inputmode": "decimal"})
        case Kind.COUNTRY:
            return forms.Select(choices=[none, *country_choices()])
    return forms.TextInput(attrs={"maxlength": MOST_TEXT[Kind.TEXT]})


class WithCustom(forms.Form):
    """A form that also asks for custom fields; ``cleaned_data["custom"]`` holds them by code."""

    def ask(self, definitions: Iterable[CustomField], values: Mapping[str, Any]) -> None:
        """Ask for these fields, below the form's own."""
        self.asked = list(definitions)
        for one in self.asked:
            make = DocumentValue if one.kind == Kind.DOCUMENT else CustomValue
            self.fields[one.pointer] = make(one, values.get(one.code))

    def ask_of(self, row: Partner | Customer) -> None:
        """Ask for what the scope may write of this record."""
        self.ask(asked_fields(row, writable=True), values_of(row))

    def sections(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The custom fields under the names of their sections, in order."""
        found: dict[str, list[forms.BoundField]] = {}
        for one in getattr(self, "asked", []):
            found.setdefault(one.section, []).append(self[one.pointer])
        return list(found.items())

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        asked = getattr(self, "asked", [])
        if asked:
            cleaned["custom"] = {
                one.code: cleaned.pop(one.pointer) for one in asked if one.pointer in cleaned
            }
        return cleaned
