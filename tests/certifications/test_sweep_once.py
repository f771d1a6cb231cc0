"""Exactly once: with sweeps at the same time, killed sweeps, and any sequence of days."""

from __future__ import annotations

import datetime as dt
import os
import signal
import threading

import pytest
from django.db import connections, transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from alerts.actions import sweep_deliveries
from alerts.models import Alert, Delivery
from tenants import scope
from tests import factories as make
from tests.certifications import world
from tests.certifications.children import run_and_die
from tests.certifications.sweeping import raised, small, sweep
from tests.certifications.world import day, noon

pytestmark = pytest.mark.usefixtures("committed_db")


def test_concurrent_sweeps_raise_each_alert_once() -> None:
    vendor, partner, _ = small()
    for _ in range(30):
        world.pass_exam(world.engineer(partner), "basics", "2024-03-01")
    counts: list[int] = []
    start = threading.Barrier(4)

    def run() -> None:
        start.wait()
        try:
            counts.append(sweep("2025-02-10"))
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(counts), sum(counts)) == (4, 62)
    with scope.entered_vendor(vendor.pk):
        assert (Alert.objects.count(), Delivery.objects.count()) == (62, 31)


def test_a_sweep_killed_before_it_commits_leaves_nothing_and_loses_nothing() -> None:
    vendor, _, _ = small()

    def die_inside() -> None:
        with transaction.atomic(using="ops"):
            sweep("2025-01-05")
            os.kill(os.getpid(), signal.SIGKILL)

    run_and_die(die_inside)
    assert raised(vendor) == []
    assert sweep("2025-01-06") == 1


def test_a_worker_killed_after_the_sweep_leaves_its_messages_to_the_next() -> None:
    vendor, _, _ = small()

    def die_after() -> None:
        sweep("2025-01-05")
        os.kill(os.getpid(), signal.SIGKILL)

    run_and_die(die_after)
    assert sweep("2025-01-05") == 0
    assert sweep_deliveries(at=noon("2025-01-05")) == 1
    assert raised(vendor) == [("2025-01-05", 60)]


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(st.integers(-200, 500), min_size=1, max_size=8))
def test_any_sequence_of_days_raises_each_alert_exactly_once(offsets: list[int]) -> None:
    vendor, first, person = small()
    second = make.PartnerFactory(vendor=vendor)
    make.EmploymentFactory(partner=second, person=person, since=day("2020-01-01"))
    due = day("2025-03-01")
    with connections["owner"].cursor() as cursor:  # each example is an installation of its own
        cursor.execute("DELETE FROM alerts_sweep")
    for offset in offsets:
        sweep(due + dt.timedelta(days=offset))
    entered = [
        w
        for w in (60, 30, 0)
        if due - dt.timedelta(days=w) <= due + dt.timedelta(days=max(offsets))
    ]
    with scope.entered_vendor(vendor.pk):
        alerts = list(Alert.objects.values_list("partner_id", "window", "superseded"))
        delivered = list(Delivery.objects.values_list("partner_id", "alert__window"))
    assert sorted((p, w) for p, w, _ in alerts) == sorted(
        (p.pk, w) for p in (first, second) for w in entered
    )
    assert len(delivered) == len(set(delivered))
    open_ones = sorted((p, w) for p, w, superseded in alerts if not superseded)
    assert open_ones == sorted((p.pk, min(entered)) for p in (first, second) if entered)
    assert set(open_ones) <= set(delivered)
