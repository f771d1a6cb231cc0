"""Records and attestations from files: preview, errors row by row, the same file twice."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Attestation, Fact, Record
from tenants import scope
from tenants.importing import apply_import
from tenants.models import ImportRow
from tenants.writing import NotAllowed
from tests import factories as make
from tests.partners.conftest import NOW, events
from tests.partners.importing import load, problems, sheet, stage, totals

RECORDS = "partner,kind,external_id,on,value,currency,tags\n"
ROW = "A-1,opportunities,O-1,2026-02-01,5000,eur,status: launched; size: large\n"
SAID = "partner,attestation,id,from,evidence,attested_by\n"
PLAN = "A-1,business_plan,P-1,2026-02-01,Plan of 2026,Ada\n"


def test_records_are_loaded_with_their_tags(as_admin: SimpleNamespace) -> None:
    load("records", RECORDS + ROW)
    row = Record.objects.get()
    assert (row.partner, row.on, row.value, row.currency, row.tags) == (
        as_admin.partner,
        dt.date(2026, 2, 1),
        Decimal(5000),
        "EUR",
        {"status": "launched", "size": "large"},
    )
    assert events() == ["record.recorded", "import.applied"]


@pytest.mark.parametrize(
    ("kind", "text"), [("records", RECORDS + ROW), ("attestations", SAID + PLAN)]
)
def test_the_same_facts_twice_change_nothing(
    as_admin: SimpleNamespace, kind: str, text: str
) -> None:
    assert totals(load(kind, text)) == (1, 0, 0, 0)
    before = events()
    assert totals(load(kind, text)) == (0, 0, 1, 0)
    assert events() == [*before, "import.applied"]


def test_a_corrected_record_takes_the_place_of_its_external_id(as_admin: SimpleNamespace) -> None:
    load("records", RECORDS + ROW)
    job = stage("records", RECORDS + ROW.replace("5000", "7000"))
    assert ImportRow.objects.get(job=job).changes == {"value": ["5000", "7000"]}
    apply_import(job, at=NOW)
    current = Record.objects.get(superseded_by__isnull=True)
    assert (current.value, Record.objects.count()) == (Decimal(7000), 2)


def test_every_wrong_cell_of_a_record_is_named(as_admin: SimpleNamespace) -> None:
    rows = [
        "A-1,Big Deals,1,2026-02-01,1,EUR,",
        "A-1,deals,2,2026-03-02,1,EUR,",
        "A-1,deals,3,2026-02-30,much,EURO,status launched",
        "A-1,deals,4,2026-02-01,,EUR,",
        "A-1,deals,5,2026-02-01,1,E1,",
        "nobody,deals,6,2026-02-01,1,EUR,",
    ]
    job = stage("records", RECORDS + "\n".join(rows))
    assert problems(job) == [
        (2, "kind", "“Big Deals” is no kind. Write it like “opportunities”."),
        (3, "on", "The day lies ahead. Give one up to today."),
        (4, "on", "“2026-02-30” is not a day. Write it like 2026-11-23."),
        (4, "value", "“much” is not a number. Write it like 1250.5, without separators."),
        (4, "currency", "At most 3 characters."),
        (4, "tags", "“status launched” is no tag. Write them like: status: launched; size: large"),
        (5, "value", "Give the amount of this currency."),
        (6, "currency", "“E1” is not a currency. Write three letters, like EUR."),
        (7, "partner", "There is no partner “nobody”."),
    ]
    assert (Record.objects.count(), events()) == (0, [])


def test_duplicate_external_ids_of_a_file_name_each_other(as_admin: SimpleNamespace) -> None:
    job = stage("records", RECORDS + ROW + ROW)
    assert problems(job) == [
        (2, "external_id", "“O-1” is also in row 3."),
        (3, "external_id", "“O-1” is also in row 2."),
    ]


def test_the_same_external_id_of_another_kind_is_another_record(as_admin: SimpleNamespace) -> None:
    load("records", RECORDS + ROW + ROW.replace("opportunities", "events"))
    assert set(Record.objects.values_list("kind", flat=True)) == {"opportunities", "events"}


def test_a_formula_is_no_amount(as_admin: SimpleNamespace) -> None:
    head = ["partner", "kind", "external_id", "on", "value"]
    data = sheet(head, ["A-1", "deals", "1", dt.datetime(2026, 2, 1), "=1+1"])
    assert problems(stage("records", data)) == [
        (2, "", "E2 is a formula. Paste its value instead.")
    ]


@pytest.mark.parametrize("kind", ["records", "attestations"])
def test_a_foreign_partner_is_as_unknown_as_a_made_up_one(
    as_admin: SimpleNamespace, kind: str
) -> None:
    foreign = make.PartnerFactory(external_id="Z-1")
    text = RECORDS + ROW if kind == "records" else SAID + PLAN
    for name in ("Z-1", foreign.ref):
        job = stage(kind, text.replace("A-1", name))
        assert problems(job) == [(2, "partner", f"There is no partner “{name}”.")]


@pytest.mark.parametrize("kind", ["records", "attestations"])
def test_partners_load_no_facts_of_their_own(as_owner: SimpleNamespace, kind: str) -> None:
    with pytest.raises(NotAllowed):
        stage(kind, RECORDS + ROW)


def test_a_loaded_attestation_counts_as_long_as_the_program_says(
    as_admin: SimpleNamespace,
) -> None:
    load("attestations", SAID + PLAN)
    row = Attestation.objects.get()
    assert (row.state, row.until, row.external_id) == ("accepted", dt.date(2027, 2, 1), "P-1")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A-1,luck,P-1,2026-02-01,Plan,Ada", "attestation"),
        ("A-1,business_plan,P-1,2026-02-01,Another plan,Ada", "external_id"),
        ("A-1,business_plan,P-2,2026-02-01,,Ada", "evidence"),
    ],
)
def test_an_attestation_that_does_not_fit_names_its_cell(
    as_admin: SimpleNamespace, row: str, problem: str
) -> None:
    load("attestations", SAID + PLAN)
    job = stage("attestations", f"{SAID}{row}\n")
    assert [column for _row, column, _words in problems(job)] == [problem]


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ("A-1,seats,2026-03-02,1,", "period"),
        ("A-1,seats,2026-02-01,1,EUR", "unit"),
        ("A-1,luck,2026-02-01,1,", "metric"),
        ("A-1,seats,2026-02-01,one,", "value"),
    ],
)
def test_a_figure_that_does_not_fit_names_its_cell(
    as_admin: SimpleNamespace, cells: str, column: str
) -> None:
    job = stage("facts", f"partner,metric,period,value,unit\n{cells}\n")
    assert [found for _row, found, _words in problems(job)] == [column]


def test_a_loaded_figure_takes_the_programs_unit(as_admin: SimpleNamespace) -> None:
    load("facts", "partner,metric,period,value\nA-1,seats,2026-02-01,5\n")
    assert Fact.objects.get().unit == "seats"


@pytest.mark.parametrize("kind", ["records", "attestations"])
def test_an_import_of_facts_takes_as_many_queries_for_many_rows(
    as_admin: SimpleNamespace, kind: str
) -> None:
    head, row = (RECORDS, ROW) if kind == "records" else (SAID, PLAN)

    def text(start: int, count: int) -> str:
        return head + "".join(
            row.replace("-1,2026", f"-{n},2026") for n in range(start, start + count)
        )

    counted = []
    for start, count in ((10, 2), (100, 20)):
        with CaptureQueriesContext(connection) as seen:
            load(kind, text(start, count))
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_a_partner_reads_its_own_records_only(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.admin)):
        load("records", RECORDS + ROW)
    with scope.enter(make.scope_of(world.owner)):
        assert Record.objects.count() == 1
    with scope.enter(make.scope_of(world.stranger)):
        assert Record.objects.count() == 0
