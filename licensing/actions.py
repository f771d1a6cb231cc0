"""Asking the gate and acting on its answer."""

from __future__ import annotations

import datetime as dt
import uuid
import zoneinfo
from dataclasses import dataclass

from django.db import connection

from licensing.models import Authorization, Deployment
from licensing.receipts import payload_of, sign_receipt
from licensing.rules import DeploymentStanding, ground_for
from partners.models import Customer
from programs.document import GENERAL
from programs.locks import lock_partners
from programs.models import Product, ProgramVersion
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.writing import Reason, Refused, action, record_event

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
    _refuse_unfit(seats)
    if not dry_run:
        # From here on nobody can revoke, suspend, reclassify or publish until this commits.
        lock_partners([customer.partner_id])
    decision = _decide(customer.pk, product, environment, seats, at)
    return decision if dry_run else _keep(decision)


def _refuse_unfit(seats: int) -> None:
    if isinstance(seats, bool) or not isinstance(seats, int) or not 0 <= seats <= MAX_SEATS:
        reason = Reason(
            "invalid_seats",
            f"Seats are a whole number from 0 to {MAX_SEATS:,}.",
            pointer="seats",
        )
        raise Refused("invalid_seats", reasons=[reason])


def _decide(
    customer_id: int, product: str, environment: str, seats: int, at: dt.datetime
) -> Decision:
    """Read everything afresh (the lock is held by now) and judge."""
    on = vendor_by_id(scope.current().vendor_id).day_of(at)
    customer = Customer.objects.select_related("partner").filter(pk=customer_id).first()
    if customer is None:
        raise Refused("not_found", "There is no such customer.")
    ground = ground_for([customer.partner], on, customers=[customer])
    document = ground.program.document
    row = Product.objects.filter(code=product).first()
    if row is None:
        _refuse("unknown_product", "product", f"There is no product {product!r}.")
    if environment not in {GENERAL, *document.environments}:
        known = ", ".join(document.environments)
        _refuse(
            "unknown_environment",
            "environment",
            f"There is no environment {environment!r}. Known: {known}.",
        )
    inputs = ground.inputs(
        customer.partner_id, product, [environment], customer=customer, seats=seats
    )
    if seats == 0 and not inputs.before:
        _refuse("invalid_seats", "seats", "Nothing runs there, so there is nothing to remove.")
    standing = ground.judged(inputs.canonical(), customer)
    return Decision(standing, row, seats, at, _cache_until(standing, at))


def _refuse(code: str, pointer: str, detail: str) -> None:
    raise Refused(code, detail, reasons=[Reason(code, detail, pointer=pointer)])


def _cache_until(standing: DeploymentStanding, at: dt.datetime) -> dt.datetime:
    """How long a provisioning system may rely on the answer: never into a day on which something
    that it stands on has ended, or on which another program is in force."""
    limit = at + (ALLOW_FOR if standing.verdict.allowed else DENY_FOR)
    coming = (
        ProgramVersion.objects.filter(effective_from__gt=standing.inputs.on)
        .order_by("effective_from")
        .values_list("effective_from", flat=True)
        .first()
    )
    zone = zoneinfo.ZoneInfo(vendor_by_id(scope.current().vendor_id).time_zone)
    ends = [day for day in (standing.opens_until, coming) if day]
    midnights = [dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC) for day in ends]
    return min([limit, *midnights])


def _keep(decision: Decision) -> Decision:
    """Write the decision, its receipt and event, and, where allowed, the deployment."""
    row = _decision_row(decision)
    row.save()
    record_event(
        "authorization.allowed" if decision.allowed else "authorization.denied",
        row,
        data={
            "customer": decision.standing.customer.ref,
            "product": decision.product.code,
            "environments": row.environments,
            "verb": row.verb,
            "seats": [row.seats_before, row.seats],
            "reasons": [reason["code"] for reason in row.reasons],
            "inputs_digest": row.inputs_digest,
        },
        program_version=decision.standing.program.number,
    )
    if decision.allowed:
        _deploy(decision, row)
    return Decision(
        decision.standing,
        decision.product,
        decision.seats,
        decision.decided_at,
        decision.cache_until,
        row,
    )


def _decision_row(decision: Decision) -> Authorization:
    standing = decision.standing
    inputs, verdict, customer = standing.inputs, standing.verdict, standing.customer
    assert customer is not None
    row = Authorization(
        vendor_id=customer.vendor_id,
        # Signed before it is written, and never written twice: the id must be known first.
        public_id=_new_public_id(),
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
            partner=standing.partner,
            customer=customer,
            product=decision.product.code,
            program=standing.program,
        )
    )
    return row


def _new_public_id() -> uuid.UUID:
    with connection.cursor() as cursor:
        cursor.execute("SELECT mainstay_uuid7()")
        found: uuid.UUID = cursor.fetchone()[0]
    return found


def _deploy(decision: Decision, row: Authorization) -> None:
    """Bring the deployment to the quantity allowed; the partner's lock makes this one's turn."""
    held = Deployment.objects.filter(customer=row.customer_id, product=row.product_id).first()
    if held is None:
        held = Deployment(
            vendor_id=row.vendor_id,
            partner_id=row.partner_id,
            customer_id=row.customer_id,
            product_id=row.product_id,
        )
    if not row.seats_before:
        held.since = row.decided_on
    if row.verb != Authorization.Verb.SHRINK:
        held.environments = row.environments
    held.seats = row.seats
    held.authorization = row
    held.save()
