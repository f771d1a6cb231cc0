"""Rows that judge each other, in files of more rows than a chunk."""

from __future__ import annotations

import random
import tracemalloc
from types import SimpleNamespace
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test.utils import CaptureQueriesContext

from partners.models import Customer, ServiceContract
from tenants import scope
from tenants.importing import apply_import, stage_import
from tenants.importing.grouping import in_groups
from tenants.importing.staging import keep_import
from tenants.importing.working import work_on_import
from tenants.models import ImportJob, ImportRow, Invitation
from tests import factories as make
from tests.partners.conftest import NOW
from tests.partners.importing import problems, refusal, totals

pytestmark = pytest.mark.django_db
HEAD = "external_id,customer,services,start,term"


def test_groups_stay_whole_and_in_order() -> None:
    numbers = list(range(1, 1001))
    batches = [numbers[at : at + 30] for at in range(0, 1000, 30)]
    parts = list(in_groups(batches, lambda batch: [n % 40 for n in batch], parts=7))
    assert sorted(n for part in parts for n in part) == numbers
    where = [{n % 40 for n in part} for part in parts]
    assert sum(map(len, where)) == 40 and 1 < len(parts) <= 7
    assert all(part == sorted(part) for part in parts)


@pytest.fixture
def served(as_owner: SimpleNamespace) -> SimpleNamespace:
    """Twenty customers, each with an id of the partner's own."""
    as_owner.customers = [
        make.CustomerFactory(partner=as_owner.partner, name=f"Shop {n}", external_id=f"C-{n}")
        for n in range(20)
    ]
    return as_owner


def lines(world: SimpleNamespace) -> list[str]:
    """Two contracts for each customer, one after the other, in a random order of the file."""
    first = [f"A-{n},Shop {n},cloud,2026-03-01,12" for n in range(20)]
    then = [f"B-{n},C-{n},cloud,2027-03-01,12" for n in range(20)]
    return random.Random(4).sample(first + then, 40)


def staged(rows: list[str], *, chunk: int = 4) -> ImportJob:
    data = "\n".join([HEAD, *rows]).encode()
    return stage_import("contracts", data=data, file_name="c.csv", at=NOW, chunk=chunk)


def test_contracts_that_overlap_are_found_across_chunks(served: SimpleNamespace) -> None:
    """Whatever their customer is called by: name, own id, public id."""
    others = lines(served)
    wrong = f"X-1,{served.customers[7].ref},cloud; end_user,2026-06-01,12"
    job = staged([*others, wrong])
    assert totals(job) == (40, 0, 0, 1)
    assert [(row, column) for row, column, _words in problems(job)] == [(42, "scopes")]
    assert problems(job) == problems(staged([*others, wrong], chunk=100))


def test_contracts_in_chunks_twice_change_nothing(served: SimpleNamespace) -> None:
    rows = lines(served)
    apply_import(staged(rows), at=NOW, chunk=4)
    assert ServiceContract.objects.count() == 40
    assert totals(staged(rows)) == (0, 0, 40, 0)


def test_a_reader_that_stopped_goes_on_though_chunks_are_others_by_then(
    served: SimpleNamespace,
) -> None:
    """A customer's name that changed meanwhile puts its rows into other chunks: none is lost."""
    data = "\n".join([HEAD, *lines(served)]).encode()
    job, left = keep_import("contracts", data=data, file_name="c.csv", at=NOW), [1, 2, 3]

    def work() -> ImportJob:
        with scope.entered_vendor(served.vendor.pk):
            work_on_import(job.pk, at=NOW, chunk=4)
            return ImportJob.objects.get(pk=job.pk)

    def stop(execute: Any, text: Any, *rest: Any) -> Any:
        if "INSERT INTO tenants_importrow" in str(text) and not (left and left.pop()):
            raise OperationalError
        return execute(text, *rest)

    with connection.execute_wrapper(stop), pytest.raises(OperationalError):
        work()
    assert 0 < ImportRow.objects.count() < 40
    with make.prepared(served.vendor):
        for number in range(0, 20, 3):
            Customer.objects.filter(external_id=f"C-{number}").update(name=f"Firm {number}")
    read = work()
    assert (read.state, read.rows) == ("previewed", 40)
    numbers = ImportRow.objects.filter(job=job).values_list("number", flat=True)
    assert sorted(numbers) == list(range(2, 42))


def test_larger_chunks_take_as_many_statements(served: SimpleNamespace) -> None:
    def statements(rows: int, chunk: int) -> int:
        days = (f"20{30 + n // 20}-03-01" for n in range(rows))
        each = [f"{rows}-{n},Shop {n % 20},cloud,{day},1" for n, day in enumerate(days)]
        with CaptureQueriesContext(connection) as reading:
            staged(each, chunk=chunk)
        return len(reading)

    assert statements(40, 20) == statements(160, 80)


def test_memory_does_not_grow_with_the_contracts(served: SimpleNamespace) -> None:
    customers = [make.CustomerFactory(partner=served.partner, name=f"Firm {n}") for n in range(400)]

    def peak(rows: int) -> int:
        text = [f"{rows}-{n},{customers[n].ref},cloud,2026-03-01,12" for n in range(rows)]
        tracemalloc.reset_peak()
        before = tracemalloc.get_traced_memory()[0]
        staged(text, chunk=25)
        return tracemalloc.get_traced_memory()[1] - before

    tracemalloc.start()
    try:
        peak(50)
        small, large = peak(100), peak(400)
    finally:
        tracemalloc.stop()
    assert large < 1.7 * small


def test_a_file_invites_five_hundred_at_most(as_owner: SimpleNamespace) -> None:
    rows = "\n".join(f"p{n}@x.example,partner_member" for n in range(501))
    no = refusal("invitations", f"email,role\n{rows}")
    assert no.detail.startswith(
        "The file has more than 500 rows, which is the most for invitations"
    )


def test_invitations_come_in_chunks(as_owner: SimpleNamespace) -> None:
    rows = "\n".join(f"p{n}@x.example,partner_member" for n in range(7))
    text = f"email,role\n{rows}\np3@x.example,partner_member\n".encode()
    job = stage_import("invitations", data=text, file_name="i.csv", at=NOW, chunk=3)
    assert [row for row, _column, _words in problems(job)] == [5, 9]
    good = stage_import(
        "invitations", data=text.rsplit(b"p3@", 1)[0], file_name="i.csv", at=NOW, chunk=3
    )
    apply_import(good, at=NOW, chunk=3)
    assert Invitation.objects.count() == 7
