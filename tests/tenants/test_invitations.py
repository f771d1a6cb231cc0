from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.test import Client

from tenants import messages, scope
from tenants.actions.identity import NewLogin, token_digest, withdraw_invitation
from tenants.capabilities import Role
from tenants.models import Membership, Person, User, Vendor
from tenants.writing import NotAllowed, Refused
from tests.factories import EmploymentFactory, PartnerFactory, PersonFactory, prepared, scope_of
from tests.tenants.inviting import AT, NEW, TODAY, Sent, accept, kinds, send
from tests.tenants.world import AURORA, PASSWORD, make_member, make_user, make_vendor

pytestmark = pytest.mark.django_db


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud", time_zone="Asia/Tokyo")


def test_an_invitation_is_mailed_and_only_its_digest_kept(
    aurora: Vendor, admin: Membership, sent: Sent
) -> None:
    invitation = send(admin)
    ((template, address, context),) = sent
    assert (template, address) == ("invitation", "bo@example.com")
    assert context["url"] == f"http://aurora.localhost:8000/invitations/{sent.token}/"
    assert (context["vendor_name"], context["invited_by"]) == ("Aurora Cloud", "Ada Admin")
    assert invitation.token_digest == token_digest(sent.token)
    assert invitation.expires_at == AT + dt.timedelta(days=7)
    assert kinds(aurora) == ["invitation.sent"]


def test_without_a_sender_nothing_is_invited(aurora: Vendor, admin: Membership) -> None:
    replaced = messages.register_sender(None)
    try:
        with pytest.raises(messages.NoSender):
            send(admin)
    finally:
        messages.register_sender(replaced)
    assert kinds(aurora) == []


def test_the_answer_is_the_same_for_an_address_with_a_login(
    aurora: Vendor, admin: Membership, sent: Sent
) -> None:
    make_user("known@example.com")
    known, unknown = send(admin, email="known@example.com"), send(admin, email="new@example.com")
    assert sent[0][2].keys() == sent[1][2].keys()
    assert (known.role, known.expires_at) == (unknown.role, unknown.expires_at)


def test_an_older_offer_to_the_same_place_is_replaced(admin: Membership, sent: Sent) -> None:
    older, newer = send(admin), send(admin)
    with prepared(admin.vendor):
        older.refresh_from_db()
        newer.refresh_from_db()
    assert (older.withdrawn_at, newer.withdrawn_at) == (AT, None)


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"role": Role.SYSTEM}, "role_unknown"),
        ({"role": Role.INTEGRATION}, "role_unknown"),
        ({"role": Role.OPERATOR}, "role_unknown"),
        ({"role": "king"}, "role_unknown"),
        ({"role": Role.PARTNER_ADMIN}, "partner_needed"),
        ({"role": Role.CAM, "partner_id": 1}, "partner_needed"),
        ({"role": Role.PARTNER_ADMIN, "partner_id": 0}, "partner_unknown"),
    ],
)
def test_a_wrong_place_is_refused(
    aurora: Vendor, admin: Membership, sent: Sent, fields: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refused:
        send(admin, **fields)
    assert (refused.value.code, sent, kinds(aurora)) == (code, [], [])


def test_another_vendors_partner_is_unknown(admin: Membership, sent: Sent) -> None:
    stranger = PartnerFactory(vendor=make_vendor("borealis"))
    with pytest.raises(Refused) as refused:
        send(admin, role=Role.PARTNER_ADMIN, partner_id=stranger.pk)
    assert (refused.value.code, sent) == ("partner_unknown", [])


@pytest.fixture
def partner_admin(aurora: Vendor) -> Membership:
    partner = PartnerFactory(vendor=aurora)
    return make_member(aurora, Role.PARTNER_ADMIN, partner=partner, email="pat@example.com")


def test_a_partner_admin_invites_into_the_own_partner(
    partner_admin: Membership, sent: Sent
) -> None:
    invitation = send(partner_admin, role=Role.PARTNER_MEMBER, partner_id=partner_admin.partner_id)
    assert invitation.partner_id == partner_admin.partner_id


def test_a_partner_admin_does_not_invite_elsewhere(
    aurora: Vendor, partner_admin: Membership, sent: Sent
) -> None:
    other = PartnerFactory(vendor=aurora)
    for fields in (
        {"role": Role.PARTNER_MEMBER, "partner_id": other.pk},
        {"role": Role.PARTNER_MEMBER},
        {"role": Role.CHANNEL_ADMIN},
        {"role": Role.CHANNEL_ADMIN, "partner_id": partner_admin.partner_id},
    ):
        with pytest.raises(Refused):
            send(partner_admin, **fields)
    assert (sent, kinds(aurora)) == ([], [])


def test_a_partner_member_does_not_invite(aurora: Vendor, sent: Sent) -> None:
    partner = PartnerFactory(vendor=aurora)
    member = make_member(aurora, Role.PARTNER_MEMBER, partner=partner)
    with pytest.raises(NotAllowed):
        send(member, role=Role.PARTNER_MEMBER, partner_id=partner.pk)
    assert sent == []


def test_accepting_makes_login_person_and_membership(
    aurora: Vendor, admin: Membership, sent: Sent
) -> None:
    send(admin)
    membership = accept(aurora, sent.token, new_login=NEW)
    user = User.objects.get(email="bo@example.com")
    assert user.check_password(PASSWORD)
    assert EmailAddress.objects.get(user=user).verified
    assert (membership.person.user_id, membership.person.name) == (user.pk, "Bo Berg")
    assert (membership.role, membership.since) == (Role.CAM, TODAY)
    assert kinds(aurora)[1:] == ["person.added", "invitation.accepted", "membership.began"]


def test_the_membership_begins_on_the_vendors_day(
    aurora: Vendor, admin: Membership, sent: Sent
) -> None:
    send(admin)
    late = dt.datetime(2026, 11, 23, 22, tzinfo=dt.UTC)  # the 24th in Tokyo
    assert accept(aurora, sent.token, new_login=NEW, at=late).since == dt.date(2026, 11, 24)


def test_a_login_known_here_keeps_its_person(
    aurora: Vendor, partner_admin: Membership, admin: Membership, sent: Sent
) -> None:
    send(admin, email="pat@example.com")
    user = User.objects.get(email="pat@example.com")
    assert accept(aurora, sent.token, user=user).person_id == partner_admin.person_id


def test_a_partners_technician_is_linked_to_the_login(
    aurora: Vendor, partner_admin: Membership, sent: Sent
) -> None:
    own = PersonFactory(vendor=aurora, email="Bo@example.com")
    with prepared(aurora):
        from partners.models import Partner

        partner = Partner.objects.get(pk=partner_admin.partner_id)
    EmploymentFactory(vendor=aurora, person=own, partner=partner)
    send(partner_admin, role=Role.PARTNER_MEMBER, partner_id=partner.pk)
    assert accept(aurora, sent.token, new_login=NEW).person_id == own.pk


def test_another_partners_technician_is_not_taken_over(
    aurora: Vendor, partner_admin: Membership, sent: Sent
) -> None:
    other = EmploymentFactory(
        vendor=aurora, person=PersonFactory(vendor=aurora, email="bo@example.com")
    )
    send(partner_admin, role=Role.PARTNER_MEMBER, partner_id=partner_admin.partner_id)
    assert accept(aurora, sent.token, new_login=NEW).person_id != other.person_id


def test_a_token_works_once(aurora: Vendor, admin: Membership, sent: Sent) -> None:
    send(admin)
    accept(aurora, sent.token, new_login=NEW)
    before = kinds(aurora)
    with pytest.raises(Refused) as refused:
        accept(aurora, sent.token, user=make_user("eve@example.com"))
    assert (refused.value.code, kinds(aurora)) == ("invitation_closed", before)


@pytest.mark.parametrize("days", [7, 8])
def test_a_token_is_too_old_after_seven_days(
    aurora: Vendor, admin: Membership, sent: Sent, days: int
) -> None:
    send(admin)
    with pytest.raises(Refused) as refused:
        accept(aurora, sent.token, new_login=NEW, at=AT + dt.timedelta(days=days))
    assert refused.value.code == "invitation_closed"
    assert not User.objects.filter(email="bo@example.com").exists()


def test_a_token_of_another_vendor_is_none(admin: Membership, sent: Sent) -> None:
    send(admin)
    with pytest.raises(Refused) as refused:
        accept(make_vendor("borealis"), sent.token, new_login=NEW)
    assert refused.value.code == "invitation_closed"


def test_a_withdrawn_invitation_is_closed(aurora: Vendor, admin: Membership, sent: Sent) -> None:
    invitation = send(admin)
    with scope.enter(scope_of(admin)):
        withdraw_invitation(invitation, at=AT)
        with pytest.raises(Refused):
            withdraw_invitation(invitation, at=AT)
    with pytest.raises(Refused):
        accept(aurora, sent.token, new_login=NEW)
    assert kinds(aurora) == ["invitation.sent", "invitation.withdrawn"]


def test_a_weak_password_is_refused(aurora: Vendor, admin: Membership, sent: Sent) -> None:
    send(admin)
    with pytest.raises(Refused) as refused:
        accept(aurora, sent.token, new_login=NewLogin("Bo", "short"))
    assert refused.value.reasons[0].pointer == "password"
    assert not User.objects.filter(email="bo@example.com").exists()


def test_a_login_is_never_taken_over_by_a_token(
    aurora: Vendor, admin: Membership, sent: Sent
) -> None:
    owner = make_user("bo@example.com")
    send(admin)
    with pytest.raises(Refused) as refused:
        accept(aurora, sent.token, new_login=NewLogin("Eve", "another long password"))
    owner.refresh_from_db()
    assert (refused.value.code, owner.check_password(PASSWORD)) == ("login_exists", True)


# Pages


def test_the_page_takes_a_newcomer_in(
    aurora: Vendor, admin: Membership, sent: Sent, time_machine: Any
) -> None:
    time_machine.move_to(AT)
    send(admin)
    browser = Client(HTTP_HOST=AURORA)
    page = browser.get(f"/invitations/{sent.token}/")
    assert (page.status_code, "bo@example.com" in page.content.decode()) == (200, True)
    answer = browser.post(f"/invitations/{sent.token}/", {"name": "Bo Berg", "password": PASSWORD})
    assert answer.status_code == 302
    assert browser.get("/security/").status_code == 200
    assert browser.get(f"/invitations/{sent.token}/").status_code == 404


def test_the_page_shows_a_weak_password(
    aurora: Vendor, admin: Membership, sent: Sent, time_machine: Any
) -> None:
    time_machine.move_to(AT)
    send(admin)
    page = Client(HTTP_HOST=AURORA).post(
        f"/invitations/{sent.token}/", {"name": "Bo", "password": "short"}
    )
    assert page.status_code == 422
    assert list(page.context["form"].errors) == ["password"]


def test_the_page_sends_a_known_address_to_sign_in(
    aurora: Vendor, admin: Membership, sent: Sent, time_machine: Any
) -> None:
    time_machine.move_to(AT)
    make_user("bo@example.com")
    send(admin)
    path = f"/invitations/{sent.token}/"
    answer = Client(HTTP_HOST=AURORA).get(path)
    assert answer["Location"] == f"/account/login/?next=%2Finvitations%2F{sent.token}%2F"


def test_the_page_of_a_wrong_token_says_so(aurora: Vendor) -> None:
    assert Client(HTTP_HOST=AURORA).get("/invitations/nonsense/").status_code == 404


def test_persons_of_the_vendor_are_not_listed_by_invitations(admin: Membership, sent: Sent) -> None:
    send(admin)
    with prepared(admin.vendor):
        assert Person.objects.count() == 1


def test_a_proved_second_address_is_a_login_too(
    aurora: Vendor, admin: Membership, sent: Sent
) -> None:
    owner = make_user("carla@example.com")
    EmailAddress.objects.create(user=owner, email="bo@example.com", verified=True)
    send(admin)
    with pytest.raises(Refused) as refused:
        accept(aurora, sent.token, new_login=NEW)
    assert refused.value.code == "login_exists"
    assert not User.objects.filter(email="bo@example.com").exists()


def test_the_letter_says_what_it_is_for(admin: Membership, sent: Sent) -> None:
    from alerts.letters import write

    send(admin)
    template, _address, context = sent[0]
    subject, text, html = write(template, {**context, "vendor": admin.vendor, "home": "http://x/"})
    assert subject == "Your invitation to the Aurora Cloud partner program"
    assert "Ada Admin invites you" in text and sent.token in text and sent.token in html
