"""Decisions about partners over sets, without writing; the day is passed in."""

from partners.rules.companies import (
    Employed,
    blocked_partners,
    customer_addenda,
    employers_on,
    employments_on,
    known_environments,
    lowering,
    open_types,
    refuse_wrong_agreement,
    regulated_verticals,
    unclassified,
)

__all__ = [
    "Employed",
    "blocked_partners",
    "customer_addenda",
    "employers_on",
    "employments_on",
    "known_environments",
    "lowering",
    "open_types",
    "refuse_wrong_agreement",
    "regulated_verticals",
    "unclassified",
]
