"""What each person is told by mail: at once, once a week, or not; and what cannot be off."""

from __future__ import annotations

import datetime as dt
import threading
from dataclasses import replace
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.test import Client

from alerts.actions import choose_mails, sweep_deliveries, sweep_digests
from alerts.kinds import _kinds
from alerts.mail_words import digest_words
from alerts.models import Alert, Delivery, Digest, MailSettings, Notification
from alerts.setting_views import _held
from certifications.actions import sweep_certificate_alerts
from certifications.rules.stakes import Stake
from certifications.sweeping import KIND
from certifications.words import seats_at_stake
from partners.models import Employment
from tenants import scope
from tenants.capabilities import Role
from tenants.models import Membership, User, Vendor
from tenants.writing import Refused
from tests import factories as make
from tests.certifications import world
from tests.certifications.world import noon

# A Sunday; Berlin's Monday begins its digests at 07:00 UTC.
SUNDAY = noon("2025-01-05")
BEFORE = dt.datetime(2025, 1, 6, 6, 59, tzinfo=dt.UTC)
MONDAY = dt.datetime(2025, 1, 6, 7, 0, tzinfo=dt.UTC)
WEEK = dt.timedelta(days=7)
committed = pytest.mark.usefixtures("committed_db")


def vendor_of_two_engineers() -> tuple[Vendor, Membership]:
    """Two engineers whose certificates end in March 2025, and their company's admin."""
    vendor = make.VendorFactory(code="aurora", name="Aurora", time_zone="Europe/Berlin")
    make.HostFactory(vendor=vendor, name="aurora.localhost")
    world.publish(vendor, world.small_program())
    partner = make.PartnerFactory(vendor=vendor, name="Northwind")
    for name in ("Priya", "Ana"):
        person = world.engineer(partner, name=name, email=f"{name.lower()}@example.com")
        world.pass_exam(person, "basics", "2024-03-01")
    boss = make.PersonFactory(vendor=vendor, name="Boss", email="boss@example.com")
    return vendor, make.MembershipFactory(
        person=boss, role=Role.PARTNER_ADMIN, partner=partner, since=dt.date(2024, 1, 1)
    )


def choose(reader: Membership, choice: str, language: str = "en") -> None:
    with scope.enter(make.scope_of(reader)):
        choose_mails(language=language, choices={KIND: choice})


def mails_to(address: str) -> list[Any]:
    return [message for message in mail.outbox if message.to == [address]]


@committed
@pytest.mark.parametrize(("choice", "count"), [("now", 2), ("digest", 0), ("off", 0)])
def test_mails_leave_as_chosen_and_the_list_holds_everything(choice: str, count: int) -> None:
    vendor, reader = vendor_of_two_engineers()
    with make.prepared(vendor):
        person = reader.person
        person.user = User.objects.create_user("boss@login.example.com")
        person.save()
    choose(reader, choice)
    sweep_certificate_alerts(at=SUNDAY)
    sweep_deliveries(at=SUNDAY)
    with scope.entered_vendor(vendor.pk):
        noted = Notification.objects.filter(person=reader.person).count()
    assert (len(mails_to("boss@example.com")), noted) == (count, 2)


@committed
def test_about_ones_own_certificate_one_is_always_told() -> None:
    vendor, _reader = vendor_of_two_engineers()
    with make.prepared(vendor):
        priya = Employment.objects.get(person__name="Priya")
        MailSettings.objects.create(
            person=priya.person, partner=priya.partner, choices={KIND: "off"}
        )
    sweep_certificate_alerts(at=SUNDAY)
    sweep_deliveries(at=SUNDAY)
    [message] = mails_to("priya@example.com")
    assert "List-Unsubscribe" not in message.extra_headers


@committed
def test_the_digest_comes_once_on_monday_at_eight() -> None:
    _vendor, reader = vendor_of_two_engineers()
    choose(reader, "digest")
    sweep_certificate_alerts(at=SUNDAY)
    assert [sweep_digests(at=at) for at in (SUNDAY, BEFORE, MONDAY, MONDAY, MONDAY + WEEK)] == [
        0, 0, 1, 0, 0,
    ]  # fmt: skip
    sweep_deliveries(at=MONDAY)
    [message] = mails_to("boss@example.com")
    assert message.subject == "Your week: 2 things to know"
    assert (message.body.count("“Basics” expires in"), message.body.count("Northwind")) == (2, 4)


@committed
def test_after_two_days_without_beat_the_digest_comes_late_and_once() -> None:
    _vendor, reader = vendor_of_two_engineers()
    choose(reader, "digest")
    sweep_certificate_alerts(at=SUNDAY)
    late = MONDAY + dt.timedelta(days=2)
    assert [sweep_digests(at=late), sweep_digests(at=late)] == [1, 0]
    with scope.entered_vendor(reader.vendor_id):
        assert [one.week for one in Digest.objects.all()] == [dt.date(2025, 1, 6)]


@committed
def test_two_workers_write_one_digest() -> None:
    _vendor, reader = vendor_of_two_engineers()
    choose(reader, "digest")
    sweep_certificate_alerts(at=SUNDAY)
    counts: list[int] = []

    def run() -> None:
        try:
            counts.append(sweep_digests(at=MONDAY))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with scope.entered_vendor(reader.vendor_id):
        mails = Delivery.objects.filter(template="alerts/digest").count()
    assert (sum(counts), mails) == (1, 1)


@committed
def test_what_was_settled_meanwhile_is_left_out_and_nothing_left_is_no_mail() -> None:
    vendor, reader = vendor_of_two_engineers()
    choose(reader, "digest")
    sweep_certificate_alerts(at=SUNDAY)
    with make.prepared(vendor):
        Alert.objects.update(superseded=True)
    assert sweep_digests(at=MONDAY) == 0
    with scope.entered_vendor(vendor.pk):
        assert not Delivery.objects.filter(person=reader.person).exists()


@committed
def test_who_left_gets_no_digest() -> None:
    vendor, reader = vendor_of_two_engineers()
    choose(reader, "digest")
    sweep_certificate_alerts(at=SUNDAY)
    with make.prepared(vendor):
        Membership.objects.filter(pk=reader.pk).update(until=dt.date(2025, 1, 6))
    assert sweep_digests(at=MONDAY) == 0


@committed
def test_most_at_stake_comes_first() -> None:
    vendor, _reader = vendor_of_two_engineers()
    sweep_certificate_alerts(at=SUNDAY)
    with scope.entered_vendor(vendor.pk):
        alerts = list(Alert.objects.select_related("person").order_by("pk"))
        seats = {alerts[0].person.name: 40, alerts[1].person.name: 900}
        held = _kinds[KIND]
        try:
            _kinds[KIND] = held.__class__(
                **{**held.__dict__, "stake": lambda alert, on: seats[alert.person.name]}
            )
            said = digest_words([str(a.public_id) for a in alerts], SUNDAY.date(), str)
        finally:
            _kinds[KIND] = held
    assert [line["title"].split(":")[0] for line in said["lines"]] == [
        alerts[1].person.name,
        alerts[0].person.name,
    ]


def test_seats_times_products_are_what_is_at_stake() -> None:
    alert = Alert(kind=KIND)
    alert.__dict__["stakes"] = (Stake("edr", "EDR", (), 40), Stake("mdr", "MDR", (), 40))
    assert seats_at_stake(alert, SUNDAY.date()) == 80


@pytest.mark.django_db
def test_a_kind_that_everybody_is_told_cannot_be_switched_off() -> None:
    admin = make.MembershipFactory(role=Role.CHANNEL_ADMIN)
    with scope.enter(make.scope_of(admin)), pytest.raises(Refused) as refused:
        choose_mails(language="en", choices={"webhook_stopped": "off"})
    assert refused.value.code == "cannot_be_off"
    with scope.entered_vendor(admin.vendor_id):
        assert not MailSettings.objects.exists()


@pytest.mark.django_db
def test_the_page_keeps_a_choice_and_says_what_is_always_told(client: Client) -> None:
    reader = make.MembershipFactory(role=Role.PARTNER_ADMIN)
    make.sign_in(client, reader)
    page = client.get("/notifications/settings/").content.decode()
    form = {"language": "de"}
    for name in client.get("/notifications/settings/").context["form"].fields:
        form.setdefault(name, "now")
    answer = client.post("/notifications/settings/", {**form, KIND: "digest"})
    with scope.entered_vendor(reader.vendor_id):
        held = MailSettings.objects.get()
    assert (answer.status_code, held.language, held.choices) == (302, "de", {KIND: "digest"})
    assert (held.partner_id, held.person_id) == (reader.partner_id, reader.person_id)
    assert page.count("About your own certificate you are always told at once.") == 2
    assert "webhook_stopped" not in page


@pytest.mark.django_db
def test_through_a_partners_eyes_nobodys_settings_are_shown() -> None:
    cam = make.MembershipFactory(role=Role.CAM)
    partner = make.PartnerFactory(vendor=cam.vendor)
    own = make.scope_of(cam)
    with scope.enter(own):
        choose_mails(language="de", choices={})
    seen = replace(own, partners=frozenset({partner.pk}), role=Role.PARTNER_ADMIN, viewer=own)
    with scope.enter(seen):
        assert _held() is None
