"""Who owns what in the walked world, and the rows by owner."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import Any

from tenants.models import (
    Vendor,
)

VENDORS = ("aurora", "borealis")
PARTNERS = (1, 2, 3)
LONG_AGO = dt.date(2024, 1, 1)
NOW = dt.datetime.now(dt.UTC)
FAR = NOW.date() + dt.timedelta(days=400)
SOON = NOW.date() + dt.timedelta(days=20)


@dataclass(frozen=True)
class Owner:
    """A partner of a vendor, or (number 0) the vendor itself."""

    vendor: str
    number: int

    @property
    def canary(self) -> str:
        return f"canary{self.vendor}{self.number}"


UNANNOUNCED = 9
"""The number whose canary stands in a version of the program that no partner may see yet."""
ALL_CANARIES = frozenset(Owner(v, n).canary for v in VENDORS for n in (0, *PARTNERS, UNANNOUNCED))


@dataclass
class World:
    vendors: dict[str, Vendor] = field(default_factory=dict)
    rows: dict[str, dict[Owner, Any]] = field(default_factory=dict)
    """Model label -> owner -> one row of it."""
    integrations: dict[Owner, Any] = field(default_factory=dict)
    """An API client with every scope: of the vendor (number 0) or of one partner."""

    def add(self, owner: Owner, row: Any) -> Any:
        self.rows.setdefault(row._meta.label, {})[owner] = row
        return row

    def get(self, label: str, owner: Owner) -> Any:
        """The owner's row, or the vendor's where the model has none per partner."""
        held = self.rows[label]
        return held.get(owner) or held[Owner(owner.vendor, 0)]
