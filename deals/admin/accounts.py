"""Real companies and the vendor's own deals, in the vendor's admin."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from deals import actions
from deals.matching import Company, accounts_named, find
from deals.models import Account, AccountCustomer, AccountKey, DirectDeal
from deals.rules import keys
from deals.rules.ledger import touches_of
from deals.words import TOUCHES
from partners.words import words_of_all
from tenants.edges import with_now
from tenants.vendor_admin import Button, VendorAdmin, VendorInline
from web.codes import words_of
from web.templatetags.mainstay import short_date

LINES = 50
"""Of the ledger, on an account's page."""
ALIKE = 5


class Several(forms.CharField):
    """Several texts in one field, parted by ; or lines."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, widget=forms.Textarea(attrs={"rows": 2}), **kwargs)

    def clean(self, value: Any) -> list[str]:
        text: str = super().clean(value)
        return [part.strip() for part in re.split(r"[;\n]", text) if part.strip()]


class NamedAccount(forms.CharField):
    """An account by its external id, domain or id: there are too many to choose from a list."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("help_text", _("Its domain, external id, or id (acc_…)."))
        super().__init__(**kwargs)

    def clean(self, value: Any) -> Account | None:
        text: str = super().clean(value)
        found = accounts_named([text]).get(text)
        if found is None and text:
            words = say("No account has the domain, external id or id “%(text)s”.")
            raise forms.ValidationError(words % {"text": text})
        return found


class KeysForm(forms.Form):
    domains = Several(
        label=_("domains"), help_text=_("cedar.com; or paste a web or e-mail address.")
    )
    numbers = Several(label=_("company numbers"), help_text=_("As in the register: HRB 12345."))
    aliases = Several(label=_("other names"))


class AccountForm(KeysForm, forms.ModelForm):
    """A new company."""

    parent = NamedAccount(label=_("belongs to"), required=False)
    field_order = ("name", "country", "external_id", "domains", "numbers", "aliases", "parent")

    class Meta:
        model = Account
        fields = ("name", "country", "external_id")
        help_texts = {
            "country": _("Two letters, like DE."),
            "external_id": _("Its id in your CRM."),
        }


class MergeForm(forms.Form):
    kept = NamedAccount(label=_("is the same company as"))
    reason = forms.CharField(label=_("reason"), max_length=300)


class PlaceForm(forms.Form):
    parent = NamedAccount(label=_("belongs to"), required=False)


class DropForm(forms.Form):
    key = forms.ModelChoiceField(label=_("key"), queryset=AccountKey._base_manager.none())

    def __init__(self, *args: Any, of: Account, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["key"]
        field.queryset = AccountKey.objects.filter(account=of)
        field.label_from_instance = lambda key: keys.shown(key.value)


def _living(account: Account) -> bool:
    return account.merged_into_id is None


def drop_key(account: Account, *, key: AccountKey) -> None:
    """Take one of the account's keys off it."""
    with_now(actions.drop_key)(key)


drop_key.capability = "accounts.write"  # type: ignore[attr-defined]


class ChildInline(VendorInline):
    model = Account
    fk_name = "parent"
    fields = ("name", "country", "external_id")
    verbose_name_plural = _("companies that belong to it")


class AccountCustomerInline(VendorInline):
    model = AccountCustomer
    fields = ("partner", "customer", "created_at")
    verbose_name_plural = _("customers of partners")
    show_change_link = False


class DirectDealInline(VendorInline):
    model = DirectDeal
    fields = ("title", "state", "opened_on", "touched_on", "closed_on")
    verbose_name_plural = _("direct deals")


@admin.register(Account)
class AccountAdmin(VendorAdmin):
    """Each real company once, whatever partners and the vendor's own sales call it."""

    job, icon, job_order = "partners", "domain", 47
    view_capability = "accounts.read"
    blank = _("Companies that partners register or your own sales know: import them from your CRM.")
    list_display = ("name", "country", "domains", "belongs", "source")
    list_select_related = ("parent",)
    list_filter = ("source",)
    search_fields = ("name", "external_id", "keys__value")
    page_links = ((_("Import"), "admin:tenants_importjob_add"),)
    inlines = (ChildInline, AccountCustomerInline, DirectDealInline)
    show = (
        "name",
        "others",
        "country",
        "domains",
        "numbers",
        "external_id",
        "source",
        "parent",
        "merged_into",
        "alike",
        "ledger",
    )
    add_action = with_now(actions.record_account)
    add_form = AccountForm
    add_fields = ("name", "country", "external_id", "domains", "numbers", "aliases", "parent")
    change_action = with_now(actions.change_account)
    change_fields = ("name", "country")
    buttons = (
        Button(
            "keys",
            _("Add domains, numbers, names"),
            with_now(actions.change_account),
            form=KeysForm,
            shown=_living,
        ),
        Button(
            "drop",
            _("Take a domain or number off"),
            drop_key,
            form_of=lambda account: partial(DropForm, of=account),
            shown=lambda account: _living(account) and account.keys.exists(),
        ),
        Button(
            "place",
            _("Place in its family"),
            with_now(actions.place_under),
            form=PlaceForm,
            shown=_living,
            note=_("Empty: it belongs to no other company."),
        ),
        Button(
            "merge",
            _("Merge into another account"),
            with_now(actions.merge_accounts),
            form=MergeForm,
            shown=_living,
            tone="danger",
            done=_("Merged: all of it stands at the other account now."),
            note=_(
                "Its domains, names, customers, deals and registrations go to the other account."
                " There is no way back."
            ),
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Account]:
        return super().get_queryset(request).defer("grams").prefetch_related("keys")

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def shown_of(self, obj: Any) -> Sequence[str]:
        hidden = {"merged_into"} if _living(obj) else {"alike", "parent"}
        return [name for name in self.show if name not in hidden]

    @admin.display(description=_("domains"))
    def domains(self, account: Account) -> str:
        return _listed(account, "domain")

    @admin.display(description=_("company numbers"))
    def numbers(self, account: Account) -> str:
        return _listed(account, "number")

    @admin.display(description=_("other names"))
    def others(self, account: Account) -> str:
        return ", ".join(account.aliases) or "–"

    @admin.display(description=_("belongs to"), ordering="parent__name")
    def belongs(self, account: Account) -> str:
        return account.parent.name if account.parent else "–"

    @admin.display(description=_("may be the same company"))
    def alike(self, account: Account) -> SafeString | str:
        asked = Company(name=account.name, country=account.country)
        others = [one for one in find(asked) if one.account.pk != account.pk][:ALIKE]
        lines = (
            (
                reverse("admin:deals_account_change", args=[one.account.ref]),
                one.account.name,
                " ".join(one.why),
            )
            for one in others
        )
        return format_html_join("", '<p><a class="text-link" href="{}">{}</a> {}</p>', lines) or "–"

    @admin.display(description=_("ledger"))
    def ledger(self, account: Account) -> SafeString | str:
        lines = (
            (short_date(one.at), TOUCHES.get(one.kind) or words_of(one.kind), _told(one))
            for one in touches_of(account)[:LINES]
        )
        return format_html_join("", "<p>{} · {}{}</p>", lines) or "–"


def _told(touch: Any) -> SafeString | str:
    said = [touch.data.get("title") or touch.data.get("name") or ""]
    said.append(words_of_all(touch.data.get("families") or []))
    said += [touch.partner.name if touch.partner else "", touch.person.name if touch.person else ""]
    shown = ", ".join(filter(None, said))
    return format_html(": {}", shown) if shown else ""


def _listed(account: Account, kind: str) -> str:
    found = (keys.shown(key.value) for key in account.keys.all() if key.kind == kind)
    return ", ".join(found) or "–"


@admin.register(DirectDeal)
class DirectDealAdmin(VendorAdmin):
    """What the vendor's own sales work on, as their CRM tells it."""

    job, icon, job_order = "partners", "handshake", 48
    view_capability = "accounts.read"
    blank = _("Deals of your own sales, so that partners and sales do not meet at one customer.")
    list_display = ("title", "account", "state", "opened_on", "touched_on", "closed_on")
    list_select_related = ("account",)
    list_filter = ("state",)
    search_fields = ("title", "external_id", "account__name")
    page_links = ((_("Import"), "admin:tenants_importjob_add"),)
    show = (
        "title",
        "account",
        "families_words",
        "state",
        "opened_on",
        "touched_on",
        "closed_on",
        "external_id",
    )

    @admin.display(description=_("product families"))
    def families_words(self, deal: DirectDeal) -> str:
        return words_of_all(deal.families) or str(_("All"))
