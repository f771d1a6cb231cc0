"""Verbs: what is planned for a renewal, what came of it, and what the clock brings about."""

from deals.actions.renewals import plan_renewal, record_outcome
from deals.actions.sweeps import settle_elapsed, sweep_renewal_alerts, sweep_renewals

__all__ = [
    "plan_renewal",
    "record_outcome",
    "settle_elapsed",
    "sweep_renewal_alerts",
    "sweep_renewals",
]
