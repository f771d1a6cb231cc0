"""Every verb of the gate."""

from licensing.actions.asking import authorize, authorize_all
from licensing.actions.classes import approve_lowering, ask_to_lower, refuse_lowering
from licensing.actions.decisions import MAX_SEATS, Ask, Decision
from licensing.actions.exceptions import (
    approve_override,
    break_glass,
    end_due_exceptions,
    end_exception,
    refuse_override,
    request_override,
)
from licensing.actions.exporting import export_exceptions
from licensing.actions.merging import discard_merge, merge_customers, merge_partners, plan_merge
from licensing.actions.moving import cancel_move, schedule_move, settle_moves
from licensing.actions.steps import cancel, confirm, lapse_reservations
from licensing.actions.telling import tell_standing

__all__ = [
    "MAX_SEATS",
    "Ask",
    "Decision",
    "approve_lowering",
    "approve_override",
    "ask_to_lower",
    "authorize",
    "authorize_all",
    "break_glass",
    "cancel",
    "cancel_move",
    "confirm",
    "discard_merge",
    "end_due_exceptions",
    "end_exception",
    "export_exceptions",
    "lapse_reservations",
    "merge_customers",
    "merge_partners",
    "plan_merge",
    "refuse_lowering",
    "refuse_override",
    "request_override",
    "schedule_move",
    "settle_moves",
    "tell_standing",
]
