"""A program of sixty requirements over 10,000 partners: its plan, and the bare answers."""

from __future__ import annotations

import datetime as dt
from contextlib import closing
from typing import Any

from bench.measuring import Measured, in_turns, row, seconds
from bench.statements import load, sent_by
from bench.world import World

PARTNERS, METRICS, TRACKS, ROUNDS = 10_000, 10, 10, 3
BATCH = 2_000  # rows of one INSERT
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
ON, LONG_AGO = AT.date(), dt.date(2024, 1, 1)


@row("program.plan", target=20.0, better="lower")
def program_plan(world: World) -> Measured:
    """Plan a document that changes every requirement, against loading the same facts bare: the
    statements that the plan sent, past row-level security, their rows fetched."""
    from programs.plan import plan_program
    from tenants import scope

    vendor_id = _fresh(world, "program_plan")
    changed = _document(1)
    with scope.entered_vendor(vendor_id), closing(world.connect()) as bare:
        plans: list[Any] = []

        def ours() -> float:
            plans[:] = []
            return seconds(lambda: plans.append(plan_program(changed, effective_from=ON)))

        sent = sent_by(lambda: plan_program(changed, effective_from=ON))
        found, limit = in_turns(ours, lambda: seconds(lambda: load(bare, vendor_id, sent)), ROUNDS)
        counts = {kind: n for kind, n in plans[0].counts.items() if n}
    note = f"{found:.1f} s of {limit:.2f} s, {len(sent)} statements, {counts}"
    return Measured(found / limit, ROUNDS, note)


@row("program.holds", target=5.0, better="lower")
def program_holds(world: World) -> Measured:
    """Ask sixty requirements of each partner, facts in memory, against loading the facts bare."""
    from programs.gathering import active_partners, facts_of
    from programs.rules import Case
    from tenants import scope

    vendor_id = _fresh(world, "program_holds")
    trees = [tree for _, tree in _document(0).trees()]
    with scope.entered_vendor(vendor_id), closing(world.connect()) as bare:
        ids = list(active_partners(ON))
        sent = sent_by(lambda: facts_of(ids, ON))
        facts = facts_of(ids, ON)

        def ours() -> float:
            return seconds(lambda: [_asked(trees, Case(facts[pk], ON)) for pk in ids])

        found, limit = in_turns(ours, lambda: seconds(lambda: load(bare, vendor_id, sent)), ROUNDS)
    return Measured(found / limit, ROUNDS, f"{found:.2f} s of {limit:.2f} s, {len(trees)} trees")


def _asked(trees: list[Any], case: Any) -> int:
    return sum(tree.holds(case) is True for tree in trees)


def _document(more: int) -> Any:
    """Ten levels and ten products with three requirements each; ``more`` raises all of them."""
    from programs import document

    def metric(code: int, need: int) -> dict[str, Any]:
        return {"metric": {"code": f"m{code % METRICS}", "at_least": need + more}}

    def people(code: int) -> dict[str, Any]:
        return {"people": {"track": f"t{code % TRACKS}", "at_least": 1}}

    levels = {
        f"l{n}": {"entry": {"all": [metric(n, 10 * n), metric(n + 1, 10 * n), people(n)]}}
        for n in range(10)
    }
    products = {
        f"p{n}": {
            "price_month": 2.5,
            "counts_as": "seat",
            "gates": {"general": {"any": [metric(n, 90), metric(n + 2, 80), people(n)]}},
        }
        for n in range(10)
    }
    return document.document_from(
        {
            "program": "bench",
            "title": "Bench",
            "currency": "EUR",
            "metrics": {f"m{n}": {} for n in range(METRICS)},
            "tracks": {f"t{n}": {"months": 36} for n in range(TRACKS)},
            "products": products,
            "types": {"msp": {"tiers": levels}},
        }
    )


def _fresh(world: World, name: str) -> int:
    from django.db import connection

    from programs.actions import publish_program
    from tenants import scope
    from tenants.models import Vendor
    from tenants.writing import acting

    world.fresh(name)
    vendor = Vendor.objects.create(code="bench", name="Bench")
    with scope.entered_vendor(vendor.pk):
        publish_program(_document(0), at=AT, effective_from=LONG_AGO)
        with acting():
            partners, people = _companies(vendor.pk)
        # Else every foreign key is looked up by reading the whole table, as when it was empty.
        world.run("ANALYZE")
        connection.close()
        with acting():
            _rows(vendor.pk, partners, people)
    world.run("ANALYZE")
    return int(vendor.pk)


def _companies(vendor_id: int) -> tuple[list[Any], list[Any]]:
    from partners.models import Partner
    from tenants.models import Person

    own = {"vendor_id": vendor_id}
    partners = Partner.objects.bulk_create(
        Partner(**own, name=f"Partner {n}", joined_on=LONG_AGO) for n in range(PARTNERS)
    )
    people = Person.objects.bulk_create(Person(**own, name=f"Person {n}") for n in range(PARTNERS))
    return partners, people


def _rows(vendor_id: int, partners: list[Any], people: list[Any]) -> None:
    """Per partner an agreement, a level, ten figures, a customer with two deployments, and a person
    with three certificates."""
    from certifications.models import Certificate, Result
    from licensing.models import Deployment
    from partners.models import Agreement, Customer, Employment, Enrolment, Fact
    from programs.models import Level, PartnerType, Product, Track

    own = {"vendor_id": vendor_id}
    kind, levels = PartnerType.objects.get(), list(Level.objects.order_by("rank"))
    tracks, products = list(Track.objects.all()), list(Product.objects.all())
    Enrolment.objects.bulk_create(
        (
            Enrolment(**own, partner=p, partner_type=kind, level=levels[n % 10], since=LONG_AGO)
            for n, p in enumerate(partners)
        ),
        batch_size=BATCH,
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
    Fact.objects.bulk_create((
        Fact(
            **own, partner=p, metric=f"m{m}", period=LONG_AGO, value=(n * 7 + m * 13) % 101,
            source="import", recorded_at=AT,
        )
        for n, p in enumerate(partners)
        for m in range(METRICS)
    ), batch_size=BATCH)  # fmt: skip
    customers = Customer.objects.bulk_create(
        Customer(**own, partner=p, name="Customer", environments=["general"], since=LONG_AGO)
        for p in partners
    )
    Deployment.objects.bulk_create((
        Deployment(
            **own, partner=customer.partner, customer=customer, product=products[(n + k) % 10],
            environments=["general"], seats=25, since=LONG_AGO,
        )
        for n, customer in enumerate(customers)
        for k in range(2)
    ), batch_size=BATCH)  # fmt: skip
    results = Result.objects.bulk_create((
        Result(
            **own, track=tracks[(n + k) % 10], version="", person=p, passed_on=LONG_AGO,
            source="import", recorded_at=AT,
        )
        for n, p in enumerate(people)
        for k in range(3)
    ), batch_size=BATCH)  # fmt: skip
    Certificate.objects.bulk_create((
        Certificate(
            **own, track=result.track, version="", person=result.person, result=result,
            number=f"N{n}", earned_on=LONG_AGO, expires_on=dt.date(2027, 1, 1),
        )
        for n, result in enumerate(results)
    ), batch_size=BATCH)  # fmt: skip
