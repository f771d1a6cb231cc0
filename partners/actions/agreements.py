"""What was signed, when, by whom, and the digest of the text: agreements and their addenda."""

from __future__ import annotations

import datetime as dt
import hashlib

from django.utils.translation import gettext as _

from partners import rules
from partners.actions.writing import fresh, held_partner, needs_reason, needs_span, refused, written
from partners.models import Agreement, Customer, Partner
from tenants.writing import action, record_event
from web.templatetags.mainstay import short_date


def digest_of(text: str | bytes) -> str:
    """sha256 (hex) of an agreement's text, as the record keeps it."""
    return hashlib.sha256(text.encode() if isinstance(text, str) else text).hexdigest()


@action("agreements.write")
def sign_agreement(
    partner: Partner,
    *,
    kind: str,
    signed_by: str,
    since: dt.date,
    text_sha256: str,
    at: dt.datetime,
    until: dt.date | None = None,
    customer: Customer | None = None,
) -> Agreement:
    """Record an agreement or addendum in force over ``[since, until)`` (vendor's days).

    ``text_sha256`` is the digest of the signed text (``digest_of``). Raises ``Refused``:
    ``unknown_agreement``, ``customer_missing``, ``customer_not_expected``, ``already_signed``,
    ``not_a_digest``, ``span_reversed``.
    """
    partner = held_partner(partner)
    return _signed(partner, kind, signed_by, since, until, text_sha256, at, customer)


@action("customers.write")
def attest_with_customer(
    customer: Customer,
    *,
    kind: str,
    signed_by: str,
    since: dt.date,
    text_sha256: str,
    at: dt.datetime,
    until: dt.date | None = None,
) -> Agreement:
    """The partner attests what it signed with its own customer: the chain's second link.

    Only addenda that the program declares ``with: customer``; raises ``Refused`` as
    ``sign_agreement`` does.
    """
    partner = held_partner(customer.partner)
    return _signed(partner, kind, signed_by, since, until, text_sha256, at, fresh(customer))


def _signed(
    partner: Partner,
    kind: str,
    signed_by: str,
    since: dt.date,
    until: dt.date | None,
    text_sha256: str,
    at: dt.datetime,
    customer: Customer | None,
) -> Agreement:
    if customer is not None and customer.partner_id != partner.pk:
        raise refused("unknown_customer", _("There is no such customer."), pointer="customer")
    rules.refuse_wrong_agreement(kind, customer, since)
    needs_span(since, until)
    text_sha256 = _digest(text_sha256)
    held = Agreement.objects.filter(partner=partner, kind=kind, customer=customer).current(since)
    if held.filter(until__isnull=True).exists():
        raise refused(
            "already_signed",
            _("This agreement is in force already."),
            fix=_("End the one in force first."),
            pointer="kind",
        )
    agreement = Agreement(
        partner=partner,
        customer=customer,
        kind=kind,
        signed_by=signed_by.strip(),
        text_sha256=text_sha256,
        since=since,
        until=until,
        recorded_at=at,
    )
    written(agreement)
    record_event(
        "agreement.signed",
        agreement,
        data={
            "kind": kind,
            "since": since,
            "until": until,
            "text_sha256": text_sha256,
            **({"customer": customer.ref} if customer else {}),
        },
        private={"signed_by": agreement.signed_by},
    )
    return agreement


def _digest(text: str) -> str:
    found = text.strip().lower()
    if len(found) != 64 or set(found) - set("0123456789abcdef"):
        raise refused(
            "not_a_digest",
            _("Give the sha256 of the text: 64 digits 0-9 and a-f."),
            pointer="text_sha256",
        )
    return found


@action("agreements.write")
def end_agreement(agreement: Agreement, *, on: dt.date, reason: str) -> Agreement:
    """The agreement holds no longer from the day ``on``. Products that need it close that day.

    Raises ``Refused``: ``already_ended``, ``span_reversed``, ``reason_missing``.
    """
    reason = needs_reason(reason)
    held_partner(agreement.partner, living=False)
    agreement = fresh(agreement)
    if agreement.until is not None and agreement.until <= on:
        raise refused(
            "already_ended",
            _("This agreement ended on %(day)s.") % {"day": short_date(agreement.until)},
        )
    needs_span(agreement.since, on)
    agreement.until = on
    written(agreement, only=["until"])
    record_event(
        "agreement.ended",
        agreement,
        data={"kind": agreement.kind, "until": on, "reason": reason},
    )
    return agreement
