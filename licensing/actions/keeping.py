"""Keeping decisions: the record, its receipt and event, and what runs because of it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any

from django.db import connection

from licensing.actions.decisions import Decision
from licensing.actions.steps import reservable, reserve, withdraw_reserved
from licensing.actions.used import count_exceptions
from licensing.models import Authorization, Deployment
from licensing.receipts import payload_of, sign_receipt
from licensing.rules.inputs import GRANTS
from partners.models import Customer
from tenants import scope
from tenants.api.grants import issuer
from tenants.keys import ActiveKey, active_key
from tenants.writing import Happened, record_events


def keep(decisions: Sequence[Decision], *, two_step: bool = False) -> list[Decision]:
    """Write the decisions, their receipts and events, and, where allowed, the deployments. In two
    steps what was granted beyond the seats that run is reserved."""
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
    granted = [one for one in kept if one.allowed]
    steps = [one for one in granted if two_step and reservable(one)]
    waiting = {id(one) for one in steps}
    withdraw_reserved([one for one in granted if one.standing.inputs.verb == "shrink"])
    _deploy([one for one in granted if id(one) not in waiting])
    count_exceptions(granted)
    reserved = reserve(steps)
    return [replace(one, reservation=reserved.get(id(one))) for one in kept]


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
            **_passed(decision),
        },
    )


def _passed(decision: Decision) -> dict[str, Any]:
    """What let it pass a closed gate, and who does the work, where there is anything to say."""
    verdict, inputs = decision.standing.verdict, decision.standing.inputs
    values = {
        "through": verdict.through,
        "exceptions": list(verdict.exceptions),
        "operator": inputs.operator,
    }
    return {key: value for key, value in values.items() if value}


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
            passed={k: v for k, v in _passed(decision).items() if k != "operator"},
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
    if row.verb in GRANTS:
        held.environments = row.environments
    held.product_id = row.product_id  # a product that went gives its row to the one that follows
    held.seats, held.authorization, held.updated_at = row.seats, row, decision.decided_at
    return held
