"""Publishing: the one way by which a program changes, from the admin, the API and the command."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Max
from django.utils.translation import gettext as _

from programs import document as documents
from programs.document import ProgramDocument
from programs.locks import lock_program
from programs.models import (
    Level,
    PartnerType,
    Product,
    ProgramDraft,
    ProgramVersion,
    SweepSetting,
    Track,
)
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.writing import NotAllowed, Refused, action, record_event


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
    none). Raises ``Refused``: ``effective_in_past`` (a vendor's first version may lie in the
    past), ``nothing_changed``, ``plan_outdated`` when somebody published in between.
    """
    require_whole_vendor()
    held = scope.current()
    lock_program(held.vendor_id)
    today = vendor_by_id(held.vendor_id).day_of(at)
    day = effective_from or today
    latest = _latest()
    if expected_base is not None and expected_base != latest:
        raise _outdated(latest)
    _refuse_unfit(document, day, today, latest)
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
    _shadow(document, version.number)
    record_event(
        "program.published",
        version,
        data={"number": version.number, "effective_from": day, "digest": version.digest},
        program_version=version.number,
    )
    return version


@action("program.publish")
def stage_program(
    document: ProgramDocument,
    *,
    at: dt.datetime,
    effective_from: dt.date | None = None,
    note: str = "",
) -> ProgramDraft:
    """Keep ``document`` as the vendor's draft, in the place of any other, to be planned and then
    published from ``effective_from`` on (vendor's day).

    Raises ``Refused``: ``effective_in_past``, ``nothing_changed``.
    """
    require_whole_vendor()
    held = scope.current()
    today = vendor_by_id(held.vendor_id).day_of(at)
    day = effective_from or today
    latest = _latest()
    _refuse_unfit(document, day, today, latest)
    values = {
        "base_version": latest,
        "document": documents.to_dict(document),
        "digest": documents.digest(document),
        "effective_from": day,
        "note": note,
        "edited_by_id": held.person_id,
        "edited_at": at,
    }
    draft, _made = ProgramDraft.objects.update_or_create(vendor_id=held.vendor_id, defaults=values)
    record_event("program.staged", draft, data=_staged(draft))
    return draft


@action("program.publish")
def publish_draft(
    *, digest: str, base: int, effective_from: dt.date, at: dt.datetime
) -> ProgramVersion:
    """Publish the draft exactly as the plan showed it: this document (by its digest), on this
    newest version (``Plan.base``), from this day on (vendor's day).

    Raises ``Refused``: ``no_draft``, ``plan_outdated`` when the draft was replaced or somebody
    published since, and whatever ``publish_program`` refuses.
    """
    draft = ProgramDraft.objects.select_for_update(of=("self",)).first()
    if draft is None:
        raise Refused("no_draft", _("There is no draft any more: it was published or discarded."))
    if draft.digest != digest:
        raise Refused(
            "plan_outdated",
            _("Another document was uploaded since this plan was made. Read the new plan."),
        )
    document = documents.document_from(draft.document)
    version = publish_program(
        document, at=at, effective_from=effective_from, expected_base=base, note=draft.note
    )
    draft.delete()
    return version


@action("program.publish")
def discard_draft() -> None:
    """Throw the draft away. Raises ``Refused("no_draft")`` if there is none."""
    draft = ProgramDraft.objects.select_for_update(of=("self",)).first()
    if draft is None:
        raise Refused("no_draft", _("There is no draft any more: it was published or discarded."))
    record_event("program.discarded", draft, data=_staged(draft))
    draft.delete()


def require_whole_vendor() -> None:
    """The program concerns all partners: a client bound to one neither plans nor publishes, even
    if it was granted the capability. Raises ``NotAllowed``."""
    if not scope.current().all_partners:
        raise NotAllowed("program.publish")


def _staged(draft: ProgramDraft) -> dict[str, Any]:
    return {
        "base_version": draft.base_version,
        "effective_from": draft.effective_from,
        "digest": draft.digest,
    }


def _latest() -> int:
    """The newest version's number, 0 where nothing has been published."""
    return ProgramVersion.objects.aggregate(Max("number"))["number__max"] or 0


def _outdated(latest: int) -> Refused:
    words = _("Version %(number)d was published since this plan was made. Make the plan again.")
    return Refused("plan_outdated", words % {"number": latest})


def _refuse_unfit(document: ProgramDocument, day: dt.date, today: dt.date, latest: int) -> None:
    if latest == 0:
        return
    if day < today:
        words = _("A version cannot take effect in the past; today is %(day)s.")
        raise Refused("effective_in_past", words % {"day": today})
    current = ProgramVersion.objects.in_force(day).values_list("digest", flat=True).first()
    if current == documents.digest(document):
        words = _("Nothing changes: the document equals the version in force on %(day)s.")
        raise Refused("nothing_changed", words % {"day": day})


def _shadow(document: ProgramDocument, number: int) -> None:
    """Write the codes that other rows refer to, and the few values that sweeps join."""
    for model, section in ((Product, "products"), (Track, "tracks"), (PartnerType, "types")):
        titles = {c: document.title_of(section, c) for c in getattr(document, section)}
        held = {row.code: row for row in model.objects.all()}
        wanted: dict[str, dict[str, Any]] = {code: {"name": t} for code, t in titles.items()}
        _write_codes(model, held, wanted, {}, number)
    for kind in PartnerType.objects.all():
        found = document.types.get(kind.code)
        wanted = {
            code: {"name": level.title or _readable(code), "rank": level.rank, "axis": axis}
            for axis in (found.axis_codes() if found else ())
            for code, level in found.levels_of(axis).items()  # type: ignore[union-attr]
        }
        held = {row.code: row for row in kind.levels.all()}
        _write_codes(Level, held, wanted, {"partner_type_id": kind.pk}, number)
    for days in document.windows.certificate:
        SweepSetting.objects.create(
            version=number, kind="certificate_window", key=str(days), value=str(days)
        )


def _write_codes(
    model: Any,
    held: dict[str, Any],
    wanted: dict[str, dict[str, Any]],
    fixed: dict[str, Any],
    number: int,
) -> None:
    """Make new codes, follow changed values, retire what is gone, bring back what returns."""
    for code, values in wanted.items():
        row = held.pop(code, None) or model(code=code, first_version=number, **fixed)
        values = {**values, "retired_in": None}
        if row.pk is None or any(getattr(row, name) != value for name, value in values.items()):
            for name, value in values.items():
                setattr(row, name, value)
            row.save()
    for row in held.values():
        if row.retired_in is None:
            row.retired_in = number
            row.save()


def _readable(code: str) -> str:
    return code.replace("_", " ").replace("-", " ").capitalize()
