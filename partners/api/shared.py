"""What the resources of this app share."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from django.db import models, transaction
from django.db.models import Case, F, Q, TextField, When
from django.db.models import Value as Constant
from django.db.models.functions import Cast
from rest_framework.request import Request

from partners.rules.sharing import reads_everything
from programs.locks import lock_partners
from tenants import scope
from tenants.api import Resource
from web.api.inputs import (
    CharField,
    DateField,
    Input,
    ListField,
)
from web.api.output import Nested, Out, PublicId, Schema, Value, nullable

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
