"""Publishing: the one way by which a program changes, from the admin, the API and the command."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.db.models import Max

from programs import document as documents
from programs.document import ProgramDocument
from programs.locks import lock_program
from programs.models import Level, PartnerType, Product, ProgramVersion, SweepSetting, Track
from tenants import scope
from tenants.directory import vendor_by_id
from tenants.writing import Refused, action, record_event


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

    ``expected_base`` is the number of the version that the plan was made against. Raises
    ``Refused``: ``effective_in_past`` (a vendor's first version may lie in the past),
    ``nothing_changed``, ``plan_outdated`` when somebody published in between.
    """
    held = scope.current()
    lock_program(held.vendor_id)
    today = vendor_by_id(held.vendor_id).day_of(at)
    day = effective_from or today
    latest = ProgramVersion.objects.aggregate(Max("number"))["number__max"]
    _refuse_unfit(document, day, today, latest, expected_base)
    version = ProgramVersion(
        number=(latest or 0) + 1,
        document=documents.to_dict(document),
        digest=documents.digest(document),
        effective_from=day,
        announced_on=min(announced_on or today, day),
        published_at=at,
        published_by_id=held.person_id,
        based_on=latest,
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


def _refuse_unfit(
    document: ProgramDocument,
    day: dt.date,
    today: dt.date,
    latest: int | None,
    expected_base: int | None,
) -> None:
    if latest is None:
        return
    if expected_base is not None and expected_base != latest:
        raise Refused(
            "plan_outdated",
            f"Version {latest} was published since this plan was made. Make the plan again.",
        )
    if day < today:
        raise Refused(
            "effective_in_past", f"A version cannot take effect in the past; today is {today}."
        )
    current = ProgramVersion.objects.in_force(day).values_list("digest", flat=True).first()
    if current == documents.digest(document):
        raise Refused("nothing_changed", "The document equals the version in force on that day.")


def _shadow(document: ProgramDocument, number: int) -> None:
    """Write the codes that other rows refer to, and the few values that sweeps join."""
    for model, section in ((Product, "products"), (Track, "tracks"), (PartnerType, "types")):
        titles = {c: document.title_of(section, c) for c in getattr(document, section)}
        _shadow_codes(model, titles, number)
    types = dict(PartnerType.objects.values_list("code", "pk"))
    for code, kind in document.types.items():
        for tier_code, tier in kind.tiers.items():
            Level.objects.update_or_create(
                vendor_id=scope.current().vendor_id,
                partner_type_id=types[code],
                code=tier_code,
                defaults={"name": tier.title or _readable(tier_code), "rank": tier.rank},
                create_defaults={
                    "name": tier.title or _readable(tier_code),
                    "rank": tier.rank,
                    "first_version": number,
                },
            )
    for days in document.windows.certificate:
        SweepSetting.objects.create(
            version=number, kind="certificate_window", key=str(days), value=str(days)
        )


def _shadow_codes(model: Any, titles: dict[str, str], number: int) -> None:
    held = {row.code: row for row in model.objects.all()}
    for code, title in titles.items():
        row = held.pop(code, None) or model(code=code, first_version=number)
        if row.pk is None or row.name != title or row.retired_in is not None:
            row.name, row.retired_in = title, None
            row.save()
    for row in held.values():
        if row.retired_in is None:
            row.retired_in = number
            row.save()


def _readable(code: str) -> str:
    return code.replace("_", " ").replace("-", " ").capitalize()
