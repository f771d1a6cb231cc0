"""Whether a partner may ask for (advanced) co-sell, and where the vendor cannot offer it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from django.utils.translation import gettext as _

from certifications.models import CourseEnrolment
from deals.models import AccountCustomer, CoSellRequest, Registration
from deals.rules.conflicts import findings
from deals.rules.scopes import every_family, scopes_of
from licensing.models import Deployment
from partners.actions.writing import refused
from partners.models import Customer, Partner
from partners.requirements import RequirementView, requirement_view
from programs.compiled import Program, program_or_none
from programs.document import CoSell, ProgramDocument
from programs.gathering import facts_of
from programs.rules import Node
from programs.rules.case import Case
from programs.rules.facts import Certificate
from reviews.models import Grant
from tenants import scope
from tenants.writing import Reason, Refused

MOST_NEAR = 5


@dataclass(frozen=True)
class Gate:
    """Whether advanced co-sell is open to a partner. ``benefit`` is the title of the benefit that
    opens it (``held``: by this partner), ``node`` what else does, explained; either is enough, both
    may be absent."""

    open: bool
    benefit: str = ""
    held: bool = False
    node: Node | None = None
    nearest: tuple[str, ...] = ()
    """Who is nearest to what is missing, in words."""

    @property
    def offered(self) -> bool:
        """Whether the program has advanced co-sell at all."""
        return bool(self.benefit) or self.node is not None

    @property
    def views(self) -> tuple[RequirementView, ...]:
        """What the program asks, as pages draw it: need, have, missing, and who counts."""
        if self.node is None:
            return ()
        parts = self.node.children if self.node.kind == "all" else (self.node,)
        return tuple(requirement_view(part) for part in parts)

    @property
    def missing(self) -> str:
        """What is missing, in one sentence; "" where it is open."""
        if self.open:
            return ""
        leaves = self.node.open_leaves() if self.node else []
        parts = [leaf.missing or leaf.words for leaf in leaves]
        ways = ["; ".join(parts)] if parts else []
        if self.benefit:
            ways.append(_("a level that gives “%(benefit)s”") % {"benefit": self.benefit})
        return _(" – or ").join(ways)


def co_sell_on(on: dt.date) -> CoSell | None:
    """What the program in force says of co-sell; None where it has none."""
    program = program_or_none(on)
    deals = program.document.deals if program else None
    return deals.co_sell if deals else None


def may_ask(on: dt.date) -> bool:
    """Whether who reads may ask for co-sell, as far as the program has it."""
    return scope.current().can("cosell.ask") and co_sell_on(on) is not None


def needs_co_sell(on: dt.date) -> CoSell:
    """The same; ``Refused("no_co_sell")`` where there is none."""
    found = co_sell_on(on)
    if found is None:
        raise refused("no_co_sell", _("The program in force has no co-sell."))
    return found


def advanced_gate(partner: Partner, on: dt.date) -> Gate:
    """Whether advanced co-sell is open to the partner on the day, and what is missing."""
    program = program_or_none(on)
    found = co_sell_on(on)
    if program is None or found is None:
        return Gate(open=False)
    node: Node | None = None
    nearest: tuple[str, ...] = ()
    if found.advanced_needs is not None:
        case = Case(facts_of([partner.pk], on)[partner.pk], on)
        node = found.advanced_needs.explain(case)
        nearest = tuple(islice(_nearest(node, case, partner, program.document), MOST_NEAR))
    benefit = found.advanced_benefit
    held = benefit is not None and _holds(partner, benefit, program, on)
    title = program.document.title_of("benefits", benefit) if benefit else ""
    met = node is not None and node.truth is True
    opened = held or met
    return Gate(opened, benefit=title, held=held, node=node, nearest=() if opened else nearest)


def _nearest(node: Node, case: Case, partner: Partner, document: ProgramDocument) -> Iterator[str]:
    """Of each certificate that is missing: who prepares for it, whose has ended, and who holds what
    it needs first."""
    wanted = {code for leaf in node.open_leaves() for code in leaf.subject} & set(document.tracks)
    preparing = CourseEnrolment.objects.filter(
        state__in=CourseEnrolment.OPEN, person__employments__partner=partner
    ).select_related("person", "track")
    told: set[tuple[str, str]] = set()
    for row in preparing.distinct():
        code = document.successor("tracks", row.track.code)
        if code in wanted and (row.person.ref, code) not in told:
            told.add((row.person.ref, code))
            yield _("%(name)s prepares for %(track)s") % {
                "name": row.person.name, "track": document.title_of("tracks", code),
            }  # fmt: skip
    for person in case.employed:
        held = {one.track for one in person.certificates if counts(one, case.on)}
        for code in sorted(wanted - held):
            said = {"name": person.name, "track": document.title_of("tracks", code)}
            if (person.key, code) in told:
                continue
            if any(one.track == code for one in person.certificates):
                yield _("%(name)s held %(track)s before") % said
            elif (first := set(document.tracks[code].needs or ())) and first <= held:
                yield _("%(name)s may take %(track)s now") % said


def counts(held: Certificate, on: dt.date) -> bool:
    """Whether the certificate lasts on the day."""
    return held.from_ <= on and (held.until is None or on < held.until)


def _holds(partner: Partner, benefit: str, program: Program, on: dt.date) -> bool:
    codes = program.document.former("benefits", benefit)
    grants = Grant.objects.current(on).filter(partner=partner, benefit__in=codes)
    return any(grant.value not in (False, None, "", "0") for grant in grants)


def refuse_closed(partner: Partner, on: dt.date) -> None:
    """``Refused("advanced_closed")`` naming what is missing, or that the program has none."""
    gate = advanced_gate(partner, on)
    if gate.open:
        return
    if not gate.offered:
        detail = _("The program has no advanced co-sell.")
        raise refused("advanced_closed", detail, pointer="advanced")
    detail = _("Advanced co-sell is not open to you yet.")
    fix = _("Missing: %(what)s.") % {"what": gate.missing}
    reason = Reason("advanced_closed", detail, fix=fix, need=gate.missing, pointer="advanced")
    raise Refused("advanced_closed", detail, reasons=[reason])


def held_by_others(row: CoSellRequest, document: ProgramDocument, on: dt.date) -> tuple[Any, ...]:
    """The protection of other partners that stands against advanced co-sell there, as conflicts;
    looks at the whole vendor, whoever asks: a partner is told that it is not offered, no more."""
    with scope.widen("conflict check"):
        asked = _as_registered(row)
    scopes = scopes_of(asked, document, "family") or every_family(document)
    found = findings(asked, scopes, document, on).conflicts
    return tuple(one for one in found if one.kind == "held")


def _as_registered(row: CoSellRequest) -> Registration:
    """The request as a registration of its company would look, for the search of conflicts."""
    held = row.registration
    if held is not None:
        return Registration(
            partner_id=row.partner_id, name=held.name, domains=held.domains, number=held.number,
            country=held.country, families=row.families, account_id=held.account_id,
        )  # fmt: skip
    link = AccountCustomer.objects.filter(customer_id=row.customer_id).first()
    country = row.customer.country if row.customer else ""
    return Registration(
        partner_id=row.partner_id, name=row.name, country=country, families=row.families,
        account_id=link.account_id if link else None,
    )  # fmt: skip


def families_at(customer: Customer, document: ProgramDocument) -> list[str]:
    """The product families that run at the customer."""
    rows = Deployment.objects.filter(customer=customer, seats__gt=0)
    found = set()
    for code in rows.values_list("product__code", flat=True).distinct():
        known = document.successor("products", code)
        if known is not None:
            found.add(document.family_of(known))
    return sorted(found)
