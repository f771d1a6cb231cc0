"""Migrations go down to nothing and up again, with rows of two vendors in the tables."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from tenants.rows import VendorRow
from tests import factories

OWN_APPS = ("licensing", "certifications", "alerts", "partners", "programs", "tenants")


def populate() -> None:
    """A row of every kind that has a factory, for two vendors."""
    made = [
        factory
        for factory in vars(factories).values()
        if isinstance(factory, type)
        and issubclass(factory, factories.RowFactory)
        and not factory._meta.abstract
    ]
    for _ in range(2):
        vendor = factories.VendorFactory()
        for factory in made:
            factory(vendor=vendor)
        # What older versions do not know, and a way back has to give up.
        factories.ApplicationFactory(vendor=vendor, state="draft", submitted_at=None)


def tables() -> set[str]:
    with connections["owner"].cursor() as cursor:
        return set(connections["owner"].introspection.table_names(cursor))


@pytest.mark.slow
def test_migrations_go_down_and_up_on_a_populated_database(committed_db: str) -> None:
    populate()
    own = {
        model._meta.db_table
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, VendorRow)
    }
    before = tables()
    assert own <= before
    # In one plan: `migrate <app> zero`, app by app, would work out every state anew for each.
    MigrationExecutor(connections["owner"]).migrate([(app, None) for app in OWN_APPS])
    assert tables() & own == set()
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT proname::text FROM pg_proc WHERE pronamespace = 'public'::regnamespace"
        )
        assert cursor.fetchall() == []
    call_command("migrate", database="owner", verbosity=0, interactive=False)
    assert tables() == before
    populate()
