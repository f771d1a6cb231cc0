"""The channel admins are told when a webhook was switched off because nobody took it."""

from __future__ import annotations

import datetime as dt

from django.urls import reverse
from django.utils.translation import gettext as say
from django.utils.translation import gettext_lazy as _

from alerts.kinds import register_alert_kind
from alerts.models import Alert, WebhookEndpoint
from tenants.rows import format_public_id

STOPPED = "webhook_stopped"

# NULL is no partner, which no index finds by "=": asked here, so that a repetition burns no id.
DUE = f"""
today AS MATERIALIZED (
  SELECT v.id AS vendor_id, (%(at)s AT TIME ZONE v.time_zone)::date AS day,
         v.time_zone FROM tenants_vendor v
), due AS (
  SELECT p.vendor_id, t.day, '{STOPPED}' AS kind, 'webhookendpoint' AS subject_kind,
         p.public_id AS subject_id, NULL::bigint AS partner_id, NULL::bigint AS person_id,
         (p.stopped_at AT TIME ZONE t.time_zone)::date AS due_on, 0 AS "window",
         false AS superseded,
         jsonb_build_object('address', p.url, 'gone', p.stopped_for = 'gone', 'to_admins', true)
           AS data
  FROM alerts_webhookendpoint p JOIN today t ON t.vendor_id = p.vendor_id
  WHERE NOT p.enabled AND p.stopped_for IN ('failing', 'gone') AND p.stopped_at <= %(at)s
    AND (p.stopped_at > %(since)s::timestamptz OR %(since)s::timestamptz IS NULL)
    AND NOT EXISTS (
      SELECT 1 FROM alerts_alert a
      WHERE a.vendor_id = p.vendor_id AND a.kind = '{STOPPED}' AND a.subject_id = p.public_id
        AND a.partner_id IS NULL AND a.due_on = (p.stopped_at AT TIME ZONE t.time_zone)::date)
)
"""


def _sentence(alert: Alert, on: dt.date) -> str:
    if alert.data.get("gone"):
        why = say("%(address)s answered that it is gone for ever (410).")
    else:
        why = say("No message was received at %(address)s for three days.")
    then = say("Repair the receiver and switch the webhook on again: it goes on where it stopped.")
    return f"{why % {'address': alert.data.get('address', '')}} {then}"


def _url(alert: Alert) -> str:
    ref = format_public_id(WebhookEndpoint.prefix, alert.subject_id)
    return reverse("admin:alerts_webhookendpoint_change", args=[ref])


def register() -> None:
    """Say how the alert reads; called once the apps are loaded."""
    register_alert_kind(
        STOPPED,
        _("Webhook switched off"),
        title=lambda alert, on: say("A webhook was switched off"),
        sentence=_sentence,
        url=_url,
        icon="plug-off",
        tone=lambda alert, on: "bad",
        button=_("Open the webhook"),
        always="all",
        staff_only=True,
    )
