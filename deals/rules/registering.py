"""What a partner may register by the program in force, and what its policy asks of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence

from django.db.models import Max, Q
from django.utils.translation import gettext as _

from deals.models import AccountCustomer, DirectDeal, Protection, Registration
from deals.rules import keys
from deals.rules.policies import Asked, eligible, policy_of
from deals.rules.scopes import Scope, products_in
from licensing.models import Deployment
from partners.actions.writing import refused
from partners.models import Enrolment, Partner
from programs.compiled import Program, program_on, program_or_none
from programs.document import ProgramDocument
from programs.document.deals import DealPolicy, Deals
from programs.gathering import facts_of
from programs.rules.case import Case
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.writing import Refused


def deals_on(on: dt.date) -> Deals:
    """The deal rules in force. ``Refused("no_deals")`` where the program has none."""
    found = program_on(on).document.deals
    if found is None:
        raise refused("no_deals", _("The program in force has no deal registration."))
    return found


def types_of(partner: Partner, on: dt.date) -> set[str]:
    """Codes of the partner types that the partner has on the day."""
    rows = Enrolment.objects.filter(partner=partner).current(on)
    return set(rows.values_list("partner_type__code", flat=True))


def policies_for(partner: Partner, on: dt.date) -> dict[str, DealPolicy]:
    """The policies by which the partner may register, by code; none without a program."""
    program = program_or_none(on)
    deals = program.document.deals if program else None
    if deals is None:
        return {}
    held = types_of(partner, on)
    return {
        code: policy
        for code, policy in deals.policies.items()
        if policy.types is None or held & set(policy.types)
    }


def open_policy(code: str, partner: Partner, on: dt.date) -> DealPolicy:
    """One of them. ``Refused("unknown_policy")`` names those there are."""
    known = policies_for(partner, on)
    if code not in known:
        raise refused(
            "unknown_policy",
            _("You cannot register this."),
            fix=_("Choose one of: %(known)s.") % {"known": ", ".join(known) or "–"},
            pointer="policy",
        )
    return known[code]


def terms(row: Registration, document: ProgramDocument) -> DealPolicy:
    """The policy as it stood when the registration was submitted."""
    return policy_of(row.terms, document)


def identified(domains: Iterable[str], number: str, country: str) -> tuple[list[str], str]:
    """Domains and company number as they are compared. Raises ``Refused`` naming the field."""
    found = dict.fromkeys(keys.domain(one) for one in domains if one.strip())
    return list(found), keys.company_number(number, country) if number.strip() else ""


def asked_of(
    row: Registration,
    policy: DealPolicy,
    scopes: Sequence[Scope],
    program: Program,
    on: dt.date,
    *,
    of_others: bool,
) -> Asked:
    """The registration as its policy judges it. ``of_others``: with what others do at the company,
    which its own partner must not learn from an answer."""
    with scope.widen("conflict check"):
        contract = row.renewal.contract if row.renewal else row.contract
        return Asked(
            kind=row.kind,
            types=sorted(types_of(row.partner, on)),
            country=row.country,
            seats=row.seats,
            list_value=row.list_value,
            currency=row.currency,
            products=row.products,
            stated=row.stated,
            incumbent=is_incumbent(row, scopes, program.document),
            needs=_needs_met(row.partner_id, policy, on),
            live=_live_there(row) if of_others else 0,
            closed_on=_closed_on(row, on),
            touched_on=_touched_on(row) if of_others else None,
            contract_since=contract.since if contract else None,
        )


def refused_by(policy: DealPolicy, asked: Asked, document: ProgramDocument, on: dt.date) -> None:
    """Raise ``Refused`` with every condition that is surely not met; what is unknown, a person
    decides."""
    found = eligible(policy, asked, document, on)
    reasons = [one for one in found if not one.code.endswith("_unknown")]
    if reasons:
        raise Refused(reasons[0].code, reasons[0].detail, reasons=reasons)


def is_incumbent(row: Registration, scopes: Sequence[Scope], document: ProgramDocument) -> bool:
    """Whether the partner serves the company in one of the families: seats run there, or did so
    until its protection ended for having none (glossary, "Incumbent"; by what runs, until
    statements say what is billed)."""
    families = {one.family for one in scopes}
    sold = products_in([Scope(f"family:{family}", family) for family in families], document)
    known = [name for family in families for name in document.former("families", family)]
    of_company = AccountCustomer.objects.filter(account_id=row.account_id)
    customers = Q(customer_id=row.customer_id) | Q(customer_id__in=of_company.values("customer_id"))
    rows = Deployment.objects.filter(customers, partner_id=row.partner_id, seats__gt=0)
    if rows.filter(product__code__in=sold).exists():
        return True
    held = Protection.objects.filter(account_id=row.account_id, partner_id=row.partner_id, ended="")
    return bool(held.filter(phase=Protection.Phase.PROTECTED, family__in=known).exists())


def _needs_met(partner_id: int, policy: DealPolicy, on: dt.date) -> bool | None:
    """What the policy's tree says of the partner; ``None``: unknown; ``True`` without a tree."""
    if policy.needs is None:
        return True
    facts = facts_of([partner_id], on)
    return policy.needs.holds(Case(facts[partner_id], on))


def _live_there(row: Registration) -> int:
    if row.account_id is None:
        return 0
    wanted = (*Registration.WAITING, *Registration.LIVE)
    rows = Registration.objects.filter(account_id=row.account_id, state__in=wanted)
    return int(rows.exclude(pk=row.pk).count())


def _closed_on(row: Registration, on: dt.date) -> dt.date | None:
    """The last day on which a registration of this partner for the company was refused or ended
    without success, given up by the partner itself included.

    The company is the account, and whatever the partner typed of it: an answer that came only
    where the company was known already would tell that somebody else had named it.
    """
    same = Q(domains__overlap=row.domains)
    if row.number:
        same |= Q(number=row.number)
    if row.account_id is not None:
        same |= Q(account_id=row.account_id)
    rows = Registration.objects.filter(same, partner_id=row.partner_id).exclude(pk=row.pk)
    over = rows.filter(state__in=["expired", "withdrawn", "lost"])
    ended = Protection.objects.filter(registration__in=over, until__lte=on).aggregate(
        day=Max("until")
    )["day"]
    # The reason of a refusal stays while it is appealed, and where the appeal is taken back.
    refused_at = rows.exclude(reason="").aggregate(at=Max("decided_at"))["at"]
    vendor = vendor_by_id(scope.current().vendor_id)
    days = [ended, vendor.day_of(refused_at) if refused_at else None]
    return max((day for day in days if day is not None), default=None)


def _touched_on(row: Registration) -> dt.date | None:
    rows = DirectDeal.objects.filter(account_id=row.account_id)
    found: dt.date | None = rows.aggregate(day=Max("touched_on"))["day"]
    return found
