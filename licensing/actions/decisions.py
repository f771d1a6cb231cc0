"""What is asked of the gate, and what it answers."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from licensing.models import Authorization, Reservation
from licensing.rules import DeploymentStanding
from partners.models import Customer
from programs.models import Product
from tenants.models import Person
from tenants.writing import Reason

MAX_SEATS = 1_000_000


@dataclass(frozen=True)
class Decision:
    """The gate's answer to one request; ``authorization`` is ``None`` for a dry run."""

    standing: DeploymentStanding
    product: Product
    seats: int
    decided_at: dt.datetime
    cache_until: dt.datetime
    authorization: Authorization | None = None
    reservation: Reservation | None = None

    @property
    def dry_run(self) -> bool:
        return self.authorization is None

    @property
    def allowed(self) -> bool:
        return self.standing.verdict.allowed

    @property
    def word(self) -> str:
        return str(Authorization.Decision.ALLOW if self.allowed else Authorization.Decision.DENY)

    @property
    def reasons(self) -> list[Reason]:
        """The blockers; none where it is allowed (a shrink is, whatever the gate says)."""
        return [] if self.allowed else self.standing.reasons


@dataclass(frozen=True)
class Ask:
    """One request to the gate: ``seats`` is the quantity that shall run afterwards.

    ``replaces``: the same seats run again (re-image, fail-over, restore); ``seats`` may be left
    out then. ``transfers``: they ran at the customer's former partner, and do not stop because it
    changes its MSP; asked by ``actions.moving`` alone. ``operator`` is the person who does the
    work, where the gate asks for one.
    """

    customer: Customer
    product: str
    environment: str
    seats: int | None
    replaces: bool = False
    transfers: bool = False
    operator: Person | None = None
