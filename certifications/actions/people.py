"""What every verb about a person's certificates shares: the lock, and the alerts that settle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection

from alerts.actions import settle_alerts
from certifications.models import Certificate
from certifications.sweeping import KINDS
from tenants.models import Person


def lock_people(person_ids: Collection[int]) -> None:
    """Hold the people's rows, in the order of their keys, until the transaction ends: what each
    earns next depends on what they hold now."""
    rows = Person.objects.filter(pk__in=list(person_ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def settle(person_ids: Collection[int], on: dt.date) -> None:
    """Alerts of these people stand for the certificates to renew, no longer for those renewed or
    revoked."""
    of_them = Certificate.objects.filter(person_id__in=person_ids)
    newest = of_them.newest(on)
    over = of_them.exclude(pk__in=newest.values("pk"))
    for kind in KINDS:
        settle_alerts(kind, over.values("public_id"), newest.values("public_id"))
