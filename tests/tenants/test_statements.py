from __future__ import annotations

from typing import Any

import pytest
from django.contrib.postgres.fields import ArrayField
from django.db import DataError, connection
from django.db.models import BigIntegerField
from django.test.utils import CaptureQueriesContext

from tenants import scope
from tenants.capabilities import Role
from tenants.models import ApiClient, Person, Vendor
from tests.factories import PartnerFactory, prepared
from web import statements
from web.statements import Late

pytestmark = pytest.mark.django_db


@pytest.fixture
def vendors() -> tuple[Vendor, Vendor]:
    found = tuple(Vendor.objects.create(code=code, name=code) for code in ("one", "two"))
    for vendor in found:
        with prepared(vendor):
            for name in ("Ana 100%", "Bo"):
                Person.objects.create(name=f"{name} of {vendor.code}")
    return found  # type: ignore[return-value]


def names(vendor: Vendor) -> list[str]:
    with scope.entered_vendor(vendor.pk):
        statement = Person.objects.compiled(
            "names", lambda rows: rows.order_by("name").values_list("name")
        )
        return [row[0] for row in statement.run()]


def prepared_now() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_prepared_statements WHERE name ~ '^mainstay_'")
        return int(cursor.fetchone()[0])


def test_a_prepared_statement_follows_the_scope(vendors: tuple[Vendor, Vendor]) -> None:
    for _ in range(8):  # after five runs PostgreSQL settles on one plan for all
        for vendor in vendors:
            assert names(vendor) == [f"Ana 100% of {vendor.code}", f"Bo of {vendor.code}"]


def test_a_prepared_statement_stands_behind_row_level_security(
    vendors: tuple[Vendor, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    from django.db.models import Manager

    from tenants.rows import ScopedManager

    monkeypatch.setattr(ScopedManager, "get_queryset", Manager.get_queryset)
    for _ in range(8):
        for vendor in vendors:
            assert len(names(vendor)) == 2


def test_a_prepared_statement_follows_the_partner(vendors: tuple[Vendor, Vendor]) -> None:
    vendor = vendors[0]
    mine, other = PartnerFactory(vendor=vendor), PartnerFactory(vendor=vendor)
    from tests.api import new_client

    new_client(vendor, "events.read", partner=mine)
    for _ in range(8):
        for partner, count in ((mine, 1), (other, 0)):
            held = scope.Scope(vendor.pk, frozenset({partner.pk}), Role.INTEGRATION)
            with scope.enter(held):
                rows = ApiClient.objects.compiled("all", lambda rows: rows.values_list("name"))
                assert len(rows.run()) == count


def test_a_statement_is_prepared_once_per_connection(vendors: tuple[Vendor, Vendor]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("DEALLOCATE ALL")
    statements._prepared(connection).clear()
    with CaptureQueriesContext(connection) as found:
        for _ in range(3):
            names(vendors[0])
    assert prepared_now() == 1
    assert len(found) == 3


def test_nothing_is_prepared_behind_a_pooler(vendors: tuple[Vendor, Vendor], settings: Any) -> None:
    settings.PREPARED_STATEMENTS = False
    before = prepared_now()
    assert len(names(vendors[0])) == 2
    assert prepared_now() == before


def test_a_failed_statement_can_be_run_again(vendors: tuple[Vendor, Vendor]) -> None:
    from django.db import transaction

    with scope.entered_vendor(vendors[0].pk):
        with pytest.raises(DataError), transaction.atomic():
            Person.objects.one("user", "x")
        assert Person.objects.one("user", -1) is None


def test_old_names_are_dropped_when_there_are_many(
    vendors: tuple[Vendor, Vendor], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "_MAX_PREPARED", 1)
    for column in ("name", "email", "external_id"):
        with scope.entered_vendor(vendors[0].pk):
            assert Person.objects.one(column, "nobody") is None
    assert prepared_now() == 1


def test_a_set_is_one_parameter(vendors: tuple[Vendor, Vendor]) -> None:
    with scope.entered_vendor(vendors[0].pk):
        keys = list(Person.objects.order_by("pk").values_list("pk", flat=True))
        some = Late(0, ArrayField(BigIntegerField()))
        found = Person.objects.compiled("some", lambda r: r.filter(pk__any=some).values_list("pk"))
        assert sorted(row[0] for row in found.run([keys])) == keys
        assert [row[0] for row in found.run([keys[:1]])] == keys[:1]
        assert found.run([[]]) == []
