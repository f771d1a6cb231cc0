"""Who looks after a partner changes: all of them and the partner's admins are told, once."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from alerts.actions import SweepTerms
from alerts.kinds import register_alert_kind
from alerts.models import Alert
from partners.models import ServiceScope
from web.templatetags.mainstay import short_date

CHANGE, STAND_IN, BESIDE = "contact_change", "contact_stand_in", "contact_specialist"
SECONDS = 300
# ``person`` is told, the account manager of the day and the partner's admins besides. What was
# planned long before the last run was told then, and a specialist of more than a month ago.
DUE = f"""
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day
  FROM tenants_vendor v
), due AS (
  SELECT h.vendor_id, t.day, '{CHANGE}' AS kind, 'handover' AS subject_kind,
         h.public_id AS subject_id, h.partner_id, h.to_person_id AS person_id, h."on" AS due_on,
         0 AS "window", false AS superseded,
         jsonb_build_object('partner_name', p.name, 'new', n.name, 'old', o.name) AS data
  FROM partners_handover h
  JOIN today t ON t.vendor_id = h.vendor_id
  JOIN partners_partner p ON p.vendor_id = h.vendor_id AND p.id = h.partner_id
  JOIN tenants_person n ON n.vendor_id = h.vendor_id AND n.id = h.to_person_id
  JOIN tenants_person o ON o.vendor_id = h.vendor_id AND o.id = h.from_person_id
  WHERE h.state <> 'withdrawn' AND h.planned_at <= %(at)s
    AND (h.planned_at > %(since)s::timestamptz OR %(since)s::timestamptz IS NULL)
  UNION ALL
  SELECT f.vendor_id, t.day, '{STAND_IN}', 'portfolioentry', f.public_id, f.partner_id,
         f.person_id, f.since, 0, false,
         jsonb_build_object('partner_name', p.name, 'new', n.name, 'until', f.until)
  FROM partners_portfolioentry f
  JOIN today t ON t.vendor_id = f.vendor_id
  JOIN partners_partner p ON p.vendor_id = f.vendor_id AND p.id = f.partner_id
  JOIN tenants_person n ON n.vendor_id = f.vendor_id AND n.id = f.person_id
  WHERE f.kind = 'stand_in' AND f.until > t.day
  UNION ALL
  SELECT f.vendor_id, t.day, '{BESIDE}', 'portfolioentry', f.public_id, f.partner_id,
         f.person_id, f.since, 0, false,
         jsonb_build_object('partner_name', p.name, 'new', n.name, 'scope', f.scope)
  FROM partners_portfolioentry f
  JOIN today t ON t.vendor_id = f.vendor_id
  JOIN partners_partner p ON p.vendor_id = f.vendor_id AND p.id = f.partner_id
  JOIN tenants_person n ON n.vendor_id = f.vendor_id AND n.id = f.person_id
  WHERE f.kind = 'specialist' AND f.scope <> '' AND f.since > t.day - 31
    AND (f.until IS NULL OR f.until > t.day)
)
"""
TERMS = SweepTerms("changes of contact", DUE, SECONDS)


def _change_title(alert: Alert, on: dt.date) -> str:
    words = {"new": alert.data["new"], "partner": alert.data["partner_name"]}
    return _("%(new)s looks after %(partner)s") % words


def _change(alert: Alert, on: dt.date) -> str:
    words = {"day": short_date(alert.due_on), "old": alert.data["old"], "new": alert.data["new"]}
    return _("From %(day)s %(new)s is the account manager, after %(old)s.") % words


def _stand_in_title(alert: Alert, on: dt.date) -> str:
    words = {"new": alert.data["new"], "partner": alert.data["partner_name"]}
    return _("%(new)s stands in for %(partner)s’s account manager") % words


def _stand_in(alert: Alert, on: dt.date) -> str:
    until = dt.date.fromisoformat(alert.data["until"])
    words = {"day": short_date(alert.due_on), "until": short_date(until)}
    return _("From %(day)s until %(until)s.") % words


def _beside_title(alert: Alert, on: dt.date) -> str:
    words = {"new": alert.data["new"], "partner": alert.data["partner_name"]}
    return _("%(new)s is a specialist for %(partner)s") % words


def _beside(alert: Alert, on: dt.date) -> str:
    words = {
        "day": short_date(alert.due_on),
        "new": alert.data["new"],
        "service": ServiceScope(alert.data["scope"]).label,
    }
    return (
        _("From %(day)s %(new)s looks after one service beside the account manager: %(service)s.")
        % words
    )


def register() -> None:
    """Called once the apps are loaded."""
    register_alert_kind(
        CHANGE,
        gettext_lazy("Account manager changes"),
        title=_change_title,
        sentence=_change,
        url=lambda alert: reverse("scorecards:home"),
        icon="arrows-exchange",
    )
    register_alert_kind(
        STAND_IN,
        gettext_lazy("Stand-in"),
        title=_stand_in_title,
        sentence=_stand_in,
        url=lambda alert: reverse("scorecards:home"),
        icon="user-share",
    )
    register_alert_kind(
        BESIDE,
        gettext_lazy("Specialist"),
        title=_beside_title,
        sentence=_beside,
        url=lambda alert: reverse("scorecards:home"),
        icon="user-check",
    )
