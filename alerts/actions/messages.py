"""Verbs: raise alerts, queue and deliver messages, read notifications."""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.core.mail import get_connection
from django.db import connections, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext as _

from alerts.belonging import belongs
from alerts.letters import Waiting, compose, sealed
from alerts.models import Alert, Delivery, Notification
from alerts.raising import CATCH_UP, parameters, statement
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.writing import Refused, acting, action
from web import clock

logger = logging.getLogger(__name__)

LOOK_BACK = dt.timedelta(days=31)
"""Beyond the last run, for rows that are recorded late."""


@dataclass(frozen=True)
class SweepTerms:
    """A sweep's name, the SQL of what is due (see ``alerts.raising``), and its beat's interval."""

    name: str
    due: str
    every_seconds: int = 300


def raise_alerts(terms: SweepTerms, *, at: dt.datetime) -> int:
    """Run a sweep for all vendors in one statement on the ``ops`` connection; returns how many.

    The statement also writes the notifications and queues the messages, so an alert cannot exist
    without them. The look back begins a month before the last run, or nowhere on the first.
    """
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute("SELECT last_at FROM alerts_sweep WHERE name = %s", [terms.name])
        last = cursor.fetchone()
        since = min(last[0], at) - LOOK_BACK if last else None
        cursor.execute(statement(terms.due), parameters(at, since))
        count = int(cursor.fetchone()[0])
        _note_run(cursor, terms.name, terms.every_seconds, at, count)
    return count


def tell_specialists(*, at: dt.datetime) -> int:
    """Put into the lists of specialists who began within a month what is open of their service and
    was raised before, for all vendors; returns how many entries."""
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute(CATCH_UP, {"at": at})
        return int(cursor.rowcount)


def _note_run(cursor: Any, name: str, every_seconds: int, at: dt.datetime, count: int) -> None:
    cursor.execute(
        "INSERT INTO alerts_sweep (name, last_at, last_count, every_seconds) "
        "VALUES (%s, %s, %s, %s) ON CONFLICT (name) DO UPDATE SET last_at = excluded.last_at, "
        "last_count = excluded.last_count, every_seconds = excluded.every_seconds",
        [name, at, count, every_seconds],
    )


def note_sweep(name: str, *, every_seconds: int, at: dt.datetime, count: int) -> None:
    """Say that a sweep of any app ran, so that a late one is noticed."""
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        _note_run(cursor, name, every_seconds, at, count)


def queue_message(
    template: str,
    address: str,
    context: Mapping[str, Any],
    person_id: int | None = None,
    partner_id: int | None = None,
    *,
    at: dt.datetime | None = None,
) -> None:
    """Put one e-mail into the outbox, in the caller's transaction: it leaves when that commits.

    ``template`` names ``templates/mail/<template>.html`` (see ``templates/alerts/letter.html``);
    ``context`` must be JSON and is kept encrypted. ``at`` is the earliest instant of sending, now
    if left out. The caller's action decides who may; the message itself is no event.
    """
    with acting():
        Delivery.objects.create(
            vendor_id=scope.current().vendor_id,
            partner_id=partner_id,
            person_id=person_id,
            address=address,
            template=template,
            context=sealed(context),
            next_attempt_at=at or clock.now(),
        )


@action("alerts.read")
def mark_read(notification: Notification, *, at: dt.datetime) -> None:
    """The reader has seen it. Only one's own; nothing happens to another's or a read one."""
    _mine().filter(pk=notification.pk, read_at__isnull=True).update(read_at=at)


@action("alerts.read")
def mark_all_read(*, at: dt.datetime) -> int:
    """Mark everything in the reader's own list; returns how many there were."""
    return _mine().filter(read_at__isnull=True).update(read_at=at)


def _mine() -> Any:
    return Notification.objects.filter(person_id=scope.current().person_id)


def settle_alerts(kind: str, over: QuerySet[Any], still: QuerySet[Any]) -> None:
    """Close the alerts whose cause is gone (a renewed certificate), and open again those whose
    cause is back: in a constant number of statements, inside the caller's action.

    ``over`` and ``still`` give the subjects' public ids. Of one thing only the most urgent alert
    is open.
    """
    with acting():
        Alert.objects.filter(kind=kind, subject_id__in=over, superseded=False).update(
            superseded=True
        )
        tighter = Alert.objects.filter(
            kind=kind,
            subject_id=OuterRef("subject_id"),
            partner_id=OuterRef("partner_id"),
            due_on=OuterRef("due_on"),
            window__lt=OuterRef("window"),
        )
        Alert.objects.filter(~Exists(tighter), kind=kind, subject_id__in=still).filter(
            superseded=True
        ).update(superseded=False)


MAX_ATTEMPTS = 10
_FIRST_WAIT = dt.timedelta(minutes=1)
_LONGEST_WAIT = dt.timedelta(hours=6)

# Committed one by one: a worker killed between two messages loses neither, and one killed between
# sending and committing sends the same message again under the same key, never none.
_CLAIM = f"""
WITH d AS MATERIALIZED (
  SELECT * FROM alerts_delivery
  WHERE state = 'pending' AND channel = 'email' AND next_attempt_at <= %(at)s
  ORDER BY next_attempt_at, id LIMIT 1 FOR UPDATE SKIP LOCKED
)
SELECT d.id, d.vendor_id, d.public_id, d.alert_id, d.address, d.template, d.context::text,
       d.attempts, d.person_id, d.partner_id,
       d.person_id IS NULL OR {belongs("d", "(%(at)s AT TIME ZONE v.time_zone)::date")},
       coalesce(a.superseded, false)
FROM d JOIN tenants_vendor v ON v.id = d.vendor_id
LEFT JOIN alerts_alert a ON a.vendor_id = d.vendor_id AND a.id = d.alert_id
"""


_RUN_SECONDS = 120.0
"""A run stops here, well before a worker's time limit; the next one goes on where it stopped."""


def sweep_deliveries(*, at: dt.datetime) -> int:
    """Send what waits in the outbox of all vendors, one message per transaction; returns how many
    left. A refusal by the mail server waits longer each time and is given up after ten. What was
    queued for somebody who has left since, or about what was settled since, is dropped."""
    sent, end = 0, time.monotonic() + _RUN_SECONDS
    with get_connection() as mail:
        while time.monotonic() < end:
            with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
                cursor.execute(_CLAIM, {"at": at})
                row = cursor.fetchone()
                if row is None:
                    break
                *waiting, belongs_there, settled = row
                if why := _undue(belongs_there, settled):
                    cursor.execute(_DROP, [why, row[0]])
                else:
                    sent += _deliver(cursor, Waiting(*waiting), at, mail)
    return sent


KEPT = dt.timedelta(days=90)
"""How long a message that is over keeps its address, to look into what became of it."""


def strip_old_deliveries(*, at: dt.datetime) -> int:
    """Take address, words and the mail server's answer out of messages that were sent, given up or
    dropped more than 90 days ago, for all vendors; returns how many. That the person was told, of
    what and when stays."""
    with transaction.atomic(using="ops"), connections["ops"].cursor() as cursor:
        cursor.execute(
            "UPDATE alerts_delivery SET address = '', error = '', context = '{}'"
            " WHERE state <> 'pending' AND address <> '' AND next_attempt_at < %s",
            [at - KEPT],
        )
        return int(cursor.rowcount)


_DROP = "UPDATE alerts_delivery SET state = 'dropped', error = %s, context = '{}' WHERE id = %s"


def _undue(belongs_there: bool, settled: bool) -> str:
    """Why a message is not sent any more, for the outbox's page; empty where it is."""
    if not belongs_there:
        return _("The person has left since.")
    return _("What it tells of was settled before it was sent.") if settled else ""


def _deliver(cursor: Any, waiting: Waiting, at: dt.datetime, mail: Any) -> bool:
    try:
        message = compose(waiting, vendor_by_id(waiting.vendor_id).day_of(at))
        message.connection = mail
        message.send()
    except Exception as error:  # whatever the server or a template says, the next one still goes
        _postpone(cursor, waiting, at, error)
        return False
    cursor.execute(
        # What was sent is not kept: an invitation's link is a secret.
        "UPDATE alerts_delivery SET state = 'sent', sent_at = %s, attempts = attempts + 1, "
        "error = '', context = '{}' WHERE id = %s",
        [at, waiting.id],
    )
    return True


def _postpone(cursor: Any, waiting: Waiting, at: dt.datetime, error: Exception) -> None:
    # A server's refusal explains itself; anything else is ours, and needs its place in the code.
    ours = None if isinstance(error, OSError) else error
    logger.warning("message %s was not sent: %s", waiting.key, error, exc_info=ours)
    wait = min(_FIRST_WAIT * 2**waiting.attempts, _LONGEST_WAIT)
    state = "failed" if waiting.attempts + 1 >= MAX_ATTEMPTS else "pending"
    cursor.execute(
        "UPDATE alerts_delivery SET state = %s, attempts = attempts + 1, next_attempt_at = %s, "
        "error = %s WHERE id = %s",
        [state, at + wait, f"{type(error).__name__}: {error}"[:300], waiting.id],
    )


@action("admin.use")
def retry_delivery(delivery: Delivery, *, at: dt.datetime) -> None:
    """Try a message that was given up again, from ``at`` on. Raises ``Refused("not_failed")``, also
    where it is so old that its address is gone."""
    failed = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.FAILED)
    changed = failed.exclude(address="").update(
        state=Delivery.State.PENDING, attempts=0, next_attempt_at=at, error=""
    )
    if not changed:
        raise Refused("not_failed", _("Only a message that was given up can be tried again."))
