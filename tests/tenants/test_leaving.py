"""Who leaves a partner: membership, session and invitations end in the same transaction."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from partners.actions import end_employment
from tenants import scope
from tenants.actions.identity import invite
from tenants.capabilities import Role
from tenants.models import Invitation, Membership, Vendor
from tests.factories import EmploymentFactory, PartnerFactory, prepared, scope_of
from tests.tenants.inviting import AT, Sent, kinds
from tests.tenants.world import make_member, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def firm(aurora: Vendor, time_machine: Any) -> SimpleNamespace:
    """A partner with an owner, and Ana, who works there and is its second admin."""
    time_machine.move_to(AT)
    partner = PartnerFactory(vendor=aurora)
    owner = make_member(aurora, Role.PARTNER_ADMIN, partner=partner, email="owner@example.com")
    ana = make_member(aurora, Role.PARTNER_ADMIN, partner=partner, email="ana@example.com")
    job = EmploymentFactory(partner=partner, person=ana.person)
    return SimpleNamespace(vendor=aurora, partner=partner, owner=owner, ana=ana, job=job)


def leaves(firm: SimpleNamespace) -> None:
    with scope.enter(scope_of(firm.owner)):
        end_employment(firm.job, on=firm.vendor.day_of(AT))


def offer(by: Membership, firm: SimpleNamespace, email: str) -> Invitation:
    with scope.enter(scope_of(by)):
        return invite(email=email, role="partner_member", partner_id=firm.partner.pk, at=AT)


def test_a_leavers_session_ends_at_once(firm: SimpleNamespace) -> None:
    browser = signed_in(firm.ana)
    assert browser.get("/security/").status_code == 200
    leaves(firm)
    assert browser.get("/security/")["Location"].startswith("/account/login/")


def test_a_session_does_not_go_on_under_another_membership(firm: SimpleNamespace) -> None:
    other = PartnerFactory(vendor=firm.vendor)
    browser = signed_in(firm.ana)
    still = make_member(firm.vendor, Role.PARTNER_MEMBER, partner=other, email="ana@example.com")
    leaves(firm)
    assert not browser.get("/security/").wsgi_request.user.is_authenticated  # type: ignore[attr-defined]
    again = signed_in(still).get("/security/")
    assert again.wsgi_request.membership == still  # type: ignore[attr-defined]


def test_invitations_to_and_from_a_leaver_are_withdrawn(firm: SimpleNamespace, sent: Sent) -> None:
    offer(firm.owner, firm, "ana@example.com")
    offer(firm.ana, firm, "ana.private@example.net")
    kept = offer(firm.owner, firm, "bo@example.com")
    leaves(firm)
    with prepared(firm.vendor):
        open_ones = Invitation.objects.filter(withdrawn_at__isnull=True)
        assert list(open_ones) == [kept]
    found = kinds(firm.vendor)
    assert found.count("invitation.withdrawn") == 2
    assert {"membership.ended", "employment.ended"} <= set(found)
