"""What a customer is worth, until statements say what it pays: the seats that run there, at the
program's prices (glossary, "vendor_mrr")."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Sum

from licensing.models import Deployment
from licensing.rules.inputs import managed_seats
from programs.compiled import program_or_none
from web.statements import Keys

CENT = Decimal("0.01")


@dataclass(frozen=True)
class Worth:
    """``seats`` managed at a customer, and ``amount`` per month in ``currency`` by the program's
    prices; ``unpriced`` says that a product there has none."""

    seats: int = 0
    amount: Decimal = Decimal("0.00")
    currency: str = ""
    unpriced: bool = False

    def __add__(self, other: Worth) -> Worth:
        return Worth(
            self.seats + other.seats,
            self.amount + other.amount,
            self.currency or other.currency,
            self.unpriced or other.unpriced,
        )


NOTHING = Worth()


def worth_of(customer_ids: Collection[int], on: dt.date) -> dict[int, Worth]:
    """What each of the customers is worth on the vendor's day ``on``; one query, none where no
    program is in force. A customer where nothing runs is missing."""
    program = program_or_none(on)
    if program is None or not customer_ids:
        return {}
    document = program.document
    rows = (
        Deployment.objects.filter(customer_id__any=Keys(customer_ids), seats__gt=0)
        .order_by()
        .values_list("customer_id", "product__code")
        .annotate(total=Sum("seats"))
    )
    running: dict[int, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for customer_id, named, seats in rows:
        running[customer_id][document.successor("products", named) or named] += seats
    found = {}
    for customer_id, products in running.items():
        amount, unpriced = Decimal(), False
        for code, seats in products.items():
            rule = document.products.get(code)
            price = rule.price_month if rule else None
            unpriced = unpriced or price is None
            amount += Decimal(price or 0) * seats
        found[customer_id] = Worth(
            managed_seats(document, products), amount.quantize(CENT), document.currency, unpriced
        )
    return found
