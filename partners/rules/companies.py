"""What partners may do, and who works where: decisions over sets, without writing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from partners.models import Agreement, Customer, Employment, Partner
from partners.words import words_of_all
from programs.compiled import program_or_none
from programs.document import GENERAL
from programs.models import PartnerType
from tenants.writing import Reason, Refused
from web.codes import words_of
from web.templatetags.mainstay import short_date


@dataclass(frozen=True)
class Employed:
    """A person's time with a partner, ``[since, until)``."""

    partner_id: int
    person_id: int
    since: dt.date
    until: dt.date | None


def employments_on(
    partner_ids: Collection[int], on: dt.date, *, past: bool = False
) -> dict[int, list[Employed]]:
    """Who works for each partner on the day ``on`` (with ``past``: also who did): one query."""
    rows = Employment.objects.filter(partner_id__in=partner_ids)
    rows = rows.filter(since__lte=on) if past else rows.current(on)
    found: dict[int, list[Employed]] = {pk: [] for pk in partner_ids}
    keys = ("partner_id", "person_id", "since", "until")
    for values in rows.order_by("person_id", "since").values_list(*keys):
        found[values[0]].append(Employed(*values))
    return found


def employers_on(person_ids: Collection[int], on: dt.date) -> dict[int, set[int]]:
    """For each person the partners they work for on the day ``on``: one query, by the scope."""
    found: dict[int, set[int]] = {pk: set() for pk in person_ids}
    rows = Employment.objects.current(on).filter(person_id__in=person_ids)
    for person_id, partner_id in rows.values_list("person_id", "partner_id"):
        found[person_id].add(partner_id)
    return found


def blocked_partners(partner_ids: Collection[int]) -> dict[int, Reason]:
    """Why a partner may not deploy anything at all now: suspended or gone. One query."""
    rows = Partner.objects.filter(pk__in=partner_ids).exclude(status=Partner.Status.ACTIVE)
    return {row.pk: _blocked(row) for row in rows}


def _blocked(partner: Partner) -> Reason:
    words = {
        "name": partner.name,
        "reason": partner.status_reason,
        "day": short_date(partner.status_since),
    }
    if partner.status == Partner.Status.EXITED:
        return Reason("partner_exited", _("%(name)s left the program on %(day)s.") % words)
    return Reason(
        "partner_suspended",
        _("%(name)s is suspended since %(day)s: %(reason)s") % words,
        fix=_("Your account manager can reinstate the partnership."),
        who=_("Channel admin"),
    )


def known_environments(codes: Iterable[str], on: dt.date) -> list[str]:
    """The environment classes in the program's order, each once.

    ``Refused("unknown_environment")`` for a code that the program in force on ``on`` lacks.
    """
    wanted = list(dict.fromkeys(code for code in codes if code))
    program = program_or_none(on)
    known = list(program.document.environments) if program else wanted
    wrong = [code for code in wanted if code not in known]
    if wrong:
        reason = Reason(
            "unknown_environment",
            _("There is no environment class “%(code)s”.") % {"code": wrong[0]},
            fix=_("Known: %(codes)s.") % {"codes": ", ".join(known)},
            pointer="environments",
        )
        raise Refused(reason.code, reason.detail, reasons=[reason])
    return [code for code in known if code in wanted]


def regulated_verticals(on: dt.date) -> Mapping[str, str]:
    """``{vertical: environment class}`` of the program in force on ``on``."""
    program = program_or_none(on)
    return program.document.regulated_verticals if program else {}


def lowering(
    customer: Customer,
    environments: Sequence[str] | None,
    vertical: str | None,
    regulated: Mapping[str, str],
) -> Reason | None:
    """Why the change would open a gate that the customer's record keeps closed, if it would.

    ``regulated`` is ``regulated_verticals(on)``; pure.
    """
    gone = set(customer.environments) - set(environments) if environments is not None else set()
    if gone:
        return Reason(
            "environment_lowered",
            _("Nobody takes an environment class away alone: %(classes)s.")
            % {"classes": words_of_all(sorted(gone))},
            fix=_("Ask for it with evidence; another person of the vendor decides."),
            who=_("Channel account manager"),
            pointer="environments",
        )
    if vertical is None or vertical == customer.vertical:
        return None
    needed = regulated.get(customer.vertical)
    recorded = set(customer.environments if environments is None else environments)
    # The class itself keeps the gate strict; without one the vertical is all that does.
    if needed is None or needed in recorded or regulated.get(vertical) == needed:
        return None
    return Reason(
        "vertical_lowered",
        _("This customer's vertical is regulated: record its environment class first."),
        fix=_("Record the class “%(name)s”.") % {"name": words_of(needed)},
        who=_("Channel account manager"),
        pointer="vertical",
    )


def unclassified(on: dt.date) -> Q:
    """Customers of a regulated vertical without an environment class beyond the general one."""
    return Q(vertical__in=list(regulated_verticals(on))) & (
        Q(environments=[]) | Q(environments=[GENERAL])
    )


def refuse_wrong_agreement(kind: str, customer: Customer | None, on: dt.date) -> None:
    """``Refused`` where the program knows no such agreement, or it is signed with another side."""
    if kind == Agreement.MAIN:
        if customer is not None:
            raise _wrong("customer_not_expected", _("The agreement covers no single customer."))
        return
    program = program_or_none(on)
    found = program.document.addenda.get(kind) if program else None
    if found is None:
        raise _wrong(
            "unknown_agreement",
            _("The program has no addendum “%(kind)s”.") % {"kind": kind},
            pointer="kind",
        )
    if found.with_ == "customer" and customer is None:
        raise _wrong("customer_missing", _("Name the customer that this addendum covers."))
    if found.with_ == "vendor" and customer is not None:
        raise _wrong("customer_not_expected", _("This addendum is with the vendor."))


def customer_addenda(on: dt.date) -> dict[str, str]:
    """``{code: title}`` of the addenda that are attested customer by customer."""
    program = program_or_none(on)
    if program is None:
        return {}
    document = program.document
    return {
        code: document.title_of("addenda", code)
        for code, rule in document.addenda.items()
        if rule.with_ == "customer"
    }


def open_types(on: dt.date) -> list[PartnerType]:
    """The partner types that a company may apply for: those of the program in force."""
    program = program_or_none(on)
    if program is None:
        return []
    rows = PartnerType.objects.filter(code__in=list(program.document.types))
    order = list(program.document.types)
    return sorted(rows, key=lambda row: order.index(row.code))


def _wrong(code: str, detail: str, *, pointer: str = "customer") -> Refused:
    return Refused(code, detail, reasons=[Reason(code, detail, pointer=pointer)])
