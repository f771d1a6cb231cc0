"""Account managers in files of customers: one of the partner's people, by e-mail address."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from partners.models import Customer
from tenants.importing import stage_import
from tenants.models import Event, ImportRow
from tests import factories as make
from tests.partners.conftest import NOW, TODAY
from tests.partners.importing import load, problems, stage, totals

pytestmark = pytest.mark.django_db
HEAD = "name,external_id,account_manager\n"


@pytest.fixture
def team(as_owner: SimpleNamespace) -> SimpleNamespace:
    """Ana and Bo work for the partner, Cy for another, Di left."""
    for name, partner, until in (
        ("ana", as_owner.partner, None),
        ("bo", as_owner.partner, None),
        ("cy", as_owner.other, None),
        ("di", as_owner.partner, TODAY),
    ):
        person = make.PersonFactory(vendor=as_owner.vendor, name=name, email=f"{name}@x.example")
        make.EmploymentFactory(partner=partner, person=person, until=until)
    return as_owner


def managers() -> list[tuple[str, str | None]]:
    rows = Customer.objects.order_by("name")
    return list(rows.values_list("name", "account_manager__name"))


def test_customers_get_the_account_managers_of_a_file(team: SimpleNamespace) -> None:
    load("customers", HEAD + "Shop,1,Ana@x.example\nYard,2,\nZoo,3,bo@x.example\n")
    assert managers() == [("Shop", "ana"), ("Yard", None), ("Zoo", "bo")]
    assert totals(stage("customers", HEAD + "Shop,1,ana@x.example\nYard,2,\n")) == (0, 0, 2, 0)


def test_who_signs_in_for_the_partner_may_look_after_a_customer(team: SimpleNamespace) -> None:
    load("customers", HEAD + f"Shop,1,{team.owner.person.email}\n")
    assert Customer.objects.get().account_manager == team.owner.person


def test_an_empty_cell_leaves_the_account_manager(team: SimpleNamespace) -> None:
    load("customers", HEAD + "Shop,1,ana@x.example\n")
    load("customers", HEAD + "Shop AG,1,\n")
    assert managers() == [("Shop AG", "ana")]


def test_a_changed_account_manager_is_told_without_addresses(team: SimpleNamespace) -> None:
    load("customers", HEAD + "Shop,1,ana@x.example\n")
    load("customers", HEAD + "Shop,1,bo@x.example\n")
    assert managers() == [("Shop", "bo")]
    changes = ImportRow.objects.order_by("-pk")[0].changes
    assert changes == {"account_manager": ["ana@x.example", "bo@x.example"]}
    told = Event.objects.get(kind="customer.changed").data["changes"]["account_manager"]
    assert [ref[:4] for ref in told] == ["per_", "per_"]


@pytest.mark.parametrize("email", ["nobody@x.example", "cy@x.example", "di@x.example"])
def test_who_does_not_work_for_the_partner_is_the_rows_error(
    team: SimpleNamespace, email: str
) -> None:
    job = stage("customers", HEAD + f"Shop,1,{email}\nYard,2,ana@x.example\n")
    words = f"“{email}” is nobody of Alder IT. Import the person first, or leave it empty."
    assert problems(job) == [(2, "account_manager", words)]
    assert totals(job) == (1, 0, 0, 1)


def test_one_address_of_two_people_is_not_guessed_at(team: SimpleNamespace) -> None:
    twin = make.PersonFactory(vendor=team.vendor, name="ana 2", email="ana@x.example")
    make.EmploymentFactory(partner=team.partner, person=twin)
    job = stage("customers", HEAD + "Shop,1,ana@x.example\n")
    assert [column for _row, column, _words in problems(job)] == ["account_manager"]


def test_many_account_managers_take_as_many_statements_as_one(team: SimpleNamespace) -> None:
    for n in range(20):
        person = make.PersonFactory(vendor=team.vendor, email=f"m{n}@x.example")
        make.EmploymentFactory(partner=team.partner, person=person)

    def statements(rows: int) -> int:
        text = HEAD + "".join(f"{rows} {n},{rows}-{n},m{n}@x.example\n" for n in range(rows))
        with CaptureQueriesContext(connection) as seen:
            stage_import("customers", data=text.encode(), file_name="c.csv", at=NOW)
        return len(seen)

    assert statements(2) == statements(20)
