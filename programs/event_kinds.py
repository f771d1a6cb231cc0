"""What the events of the program are called."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

WORDS = {
    "program.staged": _("Program draft uploaded"),
    "program.discarded": _("Program draft discarded"),
    "program.published": _("Program version published"),
}
