"""What the events of custom fields and vetting are called, say, and how a timeline draws them."""

from __future__ import annotations

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.sentences import Sentence, Told, changes

WORDS = {
    "field.defined": gettext_lazy("Custom field defined"),
    "field.changed": gettext_lazy("Custom field changed"),
    "field.archived": gettext_lazy("Custom field archived"),
    "field.restored": gettext_lazy("Custom field restored"),
    "field.deleted": gettext_lazy("Custom field deleted"),
    "internal.changed": gettext_lazy("Internal fields changed"),
}
ONBOARDING = {"onboarding.step_done": gettext_lazy("First step done")}
VETTING = {
    "application.drafted": gettext_lazy("Application drafted"),
    "application.dropped": gettext_lazy("Unsent draft deleted"),
    "application.asked": gettext_lazy("Applicant asked"),
    "application.answered": gettext_lazy("Applicant answered"),
    "application.checked": gettext_lazy("Check done"),
    "application.check_overridden": gettext_lazy("Check set aside"),
    "application.check_reopened": gettext_lazy("Check opened again"),
    "check.defined": gettext_lazy("Check defined"),
    "check.changed": gettext_lazy("Check changed"),
    "check.archived": gettext_lazy("Check archived"),
}


def _field(told: Told) -> str:
    return _("Field “%(code)s”.") % {"code": told.data.get("code", "")}


def _vetting(told: Told) -> str:
    """Whichever of these the event carries, as one sentence."""
    keys = ("company", "title", "check", "remark", "question", "answer", "reason")
    said = [str(told.data[key]).rstrip(".") for key in keys if told.data.get(key)]
    return f"{': '.join(said)}." if said else ""


def _step(told: Told) -> str:
    words = {"step": told.data.get("title", ""), "because": told.because()}
    if told.data.get("how") == "waived":
        return _("%(step)s, set aside%(because)s") % words
    return f"{words['step']}."


SENTENCES: dict[str, Sentence] = {
    "onboarding.step_done": _step,
    **dict.fromkeys(WORDS, _field),
    **dict.fromkeys(VETTING, _vetting),
    "internal.changed": changes,
}

LOOKS = dict.fromkeys(WORDS, ("forms", "info")) | dict.fromkeys(VETTING, ("checklist", "info"))
LOOKS |= dict.fromkeys(ONBOARDING, ("checklist", "ok"))
WORDS |= VETTING | ONBOARDING
