"""Another partner takes over what a registration protects: by a decision of the vendor's, or since
the partner became a part of it. Each side keeps its own registration with its history; neither
reads who the other one is."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from deals.actions.accounts import locked_account, note_touch, put_customer
from deals.actions.protecting import Ended, end, expire, grant
from deals.models import Account, Protection, Registration
from deals.rules.scopes import OPPORTUNITY, Scope
from licensing.models import PartnerMerge
from partners.actions.writing import fresh, held_partners, needs_reason, refused, written
from partners.models import Customer, Partner, ServiceContract
from tenants import scope
from tenants.writing import action, record_event

State = Registration.State
_SAME = (
    "kind", "policy", "terms", "country", "families", "products", "stated", "seats", "list_value",
    "currency", "expected_on", "extensions",
)  # fmt: skip
"""What the new registration has of the former one: nothing that its partner wrote in words."""


@action("registrations.decide")
def transfer_registration(
    row: Registration, *, to: Partner, why: str, on: dt.date, at: dt.datetime
) -> Registration:
    """What the registration protects is protected for the partner ``to`` from today, until the same
    days; returns the registration that this partner has for it.

    ``why`` is read by both. Raises ``Refused``: ``reason_missing``, ``same_partner``,
    ``partner_not_active``, ``nothing_protected``, ``held``.
    """
    words = needs_reason(why, pointer="why")
    if to.pk == row.partner_id:
        raise refused("same_partner", _("It is this partner’s already."), pointer="to")
    both = held_partners([row.partner_id, to.pk], living=False)
    if both[to.pk].status != Partner.Status.ACTIVE:
        raise refused(
            "partner_not_active",
            _("%(name)s is not active.") % {"name": to.name},
            fix=_("Choose an active partner."),
            pointer="to",
        )
    return _hand_on(fresh(row), both[to.pk], words, on, at)


def merged_into(partner_ids: Collection[int]) -> dict[int, int]:
    """Of the partners that became a part of another one: of which, by their keys."""
    rows = PartnerMerge.objects.filter(state=PartnerMerge.State.MERGED, gone_id__in=partner_ids)
    return dict(rows.filter(kept__status=Partner.Status.ACTIVE).values_list("gone_id", "kept_id"))


@action("registrations.decide")
def follow_merge(row: Registration, kept_id: int, *, on: dt.date, at: dt.datetime) -> int:
    """Its partner became a part of another one, which takes over what is protected, and with it the
    customer and the contract that went there; returns whether anything was. The system's work."""
    both = held_partners([row.partner_id, kept_id], living=False)
    row = fresh(row)
    if not _running(row, on).exists():
        return 0
    words = _("The partner became a part of another one.")
    new = _hand_on(row, both[kept_id], words, on, at, successor=True)
    contract = _following(row, new, on)
    if contract is not None:
        new.customer, new.contract = contract.customer, contract
        new.state, new.updated_at = State.WON, at
        written(new, only=["customer", "contract", "state", "updated_at"])
        put_customer(Account.objects.get(pk=new.account_id), contract.customer, at=at)
        record_event("registration.won", new, data={"contract": contract.ref})
    return 1


def _following(row: Registration, new: Registration, on: dt.date) -> ServiceContract | None:
    """The contract with the customer that went to the successor, if the registration was won."""
    if row.contract is None or row.customer is None:
        return None
    named = Q(name=row.customer.name)
    if row.customer.external_id:
        named |= Q(external_id=row.customer.external_id)
    there = Customer.objects.filter(named, partner_id=new.partner_id)
    rows = ServiceContract.objects.filter(
        Q(until__isnull=True) | Q(until__gt=on), customer__in=there, scopes=row.contract.scopes
    )
    return rows.select_related("customer").order_by("-since", "-pk").first()


def _hand_on(
    row: Registration, to: Partner, words: str, on: dt.date, at: dt.datetime, *,
    successor: bool = False,
) -> Registration:  # fmt: skip
    """Both partners are held. A legal successor goes on with the grant as it was."""
    running = list(_running(row, on).select_for_update())
    if not running or row.account_id is None:
        raise refused("nothing_protected", _("It protects nothing any more."))
    account = locked_account(row.account_id)
    new = _new(row, account, to, at)
    for one in running:
        until = one.until
        end(one, Ended.TRANSFERRED, on=on, at=at)
        _continue(one, new, account, until, successor=successor, on=on, at=at)
    expire(row, on, at, why=str(Ended.TRANSFERRED))
    for kind, whose in (("registration.handed_on", row), ("registration.taken_over", new)):
        note_touch(account, kind, {"registration": whose.ref}, partner=whose.partner, at=at)
        record_event(kind, whose, data={"why": words})
    data = {"from": row.partner.ref, "to": to.ref, "why": words}
    record_event("account.transferred", account, data=data)
    return new


def _new(row: Registration, account: Account, to: Partner, at: dt.datetime) -> Registration:
    """The company as the vendor knows it, not in the words of the former partner."""
    keys = account.keys.filter(kind="domain").order_by("pk")
    new = Registration(
        partner=to, account=account, name=account.name,
        domains=list(keys.values_list("value", flat=True)), state=State.APPROVED,
        submitted_at=at, answer_due_at=at, decided_at=at, decided_by_id=scope.current().person_id,
        created_at=at, updated_at=at, **{name: getattr(row, name) for name in _SAME},
    )  # fmt: skip
    written(new)
    new.refresh_from_db(fields=["public_id"])
    return new


def _continue(
    one: Protection, new: Registration, account: Account, until: dt.date, *, successor: bool,
    on: dt.date, at: dt.datetime,
) -> None:  # fmt: skip
    """The same scope for the new registration; an opportunity is of one registration each."""
    key = one.scope
    if key.startswith(f"{OPPORTUNITY}:"):
        key = f"{OPPORTUNITY}:{new.public_id.hex}:{one.family}"
    made = grant(new, account, [Scope(key, one.family)], until, on=on, at=at)[0]
    if one.phase == Protection.Phase.PROTECTED:
        made.phase = one.phase
        made.seats_since = one.seats_since if successor else on
        written(made, only=["phase", "seats_since"])


def _running(row: Registration, on: dt.date) -> QuerySet[Protection]:
    rows: QuerySet[Protection] = Protection.objects.filter(registration=row, ended="", until__gt=on)
    return rows.order_by("pk")
