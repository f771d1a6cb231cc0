"""Every way by which a program changes, from the admin, the API and the command."""

from programs.actions.drafts import (
    approve_draft,
    comment_on_draft,
    discard_draft,
    edit_draft,
    schedule_draft,
    settle_comment,
    stage_program,
    start_draft,
    undo_draft,
)
from programs.actions.publishing import publish_draft, publish_program, require_whole_vendor
from programs.actions.shadows import follow_program

__all__ = [
    "approve_draft",
    "comment_on_draft",
    "discard_draft",
    "edit_draft",
    "follow_program",
    "publish_draft",
    "publish_program",
    "require_whole_vendor",
    "schedule_draft",
    "settle_comment",
    "stage_program",
    "start_draft",
    "undo_draft",
]
