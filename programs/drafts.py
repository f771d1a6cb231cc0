"""What stands about the open draft: who changed what, and whether it may be published. Read-only.

The actions ask the same functions as the pages do.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from programs import document as documents
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from programs.errors import Problem, ProgramError
from programs.models import DraftApproval, ProgramDraft, ProgramVersion
from tenants.labels import person_names
from tenants.models import Event
from tenants.writing import Refused

EDITED = (
    "program.draft_edited", "program.draft_undone", "program.draft_scheduled", "program.staged",
)  # fmt: skip


def drafted(values: Any) -> ProgramDocument:
    """The document of a draft, which may still contradict itself: a level at which nobody can
    stand, a benefit of another kind. ``ProgramError`` where it cannot be read or a code leads
    nowhere.
    """
    try:
        return documents.document_from(values)
    except ProgramError as error:
        if error.code == "tree_too_deep":
            raise
    return documents.stored(values)


def problems_in(values: Any) -> tuple[Problem, ...]:
    """What keeps the draft from being published."""
    try:
        documents.document_from(values)
    except ProgramError as error:
        return error.problems
    return ()


def no_draft() -> Refused:
    """The refusal of whatever needs a draft."""
    return Refused("no_draft", _("There is no draft any more: it was published or discarded."))


def locked_draft(lock_version: int | None = None) -> ProgramDraft:
    """The open draft, locked until the transaction ends. Raises ``Refused``: ``no_draft``, and
    ``draft_changed`` where it is another than ``lock_version``."""
    draft: ProgramDraft | None = ProgramDraft.objects.select_for_update(of=("self",)).first()
    if draft is None:
        raise no_draft()
    if lock_version is not None and draft.lock_version != lock_version:
        raise Refused("draft_changed", _("Somebody changed the draft since you opened this page."))
    return draft


def first_day(draft: ProgramDraft, on: dt.date) -> dt.date:
    """The day from which the draft would be in force if it were published on ``on`` (vendor's
    days): a day that passed while it lay there becomes today; a first version keeps its own."""
    planned: dt.date = draft.effective_from
    return max(planned, on) if ProgramVersion.objects.exists() else planned


def told_on(draft: ProgramDraft, on: dt.date) -> dt.date:
    """The day on which partners would be told if it were published on ``on`` (vendor's days):
    nobody is told before publishing, nor after the day from which it applies."""
    planned: dt.date = draft.announced_on or on
    return min(max(planned, on), first_day(draft, on))


@dataclass(frozen=True)
class EditMade:
    """One change of the draft: by whom, when, where, and in words."""

    who: str
    at: dt.datetime
    place: str
    words: tuple[str, ...]
    more: int = 0
    undone: bool = False


def edits_of(draft: ProgramDraft, after: int = 0) -> list[EditMade]:
    """The changes of the draft later than ``lock_version`` ``after``, the newest first."""
    held = Event.objects.filter(subject_id=draft.public_id, kind__in=EDITED).order_by("-id")[:200]
    events = [event for event in held if _version(event) > after]
    names = person_names(event.actor.get("person") for event in events)
    return [
        EditMade(
            who=names.get(event.actor.get("person"), "Mainstay"),
            at=event.at,
            place=str(event.data.get("place", "")),
            words=tuple(event.data.get("changes", ())) or (_event_words(event),),
            more=int(event.data.get("more", 0)),
            undone=event.kind == "program.draft_undone",
        )
        for event in events
    ]


def _version(event: Any) -> int:
    return int(event.data.get("lock_version", 0))


def _event_words(event: Any) -> str:
    if event.kind == "program.staged":
        return _("A document was uploaded in the place of the draft.")
    return _("The day or the note of the draft was changed.")


@dataclass(frozen=True)
class Approval:
    """Whether a second person must say yes, who did, and who may.

    ``void`` is an approval that a later change took away.
    """

    asked: bool
    given: DraftApproval | None
    void: DraftApproval | None
    may_approve: bool

    @property
    def missing(self) -> bool:
        return self.asked and self.given is None

    @property
    def words(self) -> str:
        """Why the draft cannot be published yet, and who can help."""
        if not self.missing:
            return ""
        if self.void is not None:
            return _("The draft was changed after it was approved: it must be approved again.")
        return _("A second person must approve this draft: somebody who did not work on it.")


def second_person_asked(on: dt.date) -> bool:
    """Whether the version in force on the day (vendor's zone) asks for a second person."""
    program = program_or_none(on)
    return program is not None and program.document.publishing.second_person


def approval_of(draft: ProgramDraft, on: dt.date, person_id: int | None) -> Approval:
    """How the draft's approval stands on the day, for this person.

    An approval belongs to one state of the draft. Whoever worked on the draft, however little,
    does not approve it: else two could each write a half and pass the whole.
    """
    rows = list(DraftApproval.objects.filter(draft=draft).select_related("by"))
    given = next((row for row in rows if _of(row, draft)), None)
    void = None if given else next(iter(rows), None)
    may = given is None and person_id is not None and person_id not in draft.editors
    return Approval(second_person_asked(on), given, void, may)


def _of(approval: DraftApproval, draft: ProgramDraft) -> bool:
    return (approval.digest, approval.lock_version) == (draft.digest, draft.lock_version)
