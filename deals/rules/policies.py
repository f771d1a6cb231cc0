"""What a deal policy of the program says of a case: who may register, and until when it counts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.document import DealPolicy, ProgramDocument
from programs.document.deals import Extend, Minimum
from programs.fields import and_words, or_words
from programs.rules import add_months
from programs.rules.quantity import ByGroup
from tenants.writing import Reason
from web.templatetags.mainstay import money_exact, number, short_date


@dataclass(frozen=True)
class Asked:
    """A registration as its policy looks at it; ``None`` is not known or not given.

    ``country`` is the customer's, ``list_value`` in ``currency``, ``stated`` the codes that the
    partner confirmed, ``types`` the partner's types. ``incumbent``: whether the partner serves the
    customer; ``needs``: whether it meets the policy's requirement. ``live`` counts the approved
    registrations of the company by all partners, without this one. ``closed_on`` is the day on
    which the partner's last one there was refused or ended, ``touched_on`` the last day on which
    the vendor's own sales were in touch, ``contract_since`` the begin of the service contract.
    """

    kind: str
    types: Collection[str] = ()
    country: str = ""
    seats: int | None = None
    list_value: Decimal | None = None
    currency: str = ""
    products: Collection[str] = ()
    stated: Collection[str] = ()
    incumbent: bool | None = None
    needs: bool | None = None
    live: int = 0
    closed_on: dt.date | None = None
    touched_on: dt.date | None = None
    contract_since: dt.date | None = None


def eligible(
    policy: DealPolicy, asked: Asked, document: ProgramDocument, on: dt.date
) -> tuple[Reason, ...]:
    """Every condition of the policy that is not met for certain on the vendor's day ``on``.

    Empty: nothing stands against it. A condition of which something is unknown, or which the
    program does not state, is among them with a code ending in ``_unknown``: a person decides.
    """
    if asked.kind != policy.kind:
        detail = _("This policy is for registrations of another kind.")
        return (Reason("other_kind", detail, fix=_("Choose another policy."), pointer="policy"),)
    return (
        *_partner(policy, asked, document),
        *_size(policy, asked, document),
        *_confirmed(policy, asked),
        *_times(policy, asked, on),
    )


def _partner(policy: DealPolicy, asked: Asked, document: ProgramDocument) -> Iterator[Reason]:
    """What the policy asks of the partner itself."""
    if policy.types and not set(policy.types) & set(asked.types):
        known = or_words(document.title_of("types", code) for code in policy.types)
        yield Reason(
            "partner_type",
            _("Only for partners of the type %(types)s.") % {"types": known},
            fix=_("Choose another policy, or ask your account manager."),
            need=known,
            have=and_words(document.title_of("types", code) for code in asked.types),
            pointer="policy",
        )
    if policy.only == "incumbent" and asked.incumbent is None:
        yield Reason(
            "incumbent_unknown",
            _("It cannot be told yet who serves this customer."),
            fix=_("Say in your message since when you serve it: a person decides."),
        )
    elif policy.only == "incumbent" and not asked.incumbent:
        yield Reason(
            "not_incumbent",
            _("Only the partner that serves the customer can register this."),
            fix=_("Register a customer engagement instead."),
            pointer="policy",
        )
    if policy.needs is not None and asked.needs is not True:
        words = policy.needs.words()
        if asked.needs is None:
            detail = _("Whether this is met is not known: %(needs)s.") % {"needs": words}
            fix = _("Ask your account manager what is missing: a person decides.")
            yield Reason("needs_unknown", detail, fix=fix, need=words)
        else:
            detail = _("It needs: %(needs)s.") % {"needs": words}
            fix = _("Meet this first; what you have stands under your levels and certificates.")
            yield Reason("needs", detail, fix=fix, need=words)


def _size(policy: DealPolicy, asked: Asked, document: ProgramDocument) -> Iterator[Reason]:
    """One of the bounds of the policy's minimum has to be reached."""
    minimum = policy.minimum
    if minimum is None or set(minimum.products or ()) & set(asked.products):
        return
    least = _least(minimum, asked.country)
    by_seats = _reaches(asked.seats, minimum.seats)
    foreign = asked.list_value is not None and asked.currency != document.currency
    by_value = None if foreign else _reaches(asked.list_value, least)
    if by_seats is True or by_value is True:
        return
    need = or_words(_bounds(minimum, least, document))
    detail = _("It has to be at least %(need)s.") % {"need": need}
    told = [asked.seats is not None, asked.list_value is not None]
    wanted = [minimum.seats is not None, minimum.list_value is not None]
    missing = [name for name, given, bound in zip(_SIZES, told, wanted, strict=True)
               if bound and not given]  # fmt: skip
    if missing:
        fix = _("Give the size, if it reaches this.")
        yield Reason("size_missing", detail, fix=fix, need=need, pointer=missing[0])
    elif wanted[1] and (foreign or least is None):
        if foreign:
            detail = _("The value is in %(given)s, the policy's bound in %(own)s.") % {
                "given": asked.currency, "own": document.currency,
            }  # fmt: skip
        elif not asked.country:
            detail = _("The smallest value depends on the customer's country.")
        else:
            detail = _("The program does not state the smallest value in this country.")
        fix = _("A person decides.")
        yield Reason("size_unknown", detail, fix=fix, pointer="list_value")
    else:
        fix = _("Register it once it is larger.")
        have = and_words(_given(asked, minimum))
        pointer = "seats" if wanted[0] else "list_value"
        yield Reason("too_small", detail, fix=fix, need=need, have=have, pointer=pointer)


_SIZES = ("seats", "list_value")


def _least(minimum: Minimum, country: str) -> Decimal | None:
    """The smallest list value in a country; None where there is none or it is not stated."""
    bound = minimum.list_value
    if isinstance(bound, ByGroup):
        return bound.for_country(country)
    return bound if isinstance(bound, Decimal) else None


def _reaches(value: int | Decimal | None, least: int | Decimal | None) -> bool | None:
    """None where either is missing: it does not decide."""
    return None if value is None or least is None else value >= least


def _bounds(minimum: Minimum, least: Decimal | None, document: ProgramDocument) -> Iterator[str]:
    if minimum.seats is not None:
        yield _("%(number)s seats") % {"number": number(minimum.seats)}
    if least is not None:
        yield _("%(amount)s at list price") % {"amount": money_exact(least, document.currency)}
    elif minimum.list_value is not None:
        yield _("a list value that is not stated")
    for code in minimum.products or ():
        yield document.title_of("products", code)


def _given(asked: Asked, minimum: Minimum) -> Iterator[str]:
    if minimum.seats is not None and asked.seats is not None:
        yield _("%(number)s seats") % {"number": number(asked.seats)}
    if minimum.list_value is not None and asked.list_value is not None:
        yield _("%(amount)s at list price") % {
            "amount": money_exact(asked.list_value, asked.currency)
        }


def _confirmed(policy: DealPolicy, asked: Asked) -> Iterator[Reason]:
    """The sentences that the partner has not confirmed."""
    for code, sentence in policy.states.items():
        if code not in asked.stated:
            detail = _("Not confirmed: %(sentence)s") % {"sentence": sentence}
            yield Reason("unconfirmed", detail, fix=_("Confirm it, if it is so."), pointer="stated")


def _times(policy: DealPolicy, asked: Asked, on: dt.date) -> Iterator[Reason]:
    """What was too short ago, what is too early, and what is full."""
    months, touched = policy.quiet_months, asked.touched_on
    if months and touched is not None and on < add_months(touched, months):
        words = ngettext(
            "The vendor’s own sales were in touch with them within the last month.",
            "The vendor’s own sales were in touch with them within the last %(n)s months.",
            months,
        )
        fix = _("Ask your account manager whether you work on it together.")
        yield Reason("vendor_in_touch", words % {"n": months}, fix=fix)
    if policy.earliest_month is not None:
        yield from _too_early(policy.earliest_month, asked.contract_since, on)
    if policy.per_account is not None and asked.live >= policy.per_account:
        detail = _("No further registration of this company is possible at the moment.")
        yield Reason("account_full", detail, fix=_("Ask your account manager, or try again later."))
    if asked.closed_on is not None and (free := cool_off_until(policy, asked.closed_on)) > on:
        days = {"closed": short_date(asked.closed_on), "day": short_date(free)}
        detail = _("Your last registration of this company ended on %(closed)s.") % days
        fix = _("You can register it again from %(day)s on.") % days
        yield Reason("cool_off", detail, fix=fix)


def _too_early(month: int, since: dt.date | None, on: dt.date) -> Iterator[Reason]:
    if since is None:
        detail = _("It is not said which service contract this is about.")
        yield Reason("contract_missing", detail, fix=_("Choose the contract."), pointer="contract")
    elif on < (first := add_months(since, month)):
        detail = _("The contract is too young: it began on %(day)s.") % {"day": short_date(since)}
        fix = _("This is possible from %(day)s on.") % {"day": short_date(first)}
        yield Reason("too_early", detail, fix=fix, pointer="contract")


def pursuit_until(policy: DealPolicy, on: dt.date) -> dt.date | None:
    """The first day after the pursuit of what is approved on the day ``on``; None where the policy
    has no pursuit, or does not state its days: then whoever approves says until when."""
    days = policy.pursuit.days if policy.pursuit else None
    return on + dt.timedelta(days=days) if isinstance(days, int) else None


def may_extend(policy: DealPolicy, extensions: int) -> bool:
    """Whether a pursuit that was extended so many times may be extended once more."""
    extend = _extension(policy)
    return extend is not None and extensions < extend.times


def extended_until(policy: DealPolicy, until: dt.date) -> dt.date | None:
    """The first day after a pursuit that ended with ``until`` and is extended once; None as of
    ``pursuit_until``."""
    extend = _extension(policy)
    days = extend.days if extend else None
    return until + dt.timedelta(days=days) if isinstance(days, int) else None


def _extension(policy: DealPolicy) -> Extend | None:
    return policy.pursuit.extend if policy.pursuit else None


def protected_until(
    policy: DealPolicy, granted_on: dt.date, contract_end: dt.date | None
) -> dt.date | None:
    """The first day after the protection granted on a day: the contract's end (its first day after
    the term; None: evergreen) and the tail, at most ``max_months`` after the grant. None where the
    policy protects nothing."""
    if policy.protect is None:
        return None
    most = add_months(granted_on, policy.protect.max_months)
    if contract_end is None:
        return most
    return max(granted_on, min(most, contract_end + dt.timedelta(days=policy.protect.tail_days)))


def cool_off_until(policy: DealPolicy, closed_on: dt.date) -> dt.date:
    """The first day on which the same partner may register the company again."""
    return closed_on + dt.timedelta(days=policy.cool_off_days)


def terms_of(policy: DealPolicy) -> dict[str, Any]:
    """The policy as plain values, written out in full: kept with a registration, so that a later
    version of the program, or of this software's defaults, changes nothing of it."""
    return policy.model_dump(mode="json", by_alias=True, exclude_none=True)


def policy_of(terms: dict[str, Any], document: ProgramDocument) -> DealPolicy:
    """The policy that ``terms_of`` wrote, its amounts by the document's country groups. What it
    asks of the partner is not asked again: ``needs`` may name tracks that went."""
    kept = {key: value for key, value in terms.items() if key != "needs"}
    policy = DealPolicy.model_validate(kept)
    if policy.minimum and isinstance(policy.minimum.list_value, ByGroup):
        policy.minimum.list_value.bind(document, ())
    return policy
