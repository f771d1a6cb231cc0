"""The gate: one decision with receipt and event."""

from __future__ import annotations

import datetime as dt
import itertools
import json
import statistics
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from bench.clients import answers, http
from bench.measuring import Measured, in_turns, row, seconds
from bench.rows.portfolio import AT, seeded
from bench.statements import Sent, send, sent_by
from bench.world import World

EACH, ROUNDS = 50, 5


@row("gate.authorize", target=6.0, better="lower")
def gate_authorize(world: World) -> Measured:
    """A decision for one of 2,000 partners, signed and kept, against the statements it sent, sent
    bare past row-level security. Both are rolled back, so that each finds the same rows."""
    from django.db import connection

    from tenants import scope

    world.fresh("gate_authorize")
    vendor_id = seeded()
    with (
        scope.entered_vendor(vendor_id, origin="command"),
        closing(world.connect()) as bare_connection,
    ):
        # At its first run on a connection a statement is prepared; the bare one needs it, too.
        connection.close()
        preparing, _ = _recorded()
        sent, key = _recorded()
        bare_connection.autocommit = False
        with bare_connection.cursor() as cursor:
            cursor.execute(_SCOPE, [str(vendor_id)])
            for text, _ in preparing:
                if text.startswith("PREPARE"):
                    cursor.execute(text.rpartition(";EXECUTE")[0].replace("%%", "%"))
            bare_connection.commit()

        def bare() -> float:
            return seconds(lambda: [_replayed(bare_connection, sent, key) for _ in range(EACH)])

        def ours() -> float:
            return seconds(lambda: [_decided() for _ in range(EACH)])

        found, limit = in_turns(ours, bare, ROUNDS)
        connection.close()
    note = f"{found / EACH * 1000:.1f} ms of {limit / EACH * 1000:.1f} ms, {len(sent)} statements"
    return Measured(found / limit, ROUNDS, note)


CLIENTS, MANY, SECONDS = 50, 200, 4.0


@row("gate.parallel", target=1.5, better="lower")
def gate_parallel(world: World) -> Measured:
    """p95 of 50 clients that deploy without pause through the API at one partner, whose lock they
    share, as a share of p95 of 50 clients at 200 partners (1: the lock costs nothing)."""
    world.fresh("gate_parallel")
    vendor_id = seeded()
    headers, customers = _asking(vendor_id)
    everyone = {"one": customers[:1] * CLIENTS, "many": customers}
    seats = itertools.count(30)
    found: dict[str, list[float]] = {"one": [], "many": []}
    with world.server("config.wsgi:application") as port:
        for _round in range(3):
            for name, asked in everyone.items():
                waited, _took = answers(
                    port,
                    lambda number, asked=asked: _posts(headers, asked, number, seats),
                    seconds=SECONDS,
                    status=b"201",
                    count=CLIENTS,
                )
                found[name] += waited
    one, many = (statistics.quantiles(found[name], n=20)[-1] for name in ("one", "many"))
    rates = [len(found[name]) / (3 * SECONDS) for name in ("one", "many")]
    note = (
        f"p95 {one * 1000:.0f} ms at one partner ({rates[0]:.0f}/s), "
        f"{many * 1000:.0f} ms at {MANY} ({rates[1]:.0f}/s)"
    )
    return Measured(one / many, len(found["one"]), note)


def _asking(vendor_id: int) -> tuple[dict[str, str], list[str]]:
    """What a client of the vendor sends, and a customer of each of 200 partners."""
    from partners.models import Customer
    from tenants import scope
    from tenants.actions.clients import create_api_client
    from tenants.api.grants import issue
    from tenants.models import Host

    names = ("authorizations.request", "authorizations.read")
    Host.objects.create(vendor_id=vendor_id, name="b.localhost")
    with scope.entered_vendor(vendor_id):
        made = create_api_client(name="bench", capabilities=names)
        token = issue(made.client, frozenset(names))
        customers = [row.ref for row in Customer.objects.order_by("pk")[:MANY]]
    return {
        "Host": "b.localhost",
        "Authorization": f"Bearer {token}",
        "Content-Type": "application/json",
    }, customers


def _posts(
    headers: dict[str, str], customers: list[str], number: int, seats: Iterator[int]
) -> Iterator[bytes]:
    for customer in itertools.cycle(customers[number::CLIENTS]):
        body = {"customer": customer, "product": "shield", "seats": next(seats)}
        yield http("POST", "/api/v1/authorizations", headers, json.dumps(body).encode())


_SCOPE = "SELECT set_config('app.vendor_id', %s, false), set_config('app.partner_ids', '*', false)"


def _decided() -> int:
    """Decide and roll back; the key that the decision had."""
    from django.db import transaction

    from licensing.actions import authorize
    from partners.models import Customer

    with transaction.atomic():
        customer = Customer.objects.order_by("pk")[0]
        decision = authorize(customer, "shield", "general", 26, at=AT + dt.timedelta(minutes=1))
        if not decision.allowed or decision.authorization is None:
            raise RuntimeError("The gate said no.")
        transaction.set_rollback(True)
        return int(decision.authorization.pk)


def _recorded() -> tuple[list[Sent], int]:
    """The statements of one decision with their values, and the key it had."""
    keys: list[int] = []
    return sent_by(lambda: keys.append(_decided())), keys[-1]


# The deployment's values name the decision's key: it has to be given again.
_SAME_KEY = "SELECT setval(pg_get_serial_sequence('licensing_authorization', 'id'), %s, false)"


def _replayed(connection: Any, sent: list[Sent], key: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_SAME_KEY, [key])
        send(cursor, sent)
    connection.rollback()
