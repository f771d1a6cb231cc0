"""Certification tracks in the API."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

from programs.compiled import declared, program_or_none
from programs.models import Track
from tenants import scope
from tenants.api import Resource, register_routes
from tenants.clock import today
from web.api.output import Out, PublicId, Value
from web.api.parameters import Asked


class Tracks(Resource):
    """Certification tracks of the program. Their rules stand in the program document. A partner's
    client sees those in force."""

    model = Track
    capabilities = {"GET": "program.read"}
    sorts = {"code": "code", "name": "name"}
    fields = {
        "id": PublicId(),
        "code": "code",
        "name": "name",
        "first_version": Value("first_version", help="Program version that introduced it."),
        "retired_in": Value("retired_in", help="Program version that took it out, or null."),
    }

    def get_queryset(self) -> Any:
        """All tracks for the vendor; for a partner none of a version that is still to come."""
        rows = Track.objects.all()
        return rows if scope.current().all_partners else declared(rows, today())

    def scope_key(self) -> Hashable:
        """A partner's tracks depend on the program in force, which may change within the day."""
        program = None if scope.current().all_partners else program_or_none(today())
        return (super().scope_key(), program and program.number)

    @classmethod
    def values(cls, asked: Asked) -> dict[str, Out]:
        """Without the version that takes it out where a partner asks: that one is to come."""
        found = super().values(asked)
        if not scope.current().all_partners:
            found.pop("retired_in", None)
        return found


register_routes("tracks", Tracks)
