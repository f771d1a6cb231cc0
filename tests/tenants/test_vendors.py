"""Opening a vendor by command, and its own settings."""

from __future__ import annotations

import pytest
from django.core.management import CommandError, call_command

from tenants import scope
from tenants.actions.vendors import change_vendor, create_vendor
from tenants.capabilities import Role
from tenants.models import Event, Host, Membership, Vendor
from tenants.writing import NotAllowed, Refused
from tests.factories import prepared, scope_of
from tests.tenants.inviting import Sent, kinds
from tests.tenants.world import make_member

pytestmark = pytest.mark.django_db


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
            code="nova", name="Nova", host="nova.localhost", currency="EUR", time_zone="UTC"
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
