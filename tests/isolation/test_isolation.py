"""No row, file, name or count of another vendor or partner reaches anyone.

Everybody walks twice: with the code's wall alone (the connection passes row-level security) and
with the database's alone (managers filter nothing). Each wall must hold by itself; what passes
both at once passes each, so nobody walks a third time. Each sabotage below must be found.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connections

from tests.conftest import own_clone, run_as_superuser
from tests.isolation.examples import EXAMPLES, allowed
from tests.isolation.owners import Owner, World
from tests.isolation.walk import (
    Visitor,
    number_rows_unmistakably,
    routes,
    row_numbers_in,
    visitors,
    walk,
)
from tests.isolation.world import build


@pytest.fixture(scope="module")
def world(cluster: Any, django_db_setup: None, django_db_blocker: Any) -> Iterator[World]:
    with django_db_blocker.unblock(), own_clone(cluster):
        number_rows_unmistakably()
        yield build()


@pytest.fixture
def code_wall_alone(cluster: Any, world: World) -> Iterator[None]:
    """The runtime role itself is let through by row-level security; nothing else changes."""
    connections.close_all()
    run_as_superuser(cluster, "ALTER ROLE mainstay_app BYPASSRLS")
    yield
    connections.close_all()
    run_as_superuser(cluster, "ALTER ROLE mainstay_app NOBYPASSRLS")


@pytest.fixture
def database_wall_alone(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Managers hand out everything; only PostgreSQL filters."""
    from django.db.models import Manager

    from tenants.rows import ScopedManager

    monkeypatch.setattr(ScopedManager, "get_queryset", Manager.get_queryset)


NAMES = [
    "anonymous",
    "stranger vendor's admin",
    "other partner's admin",
    "CAM",
    "technician",
    "stranger vendor's integration",
    "other partner's integration",
]


def visitor_named(world: World, name: str) -> Visitor:
    return next(visitor for visitor in visitors(world) if visitor.name == name)


def check(world: World, name: str) -> None:
    visitor = visitor_named(world, name)
    report = walk(world, visitor, EXAMPLES, allowed=allowed)
    assert report.failures == []
    assert report.leaks == []
    # Row numbers count the rows of all vendors: nobody may read from them how many there are.
    assert report.row_numbers == []
    assert visitor.must_see - report.seen == set(), "the walk could not have found a leak"


def test_no_event_holds_a_row_number(world: World) -> None:
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT kind, concat(actor, data) FROM tenants_event")
        events = cursor.fetchall()
    assert len({kind for kind, _text in events}) > 5, "too few kinds to show anything"
    assert [kind for kind, text in events if row_numbers_in(text)] == []


def test_every_route_has_examples() -> None:
    missing = [
        f"{route.name} {parameter}"
        for route in routes()
        for parameter in route.parameters
        if f"{route.name} {parameter}" not in EXAMPLES and parameter not in EXAMPLES
    ]
    assert missing == []


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_the_code_wall_holds_alone(world: World, code_wall_alone: None, name: str) -> None:
    check(world, name)


@pytest.mark.parametrize("name", NAMES)
def test_the_database_wall_holds_alone(world: World, database_wall_alone: None, name: str) -> None:
    check(world, name)


def leaks_for(world: World, name: str, prefix: str) -> list[str]:
    report = walk(
        world,
        visitor_named(world, name),
        EXAMPLES,
        allowed=allowed,
        only=lambda route: route.name.startswith(prefix),
    )
    return report.leaks


def test_a_leaking_view_is_found(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A view that reads with the sweeps' connection walks past both walls."""
    from django.http import HttpResponse

    from tests.isolation import sabotage

    def leak(request: Any) -> HttpResponse:
        with connections["ops"].cursor() as cursor:
            cursor.execute("SELECT string_agg(name, ',') FROM partners_partner")
            return HttpResponse(cursor.fetchone()[0])

    with sabotage.extra_route("leaking_view", leak):
        assert Owner("borealis", 1).canary in " ".join(leaks_for(world, "technician", "leaking"))


def test_a_forgotten_filter_is_found(world: World, code_wall_alone: None) -> None:
    """A view that goes round the scoped manager shows when the database's wall is away."""
    from django.http import HttpResponse

    from partners.models import Partner
    from tests.isolation import sabotage

    def forgetful(request: Any) -> HttpResponse:
        return HttpResponse(",".join(Partner._base_manager.values_list("name", flat=True)))

    with sabotage.extra_route("forgetful_view", forgetful):
        assert leaks_for(world, "technician", "forgetful") != []


def test_a_missing_policy_is_found(world: World, database_wall_alone: None) -> None:
    """A table without its partner wall shows when the code's wall is away."""
    from django.http import HttpResponse

    from partners.models import Customer
    from tests.isolation import sabotage

    def honest(request: Any) -> HttpResponse:
        return HttpResponse(",".join(Customer.objects.values_list("name", flat=True)))

    with sabotage.extra_route("honest_view", honest):
        assert leaks_for(world, "technician", "honest") == []
        with sabotage.without_policy("partners_customer", "partner_wall"):
            assert leaks_for(world, "technician", "honest") != []
