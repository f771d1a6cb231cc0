"""Who may keep an answer: signed-in pages nobody, the API's items only the client that asked."""

from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import Membership, Vendor
from tests.api import api_of
from tests.factories import EmploymentFactory, PartnerFactory
from tests.tenants.world import AURORA, signed_in

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/security/", "/admin/", "/audit/", "/nowhere/"])
def test_no_one_keeps_a_signed_in_page(admin: Membership, path: str) -> None:
    kept = signed_in(admin).get(path)["Cache-Control"]
    assert "private" in kept and "no-store" in kept


def test_what_anybody_may_see_is_cached_as_it_was(admin: Membership) -> None:
    style, keys = "/brand.css", "/.well-known/jwks.json"
    for client in (signed_in(admin), Client(HTTP_HOST=AURORA)):
        assert client.get(style)["Cache-Control"] == "public, max-age=86400"
        assert client.get(keys)["Cache-Control"] == "public, max-age=300"


def test_the_api_lets_its_client_keep_what_has_an_etag(admin: Membership, aurora: Vendor) -> None:
    api = api_of(aurora, "people.read")
    partner = PartnerFactory(vendor=aurora)
    ref = EmploymentFactory(partner=partner).ref
    one = api.get(f"/people/{ref}")
    assert (one.status_code, one["Cache-Control"]) == (200, "private, no-cache")
    assert "ETag" in one
    assert api.get("/people")["Cache-Control"] == "private, no-store"
