"""The log and tasks in words: events, timeline, and what tasks are about."""

from __future__ import annotations

from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.abouts import About, contact_words, register_about
from partners.models import Customer, HandOver, Interaction, Task
from partners.sentences import Told, register_sentences
from partners.timeline import register_unseen
from tenants.labels import register_event_words
from web.context import page_title

WORDS = {
    "interaction.recorded": gettext_lazy("Contact noted"),
    "interaction.corrected": gettext_lazy("Note of a contact corrected"),
    "task.given": gettext_lazy("Task given"),
    "task.changed": gettext_lazy("Task changed"),
    "task.done": gettext_lazy("Task done"),
    "task.dropped": gettext_lazy("Task dropped"),
    "portfolio.ended": gettext_lazy("Assignment ended"),
    "hand_over.planned": gettext_lazy("Hand-over planned"),
    "hand_over.done": gettext_lazy("Hand-over done"),
    "hand_over.withdrawn": gettext_lazy("Hand-over taken back"),
    "view.started": gettext_lazy("Began to view the partner's pages"),
    "view.page": gettext_lazy("Viewed a page as the partner"),
    "view.ended": gettext_lazy("Viewing ended"),
}
LOOKS = {
    "interaction.recorded": ("message", "info"),
    "interaction.corrected": ("message", "muted"),
    "task.given": ("checkbox", "info"),
    "task.done": ("circle-check", "ok"),
    "task.dropped": ("square-x", "muted"),
    "portfolio.ended": ("user-minus", "muted"),
    "hand_over.planned": ("arrows-exchange", "info"),
    "hand_over.done": ("arrows-exchange", "ok"),
    "hand_over.withdrawn": ("arrows-exchange", "muted"),
    "view.started": ("eye", "warn"),
    "view.page": ("eye", "muted"),
    "view.ended": ("eye-off", "muted"),
}


def _task(told: Told) -> str:
    said = [str(told.data.get("title") or "").rstrip(".") + "."]
    if told.data.get("person"):
        said.append(_("For %(name)s.") % {"name": told.person()})
    if told.data.get("due_on"):
        said.append(_("Due on %(day)s.") % {"day": told.day("due_on")})
    if told.data.get("remark"):
        said.append(str(told.data["remark"]))
    return " ".join(said)


def _contact(row: Interaction) -> str:
    return f"{contact_words(row)}: {row.summary}"


def register() -> None:
    """Called once the apps are loaded."""
    register_event_words(WORDS, gettext_lazy("Tasks and contacts"))
    register_sentences(
        dict.fromkeys(("task.given", "task.changed", "task.done", "task.dropped"), _task), LOOKS
    )
    register_sentences({"view.page": lambda told: page_title(str(told.data.get("path") or ""))}, {})
    register_unseen(Interaction, _contact)
    register_unseen(Task)
    register_unseen(HandOver, lambda row: str(row.note))
    register_about(
        About(
            Customer,
            lambda partner: Q(partner=partner),
            lambda row: str(row.name),
            lambda row, staff: "" if staff else reverse("partners:customer", args=[row.ref]),
        )
    )
    register_about(
        About(
            Interaction,
            lambda partner: Q(partner=partner),
            contact_words,
            lambda row, staff: reverse("partners:log", args=[row.partner.ref]) if staff else "",
            related=("partner",),
        )
    )
