"""Which rows of lower apps a partner sees: the code's half of the walls in migration 0002."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q

from partners.models import Employment, PortfolioEntry
from programs.visibility import Today
from tenants.models import Membership
from tenants.scope import Scope


def partner_visible(scope: Scope) -> Q:
    return Q(pk__in=list(scope.partner_ids))


def field_visible(scope: Scope) -> Q:
    """Definitions of internal fields are the staff's, labels included."""
    return ~Q(access="internal")


def task_visible(scope: Scope) -> Q:
    """A partner sees what it is to do itself; tasks of the vendor's people are theirs."""
    return Q(for_partner=True, partner_id__in=list(scope.partner_ids))


def person_visible(scope: Scope) -> Q:
    """People who work or worked for the partner, sign in for it, or look after it."""
    mine = {
        "vendor_id": scope.vendor_id,
        "partner_id__in": list(scope.partner_ids),
        "person_id": OuterRef("pk"),
    }
    return Q(
        Exists(Employment._base_manager.filter(**mine))
        | Exists(PortfolioEntry._base_manager.filter(**mine))
        | Exists(Membership._base_manager.filter(**mine))
    )


def earned_with_us(scope: Scope, day: str) -> Q:
    """Rows of a person (``person_id``) dated ``day`` before that person left the partner."""
    return Q(
        Exists(
            Employment._base_manager.filter(
                Q(until__isnull=True) | Q(until__gt=OuterRef(day)),
                vendor_id=scope.vendor_id,
                partner_id__in=list(scope.partner_ids),
                person_id=OuterRef("person_id"),
            )
        )
    )


def works_here() -> Q:
    """Employments that last on the vendor's day: a former employer does not see the address that
    the next one wrote."""
    return Q(until__isnull=True) | Q(until__gt=Today())


def works_with_us(scope: Scope) -> Q:
    """The same for rows of a person (``person_id``)."""
    mine = {"vendor_id": scope.vendor_id, "partner_id__in": list(scope.partner_ids)}
    held = Employment._base_manager.filter(works_here(), **mine, person_id=OuterRef("person_id"))
    return Q(Exists(held))
