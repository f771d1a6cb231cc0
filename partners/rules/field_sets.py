"""Which custom fields a record has, and which values the scope reads. Nothing is written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Exists, OuterRef, Q

from partners.models import Customer, CustomField, Enrolment, InternalValues, Partner
from partners.rules.fields import Value, applying
from tenants import scope

Subject = CustomField.Subject


def fields_of(subject: str, *, writable: bool = False) -> list[CustomField]:
    """The fields in use that the scope sees, or may write, in their order: one query."""
    rows = CustomField.objects.filter(subject=subject, archived_at=None)
    if writable and not scope.current().all_partners:
        rows = rows.filter(access=CustomField.Access.WRITES)
    return list(rows)


def types_by_partner(partner_ids: Collection[int]) -> Mapping[int, set[str]]:
    """Codes of the types in which each partner is enrolled now: one query."""
    found: dict[int, set[str]] = defaultdict(set)
    rows = Enrolment.objects.filter(partner_id__in=partner_ids, until__isnull=True)
    for partner_id, code in rows.values_list("partner_id", "partner_type__code"):
        found[partner_id].add(code)
    return found


def asked_fields(row: Partner | Customer, *, writable: bool = False) -> list[CustomField]:
    """The fields of this record, by its partner's types."""
    fields = fields_of(subject_of(row), writable=writable)
    return applying(fields, types_by_partner([row.partner_id])[row.partner_id]) if fields else []


def subject_of(row: Partner | Customer) -> str:
    return str(Subject.PARTNER if isinstance(row, Partner) else Subject.CUSTOMER)


def internal_row(row: Partner | Customer) -> InternalValues | None:
    """Where the record's internal values lie, for those who may see it."""
    customer = row.pk if isinstance(row, Customer) else None
    found = InternalValues.objects.filter(partner_id=row.partner_id, customer_id=customer)
    return found.first()


def internal_values(row: Partner | Customer) -> dict[str, Value]:
    """The record's internal values; none for a partner."""
    kept = internal_row(row) if row.pk and scope.current().all_partners else None
    return dict(kept.values) if kept else {}


def values_of(row: Partner | Customer) -> dict[str, Value]:
    """All values of the record that the scope may read."""
    return {**row.custom, **internal_values(row)}


def holding(field: CustomField, value: Any) -> Q:
    """Rows of the field's subject that hold the value; of several choices, this one among them."""
    return _where(field, "contains", {field.code: value})


def filled(field: CustomField) -> Q:
    """Rows of the field's subject that hold any value."""
    return _where(field, "has_key", field.code)


def _where(field: CustomField, lookup: str, wanted: Any) -> Q:
    if not field.internal or field.subject == Subject.APPLICATION:
        return Q(**{f"custom__{lookup}": wanted})
    own: dict[str, Any] = {"customer": OuterRef("pk")}
    if field.subject == Subject.PARTNER:
        own = {"partner": OuterRef("pk"), "customer": None}
    return Q(Exists(InternalValues.objects.filter(**own, **{f"values__{lookup}": wanted})))
