"""Webhooks follow the log: every event once made a message, sent at least once under one id."""

from __future__ import annotations

import datetime as dt
import os
import signal
from typing import Any

import pytest
from django.db import connections

from alerts.actions import (
    add_webhook,
    change_webhook,
    drop_old_messages,
    raise_alerts,
    remove_webhook,
    resend_message,
    rotate_secret,
    send_test,
    switch_off,
    switch_on,
)
from alerts.models import Alert, WebhookEndpoint, WebhookMessage
from alerts.models.webhooks import WAITS
from alerts.tasks import STOPPED
from tenants import scope
from tenants.models import Event
from tenants.writing import Refused
from tests import factories as make
from tests.alerts.receiver import Receiver, listening
from tests.alerts.webhook_world import (
    AT,
    admin_of,
    beat,
    endpoint_of,
    happens,
    message_of,
    new_vendor,
    webhook,
)
from tests.certifications.children import run_and_die

pytestmark = pytest.mark.usefixtures("committed_db", "loopback")


@pytest.fixture
def loopback(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True


def partner_with_webhook(receiver: Receiver, **more: Any) -> Any:
    vendor = new_vendor()
    partner = make.PartnerFactory(vendor=vendor, name="Northwind")
    webhook(vendor, receiver.url, **more)
    return partner


def test_an_event_of_a_chosen_kind_is_told_once() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        key = happens(partner, name=["Old", "Northwind"])
        happens(partner, "partner.suspended")
        assert [beat(), beat()] == [1, 0]
    assert receiver.ids == [key]
    assert message_of(partner.vendor).state == "sent"


def test_a_body_is_thin_codes_and_public_ids_only() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver, events=["partner.changed", "standing.changed"])
        happens(partner, name=["Old", "Northwind"])
        happens(partner, "standing.changed", product="edr", stage="grace", was="open", secret="x")
        beat()
    changed, standing = receiver.bodies
    assert set(changed) == {"type", "id", "occurred_at", "data"}
    assert changed["data"] == {"id": partner.ref, "partner": partner.ref}
    assert standing["data"] == {
        "id": partner.ref,
        "partner": partner.ref,
        "product": "edr",
        "stage": "grace",
        "was": "open",
        "cause": None,
        "since": None,
        "next_stage": None,
        "next_on": None,
    }


def test_events_are_told_in_the_order_of_the_log() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        keys = [happens(partner) for _ in range(5)]
        beat()
    assert receiver.ids == keys


def test_an_event_that_commits_late_is_told_too() -> None:
    """Its number is older than one that was told already: a list by number would pass it over."""
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        slow = connections["default"].copy()
        try:
            slow.set_autocommit(False)
            with scope.entered_vendor(partner.vendor_id), slow.cursor() as cursor:
                cursor.execute(
                    "SELECT event_append('partner.changed', 'partner', %s, %s, '{}', '{}', NULL, "
                    "NULL, NULL)",
                    [partner.public_id, partner.pk],
                )
                early = happens(partner)
                beat()
                slow.commit()
        finally:
            slow.close()
        beat()
        with scope.entered_vendor(partner.vendor_id):
            late = Event.objects.filter(kind="partner.changed").earliest("pk").ref
    assert sorted(receiver.ids) == sorted([early, late])
    assert late != early


def test_nothing_of_before_is_told() -> None:
    with listening() as receiver:
        vendor = new_vendor()
        partner = make.PartnerFactory(vendor=vendor)
        webhook(vendor, "https://first.example.com/", ["partner.suspended"])
        happens(partner)
        beat()
        happens(partner)  # not sealed when the webhook is made
        webhook(vendor, receiver.url)
        beat()
    assert receiver.got == []


def test_two_days_without_beat_lose_nothing() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        keys = [happens(partner) for _ in range(3)]
        beat(AT + dt.timedelta(days=2))
    assert receiver.ids == keys


def test_another_vendor_is_told_nothing() -> None:
    with listening() as receiver, listening() as others:
        partner = partner_with_webhook(receiver)
        webhook(new_vendor(), others.url)
        happens(partner)
        beat()
    assert (len(receiver.got), others.got) == (1, [])


def test_a_failed_attempt_is_repeated_under_the_same_id_for_three_days() -> None:
    with listening(500) as receiver:
        partner, at, waits = partner_with_webhook(receiver), AT, []
        key = happens(partner)
        while message_of_or_none(partner) is None or message_of(partner.vendor).state == "pending":
            assert beat(at) == 0
            held = message_of(partner.vendor)
            waits.append(held.next_attempt_at - at)
            at = held.next_attempt_at
    assert receiver.ids == [key] * 10
    assert tuple(waits[:9]) == WAITS
    assert (
        dt.timedelta(days=2, hours=23) < sum(WAITS, dt.timedelta()) <= dt.timedelta(days=3, hours=1)
    )
    assert (held.state, held.attempts, held.code) == ("failed", 10, 500)
    assert [line["answer"] for line in held.log] == ["said 500"] * 10


def message_of_or_none(partner: Any) -> Any:
    with scope.entered_vendor(partner.vendor_id):
        return WebhookMessage.objects.first()


def test_one_refused_message_does_not_hold_up_the_later_ones() -> None:
    with listening(500, 204, 204) as receiver:
        partner = partner_with_webhook(receiver)
        first, second = happens(partner), happens(partner)
        assert beat() == 1
        assert beat(AT + WAITS[0]) == 1
    assert receiver.ids == [first, second, first]
    assert endpoint_of(partner.vendor).failing_since is None


def test_where_nobody_answers_a_run_asks_once() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
    keys = [happens(partner) for _ in range(3)]
    assert beat() == 0
    with scope.entered_vendor(partner.vendor_id):
        rows = WebhookMessage.objects.order_by("pk")
        assert [row.attempts for row in rows] == [1, 0, 0]
        assert "refused" in rows[0].log[0]["error"]
    assert len(keys) == 3


def test_a_worker_killed_after_sending_sends_again_under_the_same_id() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        key = happens(partner)
        run_and_die(_die_after_sending)
        assert message_of(partner.vendor).state == "pending"
        assert beat() == 1
    assert receiver.ids == [key, key]


def _die_after_sending() -> None:
    from alerts.actions import calls

    posted = calls.post

    def post_and_die(*args: Any) -> Any:
        posted(*args)
        os.kill(os.getpid(), signal.SIGKILL)

    calls.post = post_and_die
    beat()


def test_three_days_of_failure_switch_off_and_tell_the_channel_admins_once() -> None:
    with listening(500) as receiver:
        partner = partner_with_webhook(receiver)
        admin_of(partner.vendor)
        happens(partner)
        for hours in (0, 1, 30, 60, 73, 80):
            beat(AT + dt.timedelta(hours=hours))
    held = endpoint_of(partner.vendor)
    later = AT + dt.timedelta(hours=74)
    assert (held.enabled, held.stopped_for, len(receiver.got)) == (False, "failing", 5)
    assert [raise_alerts(STOPPED, at=later), raise_alerts(STOPPED, at=later)] == [1, 0]
    with scope.entered_vendor(partner.vendor_id):
        assert Event.objects.filter(kind="webhook.switched_off").count() == 1
        [alert] = Alert.objects.all()
        assert alert.deliveries.count() == 1
        assert "three days" in kind_words(alert)


def kind_words(alert: Alert) -> str:
    from alerts.kinds import kind_of

    return str(kind_of(alert).sentence(alert, AT.date()))


def test_gone_switches_off_at_once() -> None:
    with listening(410) as receiver:
        partner = partner_with_webhook(receiver)
        happens(partner)
        beat()
    held = endpoint_of(partner.vendor)
    assert (held.enabled, held.stopped_for) == (False, "gone")


def test_switched_on_again_it_goes_on_where_it_stopped() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        endpoint = endpoint_of(partner.vendor)
        with scope.entered_vendor(partner.vendor_id):
            switch_off(endpoint, at=AT)
        keys = [happens(partner), happens(partner)]
        beat()
        assert receiver.got == []
        with scope.entered_vendor(partner.vendor_id):
            switch_on(endpoint, at=AT + dt.timedelta(days=1))
        beat(AT + dt.timedelta(days=1))
    assert receiver.ids == keys


def test_switched_on_after_long_it_begins_three_days_ago() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        webhook(partner.vendor, "https://other.example.com/", ["partner.suspended"])
        with scope.entered_vendor(partner.vendor_id):
            endpoint = WebhookEndpoint.objects.get(url=receiver.url)
            switch_off(endpoint, at=AT)
        happens(partner)
        beat(AT)  # seals it
        recent = happens(partner)
        beat(AT + dt.timedelta(days=8))
        with scope.entered_vendor(partner.vendor_id):
            switch_on(endpoint, at=AT + dt.timedelta(days=10))
        beat(AT + dt.timedelta(days=10))
    assert receiver.ids == [recent]


def test_a_test_is_sent_whatever_was_chosen() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        with scope.entered_vendor(partner.vendor_id):
            send_test(endpoint_of(partner.vendor), at=AT)
        beat()
    [body] = receiver.bodies
    assert (body["type"], body["data"]) == (
        "webhook.tested",
        {"id": endpoint_of(partner.vendor).ref},
    )


def test_a_received_message_is_sent_again_by_hand_under_its_id() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        key = happens(partner)
        beat()
        with scope.entered_vendor(partner.vendor_id):
            resend_message(message_of(partner.vendor), at=AT)
            with pytest.raises(Refused) as refused:
                resend_message(message_of(partner.vendor), at=AT)
        beat()
    assert (receiver.ids, refused.value.code) == ([key, key], "on_its_way")


def test_a_rotated_secret_signs_beside_the_new_one_for_a_day() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        with scope.entered_vendor(partner.vendor_id):
            rotate_secret(endpoint_of(partner.vendor), at=AT)
        happens(partner)
        beat(AT + dt.timedelta(hours=23))
        happens(partner)
        beat(AT + dt.timedelta(hours=24))
    signed = [headers["webhook-signature"].split() for headers, _body in receiver.got]
    assert [len(one) for one in signed] == [2, 1]


def test_secrets_are_encrypted_at_rest() -> None:
    partner = make.PartnerFactory(vendor=new_vendor())
    with make.prepared(partner.vendor):
        made = add_webhook(url="https://h.example.com/", events=["partner.changed"], at=AT)
    with connections["ops"].cursor() as cursor:
        cursor.execute("SELECT to_jsonb(e)::text FROM alerts_webhookendpoint e")
        assert made.secret.removeprefix("whsec_") not in cursor.fetchone()[0]


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"url": "http://h.example.com/"}, "address_refused"),
        ({"url": "https://10.0.0.1/"}, "address_refused"),
        ({"events": []}, "no_event"),
        ({"events": ["no.such"]}, "unknown_event"),
        ({"secret": "abc"}, "secret_refused"),
    ],
)
def test_a_wrong_webhook_is_refused(wrong: dict[str, Any], code: str) -> None:
    vendor = new_vendor()
    asked = {"url": "https://h.example.com/", "events": ["partner.changed"], **wrong}
    with make.prepared(vendor), pytest.raises(Refused) as refused:
        add_webhook(**asked, at=AT)
    assert refused.value.code == code
    with pytest.raises(WebhookEndpoint.DoesNotExist):
        endpoint_of(vendor)


def test_removing_takes_the_delivery_log_along() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        happens(partner)
        beat()
        with make.prepared(partner.vendor):
            remove_webhook(endpoint_of(partner.vendor))
        happens(partner)
        assert beat() == 0
    assert message_of_or_none(partner) is None


def test_messages_are_kept_for_a_month() -> None:
    with listening() as receiver:
        partner = partner_with_webhook(receiver)
        happens(partner)
        beat()
    month, after = AT + dt.timedelta(days=30), AT + dt.timedelta(days=30, seconds=1)
    assert [drop_old_messages(at=month), drop_old_messages(at=after)] == [0, 1]


def test_the_log_names_an_address_without_its_query() -> None:
    vendor = new_vendor()
    row = webhook(vendor, "https://hook.example.com/a?key=hush")
    with make.prepared(vendor):
        change_webhook(row, url="https://hook.example.com/b?key=hush", at=AT)
        switch_off(row, at=AT)
        switch_on(row, at=AT)
        remove_webhook(row)
        said = str(list(Event.objects.filter(kind__startswith="webhook").values_list("data")))
    assert (said.count("https://hook.example.com/"), "hush" in said) == (6, False)
