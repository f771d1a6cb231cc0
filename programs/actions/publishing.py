"""Publishing: the one way by which a version comes into being."""

from __future__ import annotations

import datetime as dt

from django.db.models import Max
from django.utils.translation import gettext as _

from programs import document as documents
from programs import usage
from programs.actions.shadows import write_shadows
from programs.compiled import program_or_none
from programs.document import ProgramDocument
from programs.drafts import (
    approval_of,
    first_day,
    locked_draft,
    problems_in,
    second_person_asked,
    told_on,
)
from programs.locks import lock_program
from programs.models import ProgramDraft, ProgramVersion
from tenants import scope
from tenants.clock import day_of
from tenants.writing import NotAllowed, Reason, Refused, action, record_event
from web.templatetags.mainstay import short_date


@action("program.publish")
def publish_program(
    document: ProgramDocument,
    *,
    at: dt.datetime,
    effective_from: dt.date | None = None,
    announced_on: dt.date | None = None,
    expected_base: int | None = None,
    note: str = "",
) -> ProgramVersion:
    """Publish ``document`` as the next version, in force from ``effective_from`` (vendor's day).

    ``expected_base`` is ``Plan.base``, the newest version's number when the plan was made (0:
    none). Raises ``Refused``: ``mapping_needed`` where it takes out a code in use and says nothing
    of what follows, ``approval_missing`` where the version in force asks for a second
    person, ``effective_in_past`` (a vendor's first version may lie in the past),
    ``nothing_changed``, ``plan_outdated`` when somebody published in between.
    """
    require_whole_vendor()
    if second_person_asked(day_of(at)):
        raise Refused(
            "approval_missing",
            _(
                "The program in force asks a second person to approve each version. Keep this one "
                "as a draft, and let somebody else approve it."
            ),
        )
    return _publish(document, at, effective_from, announced_on, expected_base, note)


@action("program.publish")
def publish_draft(
    *,
    digest: str,
    base: int,
    effective_from: dt.date,
    announced_on: dt.date,
    at: dt.datetime,
) -> ProgramVersion:
    """Publish the draft exactly as the plan showed it: this document (by its digest), on this
    newest version (``Plan.base``), with these two days (vendor's days), which are the draft's.

    Raises ``Refused``: ``no_draft``, ``plan_outdated`` when the draft was changed or somebody
    published since, ``approval_missing``, ``not_ready`` while it contradicts itself, and whatever
    ``publish_program`` refuses.
    """
    require_whole_vendor()
    draft = locked_draft()
    if draft.digest != digest:
        raise Refused(
            "plan_outdated",
            _("The draft was changed since this plan was made. Read the new plan."),
        )
    today = day_of(at)
    if (effective_from, announced_on) != (first_day(draft, today), told_on(draft, today)):
        # Else a version approved for next year could be put in force today.
        raise Refused("plan_outdated", _("The plan was made for other days. Read the new plan."))
    approval = approval_of(draft, today, scope.current().person_id)
    if approval.missing:
        raise Refused("approval_missing", approval.words)
    if problems := problems_in(draft.document):
        raise Refused("not_ready", str(problems[0]))
    document = documents.document_from(draft.document)
    approver = approval.given.by_id if approval.given else None
    version = _publish(document, at, effective_from, announced_on, base, draft.note, approver)
    end_draft(draft)
    return version


def _publish(
    document: ProgramDocument,
    at: dt.datetime,
    effective_from: dt.date | None,
    announced_on: dt.date | None,
    expected_base: int | None,
    note: str,
    approver: int | None = None,
) -> ProgramVersion:
    held = scope.current()
    lock_program(held.vendor_id)
    today = day_of(at)
    day = effective_from or today
    refuse_late(announced_on, day)
    latest = latest_number()
    if expected_base is not None and expected_base != latest:
        raise _outdated(latest)
    refuse_unfit(document, day, today, latest)
    _refuse_unmapped(document, day)
    version = ProgramVersion(
        number=latest + 1,
        document=documents.to_dict(document),
        digest=documents.digest(document),
        effective_from=day,
        announced_on=min(announced_on or today, day),
        published_at=at,
        published_by_id=held.person_id,
        based_on=latest or None,
        note=note,
    )
    version.save()
    write_shadows(document, version.number, on=today)
    approved = {"approved_by": approver} if approver else {}
    record_event(
        "program.published",
        version,
        data={
            "number": version.number, "effective_from": day, "digest": version.digest, **approved
        },
        program_version=version.number,
    )  # fmt: skip
    return version


def require_whole_vendor() -> None:
    """The program concerns all partners: a client bound to one neither plans nor publishes, even
    if it was granted the capability. Raises ``NotAllowed``."""
    if not scope.current().all_partners:
        raise NotAllowed("program.publish")


def latest_number() -> int:
    """The newest version's number, 0 where nothing has been published."""
    return ProgramVersion.objects.aggregate(Max("number"))["number__max"] or 0


def end_draft(draft: ProgramDraft) -> None:
    """Delete the draft with all that hangs on it."""
    for held in (draft.comments, draft.approvals, draft.steps):
        held.all().delete()
    draft.delete()


def refuse_late(announced_on: dt.date | None, day: dt.date) -> None:
    """Raise ``Refused`` where partners would be told after the day from which it applies."""
    if announced_on is not None and announced_on > day:
        words = _("Partners must be told by %(day)s, the day from which it applies.")
        raise Refused("announced_too_late", words % {"day": short_date(day)})


def _outdated(latest: int) -> Refused:
    words = _("Version %(number)d was published since this plan was made. Make the plan again.")
    return Refused("plan_outdated", words % {"number": latest})


def refuse_unfit(document: ProgramDocument, day: dt.date, today: dt.date, latest: int) -> None:
    """Raise ``Refused`` for a day in the past, or for a document that is in force already."""
    if latest == 0:
        return
    refuse_past(day, today)
    current = ProgramVersion.objects.in_force(day).values_list("digest", flat=True).first()
    if current == documents.digest(document):
        words = _("Nothing changes: the document equals the version in force on %(day)s.")
        raise Refused("nothing_changed", words % {"day": short_date(day)})


def _refuse_unmapped(document: ProgramDocument, day: dt.date) -> None:
    """Raise ``Refused("mapping_needed")`` naming every code in use that would lead nowhere."""
    before = program_or_none(day)
    gone = usage.retired(before.document, document, day) if before else []
    reasons = [
        Reason("mapping_needed", f"{one.words}. {one.remedy}", pointer=f"mapping/{one.section}")
        for one in gone
        if not one.settled
    ]
    if reasons:
        detail = " ".join(reason.detail for reason in reasons)
        raise Refused("mapping_needed", detail, reasons=reasons)


def refuse_past(day: dt.date, today: dt.date) -> None:
    """Raise ``Refused("effective_in_past")`` for a day before today."""
    if day < today:
        words = _("A version cannot take effect in the past; today is %(day)s.")
        raise Refused("effective_in_past", words % {"day": short_date(today)})
