"""Real companies: recorded, placed in their families, merged, tied to the partners' customers.

What can falsify a decision about an account (its keys, its family, the vendor's own deals there)
holds the account's row, as whoever decides does: ``locked_account``. Parts of other actions, which
leave the event and widen the scope where a partner acts: ``locked_account``, ``put_account``,
``put_customer``, ``note_touch``.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.utils.translation import gettext as _

from deals.matching import living
from deals.models import Account, AccountCustomer, AccountKey, AccountTouch
from deals.rules import keys
from deals.rules.names import fold, grams
from partners.actions.writing import changed, fresh, refused, written
from partners.models import Customer, Partner
from tenants import scope
from tenants.writing import Refused, action, changes, record_event

_CLASS = 7104  # first key of the two-part advisory lock: "a vendor's companies and their parents"
Keys = list[tuple[str, str]]


def locked_account(pk: int) -> Account:
    """Hold the account until the transaction ends and read it again; in the place of one that was
    merged, the one kept. ``Refused("unknown_account")``."""
    row = Account.objects.select_for_update(no_key=True).filter(pk=pk).first()
    if row is None:
        raise refused("unknown_account", _("There is no such account."), pointer="account")
    return row if row.merged_into_id is None else locked_account(row.merged_into_id)


def lock_families() -> None:
    """Hold which company belongs to which, of the whole vendor: two changes at once, each right,
    could close a circle."""
    with connection.cursor() as cursor:
        values = [_CLASS, scope.current().vendor_id]
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", values)


def note_touch(
    account: Account,
    kind: str,
    data: Mapping[str, Any],
    *,
    at: dt.datetime,
    partner: Partner | None = None,
) -> AccountTouch:
    """Write a line of the account's ledger: what the partner, or without one the vendor, did there.
    Its person is whoever acts. Lines are never changed."""
    row = AccountTouch(
        account=account,
        partner=partner,
        person_id=scope.current().person_id,
        kind=kind,
        data=dict(data),
        at=at,
    )
    row.save()
    return row


@action("accounts.write")
def record_account(
    *,
    name: str,
    at: dt.datetime,
    source: str = Account.Source.STAFF,
    domains: Sequence[str] = (),
    numbers: Sequence[str] = (),
    country: str = "",
    aliases: Sequence[str] = (),
    parent: Account | None = None,
    external_id: str = "",
) -> Account:
    """Record a company, or what is new of the one with this external id.

    Domains and numbers are as people write them; keys and other names are added, never taken away;
    what is empty stays as it is. Where the external id is of a company that was merged, nothing
    changes and the one kept is returned. Raises ``Refused``: ``no_name``, ``key_taken`` (naming the
    account that has it), ``not_a_domain``, ``public_domain``, ``number_country``,
    ``number_length``, ``own_parent``, ``below_itself``, ``invalid``.
    """
    return put_account(
        name=name,
        keys=written_keys(domains, numbers, country),
        at=at,
        source=source,
        country=country,
        aliases=aliases,
        parent=parent,
        external_id=external_id,
    )


def written_keys(domains: Iterable[str], numbers: Iterable[str], country: str) -> Keys:
    """Domains and company numbers as keys, each once. Raises ``Refused`` as ``rules.keys`` does."""
    found = [(str(AccountKey.Kind.DOMAIN), keys.domain(text)) for text in domains]
    found += [(str(AccountKey.Kind.NUMBER), keys.company_number(n, country)) for n in numbers]
    return list(dict.fromkeys(found))


def put_account(
    *,
    name: str,
    keys: Keys,
    at: dt.datetime,
    source: str,
    country: str = "",
    aliases: Sequence[str] = (),
    parent: Account | None = None,
    external_id: str = "",
) -> Account:
    """A part of actions: ``record_account`` for whoever may have a company recorded by what else
    they do. ``keys`` as ``written_keys`` gives them."""
    if parent is not None:
        lock_families()  # before the account, as whoever merges does
    row = _held(external_id, at, source)
    if row.merged_into_id is not None:
        return locked_account(row.pk)
    _filled(row, keys, name=name, country=country, aliases=aliases, at=at)
    return row if parent is None else _place(row, parent, at)


@action("accounts.write")
def change_account(
    account: Account,
    *,
    at: dt.datetime,
    name: str = "",
    country: str = "",
    aliases: Sequence[str] = (),
    domains: Sequence[str] = (),
    numbers: Sequence[str] = (),
) -> Account:
    """Correct the name or the country, add other names, domains and company numbers; what is empty
    stays. Raises ``Refused`` as ``record_account`` does."""
    row = locked_account(account.pk)
    wanted = written_keys(domains, numbers, country or row.country)
    _filled(row, wanted, name=name, country=country, aliases=aliases, at=at)
    return row


def _filled(
    row: Account, wanted: Keys, *, name: str, country: str, aliases: Sequence[str], at: dt.datetime
) -> None:
    """Write what is new of a held or new account, with its event."""
    new = row.pk is None
    found = described(row, name, country, aliases)
    new_keys = _free(wanted, row)
    if new or found:
        row.updated_at = at
        written(row)
    _add(new_keys, row)
    if new_keys:
        found["keys"] = [[], [value for _kind, value in new_keys]]
    if new:
        row.refresh_from_db(fields=["public_id"])
        data = {"name": row.name, "source": row.source}
        record_event("account.recorded", row, data=data)
    elif found:
        record_event("account.changed", row, data={"changes": found})


def _held(external_id: str, at: dt.datetime, source: str) -> Account:
    """The account with this external id, held, or a new one."""
    wanted = external_id.strip()
    rows = Account.objects.select_for_update(no_key=True).filter(external_id=wanted)
    found = rows.first() if wanted else None
    return found or Account(source=source, external_id=wanted, created_at=at)


def described(
    row: Account, name: str, country: str, aliases: Sequence[str]
) -> dict[str, list[Any]]:
    """Set the names and the country, and what a search looks up; ``{field: [old, new]}``, empty
    where nothing is new. A part of actions. ``Refused("no_name")``."""
    before = {"name": row.name, "country": row.country, "aliases": list(row.aliases)}
    row.name = " ".join(name.split()) or row.name
    row.country = country.strip().upper() or row.country
    others = (" ".join(alias.split()) for alias in [*row.aliases, *aliases])
    row.aliases = [alias for alias in dict.fromkeys(others) if alias and alias != row.name]
    set_search(row)
    after = {"name": row.name, "country": row.country, "aliases": row.aliases}
    return changes(before, after)


def set_search(row: Account) -> None:
    """Fill what a search by name looks up from the account's names. ``Refused("no_name")``."""
    row.folded = fold(row.name)[:160]
    if not row.folded:
        raise refused("no_name", _("Write the company's name with letters."), pointer="name")
    names = {row.folded, *map(fold, row.aliases)}
    vendor = scope.current().vendor_id
    row.grams = sorted({gram for name in names if name for gram in grams(vendor, name)})


def _free(wanted: Keys, row: Account) -> Keys:
    """Those of the keys that the account does not have; ``key_taken`` where another one does."""
    holders = taken_by(wanted)
    for (kind, value), holder in holders.items():
        if holder.pk != row.pk:
            raise key_taken(kind, value, holder)
    return [key for key in wanted if key not in holders]


def taken_by(wanted: Keys) -> dict[tuple[str, str], Account]:
    """The accounts that have these keys."""
    values = [value for _kind, value in wanted]
    held = AccountKey.objects.filter(kind__in=AccountKey.Kind.values, value__in=values)
    return {(key.kind, key.value): key.account for key in held.select_related("account")}


def key_taken(kind: str, value: str, holder: Account) -> Refused:
    """Why a key cannot be given to an account: ``holder`` has it."""
    words = {"key": keys.shown(value), "name": holder.name}
    domain = kind == AccountKey.Kind.DOMAIN
    said = (
        _("The domain %(key)s belongs to the account %(name)s.")
        if domain
        else _("The company number %(key)s belongs to the account %(name)s.")
    )
    return refused(
        "key_taken",
        said % words,
        fix=_("If they are one company, merge the two accounts; else take it off %(name)s first.")
        % words,
        pointer="domains" if domain else "numbers",
    )


def _add(new: Keys, row: Account) -> None:
    try:
        with transaction.atomic():
            for kind, value in new:
                AccountKey(account=row, kind=kind, value=value).save()
    except IntegrityError:
        _free(new, row)  # somebody gave one to another account at this moment: says to which
        raise


@action("accounts.write")
def drop_key(key: AccountKey, *, at: dt.datetime) -> None:
    """Take a domain or company number off its account, where it is not the company's."""
    row = locked_account(key.account_id)
    if AccountKey.objects.filter(pk=key.pk).delete()[0]:
        changed(row, {"updated_at": at})
        data = {"changes": {"keys": [[key.value], []]}}
        record_event("account.changed", row, data=data)


@action("accounts.write")
def place_under(account: Account, *, parent: Account | None, at: dt.datetime) -> Account:
    """Say to which company this one belongs; ``None``: to no other.

    Raises ``Refused``: ``own_parent``, ``below_itself``, ``unknown_account``.
    """
    return _place(account, parent, at)


def _place(account: Account, parent: Account | None, at: dt.datetime) -> Account:
    lock_families()
    row = locked_account(account.pk)
    # Nobody merges the company above while families are held: its row need not be.
    above = living([fresh(parent)])[parent.pk] if parent else None
    before = Account.objects.filter(pk=row.parent_id).first() if row.parent_id else None
    if above is not None:
        _refuse_circle(row, above)
    if changed(row, {"parent": above}):
        changed(row, {"updated_at": at})
        data = {"from": before.ref if before else "", "to": above.ref if above else ""}
        record_event("account.placed", row, data=data)
    return row


def _refuse_circle(row: Account, above: Account) -> None:
    if row.pk == above.pk:
        words = _("A company does not belong to itself.")
        raise refused("own_parent", words, pointer="parent")
    if row.pk in ids_above(above):
        said = {"parent": above.name, "name": row.name}
        raise refused(
            "below_itself",
            _("%(parent)s belongs to %(name)s already, directly or through others.") % said,
            fix=_("First place %(parent)s elsewhere.") % said,
            pointer="parent",
        )


def ids_above(account: Account) -> list[int]:
    """The companies that this one belongs to, nearest first."""
    found: list[int] = []
    parent = account.parent_id
    while parent is not None and parent not in found:
        found.append(parent)
        parent = Account.objects.filter(pk=parent).values_list("parent_id", flat=True).first()
    return found


@action("accounts.write")
def link_customer(account: Account, *, customer: Customer, at: dt.datetime) -> AccountCustomer:
    """Say that a partner's customer is this company; one that was another's before is so no more.
    Twice changes nothing."""
    return put_customer(account, customer, at=at)


def put_customer(account: Account, customer: Customer, *, at: dt.datetime) -> AccountCustomer:
    """A part of actions: ``link_customer``."""
    row = locked_account(account.pk)
    held = AccountCustomer.objects.filter(customer=customer).first()
    if held is not None and held.account_id == row.pk:
        return held
    if held is None:
        link = AccountCustomer(
            account=row, partner_id=customer.partner_id, customer=customer, created_at=at
        )
        link.save()
    else:
        link = held
        changed(link, {"account": row})
    data = {"customer": customer.ref}
    note_touch(row, "customer.linked", data, at=at, partner=customer.partner)
    record_event("account.customer_linked", row, data=data)
    return link
