"""Which values of custom fields go along when two rows of one company become one. Nothing is
written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from partners.models import Customer, CustomField, InternalValues, Partner
from partners.rules.field_sets import subject_of, types_by_partner
from partners.rules.fields import Value, applying

Row = Partner | Customer


@dataclass(frozen=True)
class Carried:
    """By code what the row kept has no value of, and gets; ``staying`` are the labels of the fields
    whose value stays behind: the row kept has another one, or its partner is not asked for it."""

    open: Mapping[str, Value]
    internal: Mapping[str, Value]
    staying: tuple[str, ...] = ()

    @property
    def count(self) -> int:
        return len(self.open) + len(self.internal)


def carried(
    pairs: Sequence[tuple[Row, Row | None]], subject: str, partner: Partner
) -> list[Carried]:
    """For each pair what goes from the first row to the second (``None``: a new one), which is a
    row of ``partner``, or itself that partner. Three queries for all of them."""
    fields = list(CustomField.objects.filter(subject=subject))
    if not fields:
        return [Carried({}, {}) for _pair in pairs]
    here = {f.code for f in applying(fields, types_by_partner([partner.pk])[partner.pk])}
    labels = {field.code: field.label for field in fields}
    inner = _internal([row for pair in pairs for row in pair if row is not None], subject)
    return [
        _one(
            (former.custom, into.custom if into else {}),
            (inner.get(former.pk, {}), inner.get(into.pk, {}) if into else {}),
            here,
            labels,
        )
        for former, into in pairs
    ]


def carried_to(former: Row, into: Row) -> Carried:
    """The same for one pair."""
    owner = into if isinstance(into, Partner) else into.partner
    return carried([(former, into)], subject_of(into), owner)[0]


_Two = tuple[Mapping[str, Value], Mapping[str, Value]]


def _one(open: _Two, internal: _Two, here: set[str], labels: Mapping[str, str]) -> Carried:
    staying = [
        labels[code]
        for going, there in (open, internal)
        for code, value in going.items()
        if code in labels and (code in there or code not in here) and there.get(code) != value
    ]
    return Carried(_missing(open, here), _missing(internal, here), tuple(staying))


def _missing(two: _Two, here: set[str]) -> dict[str, Value]:
    going, there = two
    return {code: value for code, value in going.items() if code in here and code not in there}


def _internal(rows: Sequence[Row], subject: str) -> dict[int, Mapping[str, Value]]:
    of_partner = subject == CustomField.Subject.PARTNER
    ids = {row.pk for row in rows}
    kept = InternalValues.objects.filter(
        **({"partner_id__in": ids, "customer": None} if of_partner else {"customer_id__in": ids})
    )
    return {(one.partner_id if of_partner else one.customer_id): one.values for one in kept}
