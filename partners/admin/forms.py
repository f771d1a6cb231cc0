"""Forms of the admin's buttons. Choices are read when a form is made, inside the vendor's scope."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django import forms
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from partners.forms import DayField
from partners.models import (
    AgreedValue,
    Agreement,
    Customer,
    Employment,
    Partner,
    Record,
    ServiceScope,
)
from partners.rules.tags import tags_of
from partners.tables import vertical_choices
from programs.asking import agreed_in
from programs.compiled import declared, documents_from, program_or_none
from programs.document.metrics import record_codes, record_tags
from programs.fields import and_words, or_words
from programs.models import Level, PartnerType
from tenants.capabilities import STAFF_ROLES
from tenants.clock import today
from tenants.files import MOST_BYTES
from tenants.importing import import_kinds
from tenants.models import ImportJob, Person
from web.codes import words_of

CHOOSE = _("Choose")


def lines(label: Any, *, help_text: Any = "") -> forms.CharField:
    area = forms.Textarea(attrs={"rows": 3})
    return forms.CharField(label=label, max_length=300, widget=area, help_text=help_text)


def _verticals() -> list[tuple[str, Any]]:
    return [("", _("Not known")), *vertical_choices()]


class ReasonForm(forms.Form):
    reason = lines(_("reason"), help_text=_("The partner reads it."))


class DayReasonForm(ReasonForm):
    on = DayField(label=_("from"), initial=today)


class ApproveForm(forms.Form):
    external_id = forms.CharField(
        label=_("external id"),
        max_length=120,
        required=False,
        help_text=_("Your own id of the new partner, e.g. from your CRM."),
    )


class LevelForm(DayReasonForm):
    field_order = ("level", "on", "reason")
    level = forms.ModelChoiceField(
        label=_("level"), queryset=Level._base_manager.none(), empty_label=CHOOSE
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = declared(Level.objects.all(), today()).select_related("partner_type")
        field = self.fields["level"]
        field.queryset = rows.order_by("partner_type__name", "rank")  # type: ignore[attr-defined]
        field.label_from_instance = lambda row: f"{row.partner_type} · {row}"  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if cleaned.get("level"):
            cleaned["partner_type"] = cleaned["level"].partner_type
        return cleaned


class ManagerForm(forms.Form):
    person = forms.ModelChoiceField(
        label=_("person"), queryset=Person._base_manager.none(), empty_label=CHOOSE
    )
    on = DayField(label=_("from"), initial=today)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = Person.objects.filter(memberships__role__in=STAFF_ROLES).distinct()
        self.fields["person"].queryset = staff  # type: ignore[attr-defined]


class SpecialistForm(ManagerForm):
    scope_code = forms.ChoiceField(label=_("service"), choices=ServiceScope.choices)


class SignForm(forms.Form):
    kind = forms.ChoiceField(label=_("agreement"))
    signed_by = forms.CharField(label=_("signed by"), max_length=160)
    since = DayField(label=_("in force from"), initial=today)
    until = DayField(label=_("until"), required=False)
    document = forms.FileField(
        label=_("signed document"),
        help_text=_("Only its fingerprint (SHA-256) is kept, as proof."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        program = program_or_none(today())
        found = [(Agreement.MAIN, words_of(Agreement.MAIN))]
        if program is not None:
            document = program.document
            found += [
                (code, document.title_of("addenda", code))
                for code, rule in document.addenda.items()
                if rule.with_ == "vendor"
            ]
        self.fields["kind"].choices = found  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        from partners.actions import digest_of

        cleaned: dict[str, Any] = super().clean() or {}
        document = cleaned.pop("document", None)
        if document is not None and document.size > MOST_BYTES:
            self.add_error("document", _("At most 10 MB."))
        elif document is not None:
            cleaned["text_sha256"] = digest_of(document.read())
        return cleaned


class FactForm(forms.Form):
    metric = forms.ChoiceField(label=_("figure"))
    period = DayField(label=_("as of"), initial=today)
    value = forms.DecimalField(label=_("value"), max_digits=18, decimal_places=4)
    source = forms.CharField(label=_("source"), max_length=60)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["metric"].choices = _titled("metrics")  # type: ignore[attr-defined]


class VouchForm(forms.Form):
    code = forms.ChoiceField(label=_("attestation"))
    evidence = lines(_("evidence"), help_text=_("What shows it: a document, a date."))
    attested_by = forms.CharField(label=_("attested by"), max_length=160)
    since = DayField(label=_("from"), initial=today)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"].choices = _titled("attestations")  # type: ignore[attr-defined]


def titled(section: str, code: str) -> str:
    """The title that the program in force gives a code, else the code as words."""
    program = program_or_none(today())
    return program.document.title_of(section, code) if program else words_of(code)


def agreement_words(kind: str) -> str:
    return words_of(kind) if kind == Agreement.MAIN else titled("addenda", kind)


def agreement_kinds() -> list[tuple[str, str]]:
    """Every kind that the program in force knows, with its words."""
    program = program_or_none(today())
    codes = list(program.document.addenda) if program else []
    return [(code, agreement_words(code)) for code in (Agreement.MAIN, *codes)]


class CustomerAddForm(forms.ModelForm):
    vertical = forms.ChoiceField(label=_("vertical"), required=False, choices=_verticals)

    class Meta:
        model = Customer
        fields = ("name", "external_id", "country", "since")
        help_texts = {
            "external_id": _("Your own or the partner’s id; imports find the customer by it."),
        }


def _titled(section: str) -> list[tuple[str, str]]:
    program = program_or_none(today())
    if program is None:
        return []
    document = program.document
    return [(code, document.title_of(section, code)) for code in getattr(document, section)]


class EnvironmentsForm(forms.Form):
    environments = forms.MultipleChoiceField(
        label=_("environment classes"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, held: Sequence[str] = (), **kwargs: Any) -> None:
        kwargs["initial"] = {"environments": held}
        super().__init__(*args, **kwargs)
        program = program_or_none(today())
        known = program.document.environments if program else ()
        choices = [(code, words_of(code)) for code in known]
        self.fields["environments"].choices = choices  # type: ignore[attr-defined]


class LeaveForm(forms.Form):
    on = DayField(label=_("first day after the end"), initial=today)


class MoveForm(forms.Form):
    to = forms.ModelChoiceField(
        label=_("to"), queryset=Partner._base_manager.none(), empty_label=CHOOSE
    )
    on = DayField(label=_("from"), initial=today)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Partner.objects.exclude(status=Partner.Status.EXITED)
        self.fields["to"].queryset = rows  # type: ignore[attr-defined]


class EmploymentForm(forms.ModelForm):
    name = forms.CharField(label=_("name"), max_length=160)
    email = forms.EmailField(
        label=_("e-mail"),
        required=False,
        help_text=_("Where exam results and reminders go. It gives no sign-in: invite for that."),
    )

    class Meta:
        model = Employment
        fields = ("job_title", "external_id", "since")
        help_texts = {"external_id": _("The partner’s own number; imports find the person by it.")}
        widgets = {"since": forms.DateInput(attrs={"type": "date"})}


class RecordForm(forms.ModelForm):
    kind = forms.ChoiceField(label=_("kind"), choices=lambda: _record_kinds())
    tags = forms.CharField(
        label=_("tags"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )

    class Meta:
        model = Record
        fields = ("on", "until", "value", "currency", "external_id", "source")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["tags"].help_text = " ".join(
            [str(_("One a line: status: launched.")), *_counted()]
        )

    def clean_tags(self) -> dict[str, str]:
        try:
            return tags_of(self.cleaned_data["tags"])
        except ValueError as error:
            raise forms.ValidationError(str(error)) from None


def _record_kinds() -> list[tuple[str, Any]]:
    """What the metrics of the program in force and of those to come look at."""
    documents = documents_from(today())
    codes = sorted(frozenset[str]().union(*map(record_codes, documents)))
    return [("", CHOOSE), *((code, words_of(code)) for code in codes)]


def _counted() -> list[str]:
    """Which tags the program counts by, a sentence for each kind of record."""
    tags: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for document in documents_from(today()):
        for code, looked_at in record_tags(document).items():
            for tag, values in looked_at.items():
                tags[code][tag] |= values
    words = str(_("Of %(kind)s the program counts by %(tags)s."))
    return [
        words
        % {
            "kind": words_of(code),
            "tags": and_words(
                f"{tag} ({or_words(sorted(values))})" if values else tag
                for tag, values in sorted(looked_at.items())
            ),
        }
        for code, looked_at in sorted(tags.items())
        if looked_at
    ]


class AgreedForm(forms.ModelForm):
    code = forms.ChoiceField(
        label=_("number"),
        choices=lambda: _agreed_numbers(),
        help_text=_("The numbers that the program leaves to an agreement, in the range it allows."),
    )

    class Meta:
        model = AgreedValue
        fields = ("value", "since", "until", "agreed_by")
        widgets = {"since": forms.DateInput(attrs={"type": "date"})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["since"].initial = today
        if len(list(self.fields["code"].choices)) == 1:  # type: ignore[attr-defined]
            self.fields["code"].help_text = _("The program leaves no number to an agreement.")


def _agreed_numbers() -> list[tuple[str, Any]]:
    """What the program in force, and those to come, leave to an agreement, with its ranges."""
    ranges: dict[str, dict[str, None]] = defaultdict(dict)
    for document in documents_from(today()):
        for code, numbers in agreed_in(document).items():
            ranges[code] |= dict.fromkeys(number.range for number in numbers if number.range)
    named = ((code, or_words(found), words_of(code)) for code, found in sorted(ranges.items()))
    words = ((code, f"{name}, {range_}" if range_ else name) for code, range_, name in named)
    return [("", CHOOSE), *words]


class PartnerAddForm(forms.ModelForm):
    class Meta:
        model = Partner
        fields = ("name", "legal_name", "external_id", "domain", "country", "city", "joined_on")
        help_texts = {
            "external_id": _("Your own id of the partner, e.g. from your CRM."),
            "domain": _("Like northwind.example."),
        }
        widgets = {"joined_on": forms.DateInput(attrs={"type": "date"})}

    partner_type = forms.ModelChoiceField(
        label=_("type"), queryset=PartnerType._base_manager.none(), empty_label=CHOOSE
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = declared(PartnerType.objects.all(), today())
        self.fields["partner_type"].queryset = rows  # type: ignore[attr-defined]
        self.fields["joined_on"].initial = today


class ImportForm(forms.ModelForm):
    kind = forms.ChoiceField(label=_("kind"))
    file = forms.FileField(
        label=_("file"), help_text=_("CSV (UTF-8) or XLSX, up to 10 MB and 100,000 rows.")
    )

    class Meta:
        model = ImportJob
        fields: tuple[str, ...] = ()
        exclude = ("file",)  # noqa: DJ006  # what is uploaded, not the row that it becomes

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(kind.name, kind.title) for kind in import_kinds()]
        self.fields["kind"].choices = choices  # type: ignore[attr-defined]
        self.fields["kind"].widget.attrs |= {
            "hx-get": reverse("admin:tenants_importjob_columns"),
            "hx-trigger": "change",
            "hx-target": "#import-columns",
            "hx-swap": "outerHTML",
        }
