"""What every verb about a person's certificates shares: the lock, and the alerts that settle."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db.models import BigIntegerField

from alerts.actions import settle_alerts
from alerts.models import Alert
from certifications.models import Certificate
from certifications.sweeping import KINDS
from tenants.models import Person
from web.statements import Late


def lock_people(person_ids: Collection[int]) -> None:
    """Hold the people's rows, in the order of their keys, until the transaction ends: what each
    earns next depends on what they hold now."""
    rows = Person.objects.filter(pk__in=list(person_ids)).order_by("pk")
    list(rows.select_for_update(no_key=True).values_list("pk"))


def settle(person_ids: Collection[int], on: dt.date) -> None:
    """Alerts of these people stand for the certificates to renew, no longer for those renewed or
    revoked."""
    told = {
        kind for (kind,) in Alert.objects.compiled("told to people", _told_to).run([[*person_ids]])
    }
    if not told:  # most results come before any warning: one look instead of two changes per kind
        return
    of_them = Certificate.objects.filter(person_id__in=person_ids)
    newest = of_them.newest(on)
    over = of_them.exclude(pk__in=newest.values("pk"))
    for kind in KINDS:
        if kind in told:
            settle_alerts(kind, over.values("public_id"), newest.values("public_id"))


_PEOPLE = Late(0, ArrayField(BigIntegerField()))


def _told_to(alerts: Any) -> Any:
    mine = alerts.filter(kind__in=KINDS, person_id__any=_PEOPLE)
    return mine.order_by().values_list("kind").distinct()
