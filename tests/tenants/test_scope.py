from __future__ import annotations

import datetime as dt

import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from tenants import scope
from tenants.capabilities import Role
from tenants.models import Event, Person, Vendor
from tenants.rows import parse_public_id
from tenants.writing import NotAllowed, WriteOutsideAction, acting, action, record_event, require

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendors() -> tuple[Vendor, Vendor]:
    return (
        Vendor.objects.create(code="one", name="One"),
        Vendor.objects.create(code="two", name="Two", time_zone="Asia/Tokyo"),
    )


def add_person(vendor: Vendor, name: str) -> Person:
    with scope.entered_vendor(vendor.pk), acting():
        person = Person.objects.create(name=name)
        record_event("person.added", person)
        return person


def names_seen_by_sql() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM tenants_person ORDER BY name")
        return [row[0] for row in cursor.fetchall()]


def test_rows_without_a_scope_are_refused_by_the_code(vendors: tuple[Vendor, Vendor]) -> None:
    with pytest.raises(scope.NoScope):
        Person.objects.all()


def test_rows_without_a_scope_are_invisible_to_sql(vendors: tuple[Vendor, Vendor]) -> None:
    add_person(vendors[0], "Ana")
    assert names_seen_by_sql() == []


def test_bare_sql_sees_the_entered_vendor_only(vendors: tuple[Vendor, Vendor]) -> None:
    add_person(vendors[0], "Ana")
    add_person(vendors[1], "Bo")
    with scope.entered_vendor(vendors[0].pk):
        assert names_seen_by_sql() == ["Ana"]
    with scope.entered_vendor(vendors[1].pk):
        assert names_seen_by_sql() == ["Bo"]


def test_a_savepoint_can_be_rolled_back_after_an_error(vendors: tuple[Vendor, Vendor]) -> None:
    with scope.entered_vendor(vendors[0].pk):
        with pytest.raises(ProgrammingError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT nonsense")
        assert names_seen_by_sql() == []


def test_a_row_of_another_vendor_cannot_be_inserted(vendors: tuple[Vendor, Vendor]) -> None:
    with (
        scope.entered_vendor(vendors[0].pk),
        pytest.raises(ProgrammingError, match="row-level security"),
        acting(),
    ):
        Person(vendor=vendors[1], name="Smuggled").save()


def test_a_write_outside_an_action_is_refused(vendors: tuple[Vendor, Vendor]) -> None:
    with scope.entered_vendor(vendors[0].pk), pytest.raises(WriteOutsideAction):
        Person.objects.create(name="Nobody")


def test_an_action_without_an_event_is_found(vendors: tuple[Vendor, Vendor]) -> None:
    with (
        scope.entered_vendor(vendors[0].pk),
        pytest.raises(AssertionError, match="tenants_person"),
        acting(),
    ):
        Person.objects.create(name="Silent")


def test_an_action_asks_for_its_capability(vendors: tuple[Vendor, Vendor]) -> None:
    @action("program.publish")
    def publish() -> None: ...

    held = scope.Scope(vendor_id=vendors[0].pk, partners="*", role=Role.CAM)
    with scope.enter(held), pytest.raises(NotAllowed):
        publish()


def test_an_api_token_limits_its_role(vendors: tuple[Vendor, Vendor]) -> None:
    held = scope.Scope(
        vendor_id=vendors[0].pk,
        partners="*",
        role=Role.INTEGRATION,
        api_scopes=frozenset({"partners.read"}),
    )
    with scope.enter(held):
        require("partners.read")
        with pytest.raises(NotAllowed):
            require("certificates.record")


def test_an_event_takes_its_vendor_from_the_transaction(vendors: tuple[Vendor, Vendor]) -> None:
    person = add_person(vendors[0], "Ana")
    with scope.entered_vendor(vendors[0].pk):
        assert list(Event.objects.values_list("kind", "subject_id")) == [
            ("person.added", person.public_id)
        ]
    with scope.entered_vendor(vendors[1].pk):
        assert list(Event.objects.all()) == []


@pytest.mark.parametrize("verb", ["UPDATE tenants_event SET kind='x'", "DELETE FROM tenants_event"])
def test_an_event_can_not_be_changed(vendors: tuple[Vendor, Vendor], verb: str) -> None:
    add_person(vendors[0], "Ana")
    with (
        scope.entered_vendor(vendors[0].pk),
        pytest.raises(ProgrammingError, match="permission denied"),
        acting(),
        connection.cursor() as cursor,
    ):
        cursor.execute(verb)


def test_a_scope_is_widened_for_listed_reasons_only(vendors: tuple[Vendor, Vendor]) -> None:
    with pytest.raises(ValueError, match="listed"), scope.widen("curiosity", vendor_id=1):
        pass


def test_a_public_id_of_another_kind_is_no_id() -> None:
    assert parse_public_id(Person, "prt_" + "0" * 32) is None


def test_the_day_is_the_vendors_own(vendors: tuple[Vendor, Vendor]) -> None:
    at = dt.datetime(2026, 11, 22, 20, 0, tzinfo=dt.UTC)
    assert vendors[0].day_of(at) == dt.date(2026, 11, 22)
    assert vendors[1].day_of(at) == dt.date(2026, 11, 23)
