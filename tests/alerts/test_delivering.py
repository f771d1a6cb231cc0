"""The outbox: each message leaves at least once, with one key, in the vendor's name."""

from __future__ import annotations

import datetime as dt
import re
import threading
from pathlib import Path
from typing import Any

import pytest
from django.core import mail
from django.db import connections
from django.template.loader import render_to_string

from alerts.actions import (
    MAX_ATTEMPTS,
    queue_message,
    retry_delivery,
    strip_old_deliveries,
    sweep_deliveries,
)
from alerts.models import Alert, Delivery
from certifications.actions import sweep_certificate_alerts
from partners.models import Employment
from tenants import scope
from tenants.actions.identity import invite, token_digest
from tenants.capabilities import Role
from tenants.messages import send_message
from tenants.models import Invitation, Vendor
from tenants.writing import Refused
from tests import factories as make
from tests.certifications import world
from tests.certifications.children import run_and_die
from tests.certifications.world import noon

pytestmark = pytest.mark.usefixtures("committed_db")
AT = noon("2025-01-05")


def vendor_with_alert() -> Vendor:
    vendor = make.VendorFactory(code="aurora", name="Aurora", reply_to="partners@aurora.example")
    make.HostFactory(vendor=vendor, name="aurora.localhost")
    world.publish(vendor, world.small_program())
    partner = make.PartnerFactory(vendor=vendor, name="Northwind & Sons")
    person = world.engineer(partner, name="Priya Nair", email="priya@example.com")
    world.pass_exam(person, "basics", "2024-03-01")
    assert sweep_certificate_alerts(at=AT) == 1
    return vendor


def only_delivery(vendor: Vendor) -> Delivery:
    with scope.entered_vendor(vendor.pk):
        return Delivery.objects.get()


def test_a_message_speaks_in_the_vendors_name() -> None:
    vendor = vendor_with_alert()
    assert sweep_deliveries(at=AT) == 1
    [message] = mail.outbox
    held = only_delivery(vendor)
    assert message.from_email == "Aurora <no-reply@mainstay.localhost>"
    assert (message.reply_to, message.to) == (["partners@aurora.example"], ["priya@example.com"])
    assert message.subject == ("Priya Nair: “Basics” expires in 55 days · Northwind & Sons")
    assert message.extra_headers == {
        "Message-ID": f"<{held.public_id.hex}@aurora.localhost>",
        "Idempotency-Key": held.ref,
        "Auto-Submitted": "auto-generated",
    }


def test_text_and_html_say_the_same() -> None:
    vendor = vendor_with_alert()
    sweep_deliveries(at=AT)
    [message] = mail.outbox
    [(html, kind)] = message.alternatives
    with scope.entered_vendor(vendor.pk):
        link = f"http://aurora.localhost:8000/certificates/{_certificate_ref()}/"
    for body in (message.body, html):
        assert body.count(link) >= 1
        assert body.count("until 1 Mar 2025") == 1
    assert kind == "text/html"
    assert message.body.count("Northwind & Sons") == 1
    assert html.count("Northwind &amp; Sons") == 1


def _certificate_ref() -> str:
    from certifications.models import Certificate

    return Certificate.objects.get().ref


def test_a_message_is_sent_once() -> None:
    vendor = vendor_with_alert()
    assert [sweep_deliveries(at=AT), sweep_deliveries(at=AT)] == [1, 0]
    held = only_delivery(vendor)
    assert (held.state, held.sent_at, held.attempts, len(mail.outbox)) == ("sent", AT, 1, 1)


def test_who_left_before_it_was_sent_gets_no_message() -> None:
    vendor = vendor_with_alert()
    with make.prepared(vendor):
        Employment.objects.update(until=AT.date())
    assert (sweep_deliveries(at=AT), mail.outbox) == (0, [])
    held = only_delivery(vendor)
    assert (held.state, held.error) == ("dropped", "The person has left since.")


def test_what_was_settled_before_it_was_sent_is_not_sent() -> None:
    vendor = vendor_with_alert()
    with make.prepared(vendor):
        Alert.objects.update(superseded=True)
    assert (sweep_deliveries(at=AT), mail.outbox) == (0, [])
    assert only_delivery(vendor).state == "dropped"


def test_two_workers_share_the_outbox() -> None:
    vendor = vendor_with_alert()
    with scope.entered_vendor(vendor.pk):
        for number in range(20):
            queue_message(
                "alerts/note", f"p{number}@example.com", {"title": "T", "text": "X"}, at=AT
            )
    counts: list[int] = []

    def run() -> None:
        try:
            counts.append(sweep_deliveries(at=AT))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sum(counts), len({m.to[0] for m in mail.outbox}), len(mail.outbox)) == (21, 21, 21)


def test_a_refused_message_waits_longer_each_time_and_is_given_up(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.alerts.backends.Refusing"
    vendor, at, waits = vendor_with_alert(), AT, []
    for _ in range(MAX_ATTEMPTS):
        assert sweep_deliveries(at=at) == 0
        held = only_delivery(vendor)
        waits.append(held.next_attempt_at - at)
        at = held.next_attempt_at
    assert waits[:3] == [dt.timedelta(minutes=m) for m in (1, 2, 4)]
    assert waits[-1] == dt.timedelta(hours=6)
    assert (held.state, held.attempts) == ("failed", MAX_ATTEMPTS)
    assert held.error == "ConnectionRefusedError: the mail server is away"


def test_a_waiting_message_is_not_tried_before_its_time(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.alerts.backends.Refusing"
    vendor = vendor_with_alert()
    sweep_deliveries(at=AT)
    sweep_deliveries(at=AT + dt.timedelta(seconds=59))
    assert only_delivery(vendor).attempts == 1


def test_one_refused_message_does_not_hold_up_the_others(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.alerts.backends.RefusingOne"
    vendor = vendor_with_alert()
    early = AT - dt.timedelta(hours=1)
    with scope.entered_vendor(vendor.pk):
        queue_message("alerts/note", "refused@example.com", {"title": "T"}, at=early)
    assert sweep_deliveries(at=AT) == 1
    assert [m.to for m in mail.outbox] == [["priya@example.com"]]


def test_a_message_given_up_can_be_tried_again(settings: Any) -> None:
    settings.EMAIL_BACKEND = "tests.alerts.backends.Refusing"
    vendor, at = vendor_with_alert(), AT
    for _ in range(MAX_ATTEMPTS):
        sweep_deliveries(at=at)
        at = only_delivery(vendor).next_attempt_at
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    with scope.entered_vendor(vendor.pk):
        retry_delivery(only_delivery(vendor), at=at)
    assert sweep_deliveries(at=at) == 1


def test_a_message_on_its_way_is_not_retried() -> None:
    vendor = vendor_with_alert()
    with scope.entered_vendor(vendor.pk), pytest.raises(Refused) as refused:
        retry_delivery(only_delivery(vendor), at=AT)
    assert refused.value.code == "not_failed"
    assert (only_delivery(vendor).state, only_delivery(vendor).attempts) == ("pending", 0)


def test_an_address_goes_three_months_after_the_message_and_who_was_told_stays() -> None:
    vendor = vendor_with_alert()
    assert strip_old_deliveries(at=AT + dt.timedelta(days=400)) == 0  # it waits still
    sweep_deliveries(at=AT)
    quarter = AT + dt.timedelta(days=90)
    found = [strip_old_deliveries(at=quarter + n * dt.timedelta(seconds=1)) for n in (0, 1, 2)]
    held = only_delivery(vendor)
    assert (found, held.address, held.state, held.sent_at) == ([0, 1, 0], "", "sent", AT)
    assert held.person_id is not None and held.alert_id is not None


def test_a_message_without_address_is_not_tried_again() -> None:
    vendor = vendor_with_alert()
    with make.prepared(vendor):
        Delivery.objects.update(state=Delivery.State.FAILED, address="")
    with scope.entered_vendor(vendor.pk), pytest.raises(Refused) as refused:
        retry_delivery(only_delivery(vendor), at=AT)
    assert (refused.value.code, only_delivery(vendor).state) == ("not_failed", "failed")


def test_a_worker_killed_after_sending_repeats_the_message_under_the_same_key(
    settings: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    vendor = vendor_with_alert()
    handed = tmp_path / "handed"
    monkeypatch.setenv("HANDED_OVER", str(handed))
    settings.EMAIL_BACKEND = "tests.alerts.backends.DiesAfterSending"
    run_and_die(lambda: sweep_deliveries(at=AT) and None)
    assert only_delivery(vendor).state == "pending"
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    assert sweep_deliveries(at=AT) == 1
    [message] = mail.outbox
    assert handed.read_text().split() == [message.extra_headers["Idempotency-Key"]]


def test_a_message_queued_by_the_base_leaves_when_its_action_commits() -> None:
    vendor = vendor_with_alert()
    with scope.entered_vendor(vendor.pk):
        send_message("alerts/note", "new@example.com", {"title": "Hello", "text": "Come in"})
        held = Delivery.objects.get(address="new@example.com")
    assert (held.state, held.template) == ("pending", "alerts/note")
    assert sweep_deliveries(at=held.next_attempt_at) == 2
    assert [m.subject for m in mail.outbox if m.to == ["new@example.com"]] == ["Hello"]


def test_an_invitations_link_is_readable_in_the_message_only() -> None:
    vendor = vendor_with_alert()
    with make.prepared(vendor):
        invite(email="new@example.com", role=Role.CAM, at=AT)
    with scope.entered_vendor(vendor.pk):
        held = Delivery.objects.get(address="new@example.com")
        digest = Invitation.objects.get().token_digest
    assert list(held.context) == ["sealed"]
    assert sweep_deliveries(at=held.next_attempt_at) == 2
    [message] = [m for m in mail.outbox if m.to == ["new@example.com"]]
    [token] = re.findall(r"/invitations/([^/\s]+)", message.body)
    assert token_digest(token) == digest
    assert token not in str(held.context)


def test_a_letter_escapes_html_in_html_only() -> None:
    context = {"vendor": {"name": "V", "accent": "#000000"}, "title": "<b>", "text": "a & b"}
    html = render_to_string("alerts/note_mail.html", {**context, "layout": "alerts/letter.html"})
    text = render_to_string("alerts/note_mail.html", {**context, "layout": "alerts/letter.txt"})
    assert (html.count("&lt;b&gt;"), html.count("a &amp; b")) == (1, 1)
    assert (text.count("<b>"), text.count("a & b")) == (1, 1)
