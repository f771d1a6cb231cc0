"""The account manager's portfolio: how many questions it asks, whatever its size."""

from __future__ import annotations

import datetime as dt
from typing import Any

from bench.measuring import Measured, row, seconds
from bench.world import World

PARTNERS = 2_000
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
ON, LONG_AGO = AT.date(), dt.date(2024, 1, 1)


@row("portfolio.queries", target=1.0, better="lower")
def portfolio_queries(world: World) -> Measured:
    """Queries of a portfolio of 2,000 partners, as a share of those of 20 (equal: 1)."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    from partners.models import Partner
    from scorecards.rules import portfolio
    from tenants import scope

    world.fresh("portfolio_queries")
    vendor_id = seeded()
    counts, took = [], 0.0
    with scope.entered_vendor(vendor_id):
        for size in (20, PARTNERS):
            with CaptureQueriesContext(connection) as captured:
                rows = portfolio(Partner.objects.order_by("pk")[:size], ON)
            if len(rows) != size:
                raise RuntimeError(f"{len(rows)} rows, not {size}.")
            counts.append(len(captured))
        took = seconds(lambda: portfolio(Partner.objects.all(), ON))
    note = f"{counts[0]} queries for 20, {counts[1]} for 2,000 partners; {took:.1f} s"
    return Measured(counts[1] / counts[0], 1, note)


def seeded(**more: Any) -> int:
    """Partners with one person, certificate, customer and deployment each; a third ends soon. The
    program says ``more`` besides."""
    from programs import document
    from programs.actions import publish_program
    from tenants import scope
    from tenants.models import Vendor
    from tenants.writing import acting

    vendor = Vendor.objects.create(code="bench", name="Bench")
    gate = {"general": {"people": {"track": "deploy", "at_least": 1}}}
    program = document.document_from(
        {
            "program": "bench",
            "title": "Bench",
            "currency": "EUR",
            "tracks": {"deploy": {"months": 24}},
            "products": {"shield": {"counts_as": "seat", "gates": gate}},
            "types": {"msp": {"tiers": {"member": {}}}},
            **more,
        }
    )
    with scope.entered_vendor(vendor.pk):
        publish_program(program, at=AT, effective_from=LONG_AGO)
        with acting():
            _rows(vendor.pk)
    return vendor.pk


def _rows(vendor_id: int) -> None:
    from certifications.models import Certificate, Result
    from licensing.models import Deployment
    from partners.models import Agreement, Customer, Employment, Partner
    from programs.models import Product, Track
    from tenants.models import Person

    own = {"vendor_id": vendor_id}
    numbers = range(PARTNERS)
    partners = Partner.objects.bulk_create(
        Partner(**own, name=f"Partner {n}", joined_on=LONG_AGO) for n in numbers
    )
    people = Person.objects.bulk_create(Person(**own, name=f"Person {n}") for n in numbers)
    customers = Customer.objects.bulk_create(
        Customer(**own, partner=p, name="Customer", environments=["general"], since=LONG_AGO)
        for p in partners
    )
    Employment.objects.bulk_create(
        Employment(**own, partner=partner, person=person, since=LONG_AGO)
        for partner, person in zip(partners, people, strict=True)
    )
    Agreement.objects.bulk_create(
        Agreement(
            **own, partner=p, kind=Agreement.MAIN, signed_by="A", text_sha256="0" * 64,
            since=LONG_AGO, recorded_at=AT,
        )
        for p in partners
    )  # fmt: skip
    held = {**own, "track": Track.objects.get(), "version": ""}
    results = Result.objects.bulk_create(
        Result(**held, person=p, passed_on=LONG_AGO, source="import", recorded_at=AT)
        for p in people
    )
    Certificate.objects.bulk_create(
        Certificate(
            **held, person=result.person, result=result, number=f"N{n}", earned_on=LONG_AGO,
            expires_on=ON + dt.timedelta(days=(20, 200, 400)[n % 3]),
        )
        for n, result in enumerate(results)
    )  # fmt: skip
    Deployment.objects.bulk_create(
        Deployment(
            **own, partner=customer.partner, customer=customer, product=Product.objects.get(),
            environments=["general"], seats=25, since=LONG_AGO,
        )
        for customer in customers
    )  # fmt: skip
