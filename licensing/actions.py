"""Asking the gate and acting on its answer."""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from django.db import connection

from licensing.models import Authorization, Deployment
from licensing.receipts import payload_of, sign_receipt
from licensing.rules import DeploymentStanding, Ground, ground_for
from licensing.rules.standing import needs_of
from partners.models import Customer
from partners.providers import organisations
from programs.compiled import program_or_none
from programs.document import GENERAL
from programs.locks import lock_partners
from programs.models import Product, ProgramVersion
from tenants import scope
from tenants.api.grants import issuer
from tenants.directory import vendor_by_id
from tenants.keys import ActiveKey, active_key
from tenants.writing import Happened, Reason, Refused, action, record_events

MAX_SEATS = 1_000_000
ALLOW_FOR = dt.timedelta(minutes=60)
DENY_FOR = dt.timedelta(minutes=5)


@dataclass(frozen=True)
class Decision:
    """The gate's answer to one request; ``authorization`` is ``None`` for a dry run."""

    standing: DeploymentStanding
    product: Product
    seats: int
    decided_at: dt.datetime
    cache_until: dt.datetime
    authorization: Authorization | None = None

    @property
    def dry_run(self) -> bool:
        return self.authorization is None

    @property
    def allowed(self) -> bool:
        return self.standing.verdict.allowed

    @property
    def word(self) -> str:
        return str(Authorization.Decision.ALLOW if self.allowed else Authorization.Decision.DENY)

    @property
    def reasons(self) -> list[Reason]:
        """The blockers; none where it is allowed (a shrink is, whatever the gate says)."""
        return [] if self.allowed else self.standing.reasons


@dataclass(frozen=True)
class Ask:
    """One request to the gate: ``seats`` is the quantity that shall run afterwards."""

    customer: Customer
    product: str
    environment: str
    seats: int


@action("authorizations.request")
def authorize(
    customer: Customer,
    product: str,
    environment: str,
    seats: int,
    *,
    at: dt.datetime,
    dry_run: bool = False,
) -> Decision:
    """Ask whether ``seats`` of ``product`` may run at the customer, and grant them if so.

    ``seats`` is the quantity afterwards. Allowed: the deployment stands at it when this returns.
    Denied: nothing changes but the decision, which is kept as well. Fewer seats are always
    allowed. ``at`` is an aware instant; the day is the vendor's. A dry run writes nothing.
    Raises ``Refused``: ``invalid_seats``, ``unknown_product``, ``unknown_environment``,
    ``not_found`` (the customer is not the scope's), ``no_program``.
    """
    (decision,) = authorize_all(
        [Ask(customer, product, environment, seats)], at=at, dry_run=dry_run
    )
    return decision


@action("authorizations.request")
def authorize_all(asks: Sequence[Ask], *, at: dt.datetime, dry_run: bool = False) -> list[Decision]:
    """Decide a set of requests in their order, each on what the ones before it granted.

    The answers are those of asking one by one, in a constant number of statements. Raises as
    ``authorize`` does, and then none of the set is decided.
    """
    for ask in asks:
        _refuse_unfit(ask.seats)
    if not asks:
        return []
    if not dry_run:
        # From here on nobody can revoke, suspend, reclassify or publish until this commits.
        _hold({ask.customer.partner_id for ask in asks}, at)
    decisions = _decide(asks, at)
    return decisions if dry_run else _keep(decisions)


def _hold(partner_ids: set[int], at: dt.datetime) -> None:
    """Lock the partners and, where a gate counts their families, those too: whose certificates a
    grant rests on, none of them ends one meanwhile. What to lock is read before the lock, so it is
    asked again under it."""
    on = vendor_by_id(scope.current().vendor_id).day_of(at)
    if not _families_count(on):
        lock_partners(partner_ids)
    if not _families_count(on):
        return
    with scope.widen("family"):
        wanted = partner_ids | _relatives(partner_ids, on)
        lock_partners(wanted)
        if joined := _relatives(partner_ids, on) - wanted:
            lock_partners(joined)


def _families_count(on: dt.date) -> bool:
    program = program_or_none(on)
    return program is not None and "organisation" in needs_of(program)[0]


def _relatives(partner_ids: set[int], on: dt.date) -> set[int]:
    found = organisations(partner_ids, on).values()
    return {relative for held in found for relative, *_ in held.family}


def _refuse_unfit(seats: int) -> None:
    if isinstance(seats, bool) or not isinstance(seats, int) or not 0 <= seats <= MAX_SEATS:
        reason = Reason(
            "invalid_seats",
            f"Seats are a whole number from 0 to {MAX_SEATS:,}.",
            pointer="seats",
        )
        raise Refused("invalid_seats", reasons=[reason])


def _decide(asks: Sequence[Ask], at: dt.datetime) -> list[Decision]:
    """Read everything afresh (the lock is held by now) and judge, one after the other."""
    on = vendor_by_id(scope.current().vendor_id).day_of(at)
    wanted = {ask.customer.pk for ask in asks}
    customers = {
        row.pk: row for row in Customer.objects.select_related("partner").filter(pk__in=wanted)
    }
    if wanted - customers.keys():
        raise Refused("not_found", "There is no such customer.")
    partners = {row.partner_id: row.partner for row in customers.values()}
    ground = ground_for(partners.values(), on, customers=customers.values())
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
            ask.seats,
            at,
            _cache_until(standing, at, coming),
        )
        if decision.allowed:
            ground = ground.granted(standing)
        decisions.append(decision)
    return decisions


def _judged(ask: Ask, customer: Customer, ground: Ground) -> DeploymentStanding:
    inputs = ground.inputs(
        customer.partner_id, ask.product, [ask.environment], customer=customer, seats=ask.seats
    )
    if ask.seats == 0 and not inputs.before:
        _refuse("invalid_seats", "seats", "Nothing runs there, so there is nothing to remove.")
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
    standing: DeploymentStanding, at: dt.datetime, coming: dt.date | None
) -> dt.datetime:
    """How long a provisioning system may rely on the answer: never into a day on which something
    that it stands on has ended, or on which another program is in force (``coming``)."""
    limit = at + (ALLOW_FOR if standing.verdict.allowed else DENY_FOR)
    zone = zoneinfo.ZoneInfo(vendor_by_id(scope.current().vendor_id).time_zone)
    ends = [day for day in (standing.opens_until, coming) if day]
    midnights = [dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) for day in ends]
    return min([limit, *midnights])


def _keep(decisions: Sequence[Decision]) -> list[Decision]:
    """Write the decisions, their receipts and events, and, where allowed, the deployments."""
    # Signed before they are written, and never written twice: the ids must be known first.
    ids = _new_public_ids(len(decisions))
    vendor_id = scope.current().vendor_id
    iss, key = issuer(vendor_id), active_key(vendor_id)
    rows = [_decision_row(one, new, iss, key) for one, new in zip(decisions, ids, strict=True)]
    Authorization.objects.bulk_create(rows)
    kept = [replace(one, authorization=row) for one, row in zip(decisions, rows, strict=True)]
    for allowed in (True, False):
        some = [one for one in kept if one.allowed is allowed]
        word = "allowed" if allowed else "denied"
        record_events(
            f"authorization.{word}",
            "authorization",
            [_happened(one) for one in some],
            program_version=decisions[0].standing.program.number,
        )
    _deploy([one for one in kept if one.allowed])
    return kept


def _happened(decision: Decision) -> Happened:
    row, customer = decision.authorization, _customer(decision)
    assert row is not None
    return Happened(
        subject_id=row.public_id,
        partner_id=row.partner_id,
        data={
            "customer": customer.ref,
            "product": decision.product.code,
            "environments": row.environments,
            "verb": row.verb,
            "seats": [row.seats_before, row.seats],
            "reasons": [reason["code"] for reason in row.reasons],
            "inputs_digest": row.inputs_digest,
        },
    )


def _decision_row(
    decision: Decision, public_id: uuid.UUID, iss: str, key: ActiveKey
) -> Authorization:
    standing = decision.standing
    inputs, verdict, customer = standing.inputs, standing.verdict, _customer(decision)
    row = Authorization(
        vendor_id=customer.vendor_id,
        public_id=public_id,
        partner_id=customer.partner_id,
        customer=customer,
        product=decision.product,
        environments=list(verdict.environments),
        verb=verdict.verb,
        seats_before=inputs.before,
        seats=decision.seats,
        decision=decision.word,
        reasons=[] if decision.allowed else standing.kept_reasons,
        result=verdict.to_dict(),
        inputs=inputs.to_dict(),
        inputs_digest=inputs.digest(),
        program_version_id=standing.program.version_id,
        decided_on=inputs.on,
        decided_at=decision.decided_at,
        cache_until=decision.cache_until,
    )
    row.receipt = sign_receipt(
        payload_of(
            row,
            iss=iss,
            partner=standing.partner,
            customer=customer,
            product=decision.product.code,
            program=standing.program,
        ),
        key,
    )
    return row


def _customer(decision: Decision) -> Customer:
    """Decisions are always about a customer; standings need not be."""
    customer = decision.standing.customer
    assert customer is not None
    return customer


def _new_public_ids(count: int) -> list[uuid.UUID]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT mainstay_uuid7() FROM generate_series(1, %s)", [count])
        return [row[0] for row in cursor.fetchall()]


def _deploy(granted: Sequence[Decision]) -> None:
    """Bring the deployments to the quantities allowed; the partners' lock makes this our turn."""
    # Of several grants for one customer and product the last says what runs.
    keys = {(_customer(one).pk, one.product.pk): one for one in granted}
    held = _held({customer_id for customer_id, _ in keys}, granted)
    changed = []
    for key, one in keys.items():
        rows = held.get(key, [])
        changed.append(_deployed(one, rows[0] if rows else None))
        for former in rows[1:]:  # its seats are part of the quantity that was allowed
            former.seats, former.updated_at = 0, one.decided_at
            changed.append(former)
    new, known = [r for r in changed if r.pk is None], [r for r in changed if r.pk is not None]
    Deployment.objects.bulk_create(new)
    if known:
        fields = ["product", "since", "environments", "seats", "authorization", "updated_at"]
        Deployment.objects.bulk_update(known, fields)


def _held(
    customer_ids: Collection[int], granted: Sequence[Decision]
) -> dict[tuple[int, int], list[Deployment]]:
    """Per customer and product its deployment, and behind it those of products it follows."""
    if not granted:
        return {}
    document = granted[0].standing.program.document
    wanted = {one.product.code: one.product.pk for one in granted}
    found: dict[tuple[int, int], list[Deployment]] = {}
    rows = Deployment.objects.filter(customer_id__in=customer_ids).select_related("product")
    for row in rows.order_by("pk"):
        code = document.successor("products", row.product.code) or row.product.code
        if code in wanted:
            found.setdefault((row.customer_id, wanted[code]), []).append(row)
    for (_customer_id, product_id), several in found.items():
        several.sort(key=lambda row: row.product_id != product_id)
    return found


def _deployed(decision: Decision, held: Deployment | None) -> Deployment:
    """The deployment as the decision leaves it, not yet written."""
    row = decision.authorization
    assert row is not None
    if held is None:
        held = Deployment(
            vendor_id=row.vendor_id,
            partner_id=row.partner_id,
            customer_id=row.customer_id,
            product_id=row.product_id,
            since=row.decided_on,
            environments=row.environments,
        )
    if not row.seats_before:
        held.since = row.decided_on
    if row.verb != Authorization.Verb.SHRINK:
        held.environments = row.environments
    held.product_id = row.product_id  # a product that went gives its row to the one that follows
    held.seats, held.authorization, held.updated_at = row.seats, row, decision.decided_at
    return held
