"""The draft: started, edited place by place, uploaded, commented on, approved, discarded."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from programs import document as documents
from programs.actions.publishing import (
    day_of,
    end_draft,
    latest_number,
    refuse_late,
    refuse_past,
    refuse_unfit,
    require_whole_vendor,
)
from programs.differences import diff
from programs.document import ProgramDocument
from programs.drafts import approval_of, drafted, locked_draft, problems_in
from programs.models import DraftApproval, DraftComment, DraftStep, ProgramDraft
from tenants import scope
from tenants.writing import Refused, action, record_event

WORDS_KEPT = 20  # of one change, in its event
STEPS_KEPT = 20  # changes of one draft that can be undone
Edit = Callable[[dict[str, Any]], dict[str, Any]]
"""The document's plain values before a change -> after it."""


@action("program.publish")
def start_draft(document: ProgramDocument, *, at: dt.datetime, origin: str = "") -> ProgramDraft:
    """Begin a draft with a document: the version in force, an older one, a template. ``origin``
    says which, for the log.

    Raises ``Refused("draft_open")`` where there is one already: nobody's work is thrown away.
    """
    require_whole_vendor()
    if ProgramDraft.objects.exists():
        raise _open()
    draft = ProgramDraft(started_at=at, effective_from=day_of(at))
    _keep(draft, document, at)
    draft.save()
    record_event("program.draft_started", draft, data={**_staged(draft), "origin": origin})
    return draft


@action("program.publish")
def stage_program(
    document: ProgramDocument,
    *,
    at: dt.datetime,
    effective_from: dt.date | None = None,
    note: str = "",
    replaces: int | None = None,
) -> ProgramDraft:
    """Keep ``document`` as the vendor's draft, to be planned and then published from
    ``effective_from`` on (vendor's day).

    ``replaces`` is the ``lock_version`` of the open draft that this one takes the place of. Raises
    ``Refused``: ``draft_open`` where there is another one, ``effective_in_past``,
    ``nothing_changed``.
    """
    require_whole_vendor()
    today = day_of(at)
    day = effective_from or today
    refuse_unfit(document, day, today, latest_number())
    draft = ProgramDraft.objects.select_for_update(of=("self",)).first()
    if draft is not None and draft.lock_version != replaces:
        raise _open()
    if draft is None:
        draft = ProgramDraft(started_at=at)
    else:
        draft.lock_version += 1
        draft.editors = []
        _keep_step(draft)
    draft.effective_from, draft.note = day, note
    _keep(draft, document, at)
    draft.save()
    record_event("program.staged", draft, data=_staged(draft))
    return draft


@action("program.publish")
def edit_draft(edit: Edit, *, place: str, lock_version: int, at: dt.datetime) -> ProgramDraft:
    """Change one ``place`` of the draft. What comes out must be a document whose codes lead
    somewhere; what it says may still contradict itself until it is published.

    Raises ``ProgramError`` with everything that is wrong, ``Refused``: ``no_draft``,
    ``draft_changed`` when somebody changed it since the page was read.
    """
    require_whole_vendor()
    draft = locked_draft(lock_version)
    before = drafted(draft.document)
    after = drafted(edit(documents.to_dict(before)))
    if documents.digest(after) == draft.digest:
        return draft
    draft.lock_version += 1
    _keep_step(draft)
    _keep(draft, after, at, base=draft.base_version)
    draft.save()
    changed = {"place": place, **_changes(draft, before, after)}
    record_event("program.draft_edited", draft, data=changed)
    return draft


@action("program.publish")
def undo_draft(*, lock_version: int, at: dt.datetime) -> ProgramDraft:
    """Take back the last change of the draft's document, whoever made it; days and note stay.

    Raises ``Refused``: ``no_draft``, ``draft_changed``, ``nothing_to_undo``.
    """
    require_whole_vendor()
    draft = locked_draft(lock_version)
    step = draft.steps.first()
    if step is None:
        raise Refused("nothing_to_undo", _("There is nothing left to undo."))
    before, after = drafted(draft.document), drafted(step.document)
    draft.lock_version += 1
    _keep(draft, after, at, base=draft.base_version)
    draft.save()
    step.delete()
    record_event("program.draft_undone", draft, data=_changes(draft, before, after))
    return draft


@action("program.publish")
def schedule_draft(
    *,
    effective_from: dt.date,
    note: str,
    lock_version: int,
    at: dt.datetime,
    announced_on: dt.date | None = None,
) -> ProgramDraft:
    """Say from which day on (vendor's day) the draft shall be in force, and why.

    ``announced_on`` is the day on which partners are told; None: the day of publishing. Raises
    ``Refused``: ``no_draft``, ``draft_changed``, ``effective_in_past``, ``announced_too_late``.
    """
    require_whole_vendor()
    draft = locked_draft(lock_version)
    if latest_number():
        refuse_past(effective_from, day_of(at))
    refuse_late(announced_on, effective_from)
    wanted = (effective_from, announced_on, note)
    if (draft.effective_from, draft.announced_on, draft.note) == wanted:
        return draft
    moved = [draft.effective_from.isoformat(), effective_from.isoformat()]
    draft.effective_from, draft.announced_on, draft.note = wanted
    draft.lock_version += 1
    _keep_editor(draft, at)
    draft.save()
    data = {
        "lock_version": draft.lock_version,
        "effective_from": moved,
        "announced_on": announced_on,
        "note": note,
    }
    record_event("program.draft_scheduled", draft, data=data)
    return draft


@action("program.publish")
def comment_on_draft(text: str, *, place: str, at: dt.datetime) -> DraftComment:
    """Say something about the draft or a place of it. Raises ``Refused``: ``no_draft``,
    ``no_text``."""
    require_whole_vendor()
    draft = locked_draft()
    if not text.strip():
        raise Refused("no_text", _("Write something first."))
    comment = DraftComment(
        draft=draft, place=place, text=text.strip(), by_id=scope.current().person_id, at=at
    )
    comment.save()
    record_event("program.draft_commented", draft, data={"place": place})
    return comment


@action("program.publish")
def settle_comment(ref: str, *, resolved: bool, at: dt.datetime) -> DraftComment:
    """Say that a comment is dealt with, or (``resolved`` False) that it is not after all.

    Raises ``Refused``: ``no_draft``, ``no_comment``.
    """
    require_whole_vendor()
    draft = locked_draft()
    comment: DraftComment | None = DraftComment.objects.by_ref(ref)
    if comment is None or comment.draft_id != draft.pk:
        raise Refused("no_comment", _("This comment is gone with its draft."))
    if resolved == (comment.resolved_at is not None):
        return comment
    comment.resolved_at = at if resolved else None
    comment.resolved_by_id = scope.current().person_id if resolved else None
    comment.save()
    data = {"place": comment.place, "resolved": resolved}
    record_event("program.draft_comment_settled", draft, data=data)
    return comment


@action("program.publish")
def approve_draft(*, digest: str, lock_version: int, at: dt.datetime) -> DraftApproval:
    """Approve the draft as the plan showed it, as a second person.

    Raises ``Refused``: ``no_draft``, ``draft_changed``, ``own_work`` for whoever edited it,
    ``approved`` where it is already, ``not_ready`` while it contradicts itself.
    """
    require_whole_vendor()
    draft = locked_draft(lock_version)
    person = scope.current().person_id
    standing = approval_of(draft, day_of(at), person)
    if draft.digest != digest:
        raise Refused("draft_changed", _("The draft was changed meanwhile. Read the new plan."))
    if problems := problems_in(draft.document):
        raise Refused("not_ready", str(problems[0]))
    if standing.given is not None:
        raise Refused("approved", _("This draft is approved already."))
    if person is None or not standing.may_approve:
        raise Refused(
            "own_work",
            _("You worked on this draft yourself. Somebody who did not must approve it."),
        )
    approval = DraftApproval(
        draft=draft, digest=digest, lock_version=lock_version, by_id=person, at=at
    )
    approval.save()
    record_event("program.draft_approved", draft, data={"digest": digest})
    return approval


@action("program.publish")
def discard_draft(lock_version: int | None = None) -> None:
    """Throw the draft away, with its comments. Raises ``Refused``: ``no_draft``, and
    ``draft_changed`` where the page showed an older one."""
    draft = locked_draft(lock_version)
    record_event("program.discarded", draft, data=_staged(draft))
    end_draft(draft)


def _keep(
    draft: ProgramDraft, document: ProgramDocument, at: dt.datetime, base: int | None = None
) -> None:
    """Put a document into the draft, in the name of whoever acts."""
    draft.document = documents.to_dict(document)
    draft.digest = documents.digest(document)
    draft.base_version = latest_number() if base is None else base
    _keep_editor(draft, at)


def _keep_step(draft: ProgramDraft) -> None:
    """Keep the document that a change is about to replace, and forget the oldest."""
    DraftStep(draft=draft, lock_version=draft.lock_version, document=draft.document).save()
    old = draft.steps.values_list("pk", flat=True)[STEPS_KEPT:]
    draft.steps.filter(pk__in=list(old)).delete()


def _changes(
    draft: ProgramDraft, before: ProgramDocument, after: ProgramDocument
) -> dict[str, Any]:
    """What an event says of a change: the draft's new state, and the difference in words."""
    words = [change.words for change in diff(before, after)]
    more = max(0, len(words) - WORDS_KEPT)
    return {"lock_version": draft.lock_version, "changes": words[:WORDS_KEPT], "more": more}


def _keep_editor(draft: ProgramDraft, at: dt.datetime) -> None:
    person = scope.current().person_id
    draft.edited_by_id, draft.edited_at = person, at
    if person is not None and person not in draft.editors:
        draft.editors = [*draft.editors, person]


def _open() -> Refused:
    draft = ProgramDraft.objects.select_related("edited_by").get()
    words = _("There is an open draft, last changed by %(who)s. Publish, replace or discard it.")
    return Refused("draft_open", words % {"who": draft.edited_by or "Mainstay"})


def _staged(draft: ProgramDraft) -> dict[str, Any]:
    return {
        "base_version": draft.base_version,
        "effective_from": draft.effective_from,
        "digest": draft.digest,
        "lock_version": draft.lock_version,
    }
