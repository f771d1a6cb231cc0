"""Verbs of reviews: each opens a transaction, asks, locks, decides, writes and leaves an event."""

from reviews.actions.benefits import record_use, settle_benefits
from reviews.actions.due import open_due_runs
from reviews.actions.following import follow_levels
from reviews.actions.holds import (
    grant_exception,
    impose_sanction,
    lift_exception,
    lift_sanction,
)
from reviews.actions.requests import (
    decide_request,
    invite_to_level,
    request_level,
    withdraw_request,
)
from reviews.actions.runs import apply_run, approve_run, preview_run, refresh_run, undo_run

__all__ = [
    "apply_run",
    "approve_run",
    "decide_request",
    "follow_levels",
    "grant_exception",
    "impose_sanction",
    "invite_to_level",
    "lift_exception",
    "lift_sanction",
    "open_due_runs",
    "preview_run",
    "record_use",
    "refresh_run",
    "request_level",
    "settle_benefits",
    "undo_run",
    "withdraw_request",
]
