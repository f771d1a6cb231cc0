"""What the actions of this app share: the locked partner, checked rows, defects in words."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partners.models import Partner
from programs.locks import lock_partners
from tenants import scope
from tenants.rows import VendorRow
from tenants.writing import Reason, Refused, changes
from web.templatetags.mainstay import short_date

Row = TypeVar("Row", bound=VendorRow)

TAKEN: dict[str, Any] = {
    "partner_external_id": gettext_lazy("Another partner has this external id."),
    "employment_external_id": gettext_lazy("Another person of this partner has this external id."),
    "customer_external_id": gettext_lazy("Another customer of this partner has this external id."),
    "servicecontract_external_id": gettext_lazy(
        "Another contract of this partner has this external id."
    ),
    "attestation_external_id": gettext_lazy("Another attestation has this external id."),
    "registration_external_id": gettext_lazy(
        "Another registration of this partner has this external id."
    ),
    "person_external_id": gettext_lazy("Another person has this external id."),
}


def refused(code: str, detail: Any, *, fix: Any = "", pointer: str = "", who: Any = "") -> Refused:
    """A refusal with one reason; ``pointer`` names the field of the input."""
    reason = Reason(code, str(detail), fix=str(fix), pointer=pointer, who=str(who))
    return Refused(code, str(detail), reasons=[reason])


def held_partner(partner: Partner, *, living: bool = True) -> Partner:
    """Lock the partner as the gate does and read it again.

    Raises ``Refused``: ``unknown_partner`` where the scope does not see it, ``partner_exited``
    where it left the program and ``living`` was asked for.
    """
    return held_partners([partner.pk], living=living)[partner.pk]


def held_partners(ids: Iterable[int], *, living: bool = True) -> dict[int, Partner]:
    """``held_partner`` for a set."""
    wanted = set(ids)
    lock_partners(wanted)
    found = {row.pk: row for row in Partner.objects.filter(pk__in=wanted)}
    if found.keys() != wanted:
        raise refused("unknown_partner", _("There is no such partner."), pointer="partner")
    for row in found.values():
        if living and row.status == Partner.Status.EXITED:
            raise refused(
                "partner_exited",
                _("%(name)s left the program.") % {"name": row.name},
                fix=_("A partner that comes back applies again."),
            )
    return found


def fresh(row: Row) -> Row:
    """The row as it is now, seen through the scope. Read it after the lock."""
    found = type(row).objects.filter(pk=row.pk).first()
    if found is None:
        raise refused("not_found", _("This no longer exists."))
    return found


def written(row: Row, *, only: Iterable[str] | None = None) -> Row:
    """Check the row's fields and save it; ``Refused("invalid")`` names each wrong field."""
    relations = [f.name for f in row._meta.concrete_fields if f.is_relation]
    skipped = [*relations, "public_id"]
    if only is not None:
        skipped += [f.name for f in row._meta.concrete_fields if f.name not in set(only)]
    try:
        row.clean_fields(exclude=skipped)
    except ValidationError as error:
        raise _invalid(error) from None
    auto = [f.name for f in row._meta.concrete_fields if getattr(f, "auto_now", False)]
    try:
        with transaction.atomic():
            row.save(update_fields=None if only is None else [*only, *auto])
    except IntegrityError as error:
        raise _taken(error) from error
    return row


def changed(row: VendorRow, values: Mapping[str, Any]) -> dict[str, list[Any]]:
    """Set and save ``values``; returns ``{field: [old, new]}``, empty where nothing changed."""
    found = changes({name: getattr(row, name) for name in values}, values)
    for name in found:
        setattr(row, name, values[name])
    if found:
        written(row, only=found)
    return found


def needs_reason(text: str, *, pointer: str = "reason") -> str:
    """The reason without its surrounding spaces; ``Refused("reason_missing")`` for none."""
    words = text.strip()
    if not words:
        raise refused("reason_missing", _("Write down why."), pointer=pointer)
    return words


def needs_span(since: dt.date, until: dt.date | None) -> None:
    """``Refused("span_reversed")`` where the end lies before the start."""
    if until is not None and until < since:
        raise refused(
            "span_reversed",
            _("The end lies before the start, %(day)s.") % {"day": short_date(since)},
            pointer="until",
        )


def by_staff() -> bool:
    """Whether the vendor's side acts, which is not limited to a partner."""
    return scope.current().all_partners


def _invalid(error: ValidationError) -> Refused:
    reasons = [
        Reason("invalid", message, pointer=field)
        for field, messages in error.message_dict.items()
        for message in messages
    ]
    return Refused("invalid", reasons[0].detail, reasons=reasons)


def _taken(error: IntegrityError) -> Refused:
    name = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""
    if name in TAKEN:
        return refused("external_id_taken", TAKEN[name], pointer="external_id")
    raise error
