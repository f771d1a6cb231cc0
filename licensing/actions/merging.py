"""Two rows of one company become one: a customer recorded twice, or two partners that merged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from licensing.actions.holding import hold
from licensing.actions.moving import carry, end_row, new_customer
from licensing.models import PartnerMerge
from licensing.rules.moving import merge_plan, open_contracts, overlap
from partners.actions import end_employment, exit_partner, move_person
from partners.actions.fields import carry_values
from partners.actions.writing import fresh, held_partners, needs_reason, refused, written
from partners.models import (
    Agreement,
    ContractTerms,
    Customer,
    Employment,
    Partner,
    ServiceContract,
    SharingChoice,
)
from partners.rules.agreeing import TERMS
from partners.rules.sharing import FIELDS, Sharing, sharing_of
from tenants import scope
from tenants.clock import day_of
from tenants.models import Membership
from tenants.writing import Refused, action, record_event

State = PartnerMerge.State
STRICTEST: list[str] = [
    SharingChoice.Class.PARTNER,
    SharingChoice.Class.AGGREGATE,
    SharingChoice.Class.CAM,
]


@action("customers.write")
def merge_customers(kept: Customer, *, duplicate: Customer, at: dt.datetime) -> Customer:
    """``duplicate`` is the same company as ``kept`` and ends today; everything that is true of it
    is true of ``kept`` from now on. Custom fields that ``kept`` has no value of are filled from it.

    Raises ``Refused``: ``same_customer``, ``other_partner``, ``customer_ended``,
    ``contracts_overlap``.
    """
    hold({kept.partner_id}, at)
    held_partners({kept.partner_id}, living=False)
    kept, duplicate, on = fresh(kept), fresh(duplicate), day_of(at)
    _refuse_unfit(kept, duplicate, on)
    contracts = open_contracts({kept.pk, duplicate.pk}, on)
    if overlap(contracts.get(kept.pk, ()), contracts.get(duplicate.pk, ())):
        raise refused(
            "contracts_overlap",
            _("Both have a contract for the same service."),
            fix=_("End one of the two contracts first."),
            pointer="duplicate",
        )
    seats = carry(duplicate, kept, at)
    values = carry_values(duplicate, kept)
    for model in (Agreement, ServiceContract):
        model.objects.filter(customer=duplicate).update(customer=kept)
    _join_choices(kept, duplicate)
    if duplicate.external_id and not kept.external_id:
        number, duplicate.external_id = duplicate.external_id, ""
        written(duplicate, only=["external_id"])
        kept.external_id = number
        written(kept, only=["external_id"])
    duplicate.merged_into = kept
    written(duplicate, only=["merged_into"])
    end_row(duplicate, on, "merged")
    data = {
        "customer": kept.ref,
        "duplicate": duplicate.ref,
        "name": duplicate.name,
        "seats": seats,
        **({"values": values.count} if values.count else {}),
    }
    record_event("customer.merged", kept, data=data)
    return kept


def _refuse_unfit(kept: Customer, duplicate: Customer, on: dt.date) -> None:
    if kept.pk == duplicate.pk:
        words = _("Choose another customer than the one that is kept.")
        raise refused("same_customer", words, pointer="duplicate")
    if kept.partner_id != duplicate.partner_id:
        words = _("Only customers of one partner are merged; another partner's customer moves.")
        raise refused("other_partner", words, pointer="duplicate")
    for row, pointer in ((kept, "kept"), (duplicate, "duplicate")):
        if row.until is not None and row.until <= on:
            words = _("%(name)s ended on %(day)s.") % {"name": row.name, "day": row.until}
            raise refused("customer_ended", words, pointer=pointer)


def _join_choices(kept: Customer, duplicate: Customer) -> None:
    """Where both chose who can see a field, the stricter choice stays."""
    own = {row.field: row for row in SharingChoice.objects.filter(customer=kept)}
    for row in SharingChoice.objects.filter(customer=duplicate):
        held = own.get(row.field)
        if held is None:
            row.customer = kept
            written(row, only=["customer"])
            continue
        stricter = min(held.share, row.share, key=STRICTEST.index)
        row.delete()
        if stricter != held.share:
            held.share = stricter
            written(held, only=["share"])


@action("partners.merge")
def plan_merge(gone: Partner, *, kept: Partner, reason: str, at: dt.datetime) -> PartnerMerge:
    """Write down that ``gone`` is to become a part of ``kept``: nothing happens yet.

    Raises ``Refused``: ``reason_missing``, ``same_partner``, ``partner_exited``,
    ``merge_planned``.
    """
    reason = needs_reason(reason)
    if gone.pk == kept.pk:
        raise refused("same_partner", _("Choose two partners."), pointer="kept")
    held_partners([gone.pk, kept.pk])
    if PartnerMerge.objects.filter(Q(gone=gone) | Q(kept=gone), state=State.PLANNED).exists():
        words = _("A merge of this partner is planned already.")
        raise refused("merge_planned", words, pointer="gone")
    row = PartnerMerge(
        gone=gone,
        kept=kept,
        reason=reason,
        planned_at=at,
        planned_by_id=scope.current().person_id,
    )
    written(row)
    _record("partner_merge.planned", row)
    return row


@action("partners.merge")
def discard_merge(merge: PartnerMerge, *, at: dt.datetime) -> PartnerMerge:
    """Nothing is merged. Raises ``Refused("already_settled")``."""
    held_partners([merge.gone_id, merge.kept_id], living=False)
    return _settled(_open(merge), State.DISCARDED, {}, at)


@action("partners.merge")
def merge_partners(merge: PartnerMerge, *, at: dt.datetime) -> PartnerMerge:
    """Do what is planned, today, all of it or nothing.

    Raises ``Refused``: ``already_settled``, ``partner_exited``, ``contracts_overlap``,
    ``move_scheduled``, and those of ``move_person``.
    """
    on = day_of(at)
    hold({merge.gone_id, merge.kept_id}, at)
    both = held_partners([merge.gone_id, merge.kept_id])
    merge = _open(merge)
    gone, kept = both[merge.gone_id], both[merge.kept_id]
    plan = merge_plan(gone, kept, on)
    if plan.moving:
        words = _("Customers of %(name)s are to move: settle or cancel that first.")
        raise refused("move_scheduled", words % {"name": gone.name})
    if plan.colliding:
        names = ", ".join(pair.customer.name for pair in plan.colliding)
        words = _("Two contracts run for the same service of: %(names)s.") % {"names": names}
        raise refused("contracts_overlap", words, fix=_("Let the partner end one of the two."))
    seats, sharing = 0, sharing_of([gone.pk, kept.pk], on)
    for pair in plan.pairs:
        into = pair.twin or new_customer(pair.customer, kept, name=pair.customer.name, on=on)
        seats += carry(pair.customer, into, at)
        if pair.twin is None:
            _inherit(pair.customer, into)
        carry_values(pair.customer, into)
        _share_no_more(sharing, pair.customer, into)
        _continue_contracts(pair.customer, into, on, at)
        end_row(pair.customer, on, "merged")
    carry_values(gone, kept)
    people = _move_people(gone, kept, on)
    Partner.objects.filter(parent=gone).exclude(pk=kept.pk).update(parent=kept)
    if kept.parent_id == gone.pk:
        Partner.objects.filter(pk=kept.pk).update(parent=gone.parent_id)
    # Without a name: the companies above the one that goes read why it left, and not of others.
    exit_partner(gone, on=on, reason=_("Merged into another partner."))
    outcome = {
        "customers": len(plan.pairs),
        "joined": len(plan.joined),
        "people": people,
        "contracts": plan.contracts,
        "seats": seats,
        "values": plan.values,
    }
    return _settled(merge, State.MERGED, outcome, at)


def _inherit(former: Customer, into: Customer) -> None:
    """What only a legal successor takes over: the external id and the real name."""
    values = {"private_name": former.private_name}
    taken = Customer.objects.filter(partner_id=into.partner_id, external_id=former.external_id)
    if former.external_id and not taken.exists():
        values["external_id"] = former.external_id
    for name, value in values.items():
        setattr(into, name, value)
    written(into, only=values)


def _share_no_more(sharing: Sharing, former: Customer, into: Customer) -> None:
    """What fewer could read of the customer before, no more can read after."""
    for field in FIELDS:
        was = sharing.share(former.partner_id, former.pk, field)
        held = sharing.share(into.partner_id, into.pk, field)
        if STRICTEST.index(was) < STRICTEST.index(held):
            SharingChoice.objects.update_or_create(
                partner_id=into.partner_id, customer=into, field=field, defaults={"share": was}
            )


def _continue_contracts(former: Customer, into: Customer, on: dt.date, at: dt.datetime) -> None:
    """The contracts that run go on with the successor by the terms agreed last."""
    for contract in open_contracts([former.pk], on).get(former.pk, ()):
        held = contract.agreed
        since = max(on, contract.since)
        until = contract.until
        contract.until, contract.ended = since, True
        written(contract, only=["until", "ended"])
        record_event("contract.ended", contract, data={"customer": former.ref, "merged": True})
        again = ServiceContract(
            partner_id=into.partner_id,
            customer=into,
            scopes=contract.scopes,
            since=since,
            until=until,
            recorded_at=at,
        )
        written(again)
        terms = ContractTerms(
            partner_id=into.partner_id,
            contract=again,
            since=since,
            recorded_at=at,
            **{name: getattr(held, name) for name in TERMS},
        )
        again.terms = written(terms)
        written(again, only=["terms"])
        record_event("contract.recorded", again, data={"customer": into.ref, "merged": True})


def _move_people(gone: Partner, kept: Partner, on: dt.date) -> int:
    """Who works at the one works at the other, with the roles held, and signs in there."""
    access = list(Membership.objects.current(on).filter(partner_id=gone.pk))
    working = list(Employment.objects.current(on).filter(partner=gone).select_related("person"))
    there = set(
        Employment.objects.current(on).filter(partner=kept).values_list("person_id", flat=True)
    )
    for job in working:
        if job.person_id in there:
            end_employment(job, on=on)
        else:
            _keep_role_and_number(job, move_person(job, kept, on=on), on)
    signing_in = set(
        Membership.objects.current(on)
        .filter(partner_id=kept.pk)
        .values_list("person_id", flat=True)
    )
    _grant_access([row for row in access if row.person_id not in signing_in], kept, on)
    return len(working)


def _keep_role_and_number(job: Employment, joined: Employment, on: dt.date) -> None:
    values = job.roles_after(on)
    taken = Employment.objects.filter(partner_id=joined.partner_id, external_id=job.external_id)
    if job.external_id and not taken.exists():
        values["external_id"] = job.external_id
    for name, value in values.items():
        setattr(joined, name, value)
    written(joined, only=values)


def _grant_access(rows: Sequence[Membership], kept: Partner, on: dt.date) -> None:
    for row in rows:
        member = Membership(person_id=row.person_id, partner_id=kept.pk, role=row.role, since=on)
        written(member)
        data = {"person": row.person.ref, "role": row.role, "since": on, "merged": True}
        record_event("membership.began", member, data=data)


def _open(merge: PartnerMerge) -> PartnerMerge:
    held: PartnerMerge = PartnerMerge.objects.select_for_update(of=("self",)).get(pk=merge.pk)
    if held.state != State.PLANNED:
        words = _("It is settled already: %(state)s.") % {"state": held.get_state_display()}
        raise Refused("already_settled", words)
    return held


def _settled(
    merge: PartnerMerge, state: str, outcome: dict[str, Any], at: dt.datetime
) -> PartnerMerge:
    merge.state, merge.outcome, merge.settled_at = state, outcome, at
    written(merge, only=["state", "outcome", "settled_at"])
    _record(f"partner_merge.{state}", merge)
    return merge


def _record(kind: str, merge: PartnerMerge) -> None:
    data = {"gone": merge.gone.ref, "kept": merge.kept.ref, "reason": merge.reason}
    record_event(kind, merge, data={**data, **merge.outcome})
