"""Tampering is done by a superuser with the triggers off: nobody less could."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.core.management import call_command
from django.db import connection

from tenants import audit, scope
from tenants.actions.sealing import sweep_event_seal
from tenants.models import Event, EventPrivate, Person, Seal, Vendor
from tenants.writing import acting, record_event
from tests.factories import prepared
from tests.tenants.world import make_vendor

AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
Tamper = Callable[..., None]


@pytest.fixture
def aurora(committed_db: str) -> Vendor:
    return make_vendor("aurora")


@pytest.fixture
def tamper(committed_db: str, cluster: Any) -> Iterator[Tamper]:
    held = psycopg2.connect(cluster.superuser_url(committed_db))
    held.autocommit = True

    def run(statement: str, *values: Any) -> None:
        with held.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")
            cursor.execute(statement, values)

    yield run
    held.close()


def log(vendor: Vendor, count: int = 3) -> list[int]:
    """Events with a personal part; their ids."""
    with scope.entered_vendor(vendor.pk), acting():
        person = Person.objects.create(name="Ana")
        return [
            record_event("person.noted", person, data={"n": n}, private={"name": f"Ana {n}"})
            for n in range(count)
        ]


def sealed_log(vendor: Vendor, count: int = 3) -> list[int]:
    ids = log(vendor, count)
    sweep_event_seal(at=AT)
    return ids


def found(*anchors: audit.Anchor) -> list[tuple[str, int]]:
    return [(f.check, f.event) for f in audit.verify(anchors=anchors).findings]


def test_the_sealer_links_each_vendors_events_in_order(aurora: Vendor) -> None:
    borealis = make_vendor("borealis")
    mine, theirs = log(aurora, 3), log(borealis, 2)
    assert sweep_event_seal(at=AT) == 5
    for vendor, ids in ((aurora, mine), (borealis, theirs)):
        with prepared(vendor):
            held = Seal.objects.order_by("position").values_list("event", "position", "sealed_at")
            assert list(held) == [(event, n, AT) for n, event in enumerate(ids, start=1)]


def test_a_second_run_seals_only_what_came_since(aurora: Vendor) -> None:
    sealed_log(aurora)
    assert sweep_event_seal(at=AT) == 0
    sealed_log(aurora, 2)
    with prepared(aurora):
        assert list(Seal.objects.order_by("id").values_list("position", flat=True)) == [
            1,
            2,
            3,
            4,
            5,
        ]
    assert found() == []


def test_a_clean_log_verifies(aurora: Vendor, capsys: Any) -> None:
    sealed_log(aurora)
    call_command("audit", "verify")
    assert capsys.readouterr().out.startswith("Clean. 3 sealed events checked, 0 not sealed yet")


def test_an_altered_event_is_found(aurora: Vendor, tamper: Tamper, capsys: Any) -> None:
    ids = sealed_log(aurora)
    tamper("UPDATE tenants_event SET data = '{\"n\": 9}' WHERE id = %s", ids[1])
    assert found() == [("altered", ids[1])]
    with pytest.raises(SystemExit) as stopped:
        call_command("audit", "verify", vendor="aurora")
    assert stopped.value.code == 1
    assert capsys.readouterr().out.splitlines()[0] == (
        f"ALTERED  aurora  event {ids[1]}: event differs from what was sealed: person.noted"
    )


def test_an_altered_event_with_a_matching_digest_is_found(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    tamper("UPDATE tenants_event SET kind = 'person.praised' WHERE id = %s", ids[1])
    tamper("UPDATE tenants_event e SET digest = event_digest(e) WHERE id = %s", ids[1])
    assert found() == [("altered", ids[1])]


def test_an_altered_event_with_its_seal_breaks_the_chain(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    tamper("UPDATE tenants_event SET kind = 'person.praised' WHERE id = %s", ids[1])
    tamper("UPDATE tenants_event e SET digest = event_digest(e) WHERE id = %s", ids[1])
    tamper(
        "UPDATE tenants_seal s SET digest = e.digest FROM tenants_event e "
        "WHERE e.id = s.event AND s.event = %s",
        ids[1],
    )
    assert found() == [("link", ids[1])]


def test_a_removed_event_is_found(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    tamper("DELETE FROM tenants_event WHERE id = %s", ids[0])
    tamper("DELETE FROM tenants_eventprivate WHERE event = %s", ids[0])
    assert found() == [("removed", ids[0])]


def test_a_removed_event_with_its_seal_is_found(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    for table, column in (("event", "id"), ("seal", "event"), ("eventprivate", "event")):
        tamper(f"DELETE FROM tenants_{table} WHERE {column} = %s", ids[1])
    assert found() == [("link", ids[2])]


def insert_like(tamper: Tamper, event: int, new: int) -> None:
    tamper(
        "INSERT INTO tenants_event SELECT (jsonb_populate_record(e, jsonb_build_object('id', %s, "
        "'public_id', mainstay_uuid7(), 'private_digest', null))).* FROM tenants_event e "
        "WHERE id = %s",
        new,
        event,
    )
    tamper("UPDATE tenants_event e SET digest = event_digest(e) WHERE id = %s", new)


def test_an_inserted_event_is_found(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    insert_like(tamper, ids[0], 900)
    sweep_event_seal(at=AT)
    assert found() == [("inserted", 900)]


def test_an_inserted_event_with_a_seal_breaks_the_chain(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    insert_like(tamper, ids[0], 900)
    tamper("UPDATE tenants_seal SET position = position + 100 WHERE event > %s", ids[0])
    tamper("UPDATE tenants_seal SET position = position - 99 WHERE position > 100")
    tamper(
        "INSERT INTO tenants_seal (public_id, vendor_id, event, position, digest, chain, "
        "horizon, sealed_at) SELECT mainstay_uuid7(), vendor_id, id, 2, digest, "
        "sha256(digest), txid, at FROM tenants_event WHERE id = 900"
    )
    assert found() == [("link", ids[1]), ("link", 900)]


def test_a_cut_off_end_is_found_by_the_anchor_alone(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    anchors = audit.newest_anchors()
    for table, column in (("event", "id"), ("seal", "event"), ("eventprivate", "event")):
        tamper(f"DELETE FROM tenants_{table} WHERE {column} = %s", ids[-1])
    assert found() == []
    assert found(*anchors) == [("cut", ids[-1])]


def test_a_chain_computed_anew_is_found_by_the_anchor_alone(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    anchors = audit.newest_anchors()
    tamper("DELETE FROM tenants_event WHERE id = %s", ids[0])
    tamper("DELETE FROM tenants_eventprivate WHERE event = %s", ids[0])
    tamper("DELETE FROM tenants_seal")
    sweep_event_seal(at=AT)
    log(aurora, 1)
    sweep_event_seal(at=AT)
    assert found() == []
    assert [check for check, _event in found(*anchors)] == ["rewritten"]


def test_anchors_survive_the_file(aurora: Vendor, tmp_path: Path) -> None:
    sealed_log(aurora)
    file = tmp_path / "anchors.jsonl"
    call_command("audit", "export", output=file)
    assert audit.read_anchors(file) == audit.newest_anchors()


def test_a_broken_anchor_file_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "anchors.jsonl"
    file.write_text('{"position": 1}\n')
    with pytest.raises(ValueError, match="line 1"):
        audit.read_anchors(file)


def test_links_are_anchored_once_a_day(aurora: Vendor, tmp_path: Path, settings: Any) -> None:
    settings.MAINSTAY_HOME = tmp_path
    sealed_log(aurora)
    assert audit.anchor_daily(AT + dt.timedelta(hours=1)) == 1
    assert audit.anchor_daily(AT + dt.timedelta(hours=23)) == 0
    assert audit.anchor_daily(AT + dt.timedelta(hours=25)) == 1


def test_an_erased_personal_part_is_no_finding(aurora: Vendor) -> None:
    ids = sealed_log(aurora)
    with scope.entered_vendor(aurora.pk), acting():
        EventPrivate.objects.filter(event=ids[0]).delete()
        record_event("person.erased", Person.objects.get())
    report = audit.verify()
    assert (report.findings, report.erased) == ((), 1)


def test_a_rewritten_personal_part_is_found(aurora: Vendor, tamper: Tamper) -> None:
    ids = sealed_log(aurora)
    tamper("UPDATE tenants_eventprivate SET payload = '{}' WHERE event = %s", ids[0])
    assert found() == [("private", ids[0])]


def test_an_unfinished_transaction_is_not_sealed_and_not_lost(aurora: Vendor) -> None:
    begun, end = threading.Event(), threading.Event()

    def write_slowly() -> None:
        with scope.entered_vendor(aurora.pk), acting():
            record_event("person.noted", Person.objects.create(name="Slow"))
            begun.set()
            end.wait(30)
        connection.close()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert begun.wait(30)
    log(aurora, 2)  # finished, but younger than a running transaction
    assert sweep_event_seal(at=AT) == 0
    end.set()
    writer.join()
    assert sweep_event_seal(at=AT) == 3
    assert found() == []


@pytest.mark.no_action_audit
def test_writers_beside_the_sealer_lose_nothing(aurora: Vendor) -> None:
    def write() -> None:
        for _ in range(25):
            log(aurora, 1)
        connection.close()

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    sealed = 0
    while any(writer.is_alive() for writer in writers):
        sealed += sweep_event_seal(at=AT)
    sealed += sweep_event_seal(at=AT)
    with prepared(aurora):
        assert (sealed, Event.objects.count()) == (100, 100)
        assert list(Seal.objects.order_by("position").values_list("position", flat=True)) == list(
            range(1, 101)
        )
    assert found() == []


def test_after_a_restore_with_young_transactions_sealing_goes_on(
    aurora: Vendor, tamper: Tamper
) -> None:
    sealed_log(aurora)
    tamper("UPDATE tenants_seal SET horizon = horizon + 1000000000")
    assert len(sealed_log(aurora, 2)) == 2
    with prepared(aurora):
        assert Seal.objects.count() == 5
