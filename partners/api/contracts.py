"""Service contracts in the API: the partner's own clients write and read them whole."""

from __future__ import annotations

import re
from typing import Any

import django_filters
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from partners import actions
from partners.api.shared import PARTNER, EndInput, OfPartner, Own, codes, text
from partners.models import Billing, Customer, Duty, Partner, ServiceContract, ServiceScope
from partners.rules.agreeing import SEVERITIES, TIMES
from partners.rules.sharing import reads_everything
from tenants.api import register_routes
from tenants.clock import today
from web import clock
from web.api.filters import PublicIdFilter
from web.api.inputs import (
    BooleanField,
    ChoiceField,
    DateField,
    DecimalText,
    DictField,
    Input,
    IntegerField,
    PublicIdField,
)
from web.api.output import Nested, PublicId, Value


def percent(**kwargs: Any) -> DecimalText:
    return DecimalText(max_digits=6, decimal_places=3, required=False, allow_null=True, **kwargs)


class Terms(Input):
    """What is agreed; without `ends_on` and `months` the contract is evergreen."""

    ends_on = DateField(required=False, allow_null=True, help_text="First day after the term.")
    months = IntegerField(
        required=False, allow_null=True, min_value=1, max_value=120,
        help_text="Of a term; without `ends_on` it sets the end.",
    )  # fmt: skip
    notice_days = IntegerField(required=False, min_value=0, max_value=730)
    auto_renews = BooleanField(required=False)
    duties = codes(f"Of {', '.join(map(str, Duty.values))}.")
    billing = ChoiceField(choices=Billing.choices, required=False)
    fee = DecimalText(
        max_digits=14, decimal_places=2, required=False, allow_null=True,
        help_text="What the customer pays per billing period.",
    )  # fmt: skip
    currency = text(3, "ISO 4217, with a fee.")
    promises = DictField(
        child=DictField(child=IntegerField(min_value=1, max_value=100_000)),
        required=False,
        help_text='Minutes: `{"s1": {"response": 60, "restoration": 240}}`.',
    )
    uptime = percent(help_text="Percent.")
    credit = percent(help_text="Percent of the fee, at most, where a promise is missed.")
    external_id = text(120, "Your own id; unique among the partner's contracts.")

    def validate_currency(self, code: str) -> str:
        """Three letters."""
        if code and not re.fullmatch(r"[A-Za-z]{3}", code):
            raise ValidationError("Three letters, like EUR.", code="invalid")
        return code

    def validate_promises(self, given: dict[str, dict[str, int]]) -> dict[str, dict[str, int]]:
        """Known severities and times."""
        if set(given) - set(SEVERITIES) or any(set(times) - set(TIMES) for times in given.values()):
            raise ValidationError("s1 to s4, each with response and restoration.", code="invalid")
        return given


class ContractInput(Terms):
    customer = PublicIdField(Customer)
    scopes = codes(f"Of {', '.join(map(str, ServiceScope.values))}.")
    since = DateField(required=False, help_text="Today in the vendor's zone by default.")


class ContractChange(Terms):
    since = DateField(
        help_text="From when it holds: the first day of the latest terms corrects those."
    )


class ContractFilters(django_filters.FilterSet):
    """What a reader may not read, it cannot find by either."""

    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    external_id = django_filters.CharFilter(method="own")
    scope = django_filters.ChoiceFilter(choices=ServiceScope.choices, method="own")
    ends_on__gte = django_filters.DateFilter(method="own")
    ends_on__lte = django_filters.DateFilter(method="own")

    class Meta:
        model = ServiceContract
        fields: list[str] = []

    COLUMNS = {
        "external_id": "external_id",
        "scope": "scopes__contains",
        "ends_on__gte": "terms__ends_on__gte",
        "ends_on__lte": "terms__ends_on__lte",
    }

    def own(self, rows: Any, name: str, value: Any) -> Any:
        if not reads_everything():
            return rows.none()
        given = [value] if name == "scope" else value
        return rows.filter(**{self.COLUMNS[name]: given})


class Contracts(OfPartner):
    """What a partner agreed with its customers, with the latest terms. Only the partner's own
    clients write and read them; the vendor's clients see that a contract exists, and null."""

    model = ServiceContract
    capabilities = {
        "GET": "contracts.read",
        "POST": "contracts.write",
        "PATCH": "contracts.write",
        "end": "contracts.write",
    }
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "customer": Nested("customer", id=PublicId(), name="name"),
        "external_id": Own("external_id"),
        "scopes": Own("scopes"),
        "since": Own("since"),
        "until": Own(Value("until", help="First day on which it surely no longer runs.")),
        "terms": Own(
            Nested(
                "terms",
                since="since",
                ends_on="ends_on",
                months="months",
                notice_days="notice_days",
                auto_renews="auto_renews",
                duties="duties",
                billing="billing",
                fee="fee",
                currency="currency",
                promises="promises",
                uptime="uptime",
                credit="credit",
            )
        ),
        "updated_at": "updated_at",
    }
    updated = "updated_at"
    filterset_class = ContractFilters
    inputs = {"create": ContractInput, "partial_update": ContractChange, "end": EndInput}

    def create(self, request: Request) -> HttpResponse:
        """Record a contract."""
        values = {"since": today(), "scopes": [], **self.read(request)}
        customer = values.pop("customer")
        return self.created(actions.record_contract(customer, at=clock.now(), **values))

    def partial_update(self, request: Request, id: str) -> HttpResponse:
        """Agree other terms from a day on; what is left out stays."""
        with self.changing(request, id) as row:
            return self.shown(actions.change_contract(row, at=clock.now(), **self.read(request)))

    @action(detail=True, methods=["post"])
    def end(self, request: Request, id: str) -> HttpResponse:
        """The contract ends, whatever was agreed."""
        return self.shown(actions.end_contract(self.found(id), **self.read(request)))


register_routes("service-contracts", Contracts)
