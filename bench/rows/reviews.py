"""A review of 10,000 partners, decided and applied, against reading their facts by bare SQL."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

from bench.measuring import Measured, in_turns, row, seconds
from bench.world import World

PARTNERS, PEOPLE = 10_000, 30_000
BATCH = 5_000  # rows to a statement: seeding keeps within its time limit
BEGAN, TODAY = dt.date(2024, 1, 1), dt.date(2026, 1, 1)
AT = dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)
PROGRAM = """
program: bench
title: Bench
currency: EUR
tracks: {basics: {title: Basics, months: 60}, expert: {title: Expert, months: 60}}
metrics: {revenue: {title: Revenue, unit: EUR}}
types:
  msp:
    review: {clock: quarterly, up: any_time, cure: {months: 3}}
    tiers:
      registered: {}
      silver: {entry: {all: [{people: {track: basics, at_least: 2}},
                             {metric: {code: revenue, at_least: 100}}]}}
      gold: {entry: {all: [{people: {track: basics, at_least: 3}},
                           {people: {track: expert, at_least: 1}},
                           {metric: {code: revenue, at_least: 5000}}]}}
"""
# One in twenty rises and one in twenty begins a cure.


@row("review.run", target=20, better="lower")
def review_run(world: World) -> Measured:
    """The whole run, as beat does it, undone after each round; the limit reads the same rows."""
    from programs.models import PartnerType
    from reviews.actions import apply_run, undo_run
    from tenants import scope

    vendor_id = _seeded(world)
    held = []

    def ours() -> float:
        with scope.entered_vendor(vendor_id):
            if held:
                undo_run(held.pop(), on=TODAY, at=AT, reason="again")
            kind = PartnerType.objects.get(code="msp")
            return seconds(
                lambda: held.append(apply_run(kind, "tier", due_on=TODAY, on=TODAY, at=AT))
            )

    with closing(world.connect()) as connection, connection.cursor() as cursor:

        def bare() -> float:
            def read() -> None:
                for statement in _FACTS:
                    cursor.execute(statement, [vendor_id])
                    cursor.fetchall()

            return seconds(read)

        found, limit = in_turns(ours, bare, rounds=3)
    counts = held[0].counts
    return Measured(found / limit, 3, f"{found:.1f} s of {limit:.2f} s, {counts}")


_FACTS = (
    "SELECT e.partner_id, e.since, e.until, p.public_id, p.name FROM partners_employment e"
    " JOIN tenants_person p ON p.id = e.person_id WHERE e.vendor_id = %s",
    "SELECT c.person_id, t.code, c.version, c.number, c.earned_on, c.expires_on, c.revoked_on"
    " FROM certifications_certificate c JOIN programs_track t ON t.id = c.track_id"
    " WHERE c.vendor_id = %s",
    "SELECT DISTINCT ON (partner_id, metric) partner_id, metric, value, source, period"
    " FROM partners_fact WHERE vendor_id = %s AND superseded_by_id IS NULL"
    " ORDER BY partner_id, metric, period DESC",
    "SELECT partner_id, kind, since, until FROM partners_agreement WHERE vendor_id = %s",
    "SELECT partner_id, code, since, until FROM partners_attestation WHERE vendor_id = %s",
    "SELECT e.partner_id, l.code, e.since, e.until FROM partners_enrolment e"
    " JOIN programs_level l ON l.id = e.level_id WHERE e.vendor_id = %s",
    "SELECT id, country, joined_on, parent_id FROM partners_partner WHERE vendor_id = %s",
)


def _seeded(world: World) -> int:
    """A vendor with 10,000 partners of three people, two certificates each; returns its id."""
    from certifications.models import Certificate, Result
    from partners.models import Employment, Enrolment, Fact, Partner
    from programs import document
    from programs.actions import publish_program
    from programs.models import Level, Track
    from tenants import scope
    from tenants.models import Person, Vendor
    from tenants.writing import acting

    world.fresh("review_run")
    vendor = Vendor.objects.create(code="bench", name="bench")
    own = {"vendor_id": vendor.pk}
    with scope.entered_vendor(vendor.pk):
        publish_program(document.load(PROGRAM), at=AT, effective_from=BEGAN)
        levels = {level.code: level for level in Level.objects.select_related("partner_type")}
        tracks = list(Track.objects.all())
        with acting():
            partners = Partner.objects.bulk_create(
                (
                    Partner(name=f"Partner {n}", joined_on=BEGAN, country="DE", **own)
                    for n in range(PARTNERS)
                ),
                batch_size=BATCH,
            )
            people = Person.objects.bulk_create(
                (Person(name=f"Person {n}", **own) for n in range(PEOPLE)),
                batch_size=BATCH,
            )
            Employment.objects.bulk_create(
                (
                    Employment(person=person, partner=partners[n % PARTNERS], since=BEGAN, **own)
                    for n, person in enumerate(people)
                ),
                batch_size=BATCH,
            )
            results = Result.objects.bulk_create(
                (
                    Result(
                        person=person, track=track, passed_on=BEGAN, source="bench", recorded_at=AT,
                        **own,
                    )
                    for person in people
                    for track in tracks
                ),
                batch_size=BATCH,
            )  # fmt: skip
            Certificate.objects.bulk_create(
                (
                    Certificate(
                        person=result.person, track=result.track, result=result, number=f"C-{n}",
                        earned_on=BEGAN, expires_on=dt.date(2029, 1, 1), **own,
                    )
                    for n, result in enumerate(results)
                ),
                batch_size=BATCH,
            )  # fmt: skip
            silver = levels["silver"]
            Enrolment.objects.bulk_create(
                (
                    Enrolment(
                        partner=partner, partner_type=silver.partner_type, level=silver,
                        since=BEGAN, **own,
                    )
                    for partner in partners
                ),
                batch_size=BATCH,
            )  # fmt: skip
            Fact.objects.bulk_create(
                (
                    Fact(
                        partner=partner, metric="revenue", period=BEGAN, source="bench",
                        recorded_at=AT, value=9000 if n % 20 == 0 else 50 if n % 20 == 1 else 500,
                        **own,
                    )
                    for n, partner in enumerate(partners)
                ),
                batch_size=BATCH,
            )  # fmt: skip
    world.run("VACUUM ANALYZE")
    return vendor.pk
