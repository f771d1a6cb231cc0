from __future__ import annotations

import pytest
from django.contrib import admin
from django.contrib.admin.models import LogEntry
from django.core.exceptions import ImproperlyConfigured
from django.test import Client

from tenants.capabilities import Role
from tenants.models import Event, Person, User, Vendor
from tenants.rows import VendorRow
from tenants.vendor_admin import VendorAdmin
from tests.factories import PersonFactory, prepared
from tests.tenants.world import AURORA, make_member, make_vendor, signed_in

pytestmark = pytest.mark.django_db
trial = pytest.mark.urls("tests.tenants.trial_admin")


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud")


@pytest.fixture
def ada(aurora: Vendor) -> Client:
    return signed_in(make_member(aurora))


def names_and_kinds(vendor: Vendor) -> tuple[list[str], list[str]]:
    with prepared(vendor):
        return (
            list(Person.objects.order_by("name").values_list("name", flat=True)),
            list(Event.objects.order_by("pk").values_list("kind", flat=True)),
        )


def test_the_admin_opens_for_a_channel_admin(ada: Client) -> None:
    page = ada.get("/admin/")
    assert page.status_code == 200
    assert "Aurora Cloud" in page.content.decode()


def test_the_admin_sends_a_stranger_to_our_sign_in(aurora: Vendor) -> None:
    answer = Client(HTTP_HOST=AURORA).get("/admin/", follow=True)
    assert answer.redirect_chain[-1][0] == "/account/login/?next=%2Fadmin%2F"


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.CHANNEL_ADMIN, Role.SYSTEM}))
def test_the_admin_refuses_other_roles(aurora: Vendor, role: str) -> None:
    if role == Role.INTEGRATION:
        pytest.skip("An integration never signs in.")
    client = signed_in(make_member(aurora, role))
    assert client.get("/admin/", follow=True).status_code == 403


def test_the_admin_refuses_another_vendors_admin(aurora: Vendor) -> None:
    client = signed_in(make_member(make_vendor("borealis")))
    client.defaults["HTTP_HOST"] = AURORA
    assert client.get("/admin/").status_code == 302


def test_only_vendors_rows_have_admin_pages() -> None:
    strange = [
        m
        for m, page in admin.site._registry.items()
        if not issubclass(m, VendorRow) or not isinstance(page, VendorAdmin)
    ]
    assert strange == []


def test_a_global_table_can_have_no_admin_page() -> None:
    with pytest.raises(ImproperlyConfigured, match="no vendor's row"):
        VendorAdmin(User, admin.site)


@pytest.mark.parametrize(
    "address",
    [
        "account/emailaddress/",
        "auth/group/",
        "mfa/authenticator/",
        "tenants/user/",
        "search/?s=a",
        "r/1/1/",
    ],
)
def test_pages_of_libraries_do_not_exist(ada: Client, address: str) -> None:
    assert ada.get(f"/admin/{address}").status_code == 404


@trial
def test_adding_calls_the_action(aurora: Vendor, ada: Client) -> None:
    answer = ada.post("/admin/tenants/person/add/", {"name": "Bo", "email": "bo@example.com"})
    assert answer.status_code == 302
    assert names_and_kinds(aurora) == (["Ada Admin", "Bo"], ["person.added"])


@trial
def test_a_refused_addition_shows_the_reason_and_writes_nothing(
    aurora: Vendor, ada: Client
) -> None:
    answer = ada.post("/admin/tenants/person/add/", {"name": "Nobody", "email": ""})
    assert answer.context["adminform"].form.errors == {"name": ["Not a name. Write one."]}
    assert names_and_kinds(aurora) == (["Ada Admin"], [])


@trial
def test_changing_calls_the_action_with_the_row_as_it_was(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo")
    answer = ada.post(f"/admin/tenants/person/{person.ref}/change/", {"name": "Bob"})
    assert answer.status_code == 302
    with prepared(aurora):
        assert Event.objects.get().data == {"changes": {"name": ["Bo", "Bob"]}}


@trial
def test_a_refused_change_changes_nothing(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo")
    answer = ada.post(f"/admin/tenants/person/{person.ref}/change/", {"name": "Nobody"})
    assert answer.context["adminform"].form.errors == {"__all__": ["Not a name."]}
    assert names_and_kinds(aurora) == (["Ada Admin", "Bo"], [])


@trial
def test_fields_without_an_action_are_read_only(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo", email="bo@example.com")
    ada.post(
        f"/admin/tenants/person/{person.ref}/change/", {"name": "Bob", "email": "x@example.com"}
    )
    with prepared(aurora):
        assert Person.objects.get(name="Bob").email == "bo@example.com"


@trial
def test_nothing_is_deleted(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo")
    assert (
        ada.post(f"/admin/tenants/person/{person.ref}/delete/", {"post": "yes"}).status_code == 403
    )
    ada.post("/admin/tenants/person/", {"action": "delete_selected", "_selected_action": person.pk})
    assert names_and_kinds(aurora) == (["Ada Admin", "Bo"], [])


@trial
def test_a_row_of_another_vendor_is_not_found(aurora: Vendor, ada: Client) -> None:
    stranger = PersonFactory(vendor=make_vendor("borealis"), name="Stranger")
    page = ada.get(f"/admin/tenants/person/{stranger.ref}/change/", follow=True)
    assert page.redirect_chain == [("/admin/", 302)]
    assert ada.get(f"/admin/tenants/person/{stranger.ref}/history/").status_code == 404
    assert ada.post(f"/admin/tenants/person/{stranger.ref}/do/greet/").status_code == 404
    assert "Stranger" not in ada.get("/admin/tenants/person/").content.decode()


@trial
def test_choices_list_the_own_vendor_only(aurora: Vendor, ada: Client) -> None:
    PersonFactory(vendor=make_vendor("borealis"), name="Stranger")
    page = ada.get("/admin/tenants/invitation/add/").content.decode()
    assert (page.count("Ada Admin</option>"), page.count("Stranger")) == (1, 0)


@trial
def test_a_button_calls_its_action_by_post(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo")
    address = f"/admin/tenants/person/{person.ref}/do/greet/"
    assert ada.get(address).status_code == 405
    assert ada.post(address).status_code == 302
    assert names_and_kinds(aurora)[1] == ["person.greeted"]


@trial
def test_a_button_needs_the_csrf_token(aurora: Vendor) -> None:
    client = signed_in(make_member(aurora))
    client.handler.enforce_csrf_checks = True
    person = PersonFactory(vendor=aurora, name="Bo")
    assert client.post(f"/admin/tenants/person/{person.ref}/do/greet/").status_code == 403
    assert names_and_kinds(aurora)[1] == []


@trial
def test_a_button_asks_and_then_shows_the_refusal(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo")
    address = f"/admin/tenants/person/{person.ref}/do/greet-with/"
    assert ada.post(address, {"_ask": "1"}).status_code == 200
    answer = ada.post(address, {"words": "Bye"})
    assert answer.status_code == 422
    assert answer.context["form"].errors == {"__all__": ["Say something kind."]}
    assert names_and_kinds(aurora)[1] == []
    ada.post(address, {"words": "Good day"})
    assert names_and_kinds(aurora)[1] == ["person.greeted"]


@trial
def test_a_hidden_button_can_not_be_pressed(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo")
    page = ada.get(f"/admin/tenants/person/{person.ref}/change/")
    assert [button.name for button, _ in page.context["buttons"]] == ["greet", "greet-with"]
    assert ada.post(f"/admin/tenants/person/{person.ref}/do/hidden/").status_code == 404


@trial
def test_history_shows_the_events_and_not_djangos_log(aurora: Vendor, ada: Client) -> None:
    person = PersonFactory(vendor=aurora, name="Bo")
    ada.post(f"/admin/tenants/person/{person.ref}/change/", {"name": "Bob"})
    page = ada.get(f"/admin/tenants/person/{person.ref}/history/")
    (event,) = page.context["events"]
    assert (event.title, event.who) == ("Person changed", "Ada Admin")
    assert [(x.label, x.old, x.new) for x in event.lines] == [("Name", "Bo", "Bob")]
    assert LogEntry.objects.count() == 0


@trial
def test_an_undeclared_lookup_is_refused(aurora: Vendor, ada: Client) -> None:
    assert ada.get("/admin/tenants/person/?name=Bo").status_code == 200
    answer = ada.get("/admin/tenants/person/?user__password__startswith=a")
    assert answer.status_code == 400


def test_the_demo_clock_is_shown(ada: Client, settings: object) -> None:
    settings.NOW_OFFSET_DAYS = 3  # type: ignore[attr-defined]
    assert "Clock +3 days" in ada.get("/admin/").content.decode()
