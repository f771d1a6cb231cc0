"""The runway: a calendar of twelve months for 2,000 partners."""

from __future__ import annotations

from contextlib import closing

from bench.measuring import Measured, in_turns, row, seconds
from bench.rows.portfolio import LONG_AGO, ON, PARTNERS, seeded
from bench.statements import load, sent_by
from bench.world import World

ROUNDS = 5


@row("runway.month", target=10.0, better="lower")
def runway_month(world: World) -> Measured:
    """Every gate and level that 2,000 partners lose within a year, by month, against the statements
    it sent, sent again bare past row-level security, their rows fetched. As many statements for 20
    partners as for 2,000."""
    from django.db import connection

    from partners.models import Partner
    from scorecards.rules.runway import by_month
    from scorecards.rules.runways import outlook
    from tenants import scope

    world.fresh("runway_month")
    vendor_id = seeded()
    with scope.entered_vendor(vendor_id):
        _levels(vendor_id)
    world.run("ANALYZE")
    connection.close()
    with scope.entered_vendor(vendor_id), closing(world.connect()) as bare:

        def calendar(size: int) -> int:
            found = outlook(Partner.objects.order_by("pk")[:size], ON)
            months = by_month(found.losses, ON, found.until)
            return sum(len(losses) for losses in months.values())

        if (lost := calendar(PARTNERS)) < PARTNERS // 2:
            raise RuntimeError(f"{lost} losses: the calendar is all but empty.")
        few, sent = sent_by(lambda: calendar(20)), sent_by(lambda: calendar(PARTNERS))
        if len(few) != len(sent):
            raise RuntimeError(f"{len(few)} statements for 20 partners, {len(sent)} for 2,000.")
        found, limit = in_turns(
            lambda: seconds(lambda: calendar(PARTNERS)),
            lambda: seconds(lambda: load(bare, vendor_id, sent)),
            ROUNDS,
        )
    note = f"{found:.2f} s of {limit:.2f} s, {len(sent)} statements, {lost} losses"
    return Measured(found / limit, ROUNDS, note)


def _levels(vendor_id: int) -> None:
    """Every partner holds the one level."""
    from partners.models import Enrolment, Partner
    from programs.models import Level
    from tenants.writing import acting

    level = Level.objects.select_related("partner_type").get()
    with acting():
        Enrolment.objects.bulk_create(
            Enrolment(
                vendor_id=vendor_id, partner=partner, partner_type=level.partner_type,
                level=level, since=LONG_AGO,
            )
            for partner in Partner.objects.all()
        )  # fmt: skip
