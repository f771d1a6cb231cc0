"""Which versions of a program partners see: the code's half of the wall in migration 0005."""

from __future__ import annotations

from django.db.models import DateField, Func, Q

from tenants.scope import Scope


class Today(Func):
    """The vendor's day by the caller's clock, found by the database: remembered statements hold
    it without a day of their own."""

    function = "mainstay_today"
    output_field = DateField()


def version_visible(scope: Scope) -> Q:
    """Those that have been announced."""
    return Q(announced_on__lte=Today())
