"""How anything is written: inside an action, with an event, or not at all.

``@action`` opens the transaction, asks for the capability and marks the work as an action; the
cursor refuses INSERT, UPDATE and DELETE on a vendor's table anywhere else. ``record_event``
appends to the vendor's log in the same transaction. ``Refused`` is the one way an action says no;
each surface translates it once.
"""

from __future__ import annotations

import functools
import json
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import asdict, dataclass
from typing import Any, ParamSpec, TypeVar

import orjson
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connection, transaction

from tenants import scope as scopes

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True)
class Reason:
    """Why something may not happen: stable code, words, the way out, and who can take it.

    ``need`` and ``have`` are shown side by side; ``pointer`` names the field or row of the input.
    """

    code: str
    detail: str
    fix: str = ""
    fix_url: str = ""
    who: str = ""
    need: str = ""
    have: str = ""
    pointer: str = ""

    def to_dict(self) -> dict[str, str]:
        return {k: v for k, v in asdict(self).items() if v}


class Refused(Exception):
    """An action said no. Nothing was written: the transaction is rolled back.

    Translated once per edge: portal 422 with the reasons, API 409 problem, admin message.
    """

    def __init__(self, code: str, detail: str = "", *, reasons: Sequence[Reason] = ()) -> None:
        self.code = code
        self.reasons = tuple(reasons) or (Reason(code=code, detail=detail),)
        self.detail = detail or self.reasons[0].detail
        super().__init__(self.detail)


class NotAllowed(Refused):
    """The person or client lacks the capability (403 at the edges)."""

    def __init__(self, capability: str) -> None:
        self.capability = capability
        super().__init__("not_allowed", f"Your role does not include “{capability}”.")


class ViewOnly(NotAllowed):
    """Somebody of the vendor looks through a partner's eyes, and may change nothing there (403)."""

    def __init__(self) -> None:
        Refused.__init__(
            self, "view_only", "You are viewing a partner’s pages: nothing can be changed there."
        )
        self.capability = ""


def require(capability: str) -> None:
    """Raise ``NotAllowed`` unless the current scope holds the capability."""
    if not scopes.current().can(capability):
        raise NotAllowed(capability)


class WriteOutsideAction(RuntimeError):
    """A vendor's table was written outside an action: a defect, never a user's mistake."""


_acting: ContextVar[int] = ContextVar("mainstay_acting", default=0)
_walled_tables: set[str] = set()


def register_walled_table(table: str) -> None:
    _walled_tables.add(table)


def walled_tables() -> frozenset[str]:
    return frozenset(_walled_tables)


def refuse_write_outside_action(table: str) -> None:
    """Called by the cursor for each write; ``WriteOutsideAction`` for a vendor's table."""
    if not _acting.get() and table in _walled_tables:
        raise WriteOutsideAction(f"{table} is written outside an action (see tenants/writing.py).")


@contextmanager
def acting() -> Iterator[None]:
    """Mark the block as an action. Outermost: opens the transaction (and the tests' audit).

    Raises ``ViewOnly`` to who looks through another's eyes: nothing is written there.
    """
    held = scopes.current_or_none()
    if held is not None and held.viewer is not None:
        raise ViewOnly
    depth = _acting.get()
    token = _acting.set(depth + 1)
    try:
        with transaction.atomic():
            if depth == 0 and outermost_action is not None:
                with outermost_action():
                    yield
            else:
                yield
    finally:
        _acting.reset(token)


outermost_action: Callable[[], Any] | None = None
"""Set by the test suite to a context manager that proves that each action left an event."""


def action(capability: str | None) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function an action: one transaction, one capability, the only place that writes.

    ``capability`` is ``None`` only where the action itself decides by a rule (e.g. accepting an
    invitation); the docstring of such an action says which.
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        @functools.wraps(function)
        def run(*args: P.args, **kwargs: P.kwargs) -> R:
            if capability is not None:
                require(capability)
            with acting():
                return function(*args, **kwargs)

        run.capability = capability  # type: ignore[attr-defined]
        return run

    return decorate


def record_event(
    kind: str,
    subject: Any,
    *,
    partner_id: int | None = None,
    data: Mapping[str, Any] | None = None,
    private: Mapping[str, Any] | None = None,
    private_person_id: int | None = None,
    program_version: int | None = None,
) -> int:
    """Append one event to the vendor's log; returns its id.

    ``kind`` is past tense (``partner.approved``). ``data`` names people, partners and customers by
    public id (``person.ref``), never by row number, which would count all vendors; personal values
    go to ``private``, whose salted digest is in the chain and whose row can be erased.
    ``partner_id`` defaults to the subject's own.
    """
    if partner_id is None:
        partner_id = getattr(subject, "partner_id", None)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT event_append(%s, %s, %s, %s, %s::jsonb, %s::jsonb, %s::jsonb, %s, %s)",
            [
                kind,
                subject._meta.model_name,
                subject.public_id,
                partner_id,
                actor_json(),
                _json(data or {}),
                None if private is None else _json(private),
                private_person_id,
                program_version,
            ],
        )
        return int(cursor.fetchone()[0])


@dataclass(frozen=True)
class Happened:
    """One event of a set (see ``record_events``): ``subject_id`` is the row's public id."""

    subject_id: uuid.UUID
    partner_id: int | None
    data: Mapping[str, Any]
    private: Mapping[str, Any] | None = None
    private_person_id: int | None = None


_APPEND_ALL = """
SELECT event_append(%s, %s, e.subject_id, e.partner_id, %s::jsonb, e.data, e.private,
                    e.private_person_id, %s)
FROM jsonb_to_recordset(%s::jsonb) AS e(subject_id uuid, partner_id bigint, data jsonb,
                                        private jsonb, private_person_id bigint)
"""


def record_events(
    kind: str,
    subject_kind: str,
    happened: Sequence[Happened],
    *,
    program_version: int | None = None,
) -> None:
    """Append one event per row of a set, two thousand to a statement; see ``record_event``.

    Bounded, so that a long import meets no statement's time limit.
    """
    actor = actor_json()
    with connection.cursor() as cursor:
        for start in range(0, len(happened), 2_000):
            batch = [vars(one) for one in happened[start : start + 2_000]]
            rows = orjson.dumps(batch, default=_ENCODER.default, option=_AS_DJANGO).decode()
            cursor.execute(_APPEND_ALL, [kind, subject_kind, actor, program_version, rows])


def actor_json() -> str:
    """Who acts, as the event function takes it: person, client, role, origin, request."""
    scope = scopes.current()
    actor = {
        "person": scope.person_ref or None,
        "client": scope.client_ref or None,
        "role": str(scope.role) if scope.role else None,
        "origin": scope.origin,
        "request": scope.request_id or None,
    }
    return _json({k: v for k, v in actor.items() if v is not None})


class _Encoder(DjangoJSONEncoder):
    def default(self, o: Any) -> Any:
        if isinstance(o, uuid.UUID):
            return str(o)
        if isinstance(o, (set, frozenset)):
            return sorted(o)
        return super().default(o)


_ENCODER = _Encoder()
_AS_DJANGO = orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_NON_STR_KEYS
"""Days and instants are written as ``_Encoder`` writes them."""


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, cls=_Encoder, sort_keys=True, ensure_ascii=False)


def changes(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, list[Any]]:
    """What differs, as ``{field: [old, new]}``: the shape in which events carry changes."""
    keys = list(dict.fromkeys([*before, *after]))
    return {k: [before.get(k), after.get(k)] for k in keys if before.get(k) != after.get(k)}
