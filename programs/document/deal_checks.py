"""What a deal policy says that its kind cannot mean, and codes that lead nowhere."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from holidays import list_supported_countries

from programs.document.deals import PURSUED, DealPolicy
from programs.document.models import ProgramDocument
from programs.errors import Problem
from programs.rules.base import Path, Problems
from programs.rules.quantity import ByGroup


def deals_bound(document: ProgramDocument) -> Problems:
    """Binds the amounts by country group; every code of the section that leads nowhere."""
    problems: Problems = []
    co_sell = document.deals.co_sell if document.deals else None
    benefit = co_sell.advanced_benefit if co_sell else None
    if benefit is not None and benefit not in document.benefits:
        problems += document.missing("benefits", benefit, ("deals", "co_sell", "advanced_benefit"))
    for code, policy in document.deals.policies.items() if document.deals else ():
        path: Path = ("deals", "policies", code)
        for kind in policy.types or ():
            if kind not in document.types:
                problems += document.missing("types", kind, (*path, "types"))
        minimum = policy.minimum
        for product in (minimum and minimum.products) or ():
            if product not in document.products:
                problems += document.missing("products", product, (*path, "minimum", "products"))
        if minimum and isinstance(minimum.list_value, ByGroup):
            problems += minimum.list_value.bind(document, (*path, "minimum", "list_value"))
    return problems


def deals_unfit(document: ProgramDocument) -> Problems:
    """Policies whose parts do not go with their kind."""
    problems = _unknown_calendar(document)
    for code, policy in document.deals.policies.items() if document.deals else ():
        for part, words, remedy in _misfits(policy):
            path: Path = ("deals", "policies", code, part)
            problems.append((path, Problem("deal_policy", "", words, remedy=remedy)))
    return problems


def _unknown_calendar(document: ProgramDocument) -> Problems:
    """The country of the public holidays, if the calendars do not have it."""
    country = document.deals.hours.holidays if document.deals else None
    if country is None or country in list_supported_countries(include_aliases=False):
        return []
    message = _("the public holidays of %(country)s are not known") % {"country": country}
    remedy = _("Leave holidays out, or name a neighbour with the same ones")
    problem = Problem("unknown_calendar", "", message, remedy=remedy)
    return [(("deals", "hours", "holidays"), problem)]


def _misfits(policy: DealPolicy) -> Iterator[tuple[str, str, str]]:
    """Each part that does not fit: its key, what is wrong, and the way out."""
    if policy.pursuit is None and policy.kind in PURSUED:
        yield (
            "pursuit",
            _("an approval without an end would hold the customer for ever"),
            _("Give pursuit: {days: 120}, or days: not_stated"),
        )
    if policy.pursuit is not None and policy.kind not in PURSUED:
        yield (
            "pursuit",
            _("this kind runs with its service contract, not for a number of days"),
            _("Take pursuit out, or change the kind"),
        )
    if policy.protect is not None and policy.kind != "engagement":
        yield (
            "protect",
            _("only an engagement is protected while its contract runs"),
            _("Take protect out, or make the kind engagement"),
        )
    if policy.protect is not None and policy.object == "opportunity":
        yield (
            "object",
            _("a customer served for years is more than one opportunity"),
            _("Protect the family or the product, or take protect out"),
        )
    if policy.earliest_month is not None and policy.kind != "renegotiation":
        yield (
            "earliest_month",
            _("only a renegotiation has a month from which it is possible"),
            _("Take earliest_month out, or make the kind renegotiation"),
        )
