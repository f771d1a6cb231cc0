"""Real companies in the API, for the vendor's own clients: no partner learns of another there."""

from __future__ import annotations

from typing import Any

import django_filters
from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.request import Request

from deals import actions
from deals.matching import accounts_named
from deals.models import Account, AccountKey
from partners.api.shared import text
from tenants.api import Resource, register_routes
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import CharField, Input, ListField, PublicIdField
from web.api.output import PublicId, Value


def _keys(kind: str, help_text: str) -> Value:
    """The account's keys of one kind, sorted."""
    rows = AccountKey._base_manager.filter(
        vendor=OuterRef("vendor"), account=OuterRef("pk"), kind=kind
    )
    schema = {"type": "array", "items": {"type": "string"}}
    values = ArraySubquery(rows.order_by("value").values("value"))
    return Value(values, schema=schema, help=help_text)


def _texts(most: int, help_text: str) -> ListField:
    return ListField(
        child=CharField(max_length=most), required=False, max_length=50, help_text=help_text
    )


class AccountInput(Input):
    """A company, or what is new of the one with this external id."""

    name = CharField(max_length=160)
    external_id = text(120, "Your own id, e.g. of your CRM: with it the same company is updated.")
    domains = _texts(253, "Domains, web or e-mail addresses; added, never taken away.")
    numbers = _texts(60, "Company numbers of `country`; added, never taken away.")
    country = text(2, "Two letters, like DE.")
    aliases = _texts(160, "Other names; added, never taken away.")
    parent = PublicIdField(  # type: ignore[assignment]  # Field.parent: set again when bound
        Account, required=False, help_text="The company it belongs to."
    )


class MergeInput(Input):
    """Two accounts that are one company."""

    gone = PublicIdField(Account, help_text="What it has goes to the one kept.")
    kept = PublicIdField(Account)
    reason = CharField(max_length=300)


class AccountFilters(django_filters.FilterSet):
    parent = PublicIdFilter(Account, "parent")
    domain = django_filters.CharFilter(method="of_domain")
    external_id = django_filters.CharFilter()

    class Meta:
        model = Account
        fields: list[str] = []

    def of_domain(self, rows: Any, name: str, value: str) -> Any:
        found = accounts_named([value]).get(value)
        return rows.filter(pk=found.pk) if found else rows.none()


class Accounts(Resource):
    """Real companies, whatever partners and your own sales call them: one each, told by domains and
    company numbers. Only clients of the vendor's own read them."""

    model = Account
    capabilities = {"GET": "accounts.read", "POST": "accounts.write", "merge": "accounts.write"}
    fields = {
        "id": PublicId(),
        "name": "name",
        "aliases": Value("aliases", help="Other names."),
        "country": "country",
        "domains": _keys("domain", "Registrable domains, in ASCII."),
        "numbers": _keys("number", "Company numbers, led by their country."),
        "external_id": "external_id",
        "source": Value("source", help="registration, crm or staff."),
        "parent": PublicId("parent", help="The company it belongs to."),
        "merged_into": PublicId("merged_into", help="The account it turned out to be."),
        "created_at": "created_at",
        "updated_at": "updated_at",
    }
    sorts = {"name": "name"}
    updated = "updated_at"
    filterset_class = AccountFilters
    summaries = {"merge": "Merge two accounts"}
    inputs = {"create": AccountInput, "merge": MergeInput}

    def create(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Record a company; one with this external id is updated. A domain or number that another
        account has is refused, naming it."""
        return self.created(actions.record_account(at=clock.now(), **self.read(request)))

    @action(detail=False, methods=["post"])
    def merge(self, request: Request) -> HttpResponse:
        """Merge two accounts of one company. Refused while both hold a protection of one scope."""
        asked = self.read(request)
        gone, kept = asked["gone"], asked["kept"]
        actions.merge_accounts(gone, kept=kept, reason=asked["reason"], at=clock.now())
        return self.answered({"kept": kept.ref, "gone": gone.ref})


register_routes("accounts", Accounts)
