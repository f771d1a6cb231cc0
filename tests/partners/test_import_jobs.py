"""Imports that the worker reads and applies in chunks; here of a few rows."""

from __future__ import annotations

import datetime as dt
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Customer, Employment
from tenants import scope
from tenants.importing import (
    apply_import,
    ask_refresh,
    cancel_import,
    discard_import,
    errors_csv,
    import_kind,
    stage_import,
)
from tenants.importing.applying import ask_worker_to_apply
from tenants.importing.staging import keep_import, put
from tenants.importing.working import (
    KEPT,
    MOST_ATTEMPTS,
    drop_old_imports,
    hand_out,
    scope_of_job,
    work_on_import,
)
from tenants.models import Event, File, ImportJob, ImportRow, Membership, Person
from tenants.scope import Scope
from tenants.writing import Refused, acting
from tests import factories as make
from tests.partners.conftest import NOW, TODAY, events
from tests.partners.importing import problems, totals


def people(count: int, start: int = 0) -> bytes:
    lines = [f"Person {n},p{n}@x.example,{n}" for n in range(start, start + count)]
    return "\n".join(["name,email,external_id", *lines]).encode()


def waiting(data: bytes, kind: str = "people") -> ImportJob:
    """A job as it is after the upload of a large file."""
    return keep_import(kind, data=data, file_name="f.csv", at=NOW)


def work(world: SimpleNamespace, job: ImportJob, *, chunk: int = 10) -> ImportJob:
    """One run of the worker, entered as its task is; the job as it stands then."""
    with scope.entered_vendor(world.vendor.pk):
        work_on_import(job.pk, at=NOW, chunk=chunk)
        return ImportJob.objects.get(pk=job.pk)


def read(world: SimpleNamespace, data: bytes, *, chunk: int = 10) -> ImportJob:
    return work(world, waiting(data), chunk=chunk)


def test_a_large_file_waits_until_the_worker_has_read_it(as_owner: SimpleNamespace) -> None:
    job = waiting(people(25))
    assert (job.state, job.total, ImportRow.objects.count()) == ("uploaded", 25, 0)
    job = work(as_owner, job)
    assert (job.state, job.done, totals(job)) == ("previewed", 25, (25, 0, 0, 0))
    assert [row.number for row in ImportRow.objects.filter(job=job)] == list(range(2, 27))


def test_the_worker_applies_as_who_asked(as_owner: SimpleNamespace) -> None:
    job = work(as_owner, ask_worker_to_apply(read(as_owner, people(25))))
    assert (job.state, job.done, Employment.objects.count()) == ("applied", 25, 25)
    actor = Event.objects.get(kind="import.applied").actor
    assert (actor["person"], actor["origin"]) == (as_owner.owner.person.ref, "portal")
    assert events() == ["employment.began"] * 25 + ["import.applied"]


def test_progress_only_grows(as_owner: SimpleNamespace) -> None:
    job, seen = waiting(people(55)), []

    def look(execute: Any, text: Any, values: Any, many: bool, context: Any) -> Any:
        answer = execute(text, values, many, context)
        if str(text).startswith('UPDATE "tenants_importjob"'):
            seen.append(ImportJob.objects.values_list("done", "total").get(pk=job.pk))
        return answer

    with connection.execute_wrapper(look):
        work(as_owner, job)
    assert [done for done, _total in seen if done] == [10, 20, 30, 40, 50, 55, 55]
    assert {total for _done, total in seen} == {55}


def test_chunks_do_not_change_what_a_file_does(as_owner: SimpleNamespace) -> None:
    """Rows are planned on what is recorded, never on what rows above them will write."""
    text = b"name,email,external_id\nAna,desk@x.example,1\nBo,desk@x.example,2\nCy,,3\n"
    job = stage_import("people", data=text, file_name="f.csv", at=NOW, chunk=1)
    apply_import(job, at=NOW, chunk=1)
    rows = Employment.objects.order_by("external_id").values_list("person__name", "external_id")
    assert list(rows) == [("Ana", "1"), ("Bo", "2"), ("Cy", "3")]
    again = stage_import("people", data=text, file_name="f.csv", at=NOW, chunk=2)
    assert totals(again) == (0, 0, 3, 0)


def test_rows_of_one_record_are_found_across_chunks(as_owner: SimpleNamespace) -> None:
    make.EmploymentFactory(
        partner=as_owner.partner,
        external_id="9",
        person=make.PersonFactory(vendor=as_owner.vendor, email="a@x.example"),
    )
    text = b"name,external_id,email\nAna,7,\nBo,8,\nCy,7,\nAda,9,\nDi,7,\nAda,,a@x.example\n"
    job = stage_import("people", data=text, file_name="f.csv", at=NOW, chunk=2)
    assert totals(job) == (1, 0, 0, 5)
    assert problems(job) == [
        (2, "external_id", "“7” is also in row 4, 6."),
        (4, "external_id", "“7” is also in row 2, 6."),
        (5, "", "This is the same record as in row 7."),
        (6, "external_id", "“7” is also in row 2, 4."),
        (7, "", "This is the same record as in row 5."),
    ]


def test_a_record_repeated_in_many_rows_names_three(as_owner: SimpleNamespace) -> None:
    text = b"name,external_id\n" + b"Ana,7\n" * 7
    job = stage_import("people", data=text, file_name="f.csv", at=NOW, chunk=3)
    assert totals(job) == (0, 0, 0, 7)
    assert problems(job)[0][2] == "“7” is also in row 3, 4, 5 …."


def test_each_chunk_takes_as_many_statements(as_owner: SimpleNamespace) -> None:
    def statements(rows: int, chunk: int) -> tuple[int, int]:
        data = people(rows, start=1000 * rows + chunk)
        with CaptureQueriesContext(connection) as reading:
            job = stage_import("people", data=data, file_name="f.csv", at=NOW, chunk=chunk)
        with CaptureQueriesContext(connection) as applying:
            apply_import(job, at=NOW, chunk=chunk)
        return len(reading), len(applying)

    two, three, four = (statements(10 * chunks, 10) for chunks in (2, 3, 4))
    assert four == statements(80, 20)
    for at_two, at_three, at_four in zip(two, three, four, strict=True):
        assert at_three - at_two == at_four - at_three
    # A savepoint, four lookups, the lock, the rows, the count.
    assert three[0] - two[0] <= 9


def test_memory_does_not_grow_with_the_rows(as_owner: SimpleNamespace) -> None:
    def peak(rows: int) -> int:
        data = people(rows, start=rows * 10)
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        job = stage_import("people", data=data, file_name="f.csv", at=NOW, chunk=50)
        apply_import(job, at=NOW, chunk=50)
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        peak(100)
        small, large = peak(200), peak(800)
    finally:
        tracemalloc.stop()
    assert large < 1.5 * small


def test_an_error_file_is_corrected_and_uploaded_as_it_is(as_owner: SimpleNamespace) -> None:
    text = "E-Mail;Full name;Roles\nnope;=Ana;lead;\nbo@x.example;Bo;b\nc@x;;\n".replace(
        "=Ana;lead;", "=Ana;lead"
    )
    job = read(as_owner, text.encode())
    assert totals(job) == (1, 0, 0, 2)
    file = errors_csv(job, import_kind("people").columns).read().decode()
    assert file.splitlines() == [
        "\ufeffE-Mail,Full name,Roles,row,error",
        "nope,'=Ana,lead,2,email: “nope” is not an e-mail address.",
        "c@x,,,4,name: This is missing. email: “c@x” is not an e-mail address.",
    ]
    corrected = file.replace("nope,", "ana@x.example,").replace("c@x,,", "c@x.example,Cy,")
    again = read(as_owner, corrected.encode())
    assert totals(again) == (2, 0, 0, 0)
    apply_import(again, at=NOW)
    assert set(Person.objects.values_list("name", "email")) >= {
        ("=Ana", "ana@x.example"),
        ("Cy", "c@x.example"),
    }


def test_the_error_file_holds_more_rows_than_a_page(as_owner: SimpleNamespace) -> None:
    job = read(as_owner, b"name,email\n" + b"Ana,nope\n" * 5_100)
    assert len(errors_csv(job, ["name", "email"]).read().splitlines()) == 5_101


def test_what_is_wrong_with_a_whole_sheet_fails_the_job(as_owner: SimpleNamespace) -> None:
    job = work(as_owner, waiting(b"PK\x03\x04 not a zip"))
    assert job.state == "failed"
    assert job.note.startswith("The spreadsheet cannot be opened")
    assert events() == ["import.failed"]


def test_text_is_refused_at_the_upload(as_owner: SimpleNamespace) -> None:
    with pytest.raises(Refused) as refused:
        waiting(people(3) + b'\n"')
    assert (refused.value.code, ImportJob.objects.count()) == ("broken_file", 0)


def test_a_preview_that_no_longer_holds_is_made_anew_by_the_worker(
    as_owner: SimpleNamespace,
) -> None:
    job = read(as_owner, people(25))
    make.EmploymentFactory(
        partner=as_owner.partner,
        external_id="3",
        person=make.PersonFactory(vendor=as_owner.vendor, name="Person 3", email="p3@x.example"),
    )
    job = work(as_owner, ask_worker_to_apply(job))
    assert (job.state, totals(job)) == ("previewed", (24, 0, 1, 0))
    assert job.note.startswith("Since the preview was made, 1 row would do something else (row 5)")
    assert Employment.objects.count() == 1
    assert work(as_owner, ask_worker_to_apply(job)).state == "applied"


def test_a_waiting_import_is_cancelled_at_once(as_owner: SimpleNamespace) -> None:
    job = cancel_import(waiting(people(3)), at=NOW)
    assert (job.state, work(as_owner, job).state, events()) == (
        "cancelled",
        "cancelled",
        ["import.cancelled"],
    )


def test_an_apply_that_waits_for_the_worker_is_cancelled_at_once(
    as_owner: SimpleNamespace,
) -> None:
    job = cancel_import(ask_worker_to_apply(read(as_owner, people(3))), at=NOW)
    assert (job.state, work(as_owner, job).state) == ("cancelled", "cancelled")
    assert Employment.objects.count() == 0


def test_cancelling_a_preview_discards_it(as_owner: SimpleNamespace) -> None:
    assert cancel_import(read(as_owner, people(3)), at=NOW).state == "discarded"


@pytest.mark.parametrize("end", [apply_import, discard_import])
def test_what_has_ended_is_not_cancelled(as_owner: SimpleNamespace, end: Any) -> None:
    job = end(read(as_owner, people(3)), at=NOW)
    with pytest.raises(Refused) as refused:
        cancel_import(job, at=NOW)
    assert refused.value.code == "import_finished"


def test_who_left_meanwhile_imports_nothing(as_owner: SimpleNamespace) -> None:
    job = waiting(people(3))
    with make.prepared(as_owner.vendor):
        Membership.objects.filter(pk=as_owner.owner.pk).update(until=TODAY)
    job = work(as_owner, job)
    assert (job.state, job.note) == ("failed", "Whoever asked for it may no longer do so.")


def test_a_clients_import_acts_as_the_client(world: SimpleNamespace) -> None:
    from tests.api import api_of

    own = api_of(world.vendor, "imports.run", "people.write", partner=world.partner)
    made = own.post("/imports", {"kind": "people", "content": people(5_000).decode()})
    assert (made.status_code, made.json()["state"], made.json()["total"]) == (
        202,
        "uploaded",
        5_000,
    )
    with scope.entered_vendor(world.vendor.pk):
        job = ImportJob.objects.get()
        acting_as = scope_of_job(job, NOW)
    assert acting_as.partners == {world.partner.pk}
    assert acting_as.can("people.write") and not acting_as.can("customers.write")


def test_a_worker_that_dies_again_and_again_fails_the_job(as_owner: SimpleNamespace) -> None:
    job = waiting(people(3))
    with acting():
        put(job, attempts=MOST_ATTEMPTS)
    job = work(as_owner, job)
    assert (job.state, job.note) == (
        "failed",
        "The worker was stopped 3 times while at it. Nothing was changed.",
    )


def test_a_job_is_handed_out_once_until_it_is_quiet_for_long(as_owner: SimpleNamespace) -> None:
    job = waiting(people(3))
    with scope.entered_vendor(as_owner.vendor.pk):
        assert (hand_out(), hand_out()) == ([job.pk], [])
        with acting(), connection.cursor() as cursor:
            cursor.execute(
                "UPDATE tenants_importjob SET moved_at = now() - interval '3 minutes'"
                " WHERE id = %s",
                [job.pk],
            )
        assert (hand_out(), hand_out()) == ([job.pk], [])


def test_a_refreshed_import_is_read_from_its_file(as_owner: SimpleNamespace) -> None:
    job = read(as_owner, people(12))
    make.EmploymentFactory(partner=as_owner.partner, external_id="3")
    assert totals(ask_refresh(job, at=NOW)) == (11, 1, 0, 0)


def test_files_and_rows_go_after_a_month(as_owner: SimpleNamespace) -> None:
    applied = apply_import(read(as_owner, people(3)), at=NOW)
    open_one = read(as_owner, people(3, start=10))
    keys = [applied.file.key, open_one.file.key]
    with scope.entered_vendor(as_owner.vendor.pk):
        assert drop_old_imports(at=NOW + KEPT) == 0
        late = NOW + KEPT + dt.timedelta(seconds=1)
        assert drop_old_imports(at=late) == 1
        assert ImportJob.objects.get(pk=open_one.pk).state == "discarded"
        assert drop_old_imports(at=late + KEPT + dt.timedelta(days=1)) == 1
    assert (ImportRow.objects.count(), File.objects.count()) == (0, 0)
    assert ImportJob.objects.get(pk=applied.pk).creates == 3
    assert events()[-3:] == ["import.cleared", "import.discarded", "import.cleared"] or events()[
        -3:
    ] == ["import.discarded", "import.cleared", "import.cleared"]
    assert keys


def test_deleted_files_leave_the_storage(
    as_owner: SimpleNamespace, django_capture_on_commit_callbacks: Any
) -> None:
    job = discard_import(read(as_owner, people(3)), at=NOW)
    key = job.file.key
    assert default_storage.exists(key)
    own = scope.entered_vendor(as_owner.vendor.pk)
    with own, django_capture_on_commit_callbacks(execute=True):
        drop_old_imports(at=NOW + KEPT + dt.timedelta(days=1))
    assert not default_storage.exists(key)


def test_a_strangers_import_is_nowhere(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.stranger)):
        job = waiting(people(3))
    with scope.enter(make.scope_of(world.owner)):
        for act in (cancel_import, discard_import, apply_import):
            with pytest.raises(Refused) as refused:
                act(job, at=NOW)
            assert refused.value.code == "not_found"
        assert list(ImportJob.objects.all()) == list(File.objects.all()) == []
        assert list(Event.objects.filter(kind__startswith="import")) == []


def test_a_scope_without_membership_or_client_is_nobodys(world: SimpleNamespace) -> None:
    own = Scope(
        vendor_id=world.vendor.pk,
        partners=frozenset({world.partner.pk}),
        role=make.scope_of(world.owner).role,
        person_id=world.owner.person_id,
        person_ref=world.owner.person.ref,
    )
    with scope.enter(own):
        job = waiting(b"name\nShop\n", kind="customers")
    assert work(world, job).state == "failed"
    with scope.entered_vendor(world.vendor.pk):
        assert Customer.objects.count() == 0
