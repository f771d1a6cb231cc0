"""``manage.py program replay AUTHORIZATION``: prove a decision from what it kept."""

from __future__ import annotations

import argparse
import json

from django.core.management.base import CommandError

from licensing.models import Authorization
from licensing.replay import Difference, Replayed, as_known_now, replay
from licensing.rules import Verdict, reasons_of
from tenants import scope
from tenants.models import Vendor

HELP = "judge a decision again from its stored inputs"


def configure(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("authorization", help="the decision's id, aut_…")
    parser.add_argument("--vendor", help="the vendor's code, where you know it")
    parser.add_argument(
        "--as-known-now",
        action="store_true",
        help="also judge that day by what is known of it today",
    )


def run(*, authorization: str, vendor: str | None, as_known_now: bool) -> str:
    """The text to print. ``CommandError`` where there is no such decision, or where the replay
    differs from what was stored."""
    for held in Vendor.objects.filter(**({"code": vendor} if vendor else {})).order_by("pk"):
        with scope.entered_vendor(held.pk, origin="command"):
            found = (
                Authorization.objects.select_related("program_version", "product")
                .with_public_id(authorization)
                .first()
            )
            if found is not None:
                return _report(found, as_known_now)
    raise CommandError(f"There is no decision {authorization!r}.")


def _report(decided: Authorization, with_now: bool) -> str:
    played = replay(decided)
    lines = _then(decided, played)
    if with_now:
        lines += _now(decided)
    if not (played.same and played.intact):
        raise CommandError("\n".join([*lines, "The replay does NOT equal what was stored."]))
    return "\n".join([*lines, "The replay equals the stored result."])


def _then(decided: Authorization, played: Replayed) -> list[str]:
    return [
        f"{decided.ref}: {decided.decision} {decided.verb} {decided.product.code} "
        f"{decided.seats_before} -> {decided.seats} seats",
        f"decided at {decided.decided_at.isoformat()} under program version "
        f"{decided.program_version.number} ({decided.program_version.digest[:12]})",
        f"inputs {decided.inputs_digest[:12]}: {'untouched' if played.intact else 'CHANGED'}",
        *_words(played.verdict),
    ]


def _now(decided: Authorization) -> list[str]:
    verdict, differences = as_known_now(decided)
    word = "allow" if verdict.allowed else "deny"
    listed = [_difference(found) for found in differences] or ["  nothing is known differently"]
    return [f"As known now: {word}", *_words(verdict), *listed]


def _words(verdict: Verdict) -> list[str]:
    return [f"  - {reason.code}: {reason.detail}" for reason in reasons_of(verdict, {})]


def _difference(found: Difference) -> str:
    then, now = (json.dumps(value, ensure_ascii=False) for value in (found.then, found.now))
    return f"  {found.path}: then {then}, now {now}"
