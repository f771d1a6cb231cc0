"""What the resources of this app share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction
from django.db.models import Case, F, Func, OuterRef, Q, Subquery, TextField, When
from django.db.models import Value as Constant
from django.db.models.functions import Cast, Coalesce
from drf_spectacular.utils import extend_schema_field
from rest_framework.request import Request

from partners.models import InternalValues
from partners.rules.sharing import reads_everything
from programs.locks import lock_partners
from tenants import scope
from tenants.api import Resource
from web.api.inputs import (
    CharField,
    DateField,
    DictField,
    Input,
    ListField,
)
from web.api.output import Nested, Out, PublicId, Schema, Value, nullable

OWN_ROW = {"partner": OuterRef("pk"), "customer": None}
OWN_CUSTOMER = {"customer": OuterRef("pk")}
"""Where the internal values of a partner, and of a customer, lie."""
PARTNER = Nested("partner", id=PublicId(), name="name")


def text(most: int, help_text: str = "") -> CharField:
    """Optional text; left out it stays as it is (or empty)."""
    return CharField(max_length=most, required=False, allow_blank=True, help_text=help_text)


class Email(Out):
    """A person's address; for a partner's client empty where ``ours`` is not (any longer) so."""

    help = "Empty for a partner once the person no longer works for it."

    def __init__(self, ours: Callable[[scope.Scope], Q]) -> None:
        self.ours = ours

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        address, held = F(f"{at}email"), scope.current()
        if held.all_partners:
            return address
        return Case(
            When(self.ours(held), then=address), default=Constant(""), output_field=TextField()
        )

    def schema(self, model: type[models.Model]) -> Schema:
        return {"type": "string"}


class Own(Out):
    """A value for the partner's own clients; null for the vendor's, through which nobody in
    particular reads (``partners.rules.sharing``)."""

    def __init__(self, inner: Out | str) -> None:
        self.inner = Value(inner) if isinstance(inner, str) else inner
        self.help = self.inner.help

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        if reads_everything():
            return self.inner.expression(model, at)
        return Cast(Constant(None), TextField())

    def schema(self, model: type[models.Model]) -> Schema:
        return nullable(self.inner.schema(model))


class Custom(Out):
    """Values of the vendor's custom fields by code; internal ones for the vendor's clients alone,
    kept from others by the staff's wall beneath as well."""

    help = (
        "Custom fields by code (`GET /custom-fields` lists them). Text, dates, choices, countries "
        "and decimals are strings, whole numbers are numbers, yes or no is a boolean, several "
        'choices are an array, money is `{"amount": "12.50", "currency": "EUR"}`.'
    )

    def __init__(self, **own: Any) -> None:
        self.own = own

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        values = F(f"{at}custom")
        if not scope.current().all_partners:
            return values
        rows = InternalValues.objects.filter(**self.own).values("values")[:1]
        nothing = Constant({}, output_field=models.JSONField())
        return _Joined(values, Coalesce(Subquery(rows), nothing))

    def schema(self, model: type[models.Model]) -> Schema:
        return {"type": "object", "additionalProperties": True}


class _Joined(Func):
    template, arg_joiner = "(%(expressions)s)", " || "
    output_field = models.JSONField()


@extend_schema_field({"type": "object", "additionalProperties": True})
class CustomValues(DictField):
    """Values to write by code; null or an empty text takes one away, what is left out stays."""


def custom_values() -> CustomValues:
    return CustomValues(required=False, help_text=f"{CustomValues.__doc__} {Custom.help}")


def codes(help_text: str = "") -> ListField:
    return ListField(
        child=CharField(max_length=40), required=False, max_length=50, help_text=help_text
    )


class OfPartner(Resource):
    """A partner or a row of one: PATCH takes the gate's lock first, as every action does, so that
    the two never wait for each other in a circle."""

    @contextmanager
    def changing(self, request: Request, id: str) -> Iterator[Any]:
        with transaction.atomic():
            lock_partners([self.found(id).partner_id])
            with super().changing(request, id) as row:
                yield row


class EndInput(Input):
    on = DateField(help_text="First day without it, in the vendor's zone.")
