"""Which accounts may be the company that somebody names, and which companies belong together.

Everything here reads accounts, which are the staff's: whoever asks for a partner widens the scope
(``scope.widen("conflict check")``) and tells the partner one bit at most.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import connection, models
from django.db.models import Q
from django.utils.translation import gettext as _

from deals.models import Account, AccountKey
from deals.rules import keys
from deals.rules.names import Likeness, Looked, fold, likeness, lookups
from tenants import scope
from tenants.rows import parse_public_id
from tenants.writing import Refused
from web.statements import Late

LEAST = 65
"""The score from which two names may mean one company."""
_CANDIDATES = 40  # of each lookup
_COMPARED = 25  # of all of them, word by word
_OTHER_COUNTRY = 0.9
_COLUMNS = tuple(f.attname for f in Account._meta.concrete_fields if f.name != "grams")


@dataclass(frozen=True)
class Company:
    """A company as somebody names it. ``domains`` and ``number`` are as ``rules.keys`` writes them;
    ``country`` has two letters or none. What is empty is not looked for."""

    name: str = ""
    domains: tuple[str, ...] = ()
    number: str = ""
    country: str = ""


@dataclass(frozen=True)
class Match:
    """An account that may be the company: ``score`` 0 to 100, ``exact`` where a domain or company
    number is the same. ``why`` are sentences for the staff."""

    account: Account
    score: int
    exact: bool
    why: tuple[str, ...]


def find(asked: Company, *, least: int = LEAST) -> list[Match]:
    """The accounts that may be this company, the surest first: those that have one of its keys, and
    those named alike by ``least`` of 100. For one that was merged the one kept is answered."""
    found = _by_keys([*asked.domains, *filter(None, [asked.number])])
    known = {match.account.pk for match in found}
    if folded := fold(asked.name):
        found += [one for one in _by_name(folded, asked, least) if one.account.pk not in known]
    return sorted(found, key=lambda one: (not one.exact, -one.score, one.account.pk))


def _by_keys(wanted: list[str]) -> list[Match]:
    """Domains have a point and company numbers none: they never mean each other."""
    if not wanted:
        return []
    late = Late(0, ArrayField(models.TextField()))
    statement = AccountKey.objects.compiled(
        "of whom are these keys",
        lambda rows: (
            rows.filter(kind__in=AccountKey.Kind.values, value__any=late)
            .order_by()
            .values_list("kind", "value", *(f"account__{name}" for name in _COLUMNS))
        ),
    )
    accounts: dict[int, Account] = {}
    said: dict[int, list[str]] = {}
    for kind, value, *columns in statement.run([wanted]):
        account = _account(columns)
        if account.merged_into_id is not None:
            account = living([account])[account.pk]
        accounts[account.pk] = account
        said.setdefault(account.pk, []).append(_same_key(kind, value))
    return [Match(accounts[pk], 100, True, tuple(why)) for pk, why in said.items()]


def living(accounts: Iterable[Account]) -> dict[int, Account]:
    """By the accounts' own keys: each one, or what it was merged into."""
    found = {row.pk: row for row in accounts}
    kept = _loaded({row.merged_into_id for row in found.values() if row.merged_into_id})
    return {pk: kept.get(row.merged_into_id or 0, row) for pk, row in found.items()}


def _loaded(ids: Iterable[int]) -> dict[int, Account]:
    wanted = list(ids)
    if not wanted:
        return {}
    late = Late(0, ArrayField(models.BigIntegerField()))
    statement = Account.objects.compiled(
        "these accounts",
        lambda rows: rows.filter(id__any=late).order_by().values_list(*_COLUMNS),
    )
    return {row.pk: row for row in map(_account, statement.run([wanted]))}


def _account(columns: Sequence[Any]) -> Account:
    """An account without its grams, which nobody reads."""
    return Account.from_db(connection.alias, _COLUMNS, columns)


def _by_name(folded: str, asked: Company, least: int) -> list[Match]:
    scored: dict[int, tuple[int, tuple[str, ...]]] = {}
    for pk, name, country in _most_alike(folded, _candidates(folded)):
        like = likeness(folded, name)
        other = bool(asked.country and country and asked.country != country)
        score = round(like.score * _OTHER_COUNTRY) if other else like.score
        if score >= least and score > scored.get(pk, (-1, ()))[0]:
            scored[pk] = score, _named_alike(like, name, (asked.country, country) if other else ())
    accounts = _loaded(scored)
    return [
        Match(accounts[pk], score, False, why)
        for pk, (score, why) in scored.items()
        if pk in accounts
    ]


def _candidates(folded: str) -> list[tuple[int, str, list[str], str]]:
    """Accounts of this name, or that share a word with it, each with its folded name, its other
    names and its country: one statement."""
    groups = lookups(scope.current().vendor_id, folded)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT * FROM account_candidates(%s, %s, %s)",
            [_arrays(groups, "any_of"), _arrays(groups, "beside"), _CANDIDATES],
        )
        return cursor.fetchall()


def _arrays(groups: Sequence[Looked], name: str) -> list[str]:
    return ["{" + ",".join(map(str, getattr(one, name))) + "}" for one in groups]


def _most_alike(
    folded: str, found: Iterable[tuple[int, str, list[str], str]]
) -> list[tuple[int, str, str]]:
    """The names worth comparing word by word, as (account, folded name, country)."""
    from rapidfuzz import fuzz, process

    names = [
        (pk, name, country)
        for pk, own, aliases, country in found
        for name in dict.fromkeys([own, *map(fold, aliases)])
    ]
    if len(names) <= _COMPARED:
        return names
    texts = [name for _pk, name, _country in names]
    best = process.extract(folded, texts, scorer=fuzz.token_sort_ratio, limit=_COMPARED)
    return [names[index] for _text, _score, index in best]


def _same_key(kind: str, value: str) -> str:
    if kind == AccountKey.Kind.DOMAIN:
        return _("The domain %(domain)s is the same.") % {"domain": keys.shown(value)}
    return _("The company number %(number)s is the same.") % {"number": value}


def _named_alike(like: Likeness, name: str, countries: tuple[str, ...]) -> tuple[str, ...]:
    if like.score == 100:
        why = [_("The names are the same, but for legal form and spelling.")]
    else:
        words = {"score": like.score, "name": name}
        why = [_("The names agree by %(score)s of 100: “%(name)s”.") % words]
        if like.same:
            why.append(_("Same words: %(words)s.") % {"words": ", ".join(like.same)})
        why += [_("Nearly the same: “%(a)s” and “%(b)s”.") % {"a": a, "b": b} for a, b in like.near]
    if countries:
        words = {"asked": countries[0], "known": countries[1]}
        why.append(_("The countries differ: %(asked)s, and %(known)s of the account.") % words)
    return tuple(why)


def accounts_named(named: Iterable[str]) -> dict[str, Account]:
    """The accounts that people name by external id, public id or domain, as they wrote it; for one
    that was merged the one kept. Three queries for any number."""
    wanted = set(named) - {""}
    refs = [ref for name in wanted if (ref := parse_public_id(Account, name))]
    rows = Account.objects.filter(Q(external_id__in=wanted) | Q(public_id__in=refs)).defer("grams")
    found = {name: row for row in rows for name in (row.external_id, row.ref) if name}
    domains = {name: text for name in wanted - found.keys() if (text := _domain(name))}
    held = AccountKey.objects.filter(kind="domain", value__in=domains.values())
    by_domain = {row.value: row.account for row in held.select_related("account")}
    found |= {name: by_domain[text] for name, text in domains.items() if text in by_domain}
    kept = living(found.values())
    return {name: kept[found[name].pk] for name in wanted & found.keys()}


def _domain(name: str) -> str:
    try:
        return keys.domain(name)
    except Refused:
        return ""


_FAMILY = """
WITH RECURSIVE above AS (
    SELECT a.id, a.parent_id FROM deals_account a
    WHERE a.vendor_id = %(vendor)s AND a.id = coalesce(
        (SELECT merged_into_id FROM deals_account WHERE vendor_id = %(vendor)s AND id = %(id)s),
        %(id)s)
  UNION
    SELECT a.id, a.parent_id FROM deals_account a JOIN above ON a.id = above.parent_id
    WHERE a.vendor_id = %(vendor)s
), family AS (
    SELECT id FROM above
  UNION
    SELECT a.id FROM family
    JOIN deals_account a ON a.parent_id = family.id OR a.merged_into_id = family.id
    WHERE a.vendor_id = %(vendor)s
)
SELECT id FROM family
"""


def family_ids(account_id: int) -> set[int]:
    """The companies that belong together with this one: the topmost and all below it, accounts that
    were merged into any of them included."""
    values = {"vendor": scope.current().vendor_id, "id": account_id}
    with connection.cursor() as cursor:
        cursor.execute(_FAMILY, values)
        return {pk for (pk,) in cursor.fetchall()}
