"""Whose rows may this piece of work touch? One frozen value, entered at three doors.

The doors are the middleware (a person on a vendor's host), API authentication (a client's
token) and the task base (a vendor's id). Everything below asks ``current()``; the cursor class
hands the same value to PostgreSQL, where row-level security asks again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Literal

from tenants.capabilities import PARTNER_CAPABILITIES, Role, capabilities_of

Partners = frozenset[int] | Literal["*"]


class NoScope(RuntimeError):
    """Raised where a vendor's rows are asked for while nobody said which vendor: fails closed."""


@dataclass(frozen=True)
class Scope:
    """The vendor, the partners inside it, and who is acting.

    ``partners`` is ``"*"`` for the vendor's staff, else the ids of the partners that the person's
    active membership (or the API client) belongs to. ``origin`` names the surface: ``portal``,
    ``admin``, ``api``, ``task``, ``command``, ``public``. Events name who acts by ``person_ref`` or
    ``client_ref``, the public id that goes with the key: both or neither, else ``ValueError``.
    """

    vendor_id: int
    partners: Partners = frozenset()
    role: Role | None = None
    person_id: int | None = None
    person_ref: str = ""
    client_id: int | None = None
    client_ref: str = ""
    membership_id: int | None = None
    origin: str = "command"
    request_id: str = ""
    api_scopes: frozenset[str] | None = None
    """What an API token was granted; ``None`` where no token limits the role."""
    viewer: Scope | None = None
    """Whose eyes look through this scope: somebody of the vendor sees what the partner sees, and
    changes nothing. The viewer's own scope, without the request."""

    def __post_init__(self) -> None:
        if (self.person_id is None) == bool(self.person_ref):
            raise ValueError("A scope names its person by key and public id, or not at all.")
        if (self.client_id is None) == bool(self.client_ref):
            raise ValueError("A scope names its client by key and public id, or not at all.")

    @property
    def all_partners(self) -> bool:
        return self.partners == "*"

    @property
    def partner_ids(self) -> frozenset[int]:
        """The partner ids of a partner person; empty for staff (who are not limited to any)."""
        return frozenset() if isinstance(self.partners, str) else self.partners

    @property
    def partner_id(self) -> int | None:
        """The one partner acted for, where there is exactly one."""
        return next(iter(self.partner_ids)) if len(self.partner_ids) == 1 else None

    def can(self, capability: str) -> bool:
        """Whether the role holds the capability, and the API token (if any) was granted it; who is
        bound to partners never holds what is the vendor's alone; a viewer only reads."""
        if capability not in capabilities_of(self.role):
            return False
        if self.viewer is not None and not capability.endswith(".read"):
            return False
        if not self.all_partners and capability not in PARTNER_CAPABILITIES:
            return False
        return self.api_scopes is None or capability in self.api_scopes

    def sees_partner(self, partner_id: int) -> bool:
        return self.all_partners or partner_id in self.partner_ids


_current: ContextVar[Scope | None] = ContextVar("mainstay_scope", default=None)


def current_or_none() -> Scope | None:
    return _current.get()


def current() -> Scope:
    """The scope entered, or ``NoScope``."""
    scope = _current.get()
    if scope is None:
        raise NoScope("No vendor was entered: open a scope at one of the doors (tenants/scope.py).")
    return scope


@contextmanager
def enter(scope: Scope | None) -> Iterator[Scope | None]:
    """Act as ``scope`` until the block ends; ``None`` leaves every vendor."""
    token = _current.set(scope)
    try:
        yield scope
    finally:
        _current.reset(token)


@contextmanager
def as_oneself() -> Iterator[Scope]:
    """Act as who really acts: somebody who looks through a partner's eyes notes what was read
    there; for anybody else nothing changes."""
    held = current()
    own = held if held.viewer is None else replace(held.viewer, request_id=held.request_id)
    with enter(own):
        yield own


@contextmanager
def entered_vendor(
    vendor_id: int, *, origin: str = "task", role: Role = Role.SYSTEM
) -> Iterator[Scope]:
    """The task base's and the commands' door: the whole vendor, acting as the system itself."""
    scope = Scope(vendor_id=vendor_id, partners="*", role=role, origin=origin)
    with enter(scope):
        yield scope


WIDENINGS: dict[str, str] = {
    "public certificate": "the verification page shows one certificate by its unguessable number",
    "calendar feed": "a feed's secret address is looked up before anybody is known",
    "session door": "the middleware reads the signed-in user's own memberships",
    "api door": "API authentication reads the client that signed the request",
    "invitation": "an invitation is found by its token before anybody is signed in",
    "application": "a company that applies belongs to no partner yet",
    "new person": "a partner's new person has no employment yet when the row is written",
    "family": "a partner's facts count the companies of its family, which it may not see",
    "duplicate": "a duplicate takes along what only the staff recorded of it, whoever merges it",
    "conflict check": "what stands against a registration may be another partner's",
    "account ledger": "a protected partner reads what the vendor's own sales did at its customer",
    "lapse": "why a gate closed counts people who left, whom the partner may no longer see",
    "signing key": "the vendor's key is read and first made on behalf of whoever needs a signature",
}
"""The closed list of reasons to look wider than the caller may; a test holds call sites to it."""


@contextmanager
def widen(reason: str, *, vendor_id: int | None = None) -> Iterator[Scope]:
    """Look at all partners of one vendor for a listed reason; never at another vendor."""
    if reason not in WIDENINGS:
        raise ValueError(f"{reason!r} is not among the listed reasons to widen a scope.")
    held = _current.get()
    if held is None:
        if vendor_id is None:
            raise NoScope("widen() without a scope needs the vendor's id.")
        wide = Scope(vendor_id=vendor_id, partners="*", origin="public")
    else:
        if vendor_id is not None and vendor_id != held.vendor_id:
            raise NoScope("A scope is never widened to another vendor.")
        wide = replace(held, partners="*")
    with enter(wide):
        yield wide


Visibility = Callable[[Scope], object]
_visibility: dict[str, Visibility] = {}


def register_visibility(model_label: str, condition: Visibility) -> None:
    """A higher app says which rows of a lower app's model a partner may see (returns a ``Q``)."""
    _visibility[model_label] = condition


def visibility_of(model_label: str) -> Visibility | None:
    return _visibility.get(model_label)
