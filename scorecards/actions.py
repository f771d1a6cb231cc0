"""Verbs of cases: kept in step with what holds, closed and snoozed by whoever looks after them.

Their events carry no partner: cases are the staff's own.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping
from typing import Any

from django.db import connection
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from partners.models import Partner
from partners.rules.relations import tends
from scorecards.models import Case, CaseReason
from scorecards.rules.reasons import Concern, Reason
from tenants import scope
from tenants.writing import Happened, NotAllowed, Refused, action, record_events
from tenants.writing import Reason as Why

_CLASS = 7105  # first key of the two-part advisory lock: "a vendor's cases"


@action("cases.write")
def settle_cases(found: Mapping[int, Concern], *, at: dt.datetime, on: dt.date) -> int:
    """Bring the vendor's cases in step with what holds on the vendor's day ``on`` (``at``: now).

    ``found`` is what needs somebody at each partner; one that is left out needs nobody. Returns how
    many cases changed. In a constant number of statements, whatever the portfolio's size.
    """
    _lock()
    partners = dict(Partner.objects.filter(pk__in=found).values_list("pk", "public_id"))
    cases = {case.partner_id: case for case in Case.objects.filter(state=Case.State.OPEN)}
    held: dict[int, dict[tuple[str, str], CaseReason]] = defaultdict(dict)
    for row in CaseReason.objects.filter(until__isnull=True).select_related("partner", "case"):
        held[row.partner_id][row.kind, row.key] = row
        partners.setdefault(row.partner_id, row.partner.public_id)
    plan = _Plan(at, on, cases, held)
    for pk in partners:
        plan.partner(pk, found.get(pk, Concern()))
    return plan.write({pk: Partner(pk=pk, public_id=ref).ref for pk, ref in partners.items()})


class _Plan:
    """What one sweep changes, gathered first and written in sets."""

    def __init__(
        self,
        at: dt.datetime,
        on: dt.date,
        cases: dict[int, Case],
        held: Mapping[int, dict[tuple[str, str], CaseReason]],
    ) -> None:
        self.at, self.on, self.cases, self.held = at, on, cases, held
        self.opened: list[Case] = []
        self.changed: dict[int, dict[str, Any]] = {}
        self.closed: list[Case] = []
        self.new: list[CaseReason] = []
        self.gone: list[CaseReason] = []
        self.other: list[CaseReason] = []

    def partner(self, pk: int, concern: Concern) -> None:
        """Compare what holds at one partner with what is recorded."""
        known = self.held.get(pk, {})
        wanted = {reason.identity: reason for reason in concern.reasons}
        new = [reason for identity, reason in wanted.items() if identity not in known]
        gone = [row for identity, row in known.items() if identity not in wanted]
        case = self.cases.get(pk)
        if new and case is None:
            case = Case(partner_id=pk, opened_on=self.on, seats=concern.seats)
            self.cases[pk] = case
            self.opened.append(case)
        for identity, reason in wanted.items():
            if identity in known:
                self._keep(known[identity], reason)
            elif case is not None:
                self.new.append(_row(case, pk, reason, self.on))
        for row in gone:
            row.until = self.on
            self.gone.append(row)
        if case is None or case.pk is None:
            return
        self._settle(case, concern, new, gone, wanted)

    def _keep(self, row: CaseReason, reason: Reason) -> None:
        values = (reason.signal.seats, reason.signal.due, reason.data)
        if (row.seats, row.due_on, row.data) != values:
            row.seats, row.due_on, row.data = values
            self.other.append(row)

    def _settle(
        self, case: Case, concern: Concern, new: list[Reason], gone: list[CaseReason],
        wanted: Mapping[tuple[str, str], Reason],
    ) -> None:  # fmt: skip
        rest = [
            row
            for identity, row in self.held.get(case.partner_id, {}).items()
            if row.case_id == case.pk and identity in wanted
        ]
        if not new and not rest:
            self.closed.append(case)
            return
        said: dict[str, Any] = {}
        if case.seats != concern.seats:
            said["seats"] = [case.seats, concern.seats]
            case.seats = concern.seats
        if new and case.snoozed_until is not None:
            said["woken"], case.snoozed_until = True, None
        if new or gone or said:
            said |= {"new": _kinds(new), "gone": sorted({row.kind for row in gone})}
            self.changed[case.pk] = {key: value for key, value in said.items() if value}

    def write(self, refs: Mapping[int, str]) -> int:
        """All of it, with an event for each case that changed."""
        Case.objects.bulk_create(_vendored(self.opened))
        CaseReason.objects.bulk_create(_vendored(self.new))
        CaseReason.objects.bulk_update(self.gone, ["until"], batch_size=2_000)
        CaseReason.objects.bulk_update(self.other, ["seats", "due_on", "data"], batch_size=2_000)
        moved = [case for case in self.cases.values() if case.pk in self.changed]
        Case.objects.bulk_update(moved, ["seats", "snoozed_until"], batch_size=2_000)
        ids = [case.pk for case in self.closed]
        if ids:
            Case.objects.filter(pk__in=ids).update(state=Case.State.CLOSED, closed_at=self.at)
        kinds: dict[int, list[str]] = defaultdict(list)
        for row in self.new:
            kinds[row.partner_id].append(row.kind)
        _happened(
            "case.opened", self.opened, refs, lambda c: {"new": sorted({*kinds[c.partner_id]})}
        )
        _happened("case.changed", moved, refs, lambda c: self.changed[c.pk])
        _happened("case.closed", self.closed, refs, lambda c: {"by_itself": True})
        quiet = {row.partner_id for row in (*self.other, *self.gone)}
        told = {case.partner_id for case in (*self.opened, *moved, *self.closed)}
        rest = [row for row in (*self.other, *self.gone) if row.partner_id in quiet - told]
        _happened("case_reason.changed", rest, refs, lambda row: {"kind": row.kind})
        return len(self.opened) + len(moved) + len(self.closed)


def _row(case: Case, partner_id: int, reason: Reason, on: dt.date) -> CaseReason:
    signal = reason.signal
    return CaseReason(
        partner_id=partner_id, case=case, kind=signal.kind, key=reason.key, seats=signal.seats,
        due_on=signal.due, data=reason.data, since=on,
    )  # fmt: skip


def _vendored(rows: list[Any]) -> list[Any]:
    """``bulk_create`` asks no ``save()``, which would say whose the rows are."""
    for row in rows:
        row.vendor_id = scope.current().vendor_id
        if isinstance(row, CaseReason):
            row.case_id = row.case.pk
    return rows


def _kinds(reasons: list[Reason]) -> list[str]:
    return sorted({reason.signal.kind for reason in reasons})


def _happened(kind: str, rows: Any, refs: Mapping[int, str], data: Any) -> None:
    said = [
        Happened(row.public_id, None, {"partner": refs[row.partner_id], **data(row)})
        for row in rows
    ]
    if said:
        record_events(kind, str(rows[0]._meta.model_name), said)


@action("cases.write")
def close_case(case: Case, *, remark: str, at: dt.datetime, on: dt.date) -> Case:
    """It is dealt with, whatever still holds: those reasons open no other case.

    Raises ``NotAllowed`` to who does not look after the partner, ``Refused``: ``reason_missing``,
    ``not_open``.
    """
    case = _held(case, remark, on)
    case.state, case.closed_at, case.remark = Case.State.CLOSED, at, remark.strip()
    case.closed_by_id, case.snoozed_until = scope.current().person_id, None
    case.save(update_fields=["state", "closed_at", "remark", "closed_by", "snoozed_until"])
    _happened("case.closed", [case], {case.partner_id: case.partner.ref},
              lambda one: {"remark": one.remark})  # fmt: skip
    return case


@action("cases.write")
def snooze_case(case: Case, *, until: dt.date, remark: str, on: dt.date) -> Case:
    """Leave it out of the list until the day ``until``; a new reason wakes it.

    Raises ``Refused``: ``day_passed`` besides those of ``close_case``.
    """
    case = _held(case, remark, on)
    if until <= on:
        raise _refused("day_passed", _("Choose a day that is still to come."), "until")
    case.snoozed_until, case.remark = until, remark.strip()
    case.save(update_fields=["snoozed_until", "remark"])
    _happened("case.snoozed", [case], {case.partner_id: case.partner.ref},
              lambda one: {"until": until.isoformat(), "remark": one.remark})  # fmt: skip
    return case


def _held(case: Case, remark: str, on: dt.date) -> Case:
    _lock()
    rows: QuerySet[Case] = Case.objects.select_related("partner").filter(pk=case.pk)
    found = rows.first()
    if found is None or found.state != Case.State.OPEN:
        raise _refused("not_open", _("This case is closed already."), "")
    if not tends(found.partner, on):
        raise NotAllowed("cases.write")
    if not remark.strip():
        raise _refused("reason_missing", _("Write down why."), "remark")
    return found


def _refused(code: str, detail: str, pointer: str) -> Refused:
    return Refused(code, detail, reasons=[Why(code, detail, pointer=pointer)])


def _lock() -> None:
    """One sweep or verb on cases of a vendor at a time, until the transaction ends."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [_CLASS, scope.current().vendor_id])
