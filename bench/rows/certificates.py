"""Certificates through the API: a page of 50 out of 100,000, and recording one with its event."""

from __future__ import annotations

import datetime as dt
import itertools
import json
from collections.abc import Iterator

from bench.clients import http, requests_per_second
from bench.measuring import Measured, in_turns, row
from bench.world import World

CERTIFICATES, PEOPLE, SECONDS = 100_000, 20_000, 3.0
AT = dt.datetime.now(dt.UTC)


@row("certificates.list", target=0.20, better="higher")
def certificates_list(world: World) -> Measured:
    """A page of 50, over and over, against the same SELECT in the smallest WSGI application."""
    vendor_id = _seeded(world, "certificates_list")
    headers = _headers(vendor_id)
    ours_request = http("GET", "/api/v1/certificates?limit=50", headers)
    limit_request = http("GET", "/", {"Host": "x"})
    with (
        world.server("config.wsgi:application") as ours,
        world.server("bench.limits:listing", BENCH_SQL=_select(vendor_id)) as limit,
    ):
        found, bare = in_turns(
            lambda: requests_per_second(ours, _same(ours_request), seconds=SECONDS),
            lambda: requests_per_second(limit, _same(limit_request), seconds=SECONDS),
            rounds := 5,
        )
    return Measured(found / bare, rounds, f"{found:.0f} of {bare:.0f} pages/s")


@row("certificates.create", target=0.15, better="higher")
def certificates_create(world: World) -> Measured:
    """POST a result: certificate and event, against the same statement bare."""
    vendor_id = _seeded(world, "certificates_create")
    headers = _headers(vendor_id) | {"Content-Type": "application/json"}
    people = world.run(
        "SELECT 'per_' || replace(public_id::text, '-', ''), id FROM tenants_person"
        " WHERE vendor_id = %s", [vendor_id],
    )  # fmt: skip
    track_id = world.run("SELECT id FROM programs_track WHERE vendor_id = %s", [vendor_id])[0][0]
    with (
        world.server("config.wsgi:application") as ours,
        world.server("bench.limits:creating", BENCH_SQL=_insert(vendor_id)) as limit,
    ):
        days, bare_days = itertools.count(1), itertools.count(1)
        found, bare = in_turns(
            lambda: requests_per_second(
                ours, _posts(people, headers, days), seconds=SECONDS, status=b"201"
            ),
            lambda: requests_per_second(
                limit, _rows(people, track_id, bare_days), seconds=SECONDS, status=b"201"
            ),
            rounds := 5,
        )
    return Measured(found / bare, rounds, f"{found:.0f} of {bare:.0f} rows/s")


def _same(request: bytes) -> object:
    return lambda number: itertools.repeat(request)


# Each client has people of its own, and each run a day of its own: no result is there twice.
def _posts(people: list[tuple[str, int]], headers: dict[str, str], days: Iterator[int]) -> object:
    def of_client(number: int) -> Iterator[bytes]:
        while True:
            day = (dt.date(2001, 1, 1) + dt.timedelta(days=next(days))).isoformat()
            for ref, _ in people[number::8]:
                body = {"person": ref, "track": "basics", "passed_on": day, "version": ""}
                yield http("POST", "/api/v1/results", headers, json.dumps(body).encode())

    return of_client


def _rows(people: list[tuple[str, int]], track_id: int, days: Iterator[int]) -> object:
    def of_client(number: int) -> Iterator[bytes]:
        while True:
            day = (dt.date(1901, 1, 1) + dt.timedelta(days=next(days))).isoformat()
            for ref, key in people[number::8]:
                row = {
                    "place": 0, "person_id": key, "person": ref, "track_id": track_id,
                    "track": "basics",
                    "version": "", "part": "", "passed": True, "passed_on": day, "source": "api",
                    "external_id": "", "certificates": [{
                        "place": 0, "track_id": track_id, "track": "basics", "version": "",
                        "number": f"N-{day}-{key}", "earned_on": day, "expires_on": "2051-01-01",
                    }],
                }  # fmt: skip
                yield http("POST", "/", {"Host": "x"}, json.dumps([row]).encode())

    return of_client


def _insert(vendor_id: int) -> str:
    """The action's own statement (result, certificate and event), vendor and all else literal."""
    from certifications.actions.recording import INSERT

    literals = {
        "vendor": vendor_id,
        "at": "now()",
        "on": "current_date",
        "actor": "'{}'",
        "program": "1",
        "rows": "%s",
    }
    settings = f"SELECT set_config('app.vendor_id', '{vendor_id}', true), "
    return settings + "set_config('app.partner_ids', '*', true);" + INSERT % literals


def _seeded(world: World, name: str) -> int:
    """A vendor with 20,000 people at 100 partners and 100,000 certificates; returns its id."""
    from programs import document
    from programs.actions import publish_program
    from tenants import scope
    from tenants.models import Host, Vendor

    world.fresh(name)
    vendors = [Vendor.objects.create(code=code, name=code) for code in ("bench", "other")]
    program = document.document_from(
        {
            "program": "bench",
            "title": "Bench",
            "currency": "EUR",
            "tracks": {"basics": {"title": "Basics", "months": 600}},
            "types": {"msp": {"tiers": {"member": {}}}},
        }
    )
    for vendor in vendors:
        with scope.entered_vendor(vendor.pk):
            publish_program(program, at=AT, effective_from=dt.date(1990, 1, 1))
            _add_people(PEOPLE)
        values = {"vendor": vendor.pk, "each": CERTIFICATES // PEOPLE}
        for statement in _SEED:
            world.run(statement, values)
    Host.objects.create(name="b.localhost", vendor=vendors[0])
    world.run("VACUUM ANALYZE")
    return vendors[0].pk


def _add_people(count: int) -> None:
    """People employed at 100 partners of the entered vendor."""
    from partners.models import Employment, Partner
    from tenants import scope
    from tenants.models import Person
    from tenants.writing import acting

    vendor, since = {"vendor_id": scope.current().vendor_id}, dt.date(2000, 1, 1)
    with acting():
        partners = Partner.objects.bulk_create(
            Partner(name=f"Partner {n}", joined_on=since, **vendor) for n in range(100)
        )
        people = Person.objects.bulk_create(
            Person(name=f"Person {n}", email=f"p{n}@example.com", **vendor) for n in range(count)
        )
        Employment.objects.bulk_create(
            Employment(person=person, partner=partners[n % 100], since=since, **vendor)
            for n, person in enumerate(people)
        )


_SEED = (
    """
    INSERT INTO certifications_result (vendor_id, person_id, track_id, version, passed_on, source,
                                       external_id, recorded_at)
    SELECT p.vendor_id, p.id, t.id, '', date '2025-06-01' + n, 'import', '', now()
    FROM tenants_person p JOIN programs_track t ON t.vendor_id = p.vendor_id,
         generate_series(1, %(each)s) n
    WHERE p.vendor_id = %(vendor)s
    """,
    """
    INSERT INTO certifications_certificate (vendor_id, person_id, track_id, result_id, version,
      number, earned_on, expires_on, revoked_reason, updated_at)
    SELECT vendor_id, person_id, track_id, id, '', 'C-' || id, passed_on, passed_on + 730, '',
           now()
    FROM certifications_result WHERE vendor_id = %(vendor)s
    """,
)


def _headers(vendor_id: int) -> dict[str, str]:
    """A token of a client that may read and record, as a request carries it."""
    from tenants import scope
    from tenants.actions.clients import create_api_client
    from tenants.api.grants import issue

    names = ("certificates.read", "certificates.record")
    with scope.entered_vendor(vendor_id):
        made = create_api_client(name="bench", capabilities=names)
        token = issue(made.client, frozenset(names))
    return {"Host": "b.localhost", "Authorization": f"Bearer {token}"}


def _select(vendor_id: int) -> str:
    """The page's own statement, its parameters as literals: vendor filter included."""
    from django.db import connection

    from certifications.api.certificates import Certificates
    from tenants import scope
    from web.api import listing
    from web.api.parameters import NOTHING_ASKED

    with scope.entered_vendor(vendor_id), connection.cursor() as cursor:
        rows = Certificates().get_queryset()
        order = Certificates.order_of(NOTHING_ASKED)
        statement = listing.list_statement(
            rows, Certificates.values(NOTHING_ASKED), order, 50, after=False
        )
        return cursor.mogrify(statement.sql, statement.params).decode()
