"""What the events of the program are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "program.draft_started": _("Program draft started"),
    "program.draft_edited": _("Program draft edited"),
    "program.draft_scheduled": _("Program draft scheduled"),
    "program.draft_commented": _("Program draft commented on"),
    "program.draft_undone": _("Change of the program draft undone"),
    "program.draft_comment_settled": _("Comment on the program draft settled"),
    "program.draft_approved": _("Program draft approved"),
    "program.staged": _("Program draft uploaded"),
    "program.discarded": _("Program draft discarded"),
    "program.published": _("Program version published"),
    "program.followed": _("Names and ranks of a version took effect"),
}
