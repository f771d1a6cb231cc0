"""Verbs: what is known of companies, what is planned for a renewal and what came of it, and what
the clock brings about."""

from deals.actions.account_merging import merge_accounts
from deals.actions.accounts import (
    change_account,
    drop_key,
    link_customer,
    locked_account,
    note_touch,
    place_under,
    put_account,
    put_customer,
    record_account,
    written_keys,
)
from deals.actions.direct_deals import record_direct_deal
from deals.actions.renewals import plan_renewal, record_outcome
from deals.actions.sweeps import settle_elapsed, sweep_renewal_alerts, sweep_renewals

__all__ = [
    "change_account",
    "drop_key",
    "link_customer",
    "locked_account",
    "merge_accounts",
    "note_touch",
    "place_under",
    "plan_renewal",
    "put_account",
    "put_customer",
    "record_account",
    "record_direct_deal",
    "record_outcome",
    "settle_elapsed",
    "sweep_renewal_alerts",
    "sweep_renewals",
    "written_keys",
]
