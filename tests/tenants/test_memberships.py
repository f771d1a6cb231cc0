"""Ending a membership: at once, once, and never the last channel admin's."""

from __future__ import annotations

from typing import Any

import pytest

from tenants import scope
from tenants.actions.identity import end_membership
from tenants.capabilities import Role
from tenants.models import Membership, Vendor
from tenants.writing import Refused
from tests.factories import PartnerFactory, prepared, scope_of
from tests.tenants.inviting import AT, TODAY, kinds
from tests.tenants.world import make_member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def partner_admin(aurora: Vendor) -> Membership:
    partner = PartnerFactory(vendor=aurora)
    return make_member(aurora, Role.PARTNER_ADMIN, partner=partner, email="pat@example.com")


def test_a_leavers_access_ends_at_once(
    aurora: Vendor, admin: Membership, time_machine: Any
) -> None:
    time_machine.move_to(AT)
    cam = make_member(aurora, Role.CAM, email="cam@example.com")
    browser = signed_in(cam)
    assert browser.get("/security/").wsgi_request.membership == cam
    with scope.enter(scope_of(admin)):
        end_membership(cam, on=aurora.day_of(AT))
    assert browser.get("/security/").wsgi_request.membership is None
    assert kinds(aurora) == ["membership.ended"]


def test_the_last_channel_admin_stays(aurora: Vendor, admin: Membership) -> None:
    with scope.enter(scope_of(admin)), pytest.raises(Refused) as refused:
        end_membership(admin, on=TODAY)
    with prepared(aurora):
        admin.refresh_from_db()
    assert (refused.value.code, admin.until) == ("last_admin", None)


def test_a_membership_ends_once(aurora: Vendor, admin: Membership) -> None:
    cam = make_member(aurora, Role.CAM, email="cam@example.com")
    with scope.enter(scope_of(admin)):
        end_membership(cam, on=TODAY)
        with pytest.raises(Refused) as refused:
            end_membership(cam, on=TODAY)
    assert (refused.value.code, kinds(aurora)) == ("membership_over", ["membership.ended"])


def test_a_partner_admin_does_not_end_the_staffs(aurora: Vendor, partner_admin: Membership) -> None:
    cam = make_member(aurora, Role.CAM, email="cam@example.com")
    with scope.enter(scope_of(partner_admin)), pytest.raises(Refused):
        end_membership(cam, on=TODAY)
    with prepared(aurora):
        cam.refresh_from_db()
    assert cam.until is None
