"""Roles of somebody who works for a partner, day by day.

An employment keeps the codes that hold from the last change on (``roles``) and, ascending, those
that held before each change (``earlier_roles``: ``{"until": day, "roles": codes}``, each from the
``until`` before it, the first from the start of the employment). They end with the employment.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from django.db.models import F, Func, JSONField, Value
from django.db.models.functions import Coalesce

Change = dict[str, Any]
RoleSpan = tuple[dt.date, dt.date | None, list[str]]


def role_spans(
    since: dt.date, until: dt.date | None, last: list[str], earlier: Sequence[Change]
) -> list[RoleSpan]:
    """From when until when which roles, ascending, within the employment ``[since, until)``;
    ``last`` and ``earlier`` are what it keeps."""
    if not earlier:
        return [(since, until, last)]
    starts = [since, *(dt.date.fromisoformat(held["until"]) for held in earlier)]
    codes = [*(held["roles"] for held in earlier), last]
    spans = zip(starts, [*starts[1:], until], codes, strict=True)
    if until is None:
        return list(spans)
    within = ((start, min(stop or until, until), held) for start, stop, held in spans)
    return [one for one in within if one[0] < until]


def held_on(day: dt.date, at: str = "") -> Any:
    """``DatedRoles.roles_on`` as SQL over an employment at the path ``at``."""
    return Coalesce(_Before(F(f"{at}earlier_roles"), Value(day.isoformat())), F(f"{at}roles"))


class _Before(Func):
    template = "jsonb_path_query_first(%(expressions)s::text))"
    arg_joiner = ", '$[*] ? (@.until > $day).roles', jsonb_build_object('day', "
    output_field = JSONField()


class DatedRoles:
    """What an employment says of its roles."""

    roles: Any
    earlier_roles: Any
    since: Any
    until: Any

    def roles_on(self, day: dt.date) -> list[str]:
        """The roles held on the day (vendor's zone), past or to come."""
        key = day.isoformat()
        held = (one["roles"] for one in self.earlier_roles if key < one["until"])
        return list(next(held, self.roles))

    def give_roles(self, roles: list[str], day: dt.date) -> None:
        """Hold exactly these from the day on, whatever was kept for later days; those before it
        stay. A day before the employment is its first one. Nothing is saved."""
        earlier = [held for held in self.earlier_roles if held["until"] < day.isoformat()]
        if day > self.since:
            before = self.roles_on(day - dt.timedelta(days=1))
            if before != roles:
                earlier.append({"until": day.isoformat(), "roles": before})
        self.roles, self.earlier_roles = roles, earlier

    def roles_after(self, day: dt.date) -> dict[str, Any]:
        """The two values for an employment that begins on the day with what this one holds."""
        later = [held for held in self.earlier_roles if held["until"] > day.isoformat()]
        return {"roles": self.roles, "earlier_roles": later}

    def role_spans(self) -> list[RoleSpan]:
        """From when until when which roles, ascending."""
        return role_spans(self.since, self.until, self.roles, self.earlier_roles)
