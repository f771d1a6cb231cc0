"""What pages show of the gate: products with what runs, open or why not; for sets of partners."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Sum
from django.urls import reverse
from django.utils.translation import gettext as _

from licensing.models import Deployment
from licensing.rules import DeploymentStanding, Ground, ground_for, reasons_of
from licensing.rules.lapse_words import BADGES
from licensing.rules.standing import still_works
from partners.models import Partner
from partners.words import unit_words
from programs.document import GENERAL, Product
from tenants.writing import Reason, Refused
from web.codes import words_of

ICONS = {
    "endpoint": "shield",
    "detection": "radar-2",
    "email": "mail",
    "cloud": "cloud",
    "ot": "building-factory-2",
    "saas": "cloud-up",
    "server": "server",
}


@dataclass(frozen=True)
class Group:
    """Seats of one product under one combination of classes."""

    environments: tuple[str, ...]
    seats: int
    customers: int


@dataclass(frozen=True)
class ClassRow:
    """One environment class of a product: may the partner deploy there, and what runs there."""

    code: str
    title: str
    standing: DeploymentStanding
    reasons: list[Reason]
    seats: int
    customers: int

    @property
    def open(self) -> bool:
        return self.standing.open

    @property
    def stage(self) -> str:
        """The stage of a lapse, empty where there is none."""
        found = self.standing.verdict.standing
        return found.stage if found else ""

    @property
    def stage_words(self) -> str:
        return self.standing.stage_words

    @property
    def badge(self) -> tuple[str, str]:
        """Words and tone: open, the stage of a lapse, an exception, or blocked."""
        return badge_of(self.standing)

    @property
    def excepted(self) -> bool:
        """Whether an exception lets everything pass today."""
        return self.standing.verdict.through in ("override", "break_glass")

    @property
    def passes(self) -> bool:
        """Open, or let pass in full by grace or an exception."""
        return passes(self.standing)

    @property
    def blockers(self) -> list[dict[str, Any]]:
        return blockers_of(self.standing, self.reasons, running=bool(self.seats))

    @property
    def opens_until(self) -> dt.date | None:
        return self.standing.opens_until

    @property
    def because(self) -> list[str]:
        return self.standing.because

    @property
    def stuck(self) -> bool:
        """Seats run here that could not grow today."""
        return bool(self.seats) and not self.passes


@dataclass(frozen=True)
class LicenceRow:
    """A product as one partner has it."""

    code: str
    title: str
    icon: str
    unit: str
    seats: int
    customers: int
    classes: tuple[ClassRow, ...]
    url: str

    @property
    def unit_words(self) -> str:
        return unit_words(self.unit, self.seats)

    @property
    def more_blockers(self) -> int:
        return len(self.blockers) - 1

    @property
    def base(self) -> ClassRow:
        """The class that always applies, or the first of a product for special classes only."""
        return self.classes[0]

    @property
    def open(self) -> bool:
        return self.base.open

    @property
    def badge(self) -> tuple[str, str]:
        """Words and tone."""
        if not self.open:
            return self.base.badge
        return (_("Partly blocked"), "warn") if self.needs_you else (_("Open"), "ok")

    @property
    def closed(self) -> tuple[ClassRow, ...]:
        return tuple(row for row in self.classes if not row.open)

    @property
    def needs_you(self) -> bool:
        """Something runs that could not grow today."""
        return any(row.stuck for row in self.classes)

    @property
    def blockers(self) -> list[dict[str, Any]]:
        """Why not: of the base class, or of those in which something runs."""
        if not self.open:
            return self.base.blockers
        found = [blocker for row in self.classes if row.stuck for blocker in row.blockers]
        return list({(b["code"], b["rule"]): b for b in found}.values())

    @property
    def opens_until(self) -> dt.date | None:
        """The first day on which a class in use (or the base) would close."""
        days = [row.opens_until for row in self.classes if row is self.base or row.seats]
        return min(filter(None, days), default=None)

    @property
    def because(self) -> list[str]:
        day = self.opens_until
        rows = [row for row in self.classes if row.opens_until == day]
        return rows[0].because if day and rows else []


def licence_rows(
    partners: Iterable[Partner],
    on: dt.date,
    *,
    ground: Ground | None = None,
    staff: bool = False,
    at: dt.datetime | None = None,
) -> dict[int, list[LicenceRow]]:
    """Per partner id every product of the program in force; constant queries.

    ``staff``: somebody of the vendor reads, so the reasons name the partner instead of "you".
    ``at``: the instant at which exceptions count, unless the ground is given.
    Before the vendor's first program there are no products: the lists are empty.
    """
    held = list(partners)
    try:
        ground = ground or ground_for(held, on, at=at)
    except Refused:
        return {partner.pk: [] for partner in held}
    groups = running_groups([partner.pk for partner in held])
    return {
        partner.pk: [
            _licence(ground, partner.pk, code, product, groups[partner.pk, code], staff)
            for code, product in ground.program.document.products.items()
        ]
        for partner in held
    }


def running_groups(partner_ids: Collection[int]) -> dict[tuple[int, str], list[Group]]:
    """What runs per partner and product, by classes: one query."""
    found: dict[tuple[int, str], list[Group]] = defaultdict(list)
    rows = (
        Deployment.objects.filter(partner_id__in=list(partner_ids), seats__gt=0)
        .order_by()
        .values_list("partner_id", "product__code", "environments")
        .annotate(total=Sum("seats"), customers=Count("customer_id", distinct=True))
    )
    for partner_id, code, environments, total, customers in rows:
        found[partner_id, code].append(Group(tuple(environments), total, customers))
    return found


def blocked_count(partner_ids: Collection[int], on: dt.date) -> int:
    """Products that run somewhere and could not grow there today: "needs you"."""
    groups = running_groups(partner_ids)
    if not groups:
        return 0
    partners = Partner.objects.filter(pk__in={partner_id for partner_id, _code in groups})
    try:
        ground = ground_for(partners, on)
    except Refused:
        return 0
    return sum(
        any(_stuck(ground, partner_id, code, group) for group in listed)
        for (partner_id, code), listed in groups.items()
        if partner_id in ground.partners
    )


def _stuck(ground: Ground, partner_id: int, code: str, group: Group) -> bool:
    if ground.is_open(partner_id, code, group.environments):
        return False
    return not passes(ground.standing(partner_id, code, group.environments))


def passes(standing: DeploymentStanding) -> bool:
    """Open, or let pass in full by grace or an exception."""
    verdict = standing.verdict
    in_grace = verdict.standing is not None and verdict.standing.stage == "grace"
    return verdict.open or in_grace or verdict.through in ("override", "break_glass")


def blockers_of(
    standing: DeploymentStanding,
    reasons: Iterable[Reason] | None = None,
    *,
    running: bool = False,
) -> list[dict[str, Any]]:
    """Reasons as ``web/_blocker.html`` draws them; the last one says what still works.

    ``running``: seats run there although the standing is of the partner alone.
    """
    listed = list(standing.reasons if reasons is None else reasons)
    closed = running and listed and not passes(standing)
    words = still_works() if closed else standing.still_works
    drawn = [blocker(reason) for reason in listed]
    return [*drawn[:-1], {**drawn[-1], "still_works": words}] if drawn else []


def blocker(reason: Reason) -> dict[str, Any]:
    """One reason as ``web/_blocker.html`` draws it."""
    return {
        "tone": "warn" if reason.code in {"unknown_fact", "classify_customer"} else "bad",
        "code": reason.code,
        "rule": reason.detail,
        # The sentence says need and have already.
        "need": "",
        "have": "",
        "still_works": "",
        "fix_label": reason.fix,
        "fix_url": reason.fix_url,
        "who": reason.who,
    }


def badge_of(standing: DeploymentStanding) -> tuple[str, str]:
    """What one word says of a gate: open, how far a lapse has gone, an exception, or blocked."""
    verdict = standing.verdict
    if verdict.open:
        return _("Open"), "ok"
    if verdict.through == "break_glass":
        return _("Glass broken"), "warn"
    if verdict.through == "override":
        return _("Override"), "warn"
    if verdict.standing:
        words, tone = BADGES[verdict.standing.stage]
        return str(words), tone
    return _("Blocked"), "bad"


def icon_of(product: Product) -> str:
    return ICONS.get(product.family or "", "package")


def _licence(
    ground: Ground,
    partner_id: int,
    code: str,
    product: Product,
    groups: list[Group],
    staff: bool,
) -> LicenceRow:
    order = dict.fromkeys([GENERAL, *ground.program.document.environments])
    running = {name for group in groups for name in group.environments} - {GENERAL}
    # The gates come first (the base is one); classes without one of their own run as well.
    classes = [
        *(name for name in order if name in product.gates),
        *(name for name in order if name in running and name not in product.gates),
        *sorted(running.difference(order)),
    ]
    return LicenceRow(
        code=code,
        title=ground.program.document.title_of("products", code),
        icon=icon_of(product),
        unit=product.unit,
        seats=sum(group.seats for group in groups),
        customers=sum(group.customers for group in groups),
        classes=tuple(
            _class_row(ground, partner_id, code, name, groups, staff) for name in classes
        ),
        url=reverse("licensing:product", args=[code]),
    )


def _class_row(
    ground: Ground, partner_id: int, code: str, name: str, groups: list[Group], staff: bool
) -> ClassRow:
    standing = ground.standing(partner_id, code, [name])
    there = [
        group
        for group in groups
        if name in group.environments or (name == GENERAL and not group.environments)
    ]
    if name == GENERAL:
        there = [group for group in there if set(group.environments) <= {GENERAL}]
    return ClassRow(
        code=name,
        title=words_of(name),
        standing=standing,
        reasons=for_staff(standing) if staff else standing.reasons,
        seats=sum(group.seats for group in there),
        customers=sum(group.customers for group in there),
    )


def for_staff(standing: DeploymentStanding) -> list[Reason]:
    """The reasons addressed to the vendor's side: the partner is named, not "you"."""
    return reasons_of(standing.verdict, standing.names, holder=standing.partner.name)
