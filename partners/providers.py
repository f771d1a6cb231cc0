"""Facts of our own rows and of what was recorded beside them: records, agreed values, families,
and metrics computed from customers and from how long a partner takes part.

Each source answers for a set of partners in a constant number of queries (``programs.gathering``).
"""

from __future__ import annotations

import datetime as dt
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Count

from partners.models import AgreedValue, Attestation, Customer, Fact, Partner, Record
from programs.compiled import program_or_none
from programs.gathering import Organisation
from programs.rules.facts import MetricValue, Relation
from programs.rules.facts import Record as Dated
from tenants import scope
from web.statements import Keys

CUSTOMERS = "customers"
TENURE = "partner_months"
ATTESTED = "attested"
"""The sources' names, as facts and pages carry them."""


def records(
    partner_ids: Collection[int], on: dt.date, codes: frozenset[str] | None
) -> Mapping[int, Any]:
    """Per partner and code the records up to ``on``; a metric's former values stand under its own
    code. Nobody says that there are none: without a record a code is unknown."""
    of = {"partner_id__any": Keys(partner_ids), "superseded_by__isnull": True}
    dated = Record.objects.filter(**of, on__lte=on)
    values = Fact.objects.filter(**of, period__lte=on)
    if codes is not None:
        dated, values = dated.filter(kind__in=codes), values.filter(metric__in=codes)
    found: dict[int, dict[str, list[Dated]]] = defaultdict(lambda: defaultdict(list))
    for pk, code, *row in dated.order_by("on", "pk").values_list(
        "partner_id", "kind", "on", "value", "until", "currency", "tags", "source"
    ):
        found[pk][code].append(Dated(*row))
    for pk, code, period, value, unit, source in values.order_by("period", "pk").values_list(
        "partner_id", "metric", "period", "value", "unit", "source"
    ):
        found[pk][code].append(Dated(period, value, None, currency_of(unit), {}, source))
    return {pk: {code: tuple(rows) for code, rows in held.items()} for pk, held in found.items()}


def agreed(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner and code the number agreed for the day."""
    rows = AgreedValue.objects.current(on).filter(partner_id__any=Keys(partner_ids))
    found: dict[int, dict[str, Decimal]] = defaultdict(dict)
    for partner_id, code, value in rows.values_list("partner_id", "code", "value"):
        found[partner_id][code] = value
    return found


def attested_values(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner and metric the latest figure that somebody vouches for and staff accepted."""
    rows = (
        Attestation.objects.current(on)
        .filter(
            partner_id__any=Keys(partner_ids),
            state=Attestation.State.ACCEPTED,
            value__isnull=False,
        )
        .order_by("since", "pk")
    )
    found: dict[int, dict[str, MetricValue]] = defaultdict(dict)
    for partner_id, code, value, since in rows.values_list("partner_id", "code", "value", "since"):
        found[partner_id][code] = MetricValue(value, ATTESTED, since)
    return found


def customer_counts(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """``customers``, and of each environment class or vertical ``<code>_customers``, as far as the
    program has such a metric. A partner that recorded no customer at all is left out: unknown."""
    program = program_or_none(on)
    names = {} if program is None else _counted(program.document.metrics)
    if not names:
        return {}
    rows = (
        Customer.objects.current(on)
        .filter(partner_id__any=Keys(partner_ids))
        .order_by()
        .values_list("partner_id", "vertical", "environments")
        .annotate(n=Count("pk"))
    )
    found: dict[int, Counter[str]] = defaultdict(Counter)
    for partner_id, vertical, environments, n in rows:
        for code in {"", vertical, *environments} & names.keys():
            found[partner_id][names[code]] += n
        found[partner_id].update()
    return {
        pk: {name: MetricValue(Decimal(counts[name]), CUSTOMERS, on) for name in names.values()}
        for pk, counts in found.items()
    }


def _counted(metrics: Collection[str]) -> dict[str, str]:
    """``{class or vertical: metric}``; the empty one stands for all customers."""
    ending = f"_{CUSTOMERS}"
    named = {code.removesuffix(ending): code for code in metrics if code.endswith(ending)}
    return named | ({"": CUSTOMERS} if CUSTOMERS in metrics else {})


def tenure(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """``partner_months``: full months since the partner joined, where the program asks for it."""
    program = program_or_none(on)
    if program is None or TENURE not in program.document.metrics:
        return {}
    rows = Partner.objects.filter(pk__any=Keys(partner_ids), joined_on__lte=on)
    found = {}
    for pk, joined in rows.values_list("pk", "joined_on"):
        months = (on.year - joined.year) * 12 + on.month - joined.month - (on.day < joined.day)
        found[pk] = {TENURE: MetricValue(Decimal(months), TENURE, on)}
    return found


_FAMILIES = """
WITH RECURSIVE up AS (
  SELECT id, parent_id FROM partners_partner WHERE vendor_id = %(vendor)s AND id = ANY(%(ids)s)
  UNION
  SELECT p.id, p.parent_id FROM up
  JOIN partners_partner p ON p.vendor_id = %(vendor)s AND p.id = up.parent_id
), down AS (
  SELECT p.id, p.parent_id, p.id AS root FROM partners_partner p
  WHERE p.vendor_id = %(vendor)s AND p.id IN (SELECT id FROM up WHERE parent_id IS NULL)
  UNION
  SELECT p.id, p.parent_id, down.root FROM down
  JOIN partners_partner p ON p.vendor_id = %(vendor)s AND p.parent_id = down.id
)
SELECT down.id, down.parent_id, down.root, p.country, p.joined_on, p.status
FROM down JOIN partners_partner p ON p.vendor_id = %(vendor)s AND p.id = down.id
ORDER BY down.id
"""


def organisations(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner its country, since when it takes part, and its family: the companies under the
    same topmost one, without those that left the program or join later. One statement."""
    values: dict[str, Any] = {"vendor": scope.current().vendor_id, "ids": list(partner_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_FAMILIES, values)
        rows = {row[0]: row for row in cursor.fetchall()}
    of_root: dict[int, list[int]] = defaultdict(list)
    for pk, (_pk, _parent, root, _country, joined, status) in rows.items():
        if status != Partner.Status.EXITED and joined <= on:
            of_root[root].append(pk)
    parents = {pk: row[1] for pk, row in rows.items()}
    return {
        pk: Organisation(
            country=rows[pk][3],
            since=rows[pk][4],
            family=tuple(
                (other, rows[other][3], _relation(pk, other, parents))
                for other in of_root[rows[pk][2]]
                if other != pk
            ),
        )
        for pk in partner_ids
        if pk in rows
    }


def _relation(own: int, other: int, parents: Mapping[int, int | None]) -> Relation:
    if other in _above(own, parents):
        return "parent"
    return "child" if own in _above(other, parents) else "sibling"


def _above(pk: int, parents: Mapping[int, int | None]) -> Iterator[int]:
    """The companies above, up to the topmost: the statement found them by going down from it."""
    parent = parents.get(pk)
    while parent is not None:
        yield parent
        parent = parents.get(parent)


@lru_cache(maxsize=1_000)  # thousands of figures have a handful of units
def currency_of(unit: str) -> str:
    """The unit where it is a currency, else nothing."""
    return unit if re.fullmatch(r"[A-Z]{3}", unit) else ""
