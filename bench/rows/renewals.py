"""Renewals: the sweep over a million contracts, and the list of 2,000 open ones."""

from __future__ import annotations

import datetime as dt
from contextlib import closing

from bench.measuring import Measured, in_turns, row, seconds
from bench.statements import load, sent_by
from bench.world import World

CONTRACTS, ENTERING, PARTNERS, OPEN = 1_000_000, 100_000, 1_000, 2_000
AT = dt.datetime(2026, 11, 23, 12, tzinfo=dt.UTC)
ON = AT.date()


@row("renewals.sweep", target=1.5, better="lower")
def renewals_sweep(world: World) -> Measured:
    """1,000,000 contracts of which 100,000 enter, each told to two people, against the same
    statements sent bare; what was made is removed before each turn, outside the clock."""
    from alerts.raising import parameters, statement
    from deals.actions import sweep_renewal_alerts, sweep_renewals
    from deals.sweeping import KINDS, SYNC, WINDOWS

    world.fresh("renewals_sweep")
    _seed(world, CONTRACTS, ENTERING)

    def ours() -> float:
        _nothing_made(world)
        return seconds(
            lambda: _expect(sweep_renewals(at=AT)[0], sweep_renewal_alerts(at=AT), of=ENTERING)
        )

    def bare() -> float:
        _nothing_made(world)
        with closing(world.connect("mainstay_ops")) as connection, connection.cursor() as cursor:

            def both() -> None:
                cursor.execute(SYNC, {"at": AT, "since": None, "kinds": list(KINDS)})
                made = cursor.fetchone()[0]
                cursor.execute(statement(WINDOWS), parameters(AT, None))
                _expect(made, cursor.fetchone()[0], of=ENTERING)

            return seconds(both)

    found, limit = in_turns(ours, bare, rounds := 2)
    again = seconds(lambda: (sweep_renewals(at=AT), sweep_renewal_alerts(at=AT)))
    return Measured(
        found / limit,
        rounds,
        f"{found:.1f} s of {limit:.1f} s; again with nothing due {again:.2f} s",
    )


@row("renewals.board", target=3.0, better="lower")
def renewals_board(world: World) -> Measured:
    """The list, the figures above it and the months of a partner with 2,000 open renewals, against
    the statements it sent, sent again bare past row-level security, their rows fetched."""
    from deals.actions import sweep_renewals
    from deals.outlook import decisions_chart, figures, first_to_lose, worth_of_renewals
    from deals.rules.reading import renewals_read_by
    from deals.tables import dress, in_state
    from partners.models import Partner
    from tenants import scope
    from tenants.models import Vendor

    world.fresh("renewals_board")
    _seed(world, OPEN, OPEN, partners=1)
    sweep_renewals(at=AT)
    world.run("ANALYZE")
    vendor_id = Vendor.objects.get().pk
    with scope.entered_vendor(vendor_id):
        partner_id = Partner.objects.get().pk
    held = scope.Scope(vendor_id=vendor_id, partners=frozenset({partner_id}), role="partner_admin")
    with scope.enter(held), closing(world.connect()) as connection:

        def board() -> None:
            dress(list(renewals_read_by(ON)[:25]), ON)
            found = list(in_state(renewals_read_by(ON), "open", ON))
            if len(found) != OPEN:
                raise RuntimeError(f"{len(found)} open renewals, not {OPEN}.")
            worth = worth_of_renewals(found, ON)
            figures(found, worth, ON)
            decisions_chart(found, worth, ON, weekly=True)
            first_to_lose(found, worth, ON)

        board()
        sent = sent_by(board)
        ours, limit = in_turns(
            lambda: seconds(board), lambda: seconds(lambda: load(connection, vendor_id, sent)), 5
        )
    note = f"{ours * 1000:.0f} ms of {limit * 1000:.0f} ms, {len(sent)} statements"
    return Measured(ours / limit, 5, note)


def _expect(made: int, told: int, *, of: int) -> None:
    if (made, told) != (of, of):
        raise RuntimeError(f"{made} renewals and {told} alerts, not {of} of each.")


def _nothing_made(world: World) -> None:
    world.run(
        "TRUNCATE alerts_alert, alerts_notification, alerts_delivery, alerts_sweep, deals_renewal"
        " CASCADE"
    )


def _seed(world: World, contracts: int, entering: int, *, partners: int = PARTNERS) -> None:
    """One vendor with a program; each partner has a manager for its customers and an account
    manager. Of the contracts ``entering`` end within 90 days, the others in a year or later."""
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
            "products": {
                "edr": {"price_month": 2.9, "price_lock_months": 36, "gates": {"general": {}}}
            },
            "types": {"msp": {"tiers": {"member": {}}}},
        }
    )
    with scope.entered_vendor(vendor.pk):
        publish_program(program, at=AT, effective_from=dt.date(2020, 1, 1))
        with acting():
            Partner.objects.bulk_create(
                Partner(vendor=vendor, name=f"Partner {n}", joined_on=dt.date(2020, 1, 1))
                for n in range(partners)
            )
    values = {
        "vendor": vendor.pk, "partners": partners, "contracts": contracts, "entering": entering,
        "today": ON,
    }  # fmt: skip
    for part in _SEED:
        world.run(part, values)
    world.run("VACUUM ANALYZE")


_SEED = (
    """
    INSERT INTO tenants_person (vendor_id, name, email, external_id, created_at)
    SELECT %(vendor)s, 'p' || n, 'p' || n || '@example.com', '', now()
    FROM generate_series(1, 2 * %(partners)s) n
    """,
    """
    INSERT INTO tenants_membership (vendor_id, person_id, role, partner_id, since,
                                    with_descendants)
    SELECT %(vendor)s, p.id, CASE WHEN p.n %% 2 = 0 THEN 'cam' ELSE 'partner_member' END,
           CASE WHEN p.n %% 2 = 1 THEN q.id END, date '2020-01-01', false
    FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM tenants_person) p
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM partners_partner) q
      ON q.n = p.n / 2
    """,
    """
    INSERT INTO partners_portfolioentry (vendor_id, partner_id, person_id, kind, since)
    SELECT %(vendor)s, q.id, p.id, 'main', date '2020-01-01'
    FROM (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM tenants_person) p
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM partners_partner) q
      ON q.n = p.n / 2 AND p.n %% 2 = 0
    """,
    """
    INSERT INTO partners_customer (vendor_id, partner_id, name, external_id, vertical, country,
                                   environments, since, account_manager_id, updated_at)
    SELECT %(vendor)s, q.id, 'Customer ' || g.n, '', '', '', '{}', date '2021-01-01', m.person_id,
           now()
    FROM generate_series(1, %(contracts)s) AS g(n)
    JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM partners_partner) q
      ON q.n = g.n %% %(partners)s
    JOIN tenants_membership m ON m.partner_id = q.id
    """,
    """
    INSERT INTO partners_servicecontract (vendor_id, partner_id, customer_id, external_id, scopes,
                                          since, until, recorded_at, updated_at)
    SELECT %(vendor)s, c.partner_id, c.id, '', '{security}', date '2024-01-01',
           CASE WHEN c.n <= %(entering)s THEN %(today)s::date + 1 + (c.n %% 89)::int
                ELSE %(today)s::date + 400 + (c.n %% 300)::int END, now(), now()
    FROM (SELECT *, row_number() OVER (ORDER BY id) AS n FROM partners_customer) c
    """,
    """
    INSERT INTO partners_contractterms (vendor_id, partner_id, contract_id, since, ends_on,
                                        notice_days, auto_renews, duties, billing, currency,
                                        promises, recorded_at)
    SELECT vendor_id, partner_id, id, since, until, 0, false, '{}', 'monthly', '', '{}', now()
    FROM partners_servicecontract
    """,
    """
    UPDATE partners_servicecontract c SET terms_id = k.id
    FROM partners_contractterms k WHERE k.contract_id = c.id
    """,
)
