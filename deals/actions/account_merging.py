"""Two accounts turn out to be one company: all of it goes to the one kept, the past stays readable.

Lines of the ledger are never changed and stay with the account that was merged, as protections do
that are over: who reads an account reads those merged into it as well.
"""

from __future__ import annotations

import datetime as dt

from django.utils.translation import gettext as _

from deals.actions.accounts import ids_above, lock_families, note_touch, set_search
from deals.actions.protecting import end, expire
from deals.models import (
    Account,
    AccountCustomer,
    AccountKey,
    DirectDeal,
    Protection,
    Registration,
)
from deals.rules.scopes import blocks, scope_held
from partners.actions.writing import needs_reason, refused, written
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from tenants.clock import day_of
from tenants.writing import Refused, action, record_event
from web.templatetags.mainstay import short_date


@action("accounts.write")
def merge_accounts(gone: Account, *, kept: Account, reason: str, at: dt.datetime) -> Account:
    """``gone`` is the same company as ``kept``, which has from now on its keys, names, companies
    below, customers, direct deals, registrations and running protections.

    Raises ``Refused``: ``reason_missing``, ``same_account``, ``merged_already``,
    ``protections_clash``, ``unknown_account``.
    """
    reason = needs_reason(reason)
    if gone.pk == kept.pk:
        raise refused("same_account", _("Choose two accounts."), pointer="kept")
    lock_families()
    gone, kept = _both_locked(gone, kept)
    program = program_or_none(day_of(at))
    _join_protections(gone, kept, program.document if program else None, at)
    _join_families(gone, kept)
    for model in (AccountKey, AccountCustomer, DirectDeal, Registration):
        model.objects.filter(account=gone).update(account=kept)
    Protection.objects.filter(account=gone, ended="").update(account=kept)
    Account.objects.filter(merged_into=gone).update(merged_into=kept)
    names = dict.fromkeys([*kept.aliases, gone.name, *gone.aliases])
    kept.aliases = [name for name in names if name != kept.name]
    kept.country = kept.country or gone.country
    set_search(kept)
    kept.updated_at = gone.updated_at = at
    gone.merged_into, gone.parent, gone.grams = kept, None, []
    written(kept)
    written(gone)
    data = {"kept": kept.ref, "gone": gone.ref, "name": gone.name, "reason": reason}
    note_touch(kept, "account.merged", {"name": gone.name}, at=at)
    record_event("account.merged", kept, data=data)
    return kept


def _both_locked(gone: Account, kept: Account) -> tuple[Account, Account]:
    rows = Account.objects.select_for_update(no_key=True).filter(pk__in=[gone.pk, kept.pk])
    found = {row.pk: row for row in rows.order_by("pk")}
    if len(found) < 2:
        raise refused("unknown_account", _("There is no such account."))
    for row, pointer in ((found[gone.pk], "gone"), (found[kept.pk], "kept")):
        if row.merged_into_id is not None:
            into = Account.objects.get(pk=row.merged_into_id)
            words = {"name": row.name, "into": into.name}
            raise refused(
                "merged_already",
                _("%(name)s was merged into %(into)s already.") % words,
                fix=_("Choose %(into)s in its place.") % words,
                pointer=pointer,
            )
    return found[gone.pk], found[kept.pk]


def _join_families(gone: Account, kept: Account) -> None:
    """What belonged to ``gone`` belongs to ``kept``, without a circle: a ``kept`` that stands below
    ``gone`` takes its place."""
    if gone.pk in ids_above(kept):
        kept.parent_id = gone.parent_id
    elif kept.parent_id is None and gone.parent_id is not None:
        above = Account.objects.get(pk=gone.parent_id)
        if kept.pk not in (above.pk, *ids_above(above)):
            kept.parent_id = gone.parent_id
    Account.objects.filter(parent=gone).exclude(pk=kept.pk).update(parent=kept)


def _join_protections(
    gone: Account, kept: Account, document: ProgramDocument | None, at: dt.datetime
) -> None:
    """Of one company one partner is protected in a scope at a time, and in a family that is held as
    a whole nobody else. Where it is the same partner's at both, the one at the account kept goes
    on, if it is worth as much."""
    moving = Protection.objects.filter(account=gone, ended="").select_related("partner")
    for one in moving:
        there = Protection.objects.filter(account=kept, since__lt=one.until, until__gt=one.since)
        for other in there.select_related("partner").order_by("ended", "pk"):
            if _same(one, other) and _worth(one) <= _worth(other):
                _join(one, at)
                break
            if _clashes(one, other, document):
                raise _clash(one, other)


def _join(one: Protection, at: dt.datetime) -> None:
    end(one, Protection.Ended.JOINED, on=day_of(at), at=at)
    row = one.registration
    left = Protection.objects.filter(registration=row, ended="").exists()
    if not left and row.state == Registration.State.APPROVED:
        expire(row, day_of(at), at, why=str(Protection.Ended.JOINED))


def _same(one: Protection, other: Protection) -> bool:
    return (one.partner_id, one.scope) == (other.partner_id, other.scope) and not other.ended


def _worth(one: Protection) -> tuple[bool, dt.date]:
    return one.phase == Protection.Phase.PROTECTED, one.until


def _clashes(one: Protection, other: Protection, document: ProgramDocument | None) -> bool:
    if one.scope == other.scope:
        return True
    running = not other.ended and one.partner_id != other.partner_id
    return running and blocks(scope_held(one, document), scope_held(other, document))


def _clash(one: Protection, other: Protection) -> Refused:
    words = {
        "one": one.partner.name,
        "other": other.partner.name,
        "scope": one.scope.partition(":")[2],
        "until": short_date(one.until),
        "theirs": short_date(other.until),
    }
    return refused(
        "protections_clash",
        _(
            "%(one)s is protected for %(scope)s at the one until %(until)s, and %(other)s at the"
            " other until %(theirs)s."
        )
        % words,
        fix=_("Merge the other way round.")
        if other.ended or _same(one, other)
        else _("End or transfer one of the two protections first."),
        pointer="kept",
    )
