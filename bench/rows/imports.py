"""A file of 50,000 people, read, previewed and applied, against COPY and the bare upsert."""

from __future__ import annotations

import csv
import datetime as dt
import io
import itertools
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Any

from bench.measuring import Measured, in_turns, row, seconds
from bench.world import World

PARTNERS, PEOPLE = 2_000, 50_000
AT = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
PROGRAM = """
program: bench
title: Bench
currency: EUR
types: {msp: {tiers: {member: {}}}}
"""
COLUMNS = ("name", "email", "job", "external_id", "since", "partner")


@row("import.rows", target=5.0, better="lower")
def import_rows(world: World) -> Measured:
    """People of 2,000 partners, each round new ones, by a file of the vendor's staff, as the worker
    does it: from the upload to the last event. The limit copies the same file into a staging
    table and upserts from there people, employments and their events, past row-level security."""
    from tenants import scope

    vendor_id = _seeded(world)
    files = map(_file, itertools.count())
    phases: list[tuple[float, ...]] = []
    waited: list[float] = []

    def ours() -> float:
        with scope.entered_vendor(vendor_id), _gate(world, waited):
            phases.append(_imported(next(files)))
        return sum(phases[-1])

    with closing(world.connect()) as connection:

        def bare() -> float:
            data = next(files)
            return seconds(lambda: _upserted(connection, vendor_id, data))

        found, limit = in_turns(ours, bare, rounds=3)
    kept, read, applied = phases[-1]
    note = (
        f"{found:.1f} s of {limit:.2f} s; kept {kept:.1f}, read {read:.1f}, applied {applied:.1f};"
        f" a gate waited at most {max(waited):.2f}"
    )
    return Measured(found / limit, 3, note)


@contextmanager
def _gate(world: World, waited: list[float]) -> Iterator[None]:
    """Hold a partner of the file again and again meanwhile, as each decision of its gate does;
    ``waited`` gets the longest wait in seconds."""
    through = threading.Event()
    longest = 0.0

    def decide() -> None:
        nonlocal longest
        with closing(world.connect()) as connection, connection.cursor() as cursor:
            cursor.execute("SET lock_timeout = 0")
            while not through.wait(0.05):
                longest = max(longest, seconds(lambda: cursor.execute(_DECIDE)))

    thread = threading.Thread(target=decide)
    thread.start()
    try:
        yield
    finally:
        through.set()
        thread.join()
        waited.append(longest)


_DECIDE = "SELECT id FROM partners_partner WHERE external_id = 'P-7' FOR NO KEY UPDATE"


def _imported(data: bytes) -> tuple[float, float, float]:
    """Seconds to keep, to read and to apply the file."""
    from django.core.files.storage import default_storage

    from tenants.importing.surfaces import ask_apply, upload_import
    from tenants.importing.working import work_on_import
    from tenants.models import ImportJob

    held: list[ImportJob] = []
    kept = seconds(
        lambda: held.append(upload_import("people", data=data, file_name="people.csv", at=AT))
    )
    job = held[0]
    read = seconds(lambda: work_on_import(job.pk, at=AT))

    def apply() -> None:
        ask_apply(job, at=AT)
        work_on_import(job.pk, at=AT)

    applied = seconds(apply)
    job.refresh_from_db()
    assert (job.state, job.creates) == ("applied", PEOPLE), (job.state, job.note)
    default_storage.delete(job.file.key)
    return kept, read, applied


_UPSERT = """
SELECT set_config('app.vendor_id', %(vendor)s::text, true),
       set_config('app.partner_ids', '*', true);
CREATE TEMPORARY TABLE fresh ON COMMIT DROP AS
  SELECT nextval(pg_get_serial_sequence('tenants_person', 'id')) AS person_id,
         p.id AS partner_id, s.*
  FROM staging s
  JOIN partners_partner p ON p.vendor_id = %(vendor)s AND p.external_id = s.partner
  LEFT JOIN partners_employment e ON e.vendor_id = %(vendor)s AND e.partner_id = p.id
                                 AND e.external_id = s.external_id
  WHERE e.id IS NULL;
UPDATE partners_employment e SET job_title = s.job
FROM staging s JOIN partners_partner p ON p.vendor_id = %(vendor)s AND p.external_id = s.partner
WHERE e.vendor_id = %(vendor)s AND e.partner_id = p.id AND e.external_id = s.external_id
  AND e.job_title <> s.job;
INSERT INTO tenants_person (id, vendor_id, name, email, external_id, created_at)
SELECT person_id, %(vendor)s, name, email, '', now() FROM fresh;
WITH made AS (
  INSERT INTO partners_employment
    (vendor_id, partner_id, person_id, job_title, roles, external_id, since)
  SELECT %(vendor)s, partner_id, person_id, job, '[]', external_id, since FROM fresh
  RETURNING public_id, partner_id, person_id, since
)
SELECT count(event_append(
  'employment.began', 'employment', m.public_id, m.partner_id, '{}',
  jsonb_build_object('person', p.public_id, 'since', m.since, 'import', true),
  jsonb_build_object('name', p.name, 'email', p.email), m.person_id, NULL))
FROM made m JOIN fresh f USING (person_id)
CROSS JOIN LATERAL (SELECT f.name, f.email, f.person_id AS public_id) p
"""


def _upserted(connection: Any, vendor_id: int, data: bytes) -> None:
    with connection.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute(
            "CREATE TEMPORARY TABLE staging (name text, email text, job text, external_id text,"
            " since date, partner text) ON COMMIT DROP"
        )
        cursor.copy_expert("COPY staging FROM STDIN (FORMAT csv, HEADER)", io.BytesIO(data))
        cursor.execute(_UPSERT, {"vendor": vendor_id})
        cursor.execute("COMMIT")


def _file(number: int) -> bytes:
    out = io.StringIO()
    lines = csv.writer(out)
    lines.writerow(COLUMNS)
    for n in range(number * PEOPLE, (number + 1) * PEOPLE):
        mail = f"person{n}@partner{n % PARTNERS}.example"
        partner = f"P-{n % PARTNERS}"
        lines.writerow([f"Person {n}", mail, "Support engineer", f"E-{n}", "2025-03-01", partner])
    return out.getvalue().encode()


def _seeded(world: World) -> int:
    """A vendor with 2,000 partners; returns its id."""
    from partners.models import Partner
    from programs import document
    from programs.actions import publish_program
    from tenants import scope
    from tenants.models import Vendor
    from tenants.writing import acting

    world.fresh("import_rows")
    vendor = Vendor.objects.create(code="bench", name="bench")
    began = dt.date(2024, 1, 1)
    with scope.entered_vendor(vendor.pk):
        publish_program(document.load(PROGRAM), at=AT, effective_from=began)
        with acting():
            Partner.objects.bulk_create(
                Partner(
                    vendor_id=vendor.pk, name=f"Partner {n}", external_id=f"P-{n}", joined_on=began
                )
                for n in range(PARTNERS)
            )
    world.run("VACUUM ANALYZE")
    return vendor.pk
