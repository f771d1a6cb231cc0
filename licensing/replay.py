"""Was it right then, and would it be the same now? A decision is judged again from what it kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from licensing.models import Authorization
from licensing.rules import GateInputs, Verdict, digest_of, ground_for, judge
from partners.models import Customer
from programs.compiled import program_numbered
from tenants.writing import changes


@dataclass(frozen=True)
class Replayed:
    """The verdict found again; ``same`` is bit by bit, ``intact`` says the inputs are untouched."""

    authorization: Authorization
    verdict: Verdict
    same: bool
    intact: bool


@dataclass(frozen=True)
class Difference:
    """One input (a path in its JSON) that is known differently now: late or corrected data."""

    path: str
    then: Any
    now: Any


def replay(decided: Authorization) -> Replayed:
    """Judge the stored inputs under the stored program version."""
    document = program_numbered(decided.program_version.number).document
    verdict = judge(document, GateInputs.from_dict(decided.inputs))
    return Replayed(
        decided,
        verdict,
        same=verdict.to_dict() == decided.result,
        intact=digest_of(decided.inputs) == decided.inputs_digest,
    )


def as_known_now(decided: Authorization) -> tuple[Verdict, list[Difference]]:
    """Judge that day and request by what is known of that day now, and how that differs.

    Seats carry no history: what ran or was reserved, and what exceptions still admitted, is taken
    from the decision.
    """
    then = GateInputs.from_dict(decided.inputs)
    customer = Customer.objects.select_related("partner").get(pk=decided.customer_id)
    ground = ground_for([customer.partner], decided.decided_on, customers=[customer])
    fresh = ground.inputs(
        customer.partner_id,
        then.product,
        then.asked,
        customer=customer,
        seats=then.seats,
        replaces=then.replaces,
        transfers=then.transfers,
        operator=then.operator,
    ).to_dict()
    for key in ("running", "deployed", "reserved", "opened", "at_lapse"):
        fresh.pop(key, None)
        if key in decided.inputs:
            fresh[key] = decided.inputs[key]
    fresh |= {"facts": _without_seats(fresh["facts"], decided.inputs["facts"])}
    document = program_numbered(decided.program_version.number).document
    return judge(document, GateInputs.from_dict(fresh)), list(_differences(decided.inputs, fresh))


def _without_seats(now: dict[str, Any], then: dict[str, Any]) -> dict[str, Any]:
    """The metrics that deployments stand in for as they were; the rest as known now."""
    own = {code: v for code, v in then["metrics"].items() if v["source"] == "deployments"}
    rest = {code: v for code, v in now["metrics"].items() if v["source"] != "deployments"}
    return now | {"metrics": rest | own}


def _differences(then: Any, now: Any, path: str = "") -> Iterator[Difference]:
    if isinstance(then, dict) and isinstance(now, dict):
        for key, (old, new) in changes(then, now).items():
            yield from _differences(old, new, f"{path}.{key}" if path else key)
    elif isinstance(then, list) and isinstance(now, list):
        for row in then:
            if row not in now:
                yield Difference(path, row, None)
        for row in now:
            if row not in then:
                yield Difference(path, None, row)
    elif then != now:
        yield Difference(path, then, now)
