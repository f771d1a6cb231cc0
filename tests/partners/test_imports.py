from __future__ import annotations

import datetime as dt
import io
import threading
from types import SimpleNamespace
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners import actions
from partners.models import Customer, Employment, Fact, Partner
from tenants import scope
from tenants.importing import (
    apply_import,
    discard_import,
    refresh_import,
    stage_import,
)
from tenants.models import Event, ImportJob, ImportRow, Membership, Person
from tenants.writing import NotAllowed, Refused
from tests import factories as make
from tests.partners.conftest import NOW, TODAY, build_world, events
from tests.partners.importing import PEOPLE, load, problems, refusal, stage, totals


def test_a_preview_writes_nothing_but_itself(as_owner: SimpleNamespace) -> None:
    job = stage("people", PEOPLE)
    assert totals(job) == (2, 0, 0, 0)
    assert (Employment.objects.count(), events()) == (0, [])
    assert ImportRow.objects.get(job=job, number=2).changes == {
        "name": [None, "Ana"],
        "email": [None, "ana@x.example"],
        "job_title": [None, "Lead"],
        "external_id": [None, "1"],
        "since": [None, "2026-03-01"],
    }


def test_applying_writes_all_of_it_with_an_event_each(as_owner: SimpleNamespace) -> None:
    job = load("people", PEOPLE)
    rows = Employment.objects.values_list("person__name", "job_title", "external_id", "since")
    assert list(rows) == [("Ana", "Lead", "1", TODAY), ("Bo", "", "2", TODAY)]
    assert events() == ["employment.began", "employment.began", "import.applied"]
    assert ImportJob.objects.get(pk=job.pk).state == "applied"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("people", PEOPLE),
        ("customers", "name,environments,vertical\nClinic,clinical; cloud,healthcare\nShop,,\n"),
        ("customers", "id;name\n1;Clinic\n2;Shop\n"),
    ],
)
def test_the_same_file_twice_changes_nothing(
    as_owner: SimpleNamespace, kind: str, text: str
) -> None:
    load(kind, text)
    before = events()
    job = load(kind, text)
    assert totals(job) == (0, 0, 2, 0)
    assert events() == [*before, "import.applied"]


def test_a_second_file_changes_only_what_differs(as_owner: SimpleNamespace) -> None:
    load("people", PEOPLE)
    job = stage("people", "name,external_id,job\nAna,1,Chief\nBo Li,2,\n")
    rows = ImportRow.objects.filter(job=job).values_list("changes", flat=True)
    assert list(rows) == [{"job_title": ["Lead", "Chief"]}, {"name": ["Bo", "Bo Li"]}]
    apply_import(job, at=NOW)
    assert list(Employment.objects.values_list("person__name", "job_title")) == [
        ("Ana", "Chief"),
        ("Bo Li", ""),
    ]
    assert Event.objects.filter(kind="employment.changed").count() == 2


def test_an_end_in_a_file_ends_sign_in_too(as_owner: SimpleNamespace) -> None:
    person = make.PersonFactory(vendor=as_owner.vendor, email="r@x.example", name="R")
    make.EmploymentFactory(partner=as_owner.partner, person=person)
    member = make.MembershipFactory(person=person, role="partner_member", partner=as_owner.partner)
    load("people", "name,email,until\nR,r@x.example,2026-04-01\n")
    day = dt.date(2026, 4, 1)
    assert Employment.objects.get(person=person).until == day
    assert Membership.objects.get(pk=member.pk).until == day
    assert events() == ["employment.ended", "membership.ended", "import.applied"]


def test_who_left_and_comes_back_is_the_same_person(as_owner: SimpleNamespace) -> None:
    row = make.EmploymentFactory(partner=as_owner.partner, until=TODAY)
    load("people", f"name,email\n{row.person.name},{row.person.email}\n")
    assert list(Employment.objects.values_list("person_id", "until").order_by("pk")) == [
        (row.person_id, TODAY),
        (row.person_id, None),
    ]


def test_another_partners_ids_are_unknown_ids(as_owner: SimpleNamespace) -> None:
    foreign = make.PartnerFactory(external_id="Z-1")
    names = ["B-1", as_owner.other.ref, foreign.ref, "Z-1", "nonsense"]
    job = stage("customers", "name,partner\n" + "".join(f"C{n},{n}\n" for n in names))
    assert [row[2] for row in problems(job)] == [f"There is no partner “{n}”." for n in names]


def test_a_file_loads_into_no_other_partner(as_owner: SimpleNamespace) -> None:
    assert refusal("people", PEOPLE, partner_id=as_owner.other.pk).code == "unknown_partner"


def test_staff_name_the_partner_in_a_column(as_admin: SimpleNamespace) -> None:
    load("customers", f"name,partner\nShop,A-1\nShop,{as_admin.other.ref}\n")
    found = Customer.objects.order_by("pk").values_list("name", "partner__name")
    assert list(found) == [("Shop", "Alder IT"), ("Shop", "Birch IT")]


def test_a_row_without_a_partner_is_an_error_for_staff(as_admin: SimpleNamespace) -> None:
    job = stage("customers", "name\nShop\n")
    assert problems(job) == [(2, "partner", "Name the partner by its external id.")]


def test_staff_see_each_others_imports_and_partners_only_theirs(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.admin)):
        job = stage("people", PEOPLE, partner_id=world.partner.pk)
        stage("customers", "name,partner\nShop,A-1\n")
    with scope.enter(make.scope_of(world.owner)):
        assert list(ImportJob.objects.all()) == [job]
    with scope.enter(make.scope_of(world.stranger)):
        assert list(ImportJob.objects.all()) == list(ImportRow.objects.all()) == []
        with pytest.raises(Refused) as refused:
            apply_import(job, at=NOW)
        assert refused.value.code == "not_found"


@pytest.mark.parametrize("kind", ["partners", "facts"])
def test_what_is_staffs_is_not_loaded_by_partners(as_owner: SimpleNamespace, kind: str) -> None:
    with pytest.raises(NotAllowed):
        stage(kind, "name\nx\n")


def test_a_file_takes_no_environment_away(as_admin: SimpleNamespace) -> None:
    make.CustomerFactory(partner=as_admin.partner, name="Clinic", environments=["clinical"])
    job = stage("customers", "name,partner,environments\nClinic,A-1,general\n")
    assert problems(job) == [
        (
            2,
            "environments",
            "Nobody takes an environment class away alone: Clinical.",
        )
    ]


def test_an_unknown_environment_names_the_known(as_owner: SimpleNamespace) -> None:
    job = stage("customers", "name,environments\nClinic,moon\n")
    assert problems(job) == [
        (
            2,
            "environments",
            "There is no environment class “moon”. Known: general, clinical, cloud.",
        )
    ]


def test_partners_are_loaded_at_their_level(as_admin: SimpleNamespace) -> None:
    text = "name,external_id,type,level,country\nCedar,C-1,msp,gold,de\nDill,D-1,reseller,,\n"
    load("partners", text)
    found = Partner.objects.filter(external_id__in=["C-1", "D-1"]).values_list(
        "name", "country", "enrolments__level__code"
    )
    assert list(found) == [("Cedar", "DE", "gold"), ("Dill", "", "authorized")]
    assert totals(load("partners", text)) == (0, 0, 2, 0)


def test_a_new_value_of_the_same_day_supersedes(as_admin: SimpleNamespace) -> None:
    head = "partner,metric,period,value\n"
    load("facts", f"{head}A-1,seats,2026-02-01,100\n")
    load("facts", f"{head}A-1,seats,2026-02-01,120.5\n")
    job = load("facts", f"{head}A-1,seats,2026-02-01,120.5\n")
    current = Fact.objects.filter(superseded_by__isnull=True)
    assert [str(v) for v in current.values_list("value", flat=True)] == ["120.5000"]
    assert (Fact.objects.count(), totals(job)) == (2, (0, 0, 1, 0))


def test_a_preview_that_no_longer_holds_is_refused(as_owner: SimpleNamespace) -> None:
    job = stage("people", PEOPLE)
    actions.add_person(
        as_owner.partner, name="Ana", email="ana@x.example", external_id="1", since=TODAY
    )
    with pytest.raises(Refused) as refused:
        apply_import(job, at=NOW)
    assert refused.value.code == "preview_outdated"
    assert Employment.objects.count() == 1
    job = refresh_import(job, at=NOW)
    assert totals(job) == (1, 1, 0, 0)
    apply_import(job, at=NOW)
    assert Employment.objects.count() == 2


@pytest.mark.parametrize("first", [apply_import, discard_import])
@pytest.mark.parametrize("second", [apply_import, discard_import, refresh_import])
def test_an_import_is_decided_once(as_owner: SimpleNamespace, first: Any, second: Any) -> None:
    job = first(stage("people", PEOPLE), at=NOW)
    before = events()
    with pytest.raises(Refused) as refused:
        second(job, at=NOW)
    assert refused.value.code == "import_finished"
    assert events() == before


def test_a_person_with_a_login_keeps_the_address(as_owner: SimpleNamespace) -> None:
    login = make.UserFactory()
    person = make.PersonFactory(vendor=as_owner.vendor, user=login, email="a@x.example")
    make.EmploymentFactory(partner=as_owner.partner, person=person, external_id="1")
    job = stage("people", "name,email,id\nAna,mine@x.example,1\n")
    assert problems(job) == [(2, "email", "This person signs in with an address of their own.")]


@pytest.mark.parametrize("kind", ["people", "customers"])
def test_an_import_takes_as_many_queries_for_many_rows(
    as_owner: SimpleNamespace, kind: str
) -> None:
    def text(start: int, count: int) -> str:
        return "name,id\n" + "".join(f"N{n},{n}\n" for n in range(start, start + count))

    counted = []
    for start, count in ((0, 2), (100, 20)):
        with CaptureQueriesContext(connection) as seen:
            load(kind, text(start, count))
        counted.append(len(seen))
    assert counted[0] == counted[1]


def test_a_former_employer_changes_nobody_and_learns_no_address(world: SimpleNamespace) -> None:
    with scope.enter(make.scope_of(world.admin)):
        row = actions.add_person(
            world.partner, name="Ana", email="a@x.example", external_id="7", since=TODAY
        )
        actions.move_person(row, world.other, on=TODAY + dt.timedelta(days=1))
        actions.change_person(row, on=TODAY, email="ana@birch.example")
    later = NOW + dt.timedelta(days=3)
    text = "name,email,external id,until\nEve,eve@evil.example,7,2026-03-02\n"
    with scope.enter(make.scope_of(world.owner)):
        job = stage_import("people", data=text.encode(), file_name="f.csv", at=later)
        assert totals(job) == (0, 0, 1, 0)
        assert ImportRow.objects.get(job=job).changes == {}
        apply_import(job, at=later)
    with scope.enter(make.scope_of(world.admin)):
        row.person.refresh_from_db()
    assert (row.person.name, row.person.email) == ("Ana", "ana@birch.example")


def test_the_command_previews_and_applies(world: SimpleNamespace, tmp_path: Any) -> None:
    file = tmp_path / "p.csv"
    file.write_text("name,partner\nShop,A-1\n")
    out = io.StringIO()
    values = {"vendor": world.vendor.code, "stdout": out}
    call_command("import", "customers", str(file), **values)
    with scope.entered_vendor(world.vendor.pk):
        assert Customer.objects.count() == 0
    call_command("import", "customers", str(file), apply=True, **values)
    with scope.entered_vendor(world.vendor.pk):
        assert Customer.objects.count() == 1
    file.write_text("name,partner\nShop,nobody\n")
    with pytest.raises(CommandError, match="row 2"):
        call_command("import", "customers", str(file), apply=True, **values)


def test_of_two_who_apply_at_the_same_time_one_does(committed_db: str) -> None:
    world = build_world()
    with scope.enter(make.scope_of(world.owner)):
        job = stage("people", PEOPLE)
    start, answers = threading.Barrier(4), []

    def run() -> None:
        try:
            with scope.enter(make.scope_of(world.owner)):
                start.wait(10)
                try:
                    apply_import(job, at=NOW)
                    answers.append("applied")
                except Refused as refused:
                    answers.append(refused.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(answers) == ["applied"] + ["import_finished"] * 3
    with scope.entered_vendor(world.vendor.pk):
        assert Person.objects.filter(name="Ana").count() == 1
