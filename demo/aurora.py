"""Aurora: security products in USD, Berlin time. The larger vendor and the tour's scene."""

from __future__ import annotations

from collections.abc import Iterator

from demo import cast, cosell, joining, registrations, relations, renewals
from demo.aurora_next import announce
from demo.cast import PartnerPart
from demo.contracts import contract, share
from demo.people import open_logins
from demo.release import release
from demo.scenes import play
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
from partners.models import Customer, Partner
from programs.document import GENERAL
from programs.models import PartnerType

LEAD = "Northwind Managed IT"
TOUR_SEATS = 10  # so few that the 40 of the tour are more than a directory may add
LEFT = 97  # days ago: past the grace of a departure and the weeks without new customers

# What the people of a team hold, by the partner's type; longer teams begin again.
SKILLS: dict[str, list[str]] = {
    "msp": [
        "endpoint-deploy infra-manage partner-support",
        "endpoint-deploy sec-operate",
        "sales-core",
        "endpoint-deploy sec-operate",
        "endpoint-deploy partner-support",
        "endpoint-deploy infra-manage",
        "sec-operate sec-respond",
    ],
    "mssp": [
        "endpoint-deploy infra-manage sec-operate",
        "sec-operate sec-respond endpoint-deploy",
        "sec-operate sec-respond partner-support",
        "sec-operate",
        "sales-core",
    ],
    "vertical": [
        "endpoint-deploy infra-manage partner-support",
        "endpoint-deploy hipaa sec-operate",
        "endpoint-deploy hipaa sec-operate sec-respond",
        "hipaa partner-support",
        "sales-core",
    ],
    "var_to_msp": ["endpoint-deploy partner-support", "endpoint-deploy", "sales-core"],
    "cloud": ["cloud-architect endpoint-deploy", "cloud-architect", "sales-core"],
    "reseller": ["sales-core"],
}
# Days ago of the first course, the delta and the new course; None: the track has no such thing.
COURSES = {
    "endpoint-deploy": ("4.0", 700, "4.5", 400, 150),
    "infra-manage": ("4.0", 650, "4.5", 355, 120),
    "sec-operate": ("2025.1", 640, "2025.2", 345, 80),
}
EXAMS = {"partner-support": 420, "sec-respond": 430, "cloud-architect": 700, "ot-deploy": 430,
         "hipaa": 240, "pci": 200, "sales-core": 380}  # fmt: skip

LEAD_RESULTS = [
    # person, track, version, days ago
    (0, "endpoint-deploy", "4.0", 690), (0, "endpoint-deploy", "4.5", 380),
    (0, "infra-manage", "4.0", 640), (0, "infra-manage", "4.5", 350),
    (0, "partner-support", "", 410),
    (1, "endpoint-deploy", "4.0", 660),
    (2, "sec-operate", "2025.1", 630), (2, "sec-operate", "2025.2", 330),
    (3, "endpoint-deploy", "4.0", 655),
    (3, "sec-operate", "2025.1", 625), (3, "sec-operate", "2025.2", 320),
    (4, "hipaa", "", 200), (4, "partner-support", "", 390),
    (5, "hipaa", "", 340), (6, "sales-core", "", 300),
    (7, "endpoint-deploy", "4.0", 645), (7, "infra-manage", "4.0", 600),
]  # fmt: skip


def build(stage: Stage, scale: int) -> None:
    """All of Aurora, in the order in which it happened."""
    parts = cast.aurora(scale)
    add_partners(stage, parts, SKILLS)
    certify(stage, {part.name: _results(stage, part) for part in parts if part.people})
    customers = {}
    for part in parts:
        _papers(stage, part)
        customers[part.name] = list(_customers(stage, part))
    add_customers(stage, customers)
    _lead_customers(stage)
    contract(stage, parts)
    share(stage, LEAD)
    renewals.agree(stage, LEAD)
    # All partners' requests of one day are one set: the gate decides it in a few statements.
    deploy(stage, [ask for part in parts for ask in _deployments(stage, part)])
    _turns(stage, parts)
    _figures(stage, parts)
    settle_levels(stage, skip={part.name for part in parts if part.quirk in ("new", "exited")})
    joining.define(stage)
    _applicants(stage)
    release(stage)
    announce(stage)
    open_logins(stage)
    play(stage, LEAD)
    joining.play(stage, parts, LEAD)
    relations.play(stage, LEAD)
    registrations.play(stage, LEAD)
    cosell.play(stage, LEAD)


def _results(stage: Stage, part: PartnerPart) -> list[tuple[int, str, str, int]]:
    if part.quirk == "lead":
        return [(n, track, version or _exam(stage, track, days), days)
                for n, track, version, days in LEAD_RESULTS]  # fmt: skip
    skills = SKILLS[part.kind]
    found = []
    for number in range(part.people):
        for track in skills[number % len(skills)].split():
            found += [(number, *result) for result in _history(stage, part, number, track)]
    return found


def _exam(stage: Stage, track: str, days: int) -> str:
    return newest(stage, track, days)


def _history(
    stage: Stage, part: PartnerPart, number: int, track: str
) -> list[tuple[str, str, int]]:
    """How somebody came to hold a track: the first course, then perhaps the delta or the new."""
    jitter = stage.draw.randint(0, 18)
    if track not in COURSES:
        days = EXAMS[track] - jitter * 6
        return [(track, _exam(stage, track, days), days)]
    first, first_days, delta, delta_days, new_days = COURSES[track]
    if part.quirk == "lapsed" and track == "sec-operate":
        return [(track, "2024.1", 900 - jitter)]
    results = [(track, first, first_days - jitter)]
    chance = stage.draw.random()
    if chance < 0.52:
        results.append((track, delta, delta_days - jitter))
    elif chance < 0.80:
        newer = {"endpoint-deploy": "5.0", "infra-manage": "5.0", "sec-operate": "2026.1"}[track]
        results.append((track, newer, new_days - jitter))
    return results


def _clinical(part: PartnerPart) -> bool:
    return part.quirk == "lead" or part.kind == "vertical"


def _papers(stage: Stage, part: PartnerPart) -> None:
    if _clinical(part):
        partners.sign_agreement(
            stage.partners[part.name],
            kind="baa_vendor",
            signed_by=stage.names.person(),
            since=stage.ago(500),
            text_sha256=DIGEST,
            at=stage.at(stage.ago(500)),
        )


_VERTICALS = ("professional",) * 6 + ("legal",) * 3 + ("retail",) * 3 + (
    "education", "education", "logistics", "logistics", "healthcare", "healthcare",
    "payments", "manufacturing_ot",
)  # fmt: skip


def _customers(stage: Stage, part: PartnerPart) -> Iterator[dict[str, object]]:
    """Customers and the environment class recorded for each; a few were never looked at."""
    for number in range(part.customers):
        healthcare = part.kind == "vertical" and number % 5 < 3
        vertical = "healthcare" if healthcare else stage.draw.choice(_VERTICALS)
        regulated = vertical in stage.document.regulated_verticals
        environments = ["general"]
        if regulated and stage.draw.random() < 0.06:
            environments = []
        elif regulated and part.kind != "cloud":
            environments = [stage.document.regulated_verticals[vertical]]
        elif part.kind == "cloud":
            environments = ["general", "cloud"]
        yield {
            "name": stage.names.customer(vertical),
            "since": stage.ago(460 - (number * 7) % 200),
            "external_id": f"C{number + 1:04}",
            "vertical": vertical,
            "country": part.country,
            "environments": environments,
        }


def _lead_customers(stage: Stage) -> None:
    """The customers that the tour names."""
    partner = stage.partners[LEAD]
    add = {"country": "GB", "since": stage.ago(430)}
    named = [
        ("Calder Logistics", "logistics", ["general"]),
        ("Harrow Dental Group", "healthcare", []),
        ("Aire Valley Clinic", "healthcare", ["clinical"]),
    ]
    for number, (name, vertical, classes) in enumerate(named):
        customer = partners.add_customer(
            partner,
            name=name,
            vertical=vertical,
            environments=classes,
            external_id=f"N{number + 1:03}",
            **add,  # type: ignore[arg-type]
        )
        stage.customers[LEAD].insert(number, customer)


def _attest(stage: Stage, customer: Customer) -> None:
    partners.attest_with_customer(
        customer,
        kind="baa_customer_attested",
        signed_by=stage.names.person(),
        since=stage.ago(180),
        text_sha256=DIGEST,
        at=stage.at(stage.ago(180)),
    )


def _deployments(stage: Stage, part: PartnerPart) -> list[tuple[int, Ask]]:
    """What runs: every deployment asks the gate on its day."""
    asks: list[tuple[int, Ask]] = []
    if part.kind == "reseller":
        return asks
    customers = stage.customers[part.name]
    for number, part_of in enumerate(shares(stage, part.seats, len(customers))):
        customer, day = customers[number], 260 if part.quirk == "lapsed" else 300 - number // 8
        seats = TOUR_SEATS if customer.external_id == "N001" else part_of
        if part.kind == "cloud":
            asks.append((day, Ask(customer, "cspm", "cloud", seats)))
            continue
        if "clinical" in customer.environments and _clinical(part):
            if stage.draw.random() < 0.9:
                _attest(stage, customer)
            day = 120 if part.quirk == "lead" else 30
        if not customer.environments:
            continue
        asks.append((day, Ask(customer, "edr", GENERAL, seats)))
        if stage.draw.random() < 0.4:
            asks.append((day - 1, Ask(customer, "email", GENERAL, round(seats * 0.8) + 1)))
        if number % 4 == 0 and part.people >= 4 and part.kind != "var_to_msp":
            asks.append((day - 2, Ask(customer, "mdr", GENERAL, round(seats * 0.7) + 1)))
    return asks


def _turns(stage: Stage, parts: list[PartnerPart]) -> None:
    """What happened lately: somebody moved, one partner is suspended, one has left."""
    leaver = stage.people[LEAD][2]
    partners.move_person(leaver, stage.partners[parts[5].name], on=stage.ago(LEFT))
    for part in parts:
        partner: Partner = stage.partners[part.name]
        if part.quirk == "suspended":
            reason = "The last two monthly statements are unpaid"
            partners.suspend_partner(partner, on=stage.ago(9), reason=reason)
        elif part.quirk == "exited":
            partners.exit_partner(partner, on=stage.ago(33), reason="Company was sold")


def _figures(stage: Stage, parts: list[PartnerPart]) -> None:
    """Figures from monthly statements and what was attested."""
    draw, month = stage.draw, stage.today.replace(day=1)
    for part in parts:
        if part.quirk in ("new", "exited"):
            continue
        partner = stage.partners[part.name]
        figures = {"retention_12m": draw.randint(82, 98), "grr_12m": draw.randint(80, 97)}
        if part.quirk == "lead":
            figures = {"retention_12m": 93, "grr_12m": 91, "csat_end_customer": 84}
        if part.kind == "var_to_msp":
            figures = {
                "net_seats_12m": draw.randint(20, 260),
                "recurring_share": draw.randint(15, 45),
            }
        if part.kind == "reseller":
            figures = {"revenue_12m": draw.choice((8, 24, 70, 130)) * 1000}
        if part.kind == "cloud":
            figures = {"workloads": draw.randint(60, 700), "nrr_12m": draw.randint(93, 118)}
        for metric, value in figures.items():
            partners.record_fact(
                partner,
                metric=metric,
                period=month,
                value=value,  # type: ignore[arg-type]
                source="Monthly statements",
                at=stage.at(month),
            )
        wanted = {"var_to_msp": ["practice_plan"], "mssp": ["soc_24x7"]}
        for code in wanted.get(part.kind, ["business_plan"]):
            partners.record_attestation(
                partner,
                code=code,
                evidence="Signed document on file",
                attested_by=stage.names.person(),
                at=stage.at(stage.today),
                since=stage.ago(120 if part.quirk == "lead" else draw.randint(40, 420)),
            )


def _applicants(stage: Stage) -> None:
    types = {row.code: row for row in PartnerType.objects.all()}
    waiting = (
        (
            "Brightwater IT",
            "Clare Doyle",
            "msp",
            "IE",
            "18 people, own help desk, 40 customers.",
            3,
            1800,
        ),
        (
            "Sentinel Nord",
            "Mats Lindqvist",
            "mssp",
            "SE",
            "Security operations centre in Malmo.",
            1,
            5200,
        ),
        ("Quickstart Computers", "Al Brown", "reseller", "GB", "Web shop.", 12, 0),
    )
    for company, contact, kind, country, message, days, machines in waiting:
        application = partners.submit_application(
            company=company,
            country=country,
            contact_name=contact,
            contact_email=f"hello@{company.split()[0].lower()}.example",
            partner_type=types[kind],
            message=message,
            domain=f"{company.split()[0].lower()}.example",
            custom={"machines": machines},
            at=stage.at(stage.ago(days)),
        )
        if days > 10:
            partners.refuse_application(
                application,
                at=stage.at(stage.ago(days - 2)),
                reason="The program is for companies that operate what they sell.",
            )
