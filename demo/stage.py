"""Builds one vendor of the demo by the same actions that people use, in the order of its history.

All days are relative to today. Only the actions of the apps write, so every row has its events and
every deployment passed the gate on its day.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal

from certifications.actions import record_results
from certifications.rules import NewResult
from demo.cast import Names, PartnerPart
from licensing.actions import Ask, authorize_all
from partners import actions as partners
from partners.models import Customer, Employment, Partner
from programs import library
from programs.actions import publish_program
from programs.compiled import program_on
from programs.document import ProgramDocument, rebased
from programs.gathering import facts_of
from programs.models import Level, PartnerType, Track
from programs.rules import level_met
from reviews.actions import settle_benefits
from tenants.importing import MAX_ROWS, apply_import, import_kind, stage_import, write_csv
from tenants.models import Vendor
from tenants.writing import Refused

DAY = dt.timedelta(days=1)


@dataclass
class Stage:
    """What is being built: the vendor, its program and the generator behind every choice."""

    vendor: Vendor
    now: dt.datetime
    today: dt.date
    document: ProgramDocument
    draw: random.Random
    names: Names
    partners: dict[str, Partner] = field(default_factory=dict)
    people: dict[str, list[Employment]] = field(default_factory=dict)
    customers: dict[str, list[Customer]] = field(default_factory=dict)

    def ago(self, days: int) -> dt.date:
        return self.today - days * DAY

    def at(self, day: dt.date) -> dt.datetime:
        """Noon of the day, UTC: the same calendar day in every zone of the demo."""
        return dt.datetime.combine(day, dt.time(12), tzinfo=dt.UTC)


Edit = Callable[[ProgramDocument, dt.date], ProgramDocument]
"""What a vendor adds to the program of the library, on its day of today."""


def open_stage(vendor: Vendor, now: dt.datetime, edit: Edit | None = None) -> Stage:
    """Publish the vendor's program, its release days moved to the vendor's day at ``now``."""
    today = vendor.day_of(now)
    document = rebased(library.program(vendor.code), library.DEMO_REFERENCE_DAY, today)
    if edit is not None:
        document = edit(document, today)
    draw = random.Random(vendor.code)
    stage = Stage(vendor, now, today, document, draw, Names(draw))
    publish_program(
        document,
        at=stage.at(today),
        effective_from=stage.ago(1200),
        announced_on=stage.ago(1260),
        note="First edition",
    )
    return stage


def add_partners(stage: Stage, parts: list[PartnerPart], skills: dict[str, list[str]]) -> None:
    """Partners with people, agreement and customers, as of the day each joined."""
    types = {row.code: row for row in PartnerType.objects.all()}
    for index, part in enumerate(parts):
        joined = stage.ago(1100 - (index * 17) % 500 if part.quirk != "new" else 6)
        partner = partners.add_partner(
            name=part.name,
            partner_type=types[part.kind],
            joined_on=joined,
            external_id=f"{stage.vendor.code[:3].upper()}-{1000 + index}",
            city=part.city,
            country=part.country,
            domain=f"{slug(part.name)}.example",
        )
        stage.partners[part.name] = partner
        if part.quirk != "new":
            partners.sign_agreement(
                partner,
                kind="partner_agreement",
                signed_by=stage.names.person(),
                since=joined,
                text_sha256=DIGEST,
                at=stage.at(joined),
            )
        _add_people(stage, part, partner, joined, len(skills.get(part.kind, [])))


DIGEST = "9f2c4b1e" * 8  # the digest of an agreement's text; the demo has no text of its own


def slug(name: str) -> str:
    return "".join(ch for ch in name.lower() if ch.isalnum())


def _add_people(
    stage: Stage, part: PartnerPart, partner: Partner, joined: dt.date, skilled: int
) -> None:
    jobs = ("Engineer", "Senior engineer", "Service manager", "Security analyst", "Sales")
    team = stage.people.setdefault(part.name, [])
    for number in range(part.people):
        name = LEAD_TEAM.get((part.name, number)) or stage.names.person()
        team.append(
            partners.add_person(
                partner,
                name=name,
                since=joined,
                email=f"{slug(name.split()[0])}.{slug(name.split()[-1])}@{slug(part.name)}.example",
                job_title=jobs[number % len(jobs)],
                external_id=f"E{number + 1:03}",
            )
        )


LEAD_TEAM = {
    ("Northwind Managed IT", 0): "Priya Nair",
    ("Northwind Managed IT", 1): "Tom Ellis",
    ("Northwind Managed IT", 2): "Marek Novotny",
    ("Northwind Managed IT", 3): "Jo Whitfield",
    ("Northwind Managed IT", 4): "Ana Ribeiro",
    ("Northwind Backup", 0): "Priya Nair",
}


def add_customers(stage: Stage, lists: dict[str, list[dict[str, object]]]) -> None:
    """Load the partners' customers, by partner name, as a vendor does that comes with lists: one
    file through the importer, which is much faster than one action each."""
    columns = import_kind("customers").columns
    lines = []
    for part, rows in lists.items():
        partner = {"partner": stage.partners[part].external_id}
        for values in rows:
            lines.append([_cell((values | partner).get(name, "")) for name in columns])
    at = stage.at(stage.today)
    for start in range(0, len(lines), MAX_ROWS):
        text = write_csv(columns, lines[start : start + MAX_ROWS])
        job = stage_import("customers", data=text.encode(), file_name="customers.csv", at=at)
        apply_import(job, at=at)
    for part in lists:
        mine = Customer.objects.filter(partner=stage.partners[part])
        stage.customers[part] = list(mine.select_related("partner").order_by("external_id"))


def _cell(value: object) -> object:
    return "; ".join(value) if isinstance(value, list) else value


def certify(stage: Stage, plan: dict[str, list[tuple[int, str, str, int]]]) -> None:
    """Record results: per partner name (person's number, track, version or "", days ago)."""
    tracks = {row.code: row for row in Track.objects.all()}
    by_day: dict[int, list[NewResult]] = defaultdict(list)
    for name, results in plan.items():
        for number, track, version, days in results:
            person = stage.people[name][number].person
            by_day[days] += [
                NewResult(
                    person=person,
                    track=tracks[track],
                    version=version,
                    passed_on=stage.ago(days),
                    score=Decimal(stage.draw.randint(80, 99)),
                    source="import",
                    part=part,
                )
                for part in stage.document.tracks[track].parts or ("",)
            ]
    for days in sorted(by_day, reverse=True):
        record_results(by_day[days], at=stage.at(stage.ago(days)))


def newest(stage: Stage, track: str, days: int) -> str:
    """The newest full course of a track that was out so many days ago; "" without versions."""
    versions = [
        version
        for version in stage.document.tracks[track].versions
        if version.kind == "course" and version.released <= stage.ago(days)
    ]
    return max(versions, key=lambda version: version.released).code if versions else ""


def deploy(stage: Stage, asks: list[tuple[int, Ask]]) -> None:
    """Ask the gate on past days, oldest first: ``(days ago, request)``; one day is one set."""
    by_day: dict[int, list[Ask]] = defaultdict(list)
    for days, ask in asks:
        by_day[days].append(ask)
    for days in sorted(by_day, reverse=True):
        authorize_all(by_day[days], at=stage.at(stage.ago(days)))


def shares(stage: Stage, total: int, count: int) -> Iterator[int]:
    """Split ``total`` seats over ``count`` customers, a few large and many small."""
    weights = [stage.draw.paretovariate(1.6) for _ in range(count)]
    whole = sum(weights)
    for weight in weights:
        yield max(3, round(total * min(weight / whole, 0.25)))


def settle_levels(stage: Stage, skip: set[str]) -> None:
    """Each partner holds the highest level it meets, since a review some weeks ago."""
    on = stage.today
    levels = {
        (row.partner_type.code, row.code): row
        for row in Level.objects.select_related("partner_type")
    }
    facts = facts_of([partner.pk for partner in stage.partners.values()], on)
    document = program_on(on).document
    for name, partner in stage.partners.items():
        for code in facts[partner.pk].held:
            met = level_met(document, code, facts[partner.pk], on)
            if met is None or name in skip:
                continue
            level = levels[code, met]
            try:
                partners.set_level(
                    partner,
                    partner_type=level.partner_type,
                    level=level,
                    on=max(stage.ago(50), partner.joined_on),
                    reason="Quarterly review",
                )
            except Refused:  # it holds that level already
                continue
    for day in (stage.ago(50), on):  # else only the next hourly sweep grants what levels give
        settle_benefits(on=day)
