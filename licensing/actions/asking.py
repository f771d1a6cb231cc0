"""Asking the gate: everything read under the lock, judged, and kept."""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Mapping, Sequence

from licensing.actions.decisions import MAX_SEATS, Ask, Decision
from licensing.actions.holding import hold
from licensing.actions.keeping import keep
from licensing.rules import DeploymentStanding, Ground, ground_for
from partners.models import Customer
from programs.document import GENERAL
from programs.models import Product, ProgramVersion
from tenants import scope
from tenants.clock import day_of
from tenants.directory import vendor_by_id
from tenants.models import Person
from tenants.writing import Reason, Refused, action


@action("authorizations.request")
def authorize(
    customer: Customer,
    product: str,
    environment: str,
    seats: int | None,
    *,
    at: dt.datetime,
    dry_run: bool = False,
    replaces: bool = False,
    operator: Person | None = None,
    two_step: bool = False,
) -> Decision:
    """Ask whether ``seats`` of ``product`` may run at the customer, and grant them if so.

    ``seats`` is the quantity afterwards. Allowed: the deployment stands at it when this returns.
    Denied: nothing changes but the decision, which is kept as well. Fewer seats are always
    allowed, and so is replacing what runs (``replaces``). In two steps the seats are reserved, and
    run once the reservation is confirmed. ``at`` is an aware instant; the day is the vendor's. A
    dry run writes nothing. Raises ``Refused``: ``invalid_seats``, ``unknown_product``,
    ``unknown_environment``, ``not_found`` (the customer is not the scope's), ``no_program``,
    ``reservation_open``.
    """
    ask = Ask(customer, product, environment, seats, replaces, operator=operator)
    (decision,) = authorize_all([ask], at=at, dry_run=dry_run, two_step=two_step)
    return decision


@action("authorizations.request")
def authorize_all(
    asks: Sequence[Ask], *, at: dt.datetime, dry_run: bool = False, two_step: bool = False
) -> list[Decision]:
    """Decide a set of requests in their order, each on what the ones before it granted.

    The answers are those of asking one by one, in a constant number of statements. Raises as
    ``authorize`` does, and then none of the set is decided.
    """
    for ask in asks:
        _refuse_unfit(ask)
    if not asks:
        return []
    if not dry_run:
        # From here on nobody can revoke, suspend, reclassify or publish until this commits.
        hold({ask.customer.partner_id for ask in asks}, at)
    decisions = _decide(asks, at)
    return decisions if dry_run else keep(decisions, two_step=two_step)


def _refuse_unfit(ask: Ask) -> None:
    seats = ask.seats
    if ask.replaces and seats is None:
        return
    if isinstance(seats, bool) or not isinstance(seats, int) or not 0 <= seats <= MAX_SEATS:
        reason = Reason(
            "invalid_seats",
            f"Seats are a whole number from 0 to {MAX_SEATS:,}.",
            pointer="seats",
        )
        raise Refused("invalid_seats", reasons=[reason])


def _decide(asks: Sequence[Ask], at: dt.datetime) -> list[Decision]:
    """Read everything afresh (the lock is held by now) and judge, one after the other."""
    on = day_of(at)
    wanted = {ask.customer.pk for ask in asks}
    customers = {
        row.pk: row for row in Customer.objects.select_related("partner").filter(pk__in=wanted)
    }
    if wanted - customers.keys():
        raise Refused("not_found", "There is no such customer.")
    partners = {row.partner_id: row.partner for row in customers.values()}
    ground = ground_for(partners.values(), on, customers=customers.values(), at=at)
    heirs = {
        a.product: ground.program.document.successor("products", a.product) or a.product
        for a in asks
    }
    products = {row.code: row for row in Product.objects.filter(code__in={*heirs, *heirs.values()})}
    coming = _next_program_day(on)
    decisions = []
    for ask in asks:
        _refuse_unknown(ask, products, ground)
        standing = _judged(ask, customers[ask.customer.pk], ground)
        decision = Decision(
            standing,
            products[heirs[ask.product]],
            standing.inputs.seats or 0,
            at,
            _cache_until(standing, at, coming, ground),
        )
        if decision.allowed:
            ground = ground.granted(standing)
        decisions.append(decision)
    return decisions


def _judged(ask: Ask, customer: Customer, ground: Ground) -> DeploymentStanding:
    runs = ground.running_of(customer, ask.product).seats
    seats = runs if ask.seats is None else ask.seats
    if ask.replaces and (not runs or seats != runs):
        words = "Replacing leaves the seats that run as they are: leave the quantity out."
        _refuse("invalid_seats", "seats", words if runs else "Nothing runs there to be replaced.")
    inputs = ground.inputs(
        customer.partner_id,
        ask.product,
        [ask.environment],
        customer=customer,
        seats=seats,
        replaces=ask.replaces,
        transfers=ask.transfers,
        operator=ask.operator.ref if ask.operator else "",
    )
    if seats == 0 and not inputs.before:
        _refuse("invalid_seats", "seats", "Nothing runs there, so there is nothing to remove.")
    if inputs.reserved.get(inputs.product) and inputs.verb in ("deploy", "grow"):
        words = "Seats are reserved there already. Confirm or cancel that reservation first."
        _refuse("reservation_open", "seats", words)
    return ground.judged(inputs.canonical(), customer)


def _refuse_unknown(ask: Ask, products: Mapping[str, Product], ground: Ground) -> None:
    if not _known(ask.product, products, ground):
        _refuse("unknown_product", "product", f"There is no product {ask.product!r}.")
    environments = ground.program.document.environments
    if ask.environment not in {GENERAL, *environments}:
        known = ", ".join(environments)
        _refuse(
            "unknown_environment",
            "environment",
            f"There is no environment {ask.environment!r}. Known: {known}.",
        )


def _known(code: str, products: Mapping[str, Product], ground: Ground) -> bool:
    """Whether the asker may know of the product: one that only a version to come has is a secret
    of the vendor's until that version is announced."""
    if code not in products:
        return False
    if code in ground.program.document.products:
        return True
    return ProgramVersion.objects.filter(number=products[code].first_version).exists()


def _refuse(code: str, pointer: str, detail: str) -> None:
    raise Refused(code, detail, reasons=[Reason(code, detail, pointer=pointer)])


def _next_program_day(on: dt.date) -> dt.date | None:
    """The day on which another version takes effect."""
    return (
        ProgramVersion.objects.filter(effective_from__gt=on)
        .order_by("effective_from")
        .values_list("effective_from", flat=True)
        .first()
    )


def _cache_until(
    standing: DeploymentStanding, at: dt.datetime, coming: dt.date | None, ground: Ground
) -> dt.datetime:
    """How long a provisioning system may rely on the answer: never into a day on which something
    that it stands on has ended, a lapse tightens, or another program is in force (``coming``), and
    never past the end of an exception that it rests on."""
    verdict, cache = standing.verdict, standing.program.document.gate.cache
    minutes = cache.allow_minutes if verdict.allowed else cache.deny_minutes
    zone = zoneinfo.ZoneInfo(vendor_by_id(scope.current().vendor_id).time_zone)
    tightens = verdict.standing.next_on if verdict.standing else None
    ends = [day for day in (standing.opens_until, tightens, coming) if day]
    midnights = [dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) for day in ends]
    until = [ground.ends_at[ref] for ref in verdict.exceptions]
    return min([at + dt.timedelta(minutes=minutes), *midnights, *until])
