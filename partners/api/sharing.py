"""Who can see what of customers and their contracts, in the API."""

from __future__ import annotations

from typing import Any

import django_filters
from django.http import HttpResponse
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request

from partners import actions
from partners.api.shared import PARTNER
from partners.models import Customer, Partner, SharingChoice
from partners.rules.sharing import FIELDS
from tenants.api import Resource, register_routes
from tenants.writing import Refused
from web.api.filters import PublicIdFilter
from web.api.inputs import ChoiceField, Input, PublicIdField
from web.api.output import Nested, PublicId, Value

_DEFAULTS = ", ".join(f"`{name}` {share}" for name, (_words, share) in FIELDS.items())


class SharingInput(Input):
    partner = PublicIdField(Partner)
    customer = PublicIdField(
        Customer, required=False, help_text="Left out: for all customers without one of their own."
    )
    field = ChoiceField(choices=sorted(FIELDS))
    share = ChoiceField(
        choices=SharingChoice.Class.values,
        help_text="`cam`: the partner's own account manager, whose reading is recorded; "
        "`aggregate`: in sums only; `partner`: nobody of the vendor's.",
    )


class SharingFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    customer = PublicIdFilter(Customer, "customer")
    field = django_filters.ChoiceFilter(choices=[(name, name) for name in FIELDS])

    class Meta:
        model = SharingChoice
        fields: list[str] = []


class SharingChoices(Resource):
    model = SharingChoice
    capabilities = {
        "GET": "contracts.read",
        "POST": "contracts.write",
        "DELETE": "contracts.write",
    }
    fields = {
        "id": PublicId(),
        "partner": PARTNER,
        "customer": Nested("customer", id=PublicId(), name="name"),
        "field": "field",
        "share": Value("share", help="Who may read the field."),
    }
    filterset_class = SharingFilters
    inputs = {"create": SharingInput}

    def create(self, request: Request) -> HttpResponse:
        """Choose who may read a field; a choice that was there is changed. What holds without a
        choice for all customers is a 409 `default_holds`."""
        values: dict[str, Any] = self.read(request)
        partner, customer = values.pop("partner"), values.get("customer")
        actions.choose_sharing(partner, **values)
        own = {"partner": partner, "customer": customer, "field": values["field"]}
        row = SharingChoice.objects.filter(**own).first()
        if row is None:
            raise Refused("default_holds", _("This holds without a choice."))
        return self.created(row)

    @extend_schema(responses={204: None})
    def destroy(self, request: Request, id: str, **kwargs: Any) -> HttpResponse:
        """Take the choice for one customer back: that for all of them holds there again."""
        row = self.found(id)
        actions.choose_sharing(row.partner, row.field, "", customer=row.customer)
        return HttpResponse(status=204)


SharingChoices.__doc__ = f"""Who may read a field of customers' contracts, where the partner chose
it. Without a choice: {_DEFAULTS}. Only the partner's own people and clients choose."""
register_routes("sharing-choices", SharingChoices)
