"""What terms of a service contract may say, and which contracts stand in each other's way."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from partners.models import ContractTerms, Customer, Duty, ServiceContract, ServiceScope
from programs.rules.periods import add_months
from tenants.writing import Reason
from web.templatetags.mainstay import short_date

TERMS = (
    "ends_on", "months", "notice_days", "auto_renews", "duties", "billing", "fee", "currency",
    "promises", "uptime", "credit",
)  # fmt: skip
FIELD_OF: Mapping[str, str] = {
    "scopes": "services", "external_id": "services", "duties": "services",
    "ends_on": "end", "months": "end", "notice_days": "end", "auto_renews": "end",
    "billing": "fee", "fee": "fee", "currency": "fee",
    "promises": "promise", "uptime": "promise",
    "credit": "credits",
}  # fmt: skip
"""Which field of ``partners.rules.sharing`` a column belongs to."""
SEVERITIES = ("s1", "s2", "s3", "s4")
TIMES = ("response", "restoration")
MOST_MINUTES = 100_000
MOST_MONTHS = 120
MOST_NOTICE = 730


def known_scopes(scopes: Sequence[str]) -> list[str]:
    """The scopes in their usual order, each once; unknown ones come last, for a refusal."""
    order = [str(one.value) for one in ServiceScope]
    return [s for s in order if s in scopes] + [s for s in dict.fromkeys(scopes) if s not in order]


def wrong_scopes(scopes: Sequence[str]) -> Reason | None:
    unknown = [one for one in scopes if one not in ServiceScope.values]
    if not scopes:
        return Reason("scopes_missing", _("Choose at least one service."), pointer="scopes")
    if unknown:
        return Reason(
            "unknown_scope",
            _("There is no service “%(code)s”.") % {"code": unknown[0]},
            fix=_("Known: %(codes)s.") % {"codes": ", ".join(map(str, ServiceScope.values))},
            pointer="scopes",
        )
    return None


def agreed(given: Mapping[str, Any], since: dt.date) -> dict[str, Any]:
    """The columns of terms: a length without an end means an end after that length."""
    values = {name: given.get(name, _empty(name)) for name in TERMS}
    if values["ends_on"] is None and values["months"]:
        values["ends_on"] = add_months(since, min(values["months"], MOST_MONTHS))
    values["currency"] = (values["currency"] or "").upper() if values["fee"] is not None else ""
    values["duties"] = [d for d in Duty.values if d in (values["duties"] or ())] + [
        d for d in values["duties"] or () if d not in Duty.values
    ]
    values["notice_days"] = values["notice_days"] or 0
    values["promises"] = {
        severity: {name: minutes for name, minutes in times.items() if minutes is not None}
        for severity, times in (values["promises"] or {}).items()
        if any(minutes is not None for minutes in times.values())
    }
    return values


def _empty(name: str) -> Any:
    field: Any = ContractTerms._meta.get_field(name)
    return field.get_default()


def wrong_terms(values: Mapping[str, Any], since: dt.date) -> Reason | None:
    """Why the terms cannot stand, or ``None``."""
    end, months = values["ends_on"], values["months"]
    checks = (
        (end is not None and end <= since, "ends_on", "span_reversed",
         _("The end lies before the start, or on the same day.")),
        (months is not None and not 1 <= months <= MOST_MONTHS, "months", "months_out_of_range",
         _("A term lasts 1 to %(n)s months.") % {"n": MOST_MONTHS}),
        (not 0 <= values["notice_days"] <= MOST_NOTICE, "notice_days", "notice_out_of_range",
         _("Notice is 0 to %(n)s days.") % {"n": MOST_NOTICE}),
        (values["auto_renews"] and not months, "months", "months_missing",
         _("It renews by itself: say for how many months.")),
        (any(d not in Duty.values for d in values["duties"]), "duties", "unknown_duty",
         _("Known duties: %(codes)s.") % {"codes": ", ".join(map(str, Duty.values))}),
        (values["fee"] is not None and values["fee"] < 0, "fee", "fee_negative",
         _("A fee is not negative.")),
        (values["fee"] is not None and not _is_currency(values["currency"]), "currency",
         "currency_missing", _("Give the fee's currency in three letters, like EUR.")),
        (not _percent(values["uptime"]), "uptime", "not_a_percentage",
         _("A percentage lies between 0 and 100.")),
        (not _percent(values["credit"]), "credit", "not_a_percentage",
         _("A percentage lies between 0 and 100.")),
    )  # fmt: skip
    for wrong, pointer, code, detail in checks:
        if wrong:
            return Reason(code, detail, pointer=pointer)
    return _wrong_promises(values["promises"])


def _is_currency(text: str) -> bool:
    return len(text) == 3 and text.isascii() and text.isalpha()


def _percent(value: Any) -> bool:
    return value is None or 0 <= value <= 100


def _wrong_promises(promises: Mapping[str, Mapping[str, Any]]) -> Reason | None:
    for severity, times in promises.items():
        if severity not in SEVERITIES or set(times) - set(TIMES):
            detail = _("Promise times for s1 to s4: response and restoration.")
            return Reason("unknown_promise", detail, pointer="promises")
        for minutes in times.values():
            if not isinstance(minutes, int) or not 1 <= minutes <= MOST_MINUTES:
                detail = _("Promised times are whole minutes, 1 to %(n)s.") % {"n": MOST_MINUTES}
                return Reason("promise_out_of_range", detail, pointer="promises")
        if times.get("restoration", MOST_MINUTES) < times.get("response", 0):
            detail = _("Restoration is not promised before the first response.")
            return Reason("promise_reversed", detail, pointer="promises")
    return None


def until_of(values: Mapping[str, Any]) -> dt.date | None:
    """The first day on which a contract with these terms surely no longer runs."""
    return None if values["auto_renews"] else values["ends_on"]


def refusal(
    customer: Customer,
    others: Iterable[ServiceContract],
    scopes: Sequence[str],
    since: dt.date,
    until: dt.date | None,
) -> Reason | None:
    """Why a contract cannot run over ``[since, until)`` beside the customer's ``others``.

    Ask it under the partner's lock.
    """
    if customer.until is not None and since >= customer.until:
        detail = _("This customer ended on %(day)s.") % {"day": short_date(customer.until)}
        return Reason("customer_ended", detail, pointer="since")
    for other in others:
        apart = (other.until is not None and other.until <= since) or (
            until is not None and other.since >= until
        )
        if not apart and set(other.scopes) & set(scopes):
            words = {
                "day": short_date(other.since),
                "last": short_date(other.until) if other.until else _("further notice"),
            }
            return Reason(
                "overlapping",
                _("Another contract covers one of these services from %(day)s until %(last)s.")
                % words,
                fix=_("Change that one, or end it first."),
                pointer="scopes",
            )
    return None


def untimely(contract: ServiceContract, held: ContractTerms, since: dt.date) -> Reason | None:
    """Why other terms cannot begin on the day ``since``."""
    if contract.ended:
        detail = _("This contract ended on %(day)s.") % {"day": short_date(contract.until)}
        return Reason("already_ended", detail)
    if since < held.since:
        detail = _("The latest terms hold from %(day)s: give that day or a later one.")
        return Reason("terms_before", detail % {"day": short_date(held.since)}, pointer="since")
    if contract.until is not None and since > contract.until:
        detail = _("The contract ran until %(day)s: record another one.")
        return Reason("terms_after", detail % {"day": short_date(contract.until)}, pointer="since")
    return None


def named(columns: Iterable[str]) -> list[str]:
    """The fields (``rules.sharing``) that changed columns belong to, without their values."""
    return sorted({FIELD_OF[name] for name in columns})
