"""Custom fields: the vendor defines them, the other actions of this app write their values."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.actions.writing import changed, refused, written
from partners.models import Application, Customer, CustomField, InternalValues, Partner
from partners.rules import fields as rules
from partners.rules.carrying import Carried, carried_to
from partners.rules.field_sets import asked_fields, internal_row, internal_values, subject_of
from tenants import scope
from tenants.writing import Happened, Refused, action, changes, record_event, record_events

Subject = CustomField.Subject
HOLDERS: Mapping[str, Any] = {
    Subject.APPLICATION: Application,
    Subject.PARTNER: Partner,
    Subject.CUSTOMER: Customer,
}
CHANGEABLE = (
    "label", "help", "choices", "minimum", "maximum", "required", "partner_types", "access",
    "section", "order",
)  # fmt: skip


@action("vendor.write")
def define_field(*, subject: str, code: str, label: str, kind: str, **more: Any) -> CustomField:
    """Add a field to applications, partners or customers.

    ``more`` are the other columns of ``CustomField``. Raises ``Refused``: ``invalid``,
    ``code_taken``.
    """
    field = CustomField(subject=subject, code=code.strip(), label=label.strip(), kind=kind, **more)
    _refuse_defects(field)
    if CustomField.objects.filter(subject=subject, code=field.code).exists():
        raise refused(
            "code_taken",
            _("There is a field with this code already."),
            fix=_("Choose another code; archived fields keep theirs."),
            pointer="code",
        )
    written(field)
    record_event(
        "field.defined", field, data={"subject": subject, "code": field.code, "kind": kind}
    )
    return field


@action("vendor.write")
def change_field(field: CustomField, **values: Any) -> CustomField:
    """Change what may change (``CHANGEABLE``); values recorded before stay.

    A choice leaves only while nobody has it, and a field does not become internal, nor cease to be.
    Raises ``Refused``: ``invalid``, ``choice_in_use``, ``access_stays``.
    """
    field = _held(field)
    wanted = {name: value for name, value in values.items() if name in CHANGEABLE}
    before = {name: getattr(field, name) for name in wanted}
    was_internal = field.internal
    gone = _gone(field, wanted.get("choices"))
    for name, value in wanted.items():
        setattr(field, name, value)
    if field.internal != was_internal:
        raise refused(
            "access_stays",
            _("A field that the partner sees does not become internal, nor the other way round."),
            fix=_("Archive it and define another."),
            pointer="access",
        )
    _refuse_defects(field)
    for code in gone:
        used = uses_of(field, code)
        if used:
            raise refused(
                "choice_in_use",
                ngettext(
                    "“%(code)s” is recorded %(n)s time.",
                    "“%(code)s” is recorded %(n)s times.",
                    used,
                )
                % {"code": code, "n": used},
                fix=_("Keep the choice, or change those records first."),
                pointer="choices",
            )
    found = changes(before, {name: getattr(field, name) for name in wanted})
    if found:
        written(field, only=found)
        record_event("field.changed", field, data={"code": field.code, "changes": found})
    return field


@action("vendor.write")
def archive_field(field: CustomField, *, at: dt.datetime) -> CustomField:
    """Nobody is asked for it any more; values stay. ``Refused("wrong_state")`` if it is."""
    return _archived(_held(field), at)


@action("vendor.write")
def restore_field(field: CustomField) -> CustomField:
    """An archived field is asked for again. ``Refused("wrong_state")`` if it is not archived."""
    return _archived(_held(field), None)


@action("vendor.write")
def delete_field(field: CustomField) -> None:
    """A field without values goes, archived or not. Raises ``Refused``: ``field_in_use``."""
    field = _held(field)
    used = uses_of(field)
    if used:
        raise refused(
            "field_in_use",
            ngettext("It has %(n)s value.", "It has %(n)s values.", used) % {"n": used},
            fix=_("Archive it: nobody is asked for it any more, and what was recorded stays."),
        )
    record_event("field.deleted", field, data={"subject": field.subject, "code": field.code})
    field.delete()


def _archived(field: CustomField, at: dt.datetime | None) -> CustomField:
    if (field.archived_at is None) == (at is None):
        raise refused("wrong_state", _("It is so already."))
    field.archived_at = at
    written(field, only=["archived_at"])
    record_event("field.archived" if at else "field.restored", field, data={"code": field.code})
    return field


def _held(field: CustomField) -> CustomField:
    """Alone with the definition: whoever writes its values waits (``lock_fields``)."""
    found = CustomField.objects.select_for_update().filter(pk=field.pk).first()
    if found is None:
        raise refused("not_found", _("This no longer exists."))
    return found


def _refuse_defects(field: CustomField) -> None:
    found = rules.defects(field)
    if found:
        raise Refused("invalid", found[0].detail, reasons=found)


def _gone(field: CustomField, choices: Sequence[Mapping[str, str]] | None) -> list[str]:
    if choices is None:
        return []
    kept = {choice["code"] for choice in choices}
    return [choice["code"] for choice in field.choices if choice["code"] not in kept]


def uses_of(field: CustomField, choice: str = "") -> int:
    """How many records hold a value of the field, or this choice."""
    holder = HOLDERS[field.subject]
    column = "custom"
    rows = holder.objects.all()
    if field.internal and field.subject != Subject.APPLICATION:
        of_customer = field.subject == Subject.CUSTOMER
        rows = InternalValues.objects.filter(customer__isnull=not of_customer)
        column = "values"
    if not choice:
        return int(rows.filter(**{f"{column}__has_key": field.code}).count())
    value = [choice] if field.kind == CustomField.Kind.SEVERAL else choice
    return int(rows.filter(**{f"{column}__contains": {field.code: value}}).count())


# Values ---------------------------------------------------------------------------------------


def lock_fields(subject: str) -> None:
    """Hold the definitions as they are until the transaction ends; writers do not wait for each
    other."""
    ids = list(CustomField.objects.filter(subject=subject).order_by("pk").values_list("pk"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM partners_customfield WHERE id = ANY(%s) ORDER BY id FOR SHARE",
            [[pk for (pk,) in ids]],
        )


@dataclass(frozen=True)
class Values:
    """What a record holds after values were given: on its row, and behind the staff wall."""

    open: rules.Taken
    internal: rules.Taken


def changed_with_custom(
    row: Partner | Customer,
    values: Mapping[str, Any],
    given: Mapping[str, Any] | None,
    *,
    new: bool = False,
) -> dict[str, list[Any]]:
    """Set and save ``values`` and the custom fields given; returns what an event says of it.
    ``new`` as in ``taken_values``."""
    taken = taken_values(row, given, new=new)
    found = changed(row, {**values, "custom": taken.open.values})
    keep_internal(row, taken.internal)
    # An event tells custom fields one by one.
    return {n: pair for n, pair in found.items() if n != "custom"} | taken.open.changes


def taken_values(
    row: Partner | Customer, given: Mapping[str, Any] | None, *, new: bool = False
) -> Values:
    """``given`` read for the record, under the definitions' lock; nothing is written yet.

    Of a ``new`` record nothing required may be left out that the scope may write. Raises
    ``Refused("invalid")`` naming each wrong or missing field as ``custom.code``.
    """
    given = given or {}
    if not given and not new:
        return Values(rules.Taken(row.custom, {}), rules.Taken({}, {}))
    lock_fields(subject_of(row))
    fields = asked_fields(row, writable=True)
    inner = {field.code for field in fields if field.internal}
    found = Values(
        rules.taken(
            [field for field in fields if not field.internal],
            row.custom,
            {code: raw for code, raw in given.items() if code not in inner},
            complete=new,
        ),
        rules.taken(
            [field for field in fields if field.internal],
            internal_values(row),
            {code: raw for code, raw in given.items() if code in inner},
            complete=new,
        ),
    )
    refuse_problems(found.open, found.internal)
    return found


def refuse_problems(*found: rules.Taken) -> None:
    """``Refused("invalid")`` with a reason for each value that does not fit."""
    problems = [reason for one in found for reason in one.problems]
    if problems:
        raise Refused("invalid", problems[0].detail, reasons=problems)


def keep_internal(row: Partner | Customer, taken: rules.Taken) -> None:
    """Write the internal values of a saved record, with an event that its partner does not see."""
    if not taken.changes:
        return
    kept = internal_row(row)
    if kept is None:
        customer = row if isinstance(row, Customer) else None
        kept = InternalValues(partner_id=row.partner_id, customer=customer)
    kept.values = taken.values
    written(kept)
    data = {"of": row.ref, "changes": taken.changes}
    record_events("internal.changed", "internalvalues", [Happened(kept.public_id, None, data)])


def carry_values(former: Partner | Customer, into: Partner | Customer) -> Carried:
    """What ``former`` holds and ``into`` does not goes to ``into``, internal values too, whoever
    merges the two; the rest stays on ``former``. Called by the verbs that merge rows."""
    with scope.widen("duplicate"):
        lock_fields(subject_of(into))
        found = carried_to(former, into)
        internal = {**internal_values(into), **found.internal}
        keep_internal(into, rules.Taken(internal, _added(found.internal)))
    if found.open:
        changed(into, {"custom": {**into.custom, **found.open}})
        data = {"changes": _added(found.open), "how": "merged"}
        record_event(f"{subject_of(into)}.changed", into, data=data)
    return found


def _added(values: Mapping[str, Any]) -> dict[str, list[Any]]:
    return {f"custom.{code}": [None, value] for code, value in values.items()}
