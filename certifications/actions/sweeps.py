"""The sweeps that tell people before a certificate ends."""

from __future__ import annotations

import datetime as dt

from django.db import connections, transaction

from alerts.actions import SweepTerms, raise_alerts
from alerts.models import Sweep
from certifications.sweeping import DUE, MOVED, RELEASED

_RELEASES = "certificate releases"


def sweep_certificate_alerts(*, at: dt.datetime) -> int:
    """Raise every certificate alert whose window was entered by ``at``, for all vendors.

    No vendor is entered; one statement on the ``ops`` connection. An alert is raised once per
    certificate, employer and window of the program in force on the vendor's day; after downtime
    all windows are written and the most urgent is delivered. Returns the number of alerts.
    """
    return raise_alerts(SweepTerms("certificate alerts", DUE, every_seconds=300), at=at)


def sweep_certificate_releases(*, at: dt.datetime) -> int:
    """Tell whoever has to recertify because of a newer version, once, with the day: the person,
    the partner's admins and the account manager, for all vendors.

    As ``sweep_certificate_alerts``: one statement, no vendor entered. After downtime whoever still
    has to is told. What was told of a release that the program has moved or taken back since is
    retracted. Returns the number of alerts.
    """
    _retract_moved(at)
    return raise_alerts(SweepTerms(_RELEASES, RELEASED, every_seconds=300), at=at)


def _retract_moved(at: dt.datetime) -> None:
    last = Sweep.objects.filter(name=_RELEASES).values_list("last_at", flat=True).first()
    if last is not None:
        with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
            cursor.execute(MOVED, {"at": at, "since": None, "last": last})
