"""Verbs: what is known of companies, what partners register there and what the vendor decides, what
is planned for a renewal and what came of it, and what the clock brings about."""

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
from deals.actions.deciding import (
    answer_elapsed,
    approve_registration,
    decide_several,
    refuse_registration,
    reverse_decision,
    take_up,
)
from deals.actions.direct_deals import record_direct_deal
from deals.actions.elapsing import (
    bring_in_step,
    end_protection,
    move_protection,
    settle_registrations,
    sweep_registration_alerts,
)
from deals.actions.registrations import (
    appeal_refusal,
    extend_registration,
    lose_registration,
    precheck,
    save_registration,
    submit_registration,
    win_registration,
    withdraw_registration,
)
from deals.actions.renewals import plan_renewal, record_outcome
from deals.actions.sweeps import settle_elapsed, sweep_renewal_alerts, sweep_renewals
from deals.actions.transferring import transfer_registration

__all__ = [
    "answer_elapsed",
    "appeal_refusal",
    "approve_registration",
    "bring_in_step",
    "change_account",
    "decide_several",
    "drop_key",
    "end_protection",
    "extend_registration",
    "link_customer",
    "locked_account",
    "lose_registration",
    "merge_accounts",
    "move_protection",
    "note_touch",
    "place_under",
    "plan_renewal",
    "precheck",
    "put_account",
    "put_customer",
    "record_account",
    "record_direct_deal",
    "record_outcome",
    "refuse_registration",
    "reverse_decision",
    "save_registration",
    "settle_elapsed",
    "settle_registrations",
    "submit_registration",
    "sweep_registration_alerts",
    "sweep_renewal_alerts",
    "sweep_renewals",
    "take_up",
    "transfer_registration",
    "win_registration",
    "withdraw_registration",
    "written_keys",
]
