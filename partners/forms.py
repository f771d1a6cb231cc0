"""The shape of what the portal asks. Whether it may happen is the actions' to say."""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from django import forms
from django.utils.translation import gettext_lazy as _

from partners import rules
from partners.actions import digest_of
from partners.field_forms import CountryField, WithCustom
from partners.models import Customer, Partner
from partners.rules.relations import people_of
from programs.asking import roles_in
from programs.compiled import program_or_none
from tenants.capabilities import Role
from tenants.files import MOST_BYTES
from tenants.forms import DocumentField
from tenants.models import Person
from web.codes import words_of


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    widget = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class CustomerForm(WithCustom):
    """A customer; ``held`` is the one that is changed."""

    name = forms.CharField(
        label=_("Name"),
        max_length=160,
        help_text=_("Your vendor's people read it: an alias keeps the customer to yourself."),
    )
    private_name = forms.CharField(
        label=_("Real name"),
        max_length=160,
        required=False,
        help_text=_(
            "Where the name above is an alias: only your own people read this. Names given before "
            "stay in the history."
        ),
    )
    domain = forms.CharField(
        label=_("Web site"),
        max_length=253,
        required=False,
        help_text=_("Only its fingerprint is kept, by which the same customer is found elsewhere."),
    )
    external_id = forms.CharField(
        label=_("Your own id"),
        max_length=120,
        required=False,
        help_text=_("From your own system; imports find the customer by it."),
    )
    vertical = forms.ChoiceField(label=_("Vertical"), required=False)
    country = CountryField(required=False)
    environments = forms.MultipleChoiceField(
        label=_("Environment classes"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Everything that applies: the strictest decides what may be deployed."),
    )
    account_manager = forms.ChoiceField(
        label=_("Account manager"),
        required=False,
        help_text=_("Who of your people is told before a contract with this customer is decided."),
    )
    since = DayField(label=_("Customer since"))

    def __init__(
        self,
        *args: Any,
        on: dt.date,
        partner: Partner,
        held: Customer | None = None,
        **kwargs: Any,
    ) -> None:
        names = ("name", "private_name", "external_id", "vertical", "country", "environments")
        start: dict[str, Any] = (
            {name: getattr(held, name) for name in names} if held else {"since": on}
        )
        if held is not None and held.account_manager is not None:
            start["account_manager"] = held.account_manager.ref
        kwargs["initial"] = start
        super().__init__(*args, **kwargs)
        program = program_or_none(on)
        document = program.document if program else None
        known = list(document.environments) if document else []
        verticals = sorted({*rules.regulated_verticals(on), *VERTICALS})
        if held is not None:
            del self.fields["since"]
            verticals = sorted({*verticals, held.vertical} - {""})
            known += [code for code in held.environments if code not in known]
        self.fields["environments"].choices = [(c, words_of(c)) for c in known]  # type: ignore[attr-defined]
        choices = [("", _("Not recorded")), *((c, words_of(c)) for c in verticals)]
        self.fields["vertical"].choices = choices  # type: ignore[attr-defined]
        team = [(person.ref, person.name) for person in people_of(partner, on)]
        self.fields["account_manager"].choices = [("", _("Your partner admins")), *team]  # type: ignore[attr-defined]
        self.held = held

    def clean_account_manager(self) -> Person | Literal[""]:
        """The person chosen; empty for the partner's admins."""
        return Person.objects.by_ref(self.cleaned_data["account_manager"]) or ""

    def clean(self) -> dict[str, Any]:
        """A domain left empty keeps the digest recorded."""
        found = super().clean() or {}
        if self.held is not None and not found.get("domain"):
            found.pop("domain", None)
        return found


VERTICALS = ("education", "finance", "legal", "manufacturing", "public_sector", "retail")
"""Offered beside the program's regulated ones; they change no gate."""


def with_digest(form: forms.Form, cleaned: dict[str, Any], name: str) -> dict[str, Any]:
    """The values with the sha256 of the uploaded ``document`` under ``name`` in its place."""
    document = cleaned.pop("document", None)
    if document is not None and document.size > MOST_BYTES:
        form.add_error("document", _("At most 10 MB."))
    elif document is not None:
        cleaned[name] = digest_of(document.read())
    return cleaned


class AttestForm(forms.Form):
    """What was signed with a customer: its text stays with the partner, the digest is recorded."""

    kind = forms.ChoiceField(label=_("Agreement"))
    signed_by = forms.CharField(
        label=_("Signed by"), max_length=160, help_text=_("Who signed for the customer.")
    )
    since = DayField(label=_("In force from"))
    until = DayField(label=_("Until"), required=False)
    document = forms.FileField(
        label=_("Signed document"),
        help_text=_("Only its fingerprint (SHA-256) is kept, with which you prove the text."),
    )

    def __init__(self, *args: Any, kinds: dict[str, str], on: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"since": on}
        super().__init__(*args, **kwargs)
        self.fields["kind"].choices = list(kinds.items())  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        return with_digest(self, super().clean() or {}, "text_sha256")


class StatementForm(forms.Form):
    """What a partner states, with what shows it; ``unit`` is given where it is a figure."""

    value = forms.DecimalField(label=_("Value"), max_digits=18, decimal_places=4)
    evidence = forms.CharField(
        label=_("Evidence"),
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("What shows it: a document and its date, a report, who can confirm it."),
    )
    link = forms.URLField(
        label=_("Link"),
        max_length=300,
        required=False,
        assume_scheme="https",
        help_text=_("Where the evidence can be read."),
    )
    attested_by = forms.CharField(label=_("Attested by"), max_length=160)
    since = DayField(label=_("As of"), help_text=_("The day of which it is true."))
    document = DocumentField(
        label=_("Document"),
        required=False,
        help_text=_(
            "PDF, PNG, JPEG, DOCX, XLSX, CSV or text, up to 10 MB. Your vendor's staff read it."
        ),
    )

    def __init__(self, *args: Any, on: dt.date, unit: str | None, who: str, **kwargs: Any) -> None:
        kwargs["initial"] = {"since": on, "attested_by": who}
        super().__init__(*args, **kwargs)
        if unit is None:
            del self.fields["value"]
        else:
            self.fields["value"].help_text = unit


class DecisionForm(forms.Form):
    """Accept, or refuse with the reason."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("accept", _("Accept: it counts")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
    )
    reason = forms.CharField(
        label=_("Reason"),
        max_length=300,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The partner reads it. Needed where you refuse."),
    )


class EndForm(forms.Form):
    on = DayField(label=_("First day after the end"))


class PersonForm(forms.Form):
    """Somebody of the team; ``held`` is the employment that is changed."""

    name = forms.CharField(label=_("Name"), max_length=160)
    email = forms.EmailField(
        label=_("E-mail"), required=False, help_text=_("Warnings before a certificate ends.")
    )
    job_title = forms.CharField(label=_("Job"), max_length=120, required=False)
    roles = forms.MultipleChoiceField(
        label=_("Roles"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("The program asks for people in these roles."),
    )
    roles_since = DayField(
        label=_("Roles held from"),
        required=False,
        help_text=_("Left empty: today. What was held before stays recorded for the days before."),
    )
    external_id = forms.CharField(
        label=_("Your own id"),
        max_length=120,
        required=False,
        help_text=_("From your own system; imports find the person by it."),
    )
    since = DayField(label=_("Works for you since"))

    def __init__(self, *args: Any, on: dt.date, held: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        program = program_or_none(on)
        known = set(roles_in(program.document)) if program else set()
        if held is not None:
            known |= {code for _from, _until, codes in held.role_spans() for code in codes}
        self.fields["roles"].choices = [  # type: ignore[attr-defined]
            (code, words_of(code)) for code in sorted(known)
        ]
        if not known:
            del self.fields["roles"]
        if held is not None:
            del self.fields["since"]
        if held is None or not known:
            del self.fields["roles_since"]


class InviteForm(forms.Form):
    email = forms.EmailField(label=_("E-mail"))
    name = forms.CharField(label=_("Name"), max_length=160, required=False)
    role = forms.ChoiceField(
        label=_("Role"),
        choices=[
            (Role.PARTNER_MEMBER, _("Member: sees all, asks for seats")),
            (Role.PARTNER_ADMIN, _("Admin: people and imports too")),
        ],
    )


class ProfileForm(WithCustom):
    """What a partner says of itself."""

    domain = forms.CharField(label=_("Web site"), max_length=253, required=False)
    country = CountryField(
        required=False,
        disabled=True,
        help_text=_("Requirements may go by country: your account manager changes it."),
    )
    city = forms.CharField(label=_("City"), max_length=120, required=False)
    service_scopes = forms.CharField(
        label=_("Services"),
        max_length=300,
        required=False,
        help_text=_("Separated by commas: cloud, security, infrastructure."),
    )
    verticals = forms.CharField(
        label=_("Verticals"), max_length=300, required=False, help_text=_("Separated by commas.")
    )

    def __init__(self, *args: Any, held: Partner, **kwargs: Any) -> None:
        initial = {name: getattr(held, name) for name in ("domain", "country", "city")}
        for name in ("service_scopes", "verticals"):
            initial[name] = ", ".join(getattr(held, name))
        kwargs["initial"] = initial
        super().__init__(*args, **kwargs)
        self.ask_of(held)

    def clean_service_scopes(self) -> list[str]:
        return _codes(self.cleaned_data["service_scopes"])

    def clean_verticals(self) -> list[str]:
        return _codes(self.cleaned_data["verticals"])


def _codes(text: str) -> list[str]:
    words = (part.strip().lower().replace(" ", "_") for part in text.split(","))
    return list(dict.fromkeys(word for word in words if word))


class UploadForm(forms.Form):
    file = forms.FileField(
        label=_("File"),
        help_text=_("CSV (UTF-8) or XLSX, up to 10 MB and 100,000 rows."),
        widget=forms.ClearableFileInput(attrs={"accept": ".csv,.xlsx"}),
    )

    def given(self) -> tuple[bytes, str]:
        """What to read, and what it is called."""
        file = self.cleaned_data["file"]
        return file.read(), file.name


class PasteForm(UploadForm):
    """A file, or rows pasted from wherever the list is kept; column names may be left out."""

    columns = ("email", "name", "role")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["file"].required = False
        self.fields["pasted"] = forms.CharField(
            label=_("Or paste rows"),
            required=False,
            max_length=200_000,
            widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
            help_text=_("E-mail address, name, role; a row for each person."),
        )

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        if bool(cleaned.get("file")) == bool(cleaned.get("pasted")) and not self.errors:
            raise forms.ValidationError(_("Choose a file or paste rows."))
        return cleaned

    def given(self) -> tuple[bytes, str]:
        text = self.cleaned_data["pasted"]
        if not text:
            return super().given()
        first = text.split("\n", 1)[0]
        if "@" in first:
            mark = max(",;\t", key=first.count)
            text = f"{mark.join(self.columns)}\n{text}"
        return text.encode(), str(_("Pasted rows"))
