"""Cases in words: events, and what a task can be about."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.abouts import About, register_about
from partners.sentences import Told, register_sentences
from partners.timeline import register_unseen
from scorecards.models import Case
from tenants.labels import register_code_names, register_event_words

KINDS = {
    "blocked": gettext_lazy("A product is blocked"),
    "closing": gettext_lazy("A gate closes"),
    "expiring": gettext_lazy("A certificate ends"),
    "unclassified": gettext_lazy("Customers to classify"),
    "missing": gettext_lazy("Figures are missing"),
    "suspended": gettext_lazy("Suspended"),
    "cure": gettext_lazy("A level is at risk"),
    "unconfirmed": gettext_lazy("Deployments to confirm"),
}
"""What a case can be about."""
WORDS = {
    "case.opened": gettext_lazy("Case opened"),
    "case.changed": gettext_lazy("Case changed"),
    "case.snoozed": gettext_lazy("Case snoozed"),
    "case.closed": gettext_lazy("Case closed"),
    "case_reason.changed": gettext_lazy("Reason of a case brought up to date"),
}
LOOKS = {
    "case.opened": ("briefcase", "warn"),
    "case.changed": ("briefcase", "info"),
    "case.snoozed": ("clock-pause", "muted"),
    "case.closed": ("briefcase", "ok"),
}


def _named(told: Told, key: str) -> str:
    return ", ".join(str(KINDS.get(kind, kind)).lower() for kind in told.data.get(key) or ())


def _case(told: Told) -> str:
    said = []
    if told.data.get("new"):
        said.append(_("New: %(what)s.") % {"what": _named(told, "new")})
    if told.data.get("gone"):
        said.append(_("Gone: %(what)s.") % {"what": _named(told, "gone")})
    if told.data.get("by_itself"):
        said.append(_("Nothing holds any more."))
    if told.data.get("until"):
        said.append(_("Until %(day)s.") % {"day": told.day("until")})
    if told.data.get("remark"):
        said.append(str(told.data["remark"]))
    return " ".join(said)


def _kinds() -> dict[str, str]:
    return {kind: str(words) for kind, words in KINDS.items()}


def register() -> None:
    """Called once the apps are loaded."""
    register_event_words(WORDS, gettext_lazy("Cases"))
    register_code_names(dict.fromkeys(("kind", "new", "gone"), _kinds))
    register_sentences(dict.fromkeys(LOOKS, _case), LOOKS)
    register_unseen(Case)
    register_about(
        About(
            Case,
            lambda partner: Q(partner=partner),
            lambda row: _("Case of %(day)s") % {"day": f"{row.opened_on:%Y-%m-%d}"},
            lambda row, staff: (
                reverse("scorecards:partner", args=[row.partner.ref]) if staff else ""
            ),
            related=("partner",),
        )
    )
