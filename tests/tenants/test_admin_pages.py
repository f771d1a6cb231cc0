"""The base's own admin pages, and what all admin pages have in common."""

from __future__ import annotations

import datetime as dt
import re
from typing import Any

import pytest
from django import forms
from django.test import Client
from django.utils import timezone
from django.utils.translation import gettext_lazy
from unfold.widgets import UnfoldBooleanSwitchWidget

from tenants import scope
from tenants.admin_forms import dress
from tenants.capabilities import Role
from tenants.labels import event_kinds
from tenants.models import Event, Invitation, Person, Vendor
from tenants.writing import Happened, action, record_events
from tests.factories import PartnerFactory, PersonFactory, prepared
from tests.tenants.inviting import Sent, kinds
from tests.tenants.world import make_member, make_vendor, signed_in
from tests.test_architecture import APPS, HOUSE

pytestmark = pytest.mark.django_db


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud", time_zone="Asia/Tokyo")


@pytest.fixture
def ada(aurora: Vendor) -> Client:
    return signed_in(make_member(aurora))


PAGES = [
    "",
    "settings/",
    *(
        f"tenants/{name}/"
        for name in (
            "person",
            "membership",
            "invitation",
            "invitation/add",
            "apiclient",
            "importjob",
            "event",
        )
    ),
]


@pytest.mark.parametrize("address", PAGES)
def test_every_page_of_the_base_opens(ada: Client, address: str) -> None:
    page = ada.get(f"/admin/{address}")
    assert page.status_code == 200
    assert not re.search(r"(?:src|href)=\"(?:https?:)?//", page.content.decode())


def test_staff_are_invited_and_withdrawn_in_the_admin(
    aurora: Vendor, ada: Client, sent: Sent
) -> None:
    ada.post("/admin/tenants/invitation/add/", {"email": "bo@example.com", "role": "cam"})
    with prepared(aurora):
        invitation = Invitation.objects.get()
    ada.post(f"/admin/tenants/invitation/{invitation.ref}/do/withdraw/")
    assert [address for _, address, _ in sent] == ["bo@example.com"]
    assert kinds(aurora) == ["invitation.sent", "invitation.withdrawn"]


@pytest.mark.parametrize("role", ["operator", "king", ""])
def test_a_role_that_nobody_is_invited_to_is_refused(
    aurora: Vendor, ada: Client, sent: Sent, role: str
) -> None:
    page = ada.post("/admin/tenants/invitation/add/", {"email": "b@example.com", "role": role})
    assert list(page.context["adminform"].form.errors) == ["role"]
    assert (sent, kinds(aurora)) == ([], [])


def test_a_partners_first_admin_is_invited_in_the_admin(
    aurora: Vendor, ada: Client, sent: Sent
) -> None:
    partner = PartnerFactory(vendor=aurora, name="Northwind")
    form = {"email": "p@example.com", "role": "partner_admin", "partner_id": partner.ref}
    answer = ada.post("/admin/tenants/invitation/add/", form)
    with prepared(aurora):
        invitation = Invitation.objects.get()
    assert answer["Location"] == f"/admin/tenants/invitation/{invitation.ref}/change/"
    assert (invitation.role, invitation.partner_id) == ("partner_admin", partner.pk)
    assert [address for _, address, _ in sent] == ["p@example.com"]


def test_a_partners_role_without_a_partner_is_refused_beside_the_field(
    aurora: Vendor, ada: Client, sent: Sent
) -> None:
    form = {"email": "p@example.com", "role": "partner_admin"}
    page = ada.post("/admin/tenants/invitation/add/", form)
    assert page.context["adminform"].form.errors == {
        "partner_id": ["Choose the partner that this role belongs to."]
    }
    assert (sent, kinds(aurora)) == ([], [])


def test_another_vendors_partner_can_not_be_chosen(aurora: Vendor, ada: Client, sent: Sent) -> None:
    stranger = PartnerFactory(vendor=make_vendor("borealis"), name="Stranger")
    form = {"email": "p@example.com", "role": "partner_admin", "partner_id": stranger.ref}
    page = ada.post("/admin/tenants/invitation/add/", form)
    assert list(page.context["adminform"].form.errors) == ["partner_id"]
    assert ("Stranger" in page.content.decode(), sent) == (False, [])


def test_a_membership_is_ended_in_the_admin(aurora: Vendor, ada: Client) -> None:
    cam = make_member(aurora, Role.CAM, email="cam@example.com")
    ada.post(f"/admin/tenants/membership/{cam.ref}/do/end/")
    assert kinds(aurora) == ["membership.ended"]


def test_the_last_admins_end_is_refused_with_a_message(aurora: Vendor) -> None:
    last = make_member(aurora)
    page = signed_in(last).post(f"/admin/tenants/membership/{last.ref}/do/end/", follow=True)
    assert [str(m) for m in page.context["messages"]] == [
        "This is the last channel admin. Invite another one first."
    ]
    assert kinds(aurora) == []


def test_the_vendor_is_changed_in_the_admin(aurora: Vendor, ada: Client) -> None:
    given = {
        "name": "Aurora",
        "accent": "#112233",
        "currency": "EUR",
        "time_zone": "UTC",
        "reply_to": "",
        "second_factor": "off",
    }
    assert ada.post("/admin/settings/", {**given, "currency": "euro"}).status_code == 422
    assert ada.post("/admin/settings/", {**given, "currency": "xx1"}).status_code == 422
    assert Vendor.objects.get(pk=aurora.pk).name == "Aurora Cloud"
    assert ada.post("/admin/settings/", given).status_code == 302
    assert Vendor.objects.get(pk=aurora.pk).name == "Aurora"
    assert kinds(aurora) == ["vendor.changed"]


def test_events_are_shown_in_words_and_filtered(aurora: Vendor, ada: Client) -> None:
    cam = make_member(aurora, Role.CAM, email="cam@example.com", name="Cam Berg")
    ada.post(f"/admin/tenants/membership/{cam.ref}/do/end/")
    shown = ada.get("/admin/tenants/event/").content.decode()
    assert "Membership ended" in shown and "Ada Admin" in shown
    with prepared(aurora):
        event = Event.objects.get()
    detail = ada.get(f"/admin/tenants/event/{event.ref}/change/").content.decode()
    assert "Cam Berg" in detail
    for query, count in (
        (f"q={cam.ref}", 1),
        ("kind=membership.ended", 1),
        ("kind=x.y", 0),
        ("partner=1", 0),
        ("subject_kind=membership", 1),
        (f"q=prt_{'0' * 32}", 0),
        ("at__gte=2999-01-01%2000:00:00%2B00:00", 0),
    ):
        assert ada.get(f"/admin/tenants/event/?{query}").context["cl"].result_count == count, query


def test_an_event_is_read_only(aurora: Vendor, ada: Client) -> None:
    PersonFactory(vendor=aurora)
    cam = make_member(aurora, Role.CAM, email="cam@example.com")
    ada.post(f"/admin/tenants/membership/{cam.ref}/do/end/")
    with prepared(aurora):
        event = Event.objects.get()
    for verb in ("change", "delete"):
        answer = ada.post(f"/admin/tenants/event/{event.ref}/{verb}/", {"kind": "x.y"})
        assert answer.status_code == 403
    assert ada.get("/admin/tenants/event/add/").status_code == 403
    assert kinds(aurora) == ["membership.ended"]


def test_the_partner_filter_finds_events_older_than_thousands_of_others(
    aurora: Vendor, ada: Client
) -> None:
    north, other = (PartnerFactory(vendor=aurora, name=name) for name in ("Northwind", "Other"))
    with scope.entered_vendor(aurora.pk):
        tell(north, 1)
        tell(other, 1_100)
    page = ada.get(f"/admin/tenants/event/?partner={north.ref}")
    assert [event.words.partner for event in page.context["cl"].result_list] == ["Northwind"]
    assert "Northwind</option>" in page.content.decode()


@action("partners.write")
def tell(partner: Any, times: int) -> None:
    one = Happened(partner.public_id, partner.pk, {})
    record_events("partner.changed", "partner", [one] * times)


def test_every_kind_of_event_has_words() -> None:
    """A kind is written as a plain string where it is recorded; each of those has its words."""
    recorded = re.compile(r"record_events?\(\s*\"([a-z_]+\.[a-z_]+)\"")
    apps = [app for app in APPS if app != "demo"]
    places = [place for app in apps for place in (HOUSE / app).rglob("*.py")]
    used = {kind for place in places for kind in recorded.findall(place.read_text())}
    assert len(used) > 100
    assert used - {kind for kind, _ in event_kinds()} == set()


# Days and instants, numbers in addresses


def test_instants_are_in_the_vendors_time_and_it_is_named(ada: Client, aurora: Vendor) -> None:
    at = dt.datetime(2026, 11, 23, 16, 30, tzinfo=dt.UTC)
    with prepared(aurora):
        held = Person.objects.get()
        Person.objects.filter(pk=held.pk).update(created_at=at)
    page = ada.get(f"/admin/tenants/person/{held.ref}/change/").content.decode()
    assert "24 Nov 2026, 01:30" in page
    assert "Times are those of Asia/Tokyo." in page


def test_the_time_zone_ends_with_the_request(ada: Client) -> None:
    ada.get("/admin/")
    assert timezone.get_current_timezone_name() == "UTC"


def test_days_are_asked_with_the_browsers_calendar(ada: Client) -> None:
    page = ada.get("/admin/partners/customer/add/").content.decode()
    (field,) = re.findall(r'<input[^>]*name="since"[^>]*>', page)
    assert 'type="date"' in field and 'class="border' in field


@pytest.mark.parametrize(
    "address",
    ["partners/partner/add/", "partners/employment/add/", "tenants/invitation/add/",
     "tenants/importjob/add/", "certifications/result/add/"],
)  # fmt: skip
def test_every_own_field_has_the_admins_look(ada: Client, address: str) -> None:
    form = ada.get(f"/admin/{address}").context["adminform"].form
    plain = [
        name
        for name, field in form.fields.items()
        if "border" not in field.widget.attrs["class"]
        and not isinstance(field.widget, UnfoldBooleanSwitchWidget)
    ]
    assert plain == []


def test_a_field_that_is_dressed_again_stays_as_it_is() -> None:
    fields = {"day": forms.DateField(label=gettext_lazy("earned on"))}
    dress(fields)
    once = fields["day"].label
    dress(fields)
    assert (str(once), fields["day"].label is once) == ("Earned on", True)


def test_addresses_name_no_numbers(ada: Client, aurora: Vendor) -> None:
    cam = make_member(aurora, Role.CAM, email="cam@example.com")
    pages = ["tenants/membership/", f"tenants/membership/{cam.ref}/change/",
             f"tenants/membership/{cam.ref}/history/", "tenants/person/"]  # fmt: skip
    number = re.compile(r"/\d+(/|$)|__id|[?&](?!o=)\w+=\d+$")
    for page in pages:
        links = re.findall(r'(?:href|action)="([^"]*)"', ada.get(f"/admin/{page}").content.decode())
        assert [link for link in links if number.search(link)] == [], page


def test_a_number_opens_nothing(ada: Client, aurora: Vendor) -> None:
    cam = make_member(aurora, Role.CAM, email="cam@example.com")
    assert ada.get(f"/admin/tenants/membership/{cam.pk}/history/").status_code == 404
    assert ada.post(f"/admin/tenants/membership/{cam.pk}/do/end/").status_code == 404
    wrong = cam.ref.replace("mem_", "per_")
    assert ada.get(f"/admin/tenants/membership/{wrong}/history/").status_code == 404
