"""Who may read which field of a customer's contracts. Every surface asks here and nowhere else.

The partner's own people read all of it. Of the vendor's people only whoever looks after the partner
on the day, holding ``shared.read``, and only fields of the class ``cam``; a client of the
vendor's API reads none, since nobody in particular reads through it.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.db.models import OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import PortfolioEntry, ServiceContract, SharingChoice
from partners.rules.relations import looked_after
from tenants import scope
from tenants.capabilities import Role

Class = SharingChoice.Class

FIELDS: Mapping[str, tuple[Any, str]] = {
    "services": (gettext_lazy("Services, duties and start"), Class.CAM),
    "end": (gettext_lazy("End, notice and renewal"), Class.CAM),
    "promise": (gettext_lazy("Promised times and uptime"), Class.CAM),
    "fee": (gettext_lazy("Fee and billing"), Class.PARTNER),
    "credits": (gettext_lazy("Service credits"), Class.PARTNER),
}
"""``{field: (title, class unless the partner chose another)}``."""
LEAST_IN_A_SUM = 5
"""Customers; a sum over fewer would tell the single value."""


def reads_everything() -> bool:
    """Whether the partner's own people (or the system itself, in a job) are reading; not who looks
    through their eyes."""
    held = scope.current()
    return held.viewer is None and (not held.all_partners or held.role == Role.SYSTEM)


@dataclass(frozen=True)
class Sharing:
    """The choices of some partners, and of whose customers the reader may read what is shared."""

    choices: Mapping[tuple[int, int | None, str], str]
    looked_after: frozenset[int]
    everything: bool

    def share(self, partner_id: int, customer_id: int | None, field: str) -> str:
        """The class of the field for this customer, or for all without one."""
        for about in (customer_id, None):
            found = self.choices.get((partner_id, about, field))
            if found is not None:
                return found
        return str(FIELDS[field][1])

    def chosen(self, partner_id: int, customer_id: int, field: str) -> str:
        """The class chosen for this customer alone; empty where the company's holds."""
        return self.choices.get((partner_id, customer_id, field), "")

    def reads(self, partner_id: int, customer_id: int, field: str) -> bool:
        """Whether whoever is reading may read the field of this customer."""
        if self.everything:
            return True
        shared = self.share(partner_id, customer_id, field) == Class.CAM
        return shared and partner_id in self.looked_after

    def readable(self, partner_id: int, customer_id: int) -> frozenset[str]:
        return frozenset(name for name in FIELDS if self.reads(partner_id, customer_id, name))


def sharing_of(partner_ids: Collection[int], on: dt.date) -> Sharing:
    """What the reader may read of these partners on the vendor's day ``on``: two queries."""
    rows = SharingChoice.objects.filter(partner_id__in=list(partner_ids))
    choices = {(row.partner_id, row.customer_id, row.field): row.share for row in rows}
    return Sharing(choices, _looked_after(partner_ids, on), reads_everything())


def _looked_after(partner_ids: Collection[int], on: dt.date) -> frozenset[int]:
    held = scope.current()
    reader = held.viewer or held
    if not reader.all_partners or not reader.can("shared.read"):
        return frozenset()
    return looked_after(partner_ids, on)


def readable(rows: QuerySet[Any], field: str, on: dt.date, *, customer: str) -> QuerySet[Any]:
    """Of rows that belong to a partner and, at the path ``customer``, to a customer: those of which
    the reader may read the field on the vendor's day ``on``. ``Sharing.reads`` as a condition."""
    if reads_everything():
        return rows
    held = scope.current()
    reader = held.viewer or held
    if not reader.all_partners or not reader.can("shared.read"):
        return rows.none()
    mine = PortfolioEntry.objects.current(on).filter(person_id=reader.person_id)
    chosen = SharingChoice.objects.filter(field=field, partner_id=OuterRef("partner_id"))
    own = chosen.filter(customer_id=OuterRef(customer)).values("share")
    ours = chosen.filter(customer__isnull=True).values("share")
    default = Value(str(FIELDS[field][1]))
    return (
        rows.filter(partner_id__in=mine.values("partner_id"))
        .alias(share=Coalesce(Subquery(own), Subquery(ours), default))
        .filter(share=Class.CAM)
    )


def sentence(share: str) -> str:
    """ "Who can see this", in one sentence for the partner."""
    return {
        Class.CAM: _("Your people and your own account manager, whose reading is recorded."),
        Class.AGGREGATE: _("Your people. Your account manager sees sums over %(n)s customers.")
        % {"n": LEAST_IN_A_SUM},
        Class.PARTNER: _("Only your own people."),
    }[Class(share)]  # fmt: skip


def withheld(share: str) -> str:
    """What a reader of the vendor's sees instead of the value."""
    return {
        Class.CAM: _("Shared with the partner's account manager only"),
        Class.AGGREGATE: _("Shared in sums only"),
        Class.PARTNER: _("Not shared by the partner"),
    }[Class(share)]  # fmt: skip


@dataclass(frozen=True)
class FeeSum:
    """Fees per month of ``customers`` customers, in one currency."""

    amount: Decimal
    currency: str
    customers: int


PER_MONTH = {"monthly": 1, "quarterly": 3, "yearly": 12}


def shared_sums(partner_id: int, on: dt.date) -> list[FeeSum]:
    """The monthly fees that the partner shares in sums, per currency; none over too few customers.

    Fees that a reader may read one by one are not among them: their difference would tell the rest.
    """
    sharing = sharing_of([partner_id], on)
    rows = (
        ServiceContract.objects.current(on)
        .filter(partner_id=partner_id, terms__fee__isnull=False)
        .select_related("terms")
    )
    found: dict[str, dict[int, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for row in rows:
        if sharing.share(partner_id, row.customer_id, "fee") == Class.AGGREGATE:
            monthly = row.terms.fee / PER_MONTH[row.terms.billing]
            found[row.terms.currency][row.customer_id] += monthly
    return [
        FeeSum(sum(fees.values(), Decimal()).quantize(Decimal("0.01")), currency, len(fees))
        for currency, fees in sorted(found.items())
        if len(fees) >= LEAST_IN_A_SUM
    ]
