"""Borealis: cloud backup in EUR, Lisbon time. The contrast, and proof that walls stand."""

from __future__ import annotations

from collections.abc import Iterator

from demo import cast
from demo.cast import PartnerPart
from demo.people import open_logins
from demo.stage import (
    DIGEST,
    Stage,
    add_customers,
    add_partners,
    certify,
    deploy,
    newest,
    settle_levels,
    shares,
)
from licensing.actions import Ask
from partners import actions as partners
from programs.document import GENERAL
from programs.models import PartnerType

LEAD = "Northwind Backup"
SKILLS = {
    "msp": [
        "backup-deploy restore-lead",
        "backup-deploy",
        "backup-sell",
        "backup-deploy restore-lead",
    ],
    "reseller": ["backup-sell", "backup-deploy backup-sell"],
}
_VERTICALS = ("professional", "professional", "retail", "education", "legal", "banking")


def build(stage: Stage, scale: int) -> None:
    """All of Borealis; it stays small at every scale, as a contrast."""
    parts = cast.borealis(scale)
    add_partners(stage, parts, SKILLS)
    plan: dict[str, list[tuple[int, str, str, int]]] = {}
    for part in parts:
        if not part.people:
            continue
        plan[part.name] = []
        for number in range(part.people):
            for track in SKILLS[part.kind][number % len(SKILLS[part.kind])].split():
                plan[part.name] += [(number, *r) for r in _history(stage, part.quirk, track)]
    certify(stage, plan)
    customers = {part.name: list(_customers(stage, part)) for part in parts}
    sizes = {part.name: list(shares(stage, part.seats, part.customers)) for part in parts}
    add_customers(stage, customers)
    asks = []
    for part in parts:
        day = 200 if part.quirk == "lapsed" else 150
        for customer, seats in zip(stage.customers[part.name], sizes[part.name], strict=True):
            asks.append((day, Ask(customer, "saas-backup", GENERAL, seats)))
    deploy(stage, asks)
    partners.sign_agreement(
        stage.partners[LEAD],
        kind="dpa_vendor",
        signed_by="Priya Nair",
        since=stage.ago(300),
        text_sha256=DIGEST,
        at=stage.at(stage.ago(300)),
    )
    settle_levels(stage, skip={part.name for part in parts if part.quirk == "new"})
    partners.submit_application(
        company="Alentejo Redes",
        country="PT",
        contact_name="Rui Sousa",
        contact_email="rui@alentejo.example",
        partner_type=PartnerType.objects.get(code="msp"),
        at=stage.at(stage.ago(2)),
        message="Backup for municipalities.",
    )
    open_logins(stage)


def _customers(stage: Stage, part: PartnerPart) -> Iterator[dict[str, object]]:
    for number in range(part.customers):
        vertical = stage.draw.choice(_VERTICALS)
        financial = vertical == "banking" and stage.draw.random() < 0.7
        yield {
            "name": stage.names.customer(vertical),
            "since": stage.ago(330 - number),
            "external_id": f"C{number + 1:04}",
            "vertical": vertical,
            "country": part.country,
            "environments": [] if vertical == "banking" and not financial else ["general"],
        }


def _history(stage: Stage, quirk: str, track: str) -> list[tuple[str, str, int]]:
    jitter = stage.draw.randint(0, 20)
    if track == "backup-deploy":
        first = (track, "9", 690 - jitter)
        return [first, (track, "9.5", 400 - jitter)] if stage.draw.random() < 0.6 else [first]
    days = {"restore-lead": 420 if quirk == "lapsed" else 250, "backup-sell": 320}[track] - jitter
    return [(track, newest(stage, track, days), days)]
