"""What Aurora's partners agreed with their customers, and with whom they share it."""

from __future__ import annotations

import random
from decimal import Decimal

from demo.cast import PartnerPart
from demo.stage import Stage
from partners import actions as partners
from programs.rules.periods import add_months
from tenants.importing import apply_import, import_kind, stage_import, write_csv

SERVICES = ("security", "security; end_user", "infrastructure; security", "cloud; security")
DUTIES = "deploy; monitor; patch; troubleshoot; restore"


def contract(stage: Stage, parts: list[PartnerPart]) -> None:
    """Two customers of three have a contract, most over 12 to 36 months, some evergreen."""
    columns = import_kind("contracts").columns
    draw = random.Random(f"{stage.vendor.code} contracts")  # apart: other draws stay as they are
    lines = []
    for part in parts:
        if part.kind == "reseller" or part.quirk == "exited":
            continue
        partner = stage.partners[part.name]
        for number, customer in enumerate(stage.customers[part.name]):
            if draw.random() < 0.33:
                continue
            months = draw.choice((12, 24, 24, 36, 36))
            since = max(stage.ago(draw.randint(20, months * 30)), customer.since)
            evergreen, renews = draw.random() < 0.1, draw.random() < 0.6
            values = {
                "external_id": f"C-{partner.external_id}-{number + 1:03}",
                "customer": customer.ref,
                "partner": partner.external_id,
                "scopes": draw.choice(SERVICES),
                "duties": DUTIES,
                "since": since,
                "months": "" if evergreen else months,
                "ends_on": "" if evergreen else add_months(since, months),
                "auto_renews": "yes" if renews and not evergreen else "",
                "notice_days": draw.choice((30, 60, 90)) if renews or evergreen else "",
                "fee": draw.randint(6, 90) * 50,
                "currency": "USD",
                "response_s1": 30,
                "restoration_s1": 240,
                "response_s2": 120,
                "uptime": "99.9",
            }
            lines.append([values.get(name, "") for name in columns])
    at = stage.at(stage.today)
    text = write_csv(columns, lines)
    apply_import(
        stage_import("contracts", data=text.encode(), file_name="contracts.csv", at=at), at=at
    )


def share(stage: Stage, lead: str) -> None:
    """The lead partner shares fees in sums, one with its account manager, and hides a name."""
    partner = stage.partners[lead]
    partners.choose_sharing(partner, "fee", "aggregate")
    customer = stage.customers[lead][0]
    partners.choose_sharing(partner, "fee", "cam", customer=customer)
    hidden = partners.add_customer(
        partner,
        name="Client 44",
        private_name="Roundhay Family Office",
        domain="roundhay.example",
        external_id="N044",
        vertical="finance",
        country="GB",
        environments=["general"],
        since=stage.ago(200),
    )
    partners.record_contract(
        hidden,
        scopes=["security"],
        duties=["monitor", "restore"],
        since=stage.ago(200),
        at=stage.at(stage.today),
        months=12,
        auto_renews=True,
        notice_days=90,
        fee=Decimal("1900.00"),
        currency="USD",
        credit=Decimal(10),
        external_id="C-N044",
    )
