"""The link in a mail: one click ends such mails, and can do nothing else."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail
from django.test import Client

from alerts.actions import sweep_deliveries, sweep_digests
from alerts.models import MailSettings
from alerts.stopping import Stop, stop_path
from certifications.actions import sweep_certificate_alerts
from certifications.sweeping import KIND
from tenants import scope
from tests import factories as make
from tests.alerts.test_settings import MONDAY, SUNDAY, choose, mails_to, vendor_of_two_engineers

HOST = {"HTTP_HOST": "aurora.localhost"}


def choices(reader: Any) -> dict[str, str]:
    with scope.entered_vendor(reader.vendor_id):
        held = MailSettings.objects.filter(person_id=reader.person_id).first()
    return held.choices if held else {}


def path_of(message: Any) -> str:
    held = message.extra_headers
    assert held["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    return "/" + held["List-Unsubscribe"].strip("<>").split("/", 3)[3]


@pytest.mark.usefixtures("committed_db")
def test_one_click_ends_the_mails_of_a_kind(client: Client) -> None:
    _vendor, reader = vendor_of_two_engineers()
    sweep_certificate_alerts(at=SUNDAY)
    sweep_deliveries(at=SUNDAY)
    path = path_of(mails_to("boss@example.com")[0])
    page = client.get(path, **HOST)
    assert (page.status_code, choices(reader)) == (200, {})
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(path, {"List-Unsubscribe": "One-Click"}, **HOST)
    assert (answer.status_code, choices(reader)) == (200, {KIND: "off"})
    assert path in mail.outbox[0].body or path in mails_to("boss@example.com")[0].body


@pytest.mark.usefixtures("committed_db")
def test_one_click_ends_the_digest(client: Client) -> None:
    _vendor, reader = vendor_of_two_engineers()
    choose(reader, "digest")
    sweep_certificate_alerts(at=SUNDAY)
    sweep_digests(at=MONDAY)
    sweep_deliveries(at=MONDAY)
    [message] = mails_to("boss@example.com")
    assert client.post(path_of(message), **HOST).status_code == 200
    assert choices(reader) == {KIND: "off"}


@pytest.mark.django_db
def test_a_link_of_another_vendor_or_of_nobody_does_nothing(client: Client) -> None:
    ours, theirs = make.VendorFactory(), make.VendorFactory()
    host = make.HostFactory(vendor=ours)
    foreign = stop_path(Stop(theirs.code, "per_1", "", KIND))
    for path in (foreign, foreign[:-3] + "xx/", "/notifications/stop/x/"):
        assert client.post(path, HTTP_HOST=host.name).status_code == 404


@pytest.mark.django_db
def test_what_cannot_be_off_stays(client: Client) -> None:
    admin = make.MembershipFactory()
    host = make.HostFactory(vendor=admin.vendor)
    path = stop_path(Stop(admin.vendor.code, admin.person.ref, "", "webhook_stopped"))
    assert client.post(path, HTTP_HOST=host.name).status_code == 200
    assert choices(admin) == {}
