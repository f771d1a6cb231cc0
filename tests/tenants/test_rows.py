from __future__ import annotations

from typing import Any

import pytest

from tenants import scope
from tenants.capabilities import Role
from tenants.models import ApiClient, Event, Person, SigningKey, Vendor
from tests.api import new_client
from tests.factories import PartnerFactory, prepared

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendor() -> Vendor:
    return Vendor.objects.create(code="one", name="One")


def values(row: Any) -> dict[str, Any]:
    return {f.attname: getattr(row, f.attname) for f in row._meta.concrete_fields}


def test_one_finds_the_row_that_a_queryset_finds(vendor: Vendor) -> None:
    new_client(vendor, "events.read", "partners.read")
    with scope.entered_vendor(vendor.pk):
        client = ApiClient.objects.get()
        found = ApiClient.objects.one("oidc_client_id", client.oidc_client_id)
        event = Event.objects.first()
        for row, again in (
            (client, found),
            (event, Event.objects.by_ref(event.ref)),
        ):
            assert again == row
            assert values(again) == values(row)
            assert again._state.adding is False


def test_one_reads_json_as_a_queryset_does(vendor: Vendor) -> None:
    from tenants import keys

    with scope.entered_vendor(vendor.pk):
        kid = keys.active_key(vendor.pk).kid
        found = SigningKey.objects.one("kid", kid)
        assert found.public_jwk == SigningKey.objects.get().public_jwk
        assert found.public_jwk["kid"] == kid


def test_one_keeps_to_the_scope_of_each_call(vendor: Vendor) -> None:
    other = Vendor.objects.create(code="two", name="Two")
    partner, stranger = PartnerFactory(vendor=vendor), PartnerFactory(vendor=vendor)
    made = new_client(vendor, "events.read", partner=partner)
    held = made.client.oidc_client_id

    def found(vendor_id: int, partners: scope.Partners) -> bool:
        with scope.enter(scope.Scope(vendor_id, partners, Role.INTEGRATION)):
            return ApiClient.objects.one("oidc_client_id", held) is not None

    for _ in range(2):
        assert found(vendor.pk, "*")
        assert found(vendor.pk, frozenset({partner.pk}))
        assert not found(vendor.pk, frozenset({stranger.pk}))
        assert not found(vendor.pk, frozenset())
        assert not found(other.pk, "*")


def test_one_does_not_cut_a_long_value_off(vendor: Vendor) -> None:
    with prepared(vendor):
        Person.objects.create(name="Ana", external_id="x" * 120)
    with scope.entered_vendor(vendor.pk):
        assert Person.objects.one("external_id", "x" * 120) is not None
        assert Person.objects.one("external_id", "x" * 121) is None


def test_one_without_a_scope_is_refused(vendor: Vendor) -> None:
    with pytest.raises(scope.NoScope):
        Person.objects.one("external_id", "x")


@pytest.mark.parametrize("text", ["", "per_1", "prt_" + "0" * 32, 7, None, "per_" + "0" * 32])
def test_a_text_that_is_no_id_of_the_kind_finds_nothing(vendor: Vendor, text: object) -> None:
    with scope.entered_vendor(vendor.pk):
        assert Person.objects.by_ref(text) is None
