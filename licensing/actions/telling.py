"""What machines wait for: a gate's stage that changed, an authorisation that no longer holds.

Both become events, which webhooks follow. Found by comparing what holds with what was last told,
so nothing has to notice the cause, and a downtime of any length only means told later.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from alerts.actions import Change, alone_telling, told_anew
from licensing.models import Authorization, Deployment
from licensing.panels import running_groups
from licensing.rules import Ground, ground_for
from licensing.rules.running import RUNS_OR_WILL
from partners.models import Customer, Partner
from programs.compiled import program_or_none
from tenants.rows import format_public_id
from tenants.writing import Happened, action, record_events

OPEN, CLOSED, SUSPEND = "open", "closed", "suspend"
STRICTER = (OPEN, "grace", "block_new", "block_growth", CLOSED, SUSPEND)
"""``closed``: the gate is closed, and no lapse gives it stages."""
PUSHED = {
    "authorization.revoked": ("customer", "product", "reason", "deployment"),
    "authorization.restored": ("customer", "product", "deployment"),
    "standing.changed": ("product", "stage", "was", "cause", "since", "next_stage", "next_on"),
}


@dataclass(frozen=True)
class Stage:
    """Where the gate of what runs stands: the strictest of its classes, and why."""

    stage: str = OPEN
    why: Mapping[str, Any] | None = None


@action("authorizations.request")
def tell_standing(*, on: dt.date, at: dt.datetime) -> int:
    """Record what changed since it was last told, for the whole vendor; returns how many events.

    Constant queries. Nothing happens before the first program, or while somebody else compares.
    """
    if program_or_none(on) is None or not alone_telling():
        return 0
    running = list(_running())
    ids = {row.partner_id for row in running}
    partners = list(Partner.objects.filter(pk__in=ids))
    stages = _stages(ground_for(partners, on), ids)
    changed = told_anew(
        "standing",
        {key: found.stage for key, found in _strictest(stages).items()},
        default=OPEN,
        at=at,
    )
    _record_standing(changed, _strictest(stages))
    reasons = {
        (row.partner_id, row.ref): _ended(row, on, stages.get(row.group, Stage()))
        for row in running
    }
    ended = told_anew("authorization", reasons, default="", at=at)
    _record_authorizations(ended, {row.ref: row for row in running})
    return len(changed) + len(ended)


@dataclass(frozen=True)
class Row:
    """Seats that run, or are reserved, with what their authorisation hangs on."""

    partner_id: int
    status: str
    product: str
    environments: tuple[str, ...]
    until: dt.date | None
    public_id: uuid.UUID
    authorization: uuid.UUID | None
    customer: uuid.UUID

    @property
    def ref(self) -> str:
        return format_public_id(Deployment.prefix, self.public_id)

    @property
    def group(self) -> tuple[int, str, tuple[str, ...]]:
        return self.partner_id, self.product, self.environments


def _running() -> Iterable[Row]:
    rows = Deployment.objects.filter(RUNS_OR_WILL).values_list(
        "partner_id",
        "partner__status",
        "product__code",
        "environments",
        "customer__until",
        "public_id",
        "authorization__public_id",
        "customer__public_id",
    )
    for partner_id, status, product, environments, *rest in rows.order_by("pk"):
        yield Row(partner_id, status, product, tuple(environments), *rest)


def _stages(
    ground: Ground, partner_ids: Iterable[int]
) -> dict[tuple[int, str, tuple[str, ...]], Stage]:
    """Per partner, product and combination of classes that runs there."""
    found = {}
    for (partner_id, code), groups in running_groups(list(partner_ids)).items():
        for group in groups:
            found[partner_id, code, group.environments] = _stage(
                ground, partner_id, code, group.environments
            )
    return found


def _stage(ground: Ground, partner_id: int, code: str, environments: tuple[str, ...]) -> Stage:
    if ground.is_open(partner_id, code, environments):
        return Stage()
    held = ground.standing(partner_id, code, environments).verdict.standing
    if held is None:
        return Stage(CLOSED)
    values = held.to_dict()
    return Stage(held.stage, {k: values[k] for k in ("cause", "since", "next_stage", "next_on")})


def _strictest(
    stages: Mapping[tuple[int, str, tuple[str, ...]], Stage],
) -> dict[tuple[int, str], Stage]:
    found: dict[tuple[int, str], Stage] = {}
    for (partner_id, code, _environments), one in stages.items():
        held = found.setdefault((partner_id, code), one)
        if STRICTER.index(one.stage) > STRICTER.index(held.stage):
            found[partner_id, code] = one
    return found


def _ended(row: Row, on: dt.date, stage: Stage) -> str:
    """Why the authorisation behind these seats no longer holds; empty where it does."""
    if row.status != Partner.Status.ACTIVE:
        return f"partner_{row.status}"
    if row.until is not None and row.until <= on:
        return "customer_ended"
    return "lapse_suspended" if stage.stage == SUSPEND else ""


def _record_standing(changed: Iterable[Change], stages: Mapping[tuple[int, str], Stage]) -> None:
    listed = list(changed)
    refs = dict(
        Partner.objects.filter(pk__in={one.partner_id for one in listed}).values_list(
            "pk", "public_id"
        )
    )
    record_events(
        "standing.changed",
        "partner",
        [
            Happened(
                refs[one.partner_id],
                one.partner_id,
                {
                    "product": one.key,
                    "was": one.was,
                    "stage": one.now,
                    **(stages[one.partner_id, one.key].why or {}),
                },
            )
            for one in listed
        ],
    )


def _record_authorizations(ended: Iterable[Change], rows: Mapping[str, Row]) -> None:
    happened: dict[tuple[str, str], list[Happened]] = {}
    for one in ended:
        row = rows[one.key]
        data = {
            "customer": format_public_id(Customer.prefix, row.customer),
            "product": row.product,
            "deployment": row.ref,
            **({"reason": one.now} if one.now else {}),
        }
        kind = "authorization.revoked" if one.now else "authorization.restored"
        # Seats taken over from before the gate have no decision behind them.
        model = Authorization if row.authorization else Deployment
        subject = row.authorization or row.public_id
        happened.setdefault((kind, str(model._meta.model_name)), []).append(
            Happened(subject, row.partner_id, data)
        )
    for (kind, subject_kind), several in happened.items():
        record_events(kind, subject_kind, several)
