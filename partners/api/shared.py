"""What the resources of this app share."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import transaction
from rest_framework.request import Request

from programs.locks import lock_partners
from tenants.api import Resource
from web.api.inputs import (
    CharField,
    DateField,
    Input,
    ListField,
)
from web.api.output import Nested, PublicId

PARTNER = Nested("partner", id=PublicId(), name="name")


def text(most: int, help_text: str = "") -> CharField:
    """Optional text; left out it stays as it is (or empty)."""
    return CharField(max_length=most, required=False, allow_blank=True, help_text=help_text)


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
