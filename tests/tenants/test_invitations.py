from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core.management import CommandError, call_command
from django.test import Client

from tenants import messages, scope
from tenants.actions.identity import (
    NewLogin,
    accept_invitation,
    end_membership,
    invite,
    token_digest,
    withdraw_invitation,
)
from tenants.actions.vendors import change_vendor, create_vendor
from tenants.capabilities import Role
from tenants.models import Event, Host, Invitation, Membership, Person, User, Vendor
from tenants.writing import NotAllowed, Refused
from tests.factories import EmploymentFactory, PartnerFactory, PersonFactory, prepared, scope_of
from tests.tenants.world import AURORA, PASSWORD, make_member, make_user, make_vendor, signed_in

pytestmark = pytest.mark.django_db
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
TODAY = AT.date()
NEW = NewLogin("Bo Berg", PASSWORD)


class Sent(list[Any]):
    """What the base handed to the sender, newest last."""

    def __call__(self, template: str, address: str, context: Any, *ids: Any, **more: Any) -> None:
        self.append((template, address, dict(context)))

    @property
    def token(self) -> str:
        return str(self[-1][2]["url"]).rstrip("/").rpartition("/")[2]


@pytest.fixture
def sent() -> Iterator[Sent]:
    collected = Sent()
    replaced = messages.register_sender(collected)
    yield collected
    messages.register_sender(replaced)


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud", time_zone="Asia/Tokyo")


@pytest.fixture
def admin(aurora: Vendor) -> Membership:
    return make_member(aurora)


def kinds(vendor: Vendor) -> list[str]:
    with prepared(vendor):
        return list(Event.objects.order_by("pk").values_list("kind", flat=True))


def send(member: Membership, **fields: Any) -> Invitation:
    fields = {"email": "bo@example.com", "role": Role.CAM, "at": AT, **fields}
    with scope.enter(scope_of(member)):
        return invite(**fields)


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


def accept(vendor: Vendor, token: str, **fields: Any) -> Membership:
    return accept_invitation(vendor, token, **{"at": AT, **fields})


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


# Ending


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


# Vendors


def test_a_vendor_is_opened_by_command(sent: Sent) -> None:
    call_command(
        "vendor",
        "create",
        "nova",
        "--name",
        "Nova",
        "--host",
        "Nova.localhost",
        "--currency",
        "EUR",
        "--time-zone",
        "Europe/Berlin",
        "--admin",
        "ada@example.com",
    )
    vendor = Vendor.objects.get(code="nova")
    assert (vendor.currency, vendor.time_zone) == ("EUR", "Europe/Berlin")
    assert Host.objects.get(vendor=vendor).name == "nova.localhost"
    assert kinds(vendor) == ["vendor.created", "invitation.sent"]
    assert sent[0][1] == "ada@example.com"


def test_a_wrong_vendor_is_refused_whole(aurora: Vendor, sent: Sent) -> None:
    with pytest.raises(CommandError, match=r"time_zone: .*Mars"):
        call_command(
            "vendor",
            "create",
            "nova",
            "--name",
            "Nova",
            "--host",
            "nova.localhost",
            "--time-zone",
            "Mars/Base",
            "--admin",
            "ada@example.com",
        )
    with pytest.raises(CommandError, match="host: This host shows another vendor"):
        call_command("vendor", "create", "nova", "--name", "Nova", "--host", "aurora.localhost")
    assert (Vendor.objects.count(), sent) == (1, [])


def test_a_page_does_not_open_vendors(admin: Membership) -> None:
    with scope.enter(scope_of(admin)), pytest.raises(Refused):
        create_vendor(
            code="nova", name="Nova", host="nova.localhost", currency="EUR", time_zone="UTC", at=AT
        )
    assert not Vendor.objects.filter(code="nova").exists()


def test_changing_the_vendor_leaves_old_and_new(aurora: Vendor, admin: Membership) -> None:
    with scope.enter(scope_of(admin)):
        change_vendor(name="Aurora", accent="#112233")
    with prepared(aurora):
        assert Event.objects.get().data == {
            "changes": {"name": ["Aurora Cloud", "Aurora"], "accent": ["#3b5bdb", "#112233"]}
        }


@pytest.mark.parametrize(
    "fields",
    [
        {"accent": "red"},
        {"currency": "euro"},
        {"name": ""},
        {"time_zone": "Mars"},
        {"reply_to": "nobody"},
    ],
)
def test_a_wrong_setting_changes_nothing(
    aurora: Vendor, admin: Membership, fields: dict[str, str]
) -> None:
    with scope.enter(scope_of(admin)), pytest.raises(Refused) as refused:
        change_vendor(**fields)
    assert [r.pointer for r in refused.value.reasons] == list(fields)
    assert (Vendor.objects.get(pk=aurora.pk).name, kinds(aurora)) == ("Aurora Cloud", [])


def test_a_cam_does_not_change_the_vendor(aurora: Vendor) -> None:
    cam = make_member(aurora, Role.CAM)
    with scope.enter(scope_of(cam)), pytest.raises(NotAllowed):
        change_vendor(name="Mine")
    assert Vendor.objects.get(pk=aurora.pk).name == "Aurora Cloud"


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
