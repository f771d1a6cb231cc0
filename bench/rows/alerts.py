"""The sweep over a million certificates, and how many questions a standing costs."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

from bench.measuring import Measured, in_turns, row, seconds
from bench.world import World

PEOPLE, TRACKS, DUE = 100_000, 10, 192_000
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
FIRST = dt.date(2015, 1, 1)


@row("alerts.sweep", target=1.5, better="lower")
def alerts_sweep(world: World) -> Measured:
    """1,000,000 certificates, 192,000 alerts due with their messages, against the same statement
    sent bare; what was raised is removed before each turn, outside the clock."""
    from alerts.raising import parameters, statement
    from certifications.actions import sweep_certificate_alerts
    from certifications.sweeping import DUE as DUE_SQL

    world.fresh("alerts_sweep")
    _seed(world)

    def ours() -> float:
        _nothing_raised(world)
        return seconds(lambda: _expect(sweep_certificate_alerts(at=AT)))

    def bare() -> float:
        _nothing_raised(world)
        with closing(world.connect("mainstay_ops")) as connection, connection.cursor() as cursor:
            text = cursor.mogrify(statement(DUE_SQL), parameters(AT, None))
            return seconds(lambda: (cursor.execute(text), _expect(cursor.fetchone()[0])))

    found, limit = in_turns(ours, bare, rounds := 2)
    again = seconds(lambda: sweep_certificate_alerts(at=AT))
    return Measured(
        found / limit,
        rounds,
        f"{found:.1f} s of {limit:.1f} s; again with nothing due {again:.2f} s",
    )


def _expect(count: int) -> None:
    if count != DUE:
        raise RuntimeError(f"{count} alerts were raised, not {DUE}.")


def _nothing_raised(world: World) -> None:
    world.run("TRUNCATE alerts_alert, alerts_notification, alerts_delivery, alerts_sweep")


@row("standing.queries", target=1.0, better="lower")
def standing_queries(world: World) -> Measured:
    """Queries of a standing of 2,000 partners, as a share of those of 20 (equal: 1)."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from certifications.rules import people_facts, standing
    from tenants import scope

    world.fresh("standing_queries")
    vendor_id = _seed(world, partners=2_000, people=10_000)
    ids = [pk for (pk,) in world.run("SELECT id FROM partners_partner ORDER BY id")]
    counts, took = [], 0.0
    with scope.entered_vendor(vendor_id):
        for size in (20, 2_000):
            with CaptureQueriesContext(connection) as captured:
                standing(ids[:size], "track-1", AT.date())
                people_facts(ids[:size], AT.date())
            counts.append(len(captured))
        took = seconds(lambda: standing(ids, "track-1", AT.date()))
    note = f"{counts[0]} queries for 20, {counts[1]} for 2,000 partners; {took * 1000:.0f} ms"
    return Measured(counts[1] / counts[0], 1, note)


def _seed(world: World, *, partners: int = 1_000, people: int = PEOPLE) -> int:
    """One vendor; per person ten certificates. Of them 96,000 end in 31 to 60 days and 48,000 in
    1 to 30 (two windows each): 192,000 alerts. All have an address, every tenth signs in."""
    from partners.models import Partner
    from programs import document
    from programs.actions import publish_program
    from tenants import scope
    from tenants.models import Vendor
    from tenants.writing import acting

    vendor = Vendor.objects.create(code="bench", name="Bench")
    program = document.document_from(
        {
            "program": "bench",
            "title": "Bench",
            "currency": "EUR",
            "tracks": {f"track-{n}": {"months": 24} for n in range(1, TRACKS + 1)},
            "types": {"msp": {"tiers": {"member": {}}}},
        }
    )
    with scope.entered_vendor(vendor.pk):
        publish_program(program, at=AT, effective_from=FIRST)
        with acting():
            Partner.objects.bulk_create(
                Partner(vendor=vendor, name=f"Partner {n}", joined_on=FIRST)
                for n in range(partners)
            )
    values = {
        "vendor": vendor.pk,
        "partners": partners,
        "people": people,
        "first": FIRST,
        "today": AT.date(),
    }
    for part in _SEED:
        world.run(part, values)
    world.run("VACUUM ANALYZE")
    return int(vendor.pk)


_SEED = (
    """
    INSERT INTO tenants_user (password, email, is_active, created_at)
    SELECT '!', 'p' || n || '@example.com', true, now() FROM generate_series(1, %(people)s) n
    """,
    """
    INSERT INTO tenants_person (vendor_id, user_id, name, email, external_id, created_at)
    SELECT %(vendor)s, CASE WHEN id %% 10 = 0 THEN id END, email, email, '', now()
    FROM tenants_user
    """,
    """
    INSERT INTO partners_employment (vendor_id, partner_id, person_id, job_title, external_id,
                                     since)
    SELECT %(vendor)s, q.id, p.id, '', '', %(first)s
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM tenants_person) p
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM partners_partner) q
      ON q.n = p.n %% %(partners)s
    """,
    """
    INSERT INTO certifications_result (vendor_id, person_id, track_id, version, passed_on, source,
                                       external_id, recorded_at)
    SELECT %(vendor)s, p.id, t.id, '', date '2025-11-01', 'import', '', now()
    FROM tenants_person p CROSS JOIN programs_track t
    """,
    """
    INSERT INTO certifications_certificate (vendor_id, person_id, track_id, result_id, version,
      number, earned_on, expires_on, revoked_reason, updated_at)
    SELECT vendor_id, person_id, track_id, id, '', 'C-' || id, passed_on,
           %(today)s::date + CASE WHEN n < 96000 THEN 31 + n %% 30
                                  WHEN n < 144000 THEN 1 + n %% 30
                                  ELSE 61 + n %% 640 END::int, '', now()
    FROM (SELECT r.*, row_number() OVER (ORDER BY hashint8(id)) - 1 AS n
          FROM certifications_result r) r
    """,
)
