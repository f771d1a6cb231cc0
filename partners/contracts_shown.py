"""A service contract in words, field by field, as far as its reader may read it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partners.models import Duty, ServiceContract, ServiceScope
from partners.rules.contracts import next_decision, term_end
from partners.rules.sharing import FIELDS, Sharing, sentence, sharing_of, withheld
from tenants import scope
from web.templatetags.mainstay import money_exact, number, short_date

SCOPES = dict(ServiceScope.choices)
DUTIES = dict(Duty.choices)


def services_words(row: ServiceContract) -> str:
    """ "Security, Cloud" """
    return ", ".join(str(SCOPES[code]) for code in row.scopes)


def decision_of(row: ServiceContract, on: dt.date) -> dt.date | None:
    """The contract's next decision date; none once it was ended or has run out."""
    if row.ended or (row.until is not None and row.until <= on):
        return None
    return next_decision(row.agreed, row.since, on)


AHEAD = 90
"""Days before its decision date in which a contract is shown (glossary, "Decision date")."""


@dataclass(frozen=True)
class Decision:
    """A contract on which its partner and customer decide on ``day``, as far as it is shared."""

    contract: ServiceContract
    day: dt.date


def shared_decisions(partner_ids: Collection[int], on: dt.date) -> list[Decision]:
    """What is decided within 90 days of the vendor's day ``on``, of the contracts whose end their
    partner shares with the reader; by day. Whoever shows one records that (``note_reads``)."""
    if not scope.current().can("shared.read"):
        return []
    sharing = sharing_of(partner_ids, on)
    if not sharing.looked_after:
        return []
    rows = (
        ServiceContract.objects.current(on)
        .filter(partner_id__in=sharing.looked_after, ended=False, terms__isnull=False)
        .select_related("terms", "customer", "partner")
    )
    last, found = on + dt.timedelta(days=AHEAD), []
    for row in rows:
        day = decision_of(row, on)
        if day is None or not on <= day <= last:
            continue
        if sharing.reads(row.partner_id, row.customer_id, "end"):
            found.append(Decision(row, day))
    return sorted(found, key=lambda one: (one.day, one.contract.pk))


def contract_facts(row: ServiceContract, sharing: Sharing, on: dt.date) -> list[dict[str, Any]]:
    """Each field as ``web/_facts.html`` draws it; one that the reader may not read is
    said to be withheld, and the partner reads beside each who else can see it."""
    found = []
    for name, (title, _default) in FIELDS.items():
        share = sharing.share(row.partner_id, row.customer_id, name)
        if sharing.reads(row.partner_id, row.customer_id, name):
            note = sentence(share) if sharing.everything else ""
            found.append({"label": title, "value": _WORDS[name](row, on) or "–", "note": note})
        else:
            found.append({"label": title, "value": withheld(share), "note": ""})
    return found


def _services(row: ServiceContract, on: dt.date) -> str:
    words = {"services": services_words(row), "day": short_date(row.since)}
    duties = ", ".join(str(DUTIES[code]).lower() for code in row.agreed.duties)
    said = _("%(services)s, from %(day)s.") % words
    return said + " " + _("Duties: %(duties)s.") % {"duties": duties} if duties else said


def end_words(row: ServiceContract, on: dt.date) -> str:
    """When the contract ends or is decided on."""
    terms, end = row.agreed, term_end(row.agreed, on)
    if row.ended:
        return _("Ended on %(day)s.") % {"day": short_date(row.until)}
    if row.until is not None and row.until <= on:
        return _("Ran out on %(day)s.") % {"day": short_date(row.until)}
    said = [_("Evergreen.") if end is None else _("Ends on %(day)s.") % {"day": short_date(end)}]
    if terms.auto_renews:
        step = terms.months or 0
        months = ngettext("%(n)s month", "%(n)s months", step) % {"n": step}
        said.append(_("Renews by itself for %(months)s.") % {"months": months})
    if terms.notice_days:
        days = ngettext("%(n)s day", "%(n)s days", terms.notice_days) % {"n": terms.notice_days}
        said.append(_("Notice: %(days)s.") % {"days": days})
    decided = decision_of(row, on)
    if decided is not None and end is None:
        said.append(_("Checkpoint on %(day)s.") % {"day": short_date(decided)})
    elif decided is not None and decided != end:
        said.append(_("Decision by %(day)s.") % {"day": short_date(decided)})
    return " ".join(said)


def _promise(row: ServiceContract, on: dt.date) -> str:
    said = []
    for severity, times in sorted(row.agreed.promises.items()):
        parts = []
        if "response" in times:
            parts.append(_("first response %(time)s") % {"time": _time(times["response"])})
        if "restoration" in times:
            parts.append(_("restoration %(time)s") % {"time": _time(times["restoration"])})
        words = {"n": severity.removeprefix("s"), "times": ", ".join(parts)}
        said.append(_("Severity %(n)s: %(times)s.") % words)
    if row.agreed.uptime is not None:
        said.append(_("Uptime %(percent)s %%.") % {"percent": _plain(row.agreed.uptime)})
    return " ".join(said)


def _time(minutes: int) -> str:
    if minutes % 60:
        return ngettext("%(n)s minute", "%(n)s minutes", minutes) % {"n": number(minutes)}
    hours = minutes // 60
    return ngettext("%(n)s hour", "%(n)s hours", hours) % {"n": number(hours)}


def fee_words(row: ServiceContract, on: dt.date) -> str:
    """ "€900.00, monthly"; empty where none is recorded."""
    if row.agreed.fee is None:
        return ""
    billing = str(row.agreed.get_billing_display()).lower()
    return f"{money_exact(row.agreed.fee, row.agreed.currency)}, {billing}"


def _credits(row: ServiceContract, on: dt.date) -> str:
    if row.agreed.credit is None:
        return ""
    return _("At most %(percent)s %% of the fee.") % {"percent": _plain(row.agreed.credit)}


def _plain(value: Any) -> str:
    return f"{value.normalize():f}"


_WORDS: Mapping[str, Callable[[ServiceContract, dt.date], str]] = {
    "services": _services,
    "end": end_words,
    "promise": _promise,
    "fee": fee_words,
    "credits": _credits,
}
