"""Who is to do a task is reminded on its day, once: the sweep's SQL and the words.

A colleague's task is no partner's to read about: its alert carries no partner, so the key alone
would not keep a repeated sweep from burning ids, and ``due`` leaves out what was raised.
"""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.actions import SweepTerms
from alerts.kinds import register_alert_kind
from alerts.models import Alert
from partners.models import Task
from tenants.rows import format_public_id

KIND = "task_due"
SECONDS = 300
DUE = f"""
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day,
         (%(since)s::timestamptz AT TIME ZONE v.time_zone)::date AS handled
  FROM tenants_vendor v
), due AS (
  SELECT k.vendor_id, t.day, '{KIND}' AS kind, 'task' AS subject_kind, k.public_id AS subject_id,
         CASE WHEN k.for_partner THEN k.partner_id END AS partner_id, k.assignee_id AS person_id,
         k.due_on, 0 AS "window", false AS superseded,
         jsonb_build_object('title', k.title, 'partner_name', p.name) AS data
  FROM partners_task k
  JOIN today t ON t.vendor_id = k.vendor_id
  JOIN partners_partner p ON p.vendor_id = k.vendor_id AND p.id = k.partner_id
  WHERE k.state = 'open' AND k.due_on <= t.day
    AND (k.due_on > t.handled OR t.handled IS NULL)
    AND NOT EXISTS (
      SELECT 1 FROM alerts_alert a
      WHERE a.vendor_id = k.vendor_id AND a.kind = '{KIND}' AND a.subject_id = k.public_id
        AND a.due_on = k.due_on)
)
"""
TERMS = SweepTerms("task reminders", DUE, SECONDS)


def _title(alert: Alert, on: dt.date) -> str:
    if alert.due_on < on:
        return _("Overdue: %(title)s") % {"title": alert.data["title"]}
    return _("Due today: %(title)s") % {"title": alert.data["title"]}


def _sentence(alert: Alert, on: dt.date) -> str:
    return _("A task about %(partner)s.") % {"partner": alert.data["partner_name"]}


def _url(alert: Alert) -> str:
    return reverse("partners:task", args=[format_public_id(Task.prefix, alert.subject_id)])


def register() -> None:
    """Called once the apps are loaded."""
    register_alert_kind(
        KIND,
        gettext_lazy("Task due"),
        title=_title,
        sentence=_sentence,
        url=_url,
        icon="checkbox",
        tone=lambda alert, on: "bad" if alert.due_on < on else "warn",
        button=gettext_lazy("See the task"),
    )
