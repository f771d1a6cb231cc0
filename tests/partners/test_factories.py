"""The factories themselves: rows of one vendor, without events, and the scopes they give."""

from __future__ import annotations

import pytest

from partners.models import Agreement, Customer, Enrolment, Partner
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event
from tests import factories as make

pytestmark = pytest.mark.django_db
NEED_VENDOR = [
    make.PersonFactory,
    make.PartnerFactory,
    make.MembershipFactory,
    make.EmploymentFactory,
    make.CustomerFactory,
    make.AgreementFactory,
    make.PortfolioEntryFactory,
    make.PartnerTypeFactory,
    make.LevelFactory,
    make.ProductFactory,
    make.TrackFactory,
    make.EnrolmentFactory,
    make.ApplicationFactory,
    make.FactFactory,
    make.AttestationFactory,
]


@pytest.mark.parametrize("factory", NEED_VENDOR)
def test_a_factory_writes_rows_of_the_vendor_given(factory: type) -> None:
    vendor = make.VendorFactory()
    row = factory(vendor=vendor)
    with scope.entered_vendor(vendor.pk):
        assert list(type(row).objects.values_list("pk", flat=True)) == [row.pk]
        assert Event.objects.count() == 0


def test_a_factory_takes_the_vendor_from_the_row_given() -> None:
    partner = make.PartnerFactory()
    customer = make.CustomerFactory(partner=partner)
    enrolment = make.EnrolmentFactory(partner=partner)
    assert {customer.vendor_id, enrolment.vendor_id, enrolment.level.vendor_id} == {
        partner.vendor_id
    }


def test_a_members_scope_is_the_partners_own() -> None:
    membership = make.MembershipFactory(role=Role.PARTNER_ADMIN)
    make.PartnerFactory(vendor=membership.vendor)
    with scope.enter(make.scope_of(membership)):
        assert [p.pk for p in Partner.objects.all()] == [membership.partner_id]
    with make.enter_as(membership.person, Role.CAM):
        assert Partner.objects.count() == 2
        assert Agreement.objects.count() == Customer.objects.count() == 0
        assert Enrolment.objects.count() == 0
