"""The shape of what is asked about registrations. Whether it may happen is the actions' to say."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from deals.models import Registration, Renewal
from partners.contracts_shown import services_words
from partners.field_forms import CountryField
from partners.forms import DayField
from partners.models import Customer, Partner, ServiceContract
from programs.compiled import program_on
from programs.document import ProgramDocument
from programs.document.deals import DealPolicy
from tenants.files import MOST_BYTES
from tenants.forms import DocumentField
from web.codes import words_of


class RegistrationForm(forms.Form):
    """What a partner registers by one policy; ``held`` is the draft that is changed."""

    name = forms.CharField(label=_("Company"), max_length=160)
    domain = forms.CharField(
        label=_("Web site"),
        max_length=253,
        required=False,
        help_text=_("Or an e-mail address there: it tells for sure which company it is."),
    )
    country = CountryField(required=False)
    number = forms.CharField(
        label=_("Company number"),
        max_length=60,
        required=False,
        help_text=_("Of its register or for value added tax, if you know it."),
    )
    families = forms.MultipleChoiceField(
        label=_("Product families"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A draft needs none; to submit it, choose at least one."),
    )
    products = forms.MultipleChoiceField(
        label=_("Products"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("A draft needs none; to submit it, choose at least one."),
    )
    seats = forms.IntegerField(label=_("Seats"), min_value=0, required=False)
    list_value = forms.DecimalField(
        label=_("List value"), min_value=0, max_digits=14, decimal_places=2, required=False
    )
    expected_on = DayField(label=_("Expected by"), required=False)
    customer = forms.ChoiceField(
        label=_("Your customer"),
        required=False,
        help_text=_("If you have recorded it already. It can be linked when you win, too."),
    )
    renewal = forms.ChoiceField(label=_("Renewal"), required=False)
    message = forms.CharField(
        label=_("What you are doing there"),
        max_length=1000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    stated = forms.MultipleChoiceField(
        label=_("You confirm"), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        partner: Partner,
        policy: DealPolicy,
        document: ProgramDocument,
        held: Registration | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["initial"] = _typed(held) if held is not None else {}
        super().__init__(*args, **kwargs)
        self.policy = policy
        fields: Any = self.fields
        fields["families"].choices = [(c, words_of(c)) for c in sorted(document.families)]
        fields["products"].choices = [
            (c, document.title_of("products", c)) for c in document.products
        ]
        fields["list_value"].help_text = _("In %(currency)s.") % {"currency": document.currency}
        fields["stated"].choices = list(policy.states.items())
        self.customers = {row.ref: row for row in Customer.objects.filter(partner=partner)}
        fields["customer"].choices = [
            ("", _("Not recorded yet")), *((ref, row.name) for ref, row in self.customers.items()),
        ]  # fmt: skip
        rows = Renewal.objects.filter(partner=partner, outcome="").select_related(
            "contract__customer"
        )
        self.renewals = {row.ref: row for row in rows}
        fields["renewal"].choices = [
            ("", _("None")),
            *((ref, str(row.contract.customer)) for ref, row in self.renewals.items()),
        ]
        for name in _not_asked(policy):
            del fields[name]

    def typed(self) -> dict[str, Any]:
        """What was typed, as ``save_registration`` takes it."""
        found = dict(self.cleaned_data)
        found["domains"] = list(filter(None, [found.pop("domain", "")]))
        found["customer"] = self.customers.get(found.get("customer", ""))
        if "renewal" in found:
            found["renewal"] = self.renewals.get(found["renewal"])
        return found


def _not_asked(policy: DealPolicy) -> list[str]:
    """Fields that mean nothing by this policy."""
    found = ["families"] if policy.object == "product" else ["products"]
    if policy.kind != Registration.Kind.RENEWAL:
        found.append("renewal")
    if policy.kind != Registration.Kind.TRANSACTIONAL:
        found.append("list_value")
    return found if policy.states else [*found, "stated"]


def _typed(row: Registration) -> dict[str, Any]:
    names = ("name", "country", "number", "families", "products", "seats", "list_value",
             "expected_on", "message", "stated")  # fmt: skip
    found = {name: getattr(row, name) for name in names}
    found["domain"] = next(iter(row.domains), "")
    found["customer"] = row.customer.ref if row.customer else ""
    found["renewal"] = row.renewal.ref if row.renewal else ""
    return found


class ExtendForm(forms.Form):
    activity = forms.CharField(
        label=_("What has happened since"),
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    evidence = DocumentField(
        label=_("What shows it"),
        required=False,
        help_text=_("An offer, minutes, an e-mail of the customer. PDF or picture, %(n)s MB.")
        % {"n": MOST_BYTES // 1_000_000},
    )


class WinForm(forms.Form):
    """What was won: a service contract, or what a transaction came to."""

    list_value = forms.DecimalField(
        label=_("List value"), min_value=0, max_digits=14, decimal_places=2
    )
    contract = forms.ChoiceField(label=_("Service contract"))

    def __init__(self, *args: Any, held: Registration, on: dt.date, **kwargs: Any) -> None:
        kwargs["initial"] = {"list_value": held.list_value}
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        rows = ServiceContract.objects.filter(partner_id=held.partner_id).exclude(until__lte=on)
        if held.customer_id is not None:
            rows = rows.filter(customer_id=held.customer_id)
        self.contracts = {row.ref: row for row in rows.select_related("customer", "terms")}
        # Chosen, never preset: of a company not yet recorded, the list begins with a stranger's.
        named = [(ref, f"{c.customer} · {services_words(c)}") for ref, c in self.contracts.items()]
        fields["contract"].choices = [("", _("Choose a contract")), *named]
        if held.kind == Registration.Kind.TRANSACTIONAL:
            del fields["contract"]
            currency = held.currency or program_on(on).document.currency
            words = _("What was ordered, at list price, in %(currency)s.")
            fields["list_value"].help_text = words % {"currency": currency}
        else:
            del fields["list_value"]

    def clean_contract(self) -> ServiceContract:
        """The contract chosen, of those offered."""
        return self.contracts[self.cleaned_data["contract"]]


class LoseForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why it was lost"), choices=[("", _("Choose a reason")), *Renewal.Reason.choices]
    )


class AppealForm(forms.Form):
    words = forms.CharField(
        label=_("Why it should be decided otherwise"),
        max_length=1000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )


class ApproveForm(forms.Form):
    account = forms.ChoiceField(
        label=_("Which company it is"),
        required=False,
        widget=forms.Select(attrs={"data-wide": True}),
    )
    until = DayField(
        label=_("Protected until"),
        required=False,
        help_text=_("Only where the policy states no days."),
    )
    remark = forms.CharField(label=_("Remark to the partner"), max_length=500, required=False)

    def __init__(self, *args: Any, matches: Any, fixed: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.accounts = {one.account.ref: one.account for one in matches}
        self.fields["account"].choices = [  # type: ignore[attr-defined]
            ("", _("By domain or number, else new")),
            *((ref, str(row)) for ref, row in self.accounts.items()),
        ]
        if fixed:
            del self.fields["until"]

    def clean_account(self) -> Any:
        """The account chosen, of those found."""
        return self.accounts.get(self.cleaned_data["account"])


class RefuseForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Reason"),
        choices=[("", _("Choose a reason")), *Registration.Reason.choices],
        widget=forms.Select(attrs={"data-wide": True}),
    )
    remark = forms.CharField(
        label=_("Remark to the partner"),
        max_length=500,
        required=False,
        help_text=_("Name no other partner: this is read by the one that registered."),
    )


class SeveralForm(RefuseForm):
    """One decision about several registrations."""

    decision = forms.ChoiceField(
        label=_("Decision"),
        choices=[("approve", _("Approve what nothing stands against")), ("refuse", _("Refuse"))],
        widget=forms.RadioSelect,
    )
    field_order = ("decision", "reason", "remark")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        reason: Any = self.fields["reason"]
        reason.required = False
        reason.help_text = _("Only to refuse: one for all that you chose.")

    def clean(self) -> dict[str, Any]:
        said: dict[str, Any] = super().clean() or {}
        if said.get("decision") == "refuse" and not said.get("reason"):
            self.add_error("reason", str(_("Choose why they are refused.")))
        return said


class ReverseForm(forms.Form):
    why = forms.CharField(
        label=_("Why it is taken back"),
        max_length=500,
        help_text=_("The partner reads it."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class MoveForm(forms.Form):
    until = DayField(label=_("Until"), help_text=_("The first day on which it no longer holds."))
    why = forms.CharField(label=_("Why"), max_length=500, widget=forms.Textarea(attrs={"rows": 3}))


class EndForm(forms.Form):
    ended = forms.ChoiceField(
        label=_("What ends it"),
        choices=[
            ("", _("Choose a reason")),
            ("letter", _("The customer's letter")),
            ("reversed", _("A wrong decision")),
        ],
    )
    why = forms.CharField(
        label=_("What shows it"), max_length=500, widget=forms.Textarea(attrs={"rows": 3})
    )


class TransferForm(forms.Form):
    to = forms.ChoiceField(label=_("To the partner"))
    why = forms.CharField(
        label=_("Why"),
        max_length=500,
        help_text=_("Both partners read it: name neither of them."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, *args: Any, held: Registration, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rows = Partner.objects.filter(status=Partner.Status.ACTIVE).exclude(pk=held.partner_id)
        self.partners = {row.ref: row for row in rows.order_by("name")}
        self.fields["to"].choices = [  # type: ignore[attr-defined]
            ("", _("Choose")), *((ref, row.name) for ref, row in self.partners.items()),
        ]  # fmt: skip

    def clean_to(self) -> Partner:
        """The partner chosen, of those offered."""
        return self.partners[self.cleaned_data["to"]]
