"""Where each reason is put right: one table of portal pages."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

PAGES = {
    "people_missing": "certifications:list",
    "classify_customer": "partners:customer_change",
    "customer_ended": "partners:customer",
    "addendum_missing": "partners:customer_attest",
    "requires_product": "licensing:product",
    "metric_short": "scorecards:level",
    "onboarding_open": "scorecards:home",
}


def fix_url(code: str, *args: str | None) -> str:
    """The page where a reason of this code is put right; empty where there is none for it, or
    where the page is about a customer and none was named."""
    name = PAGES.get(code)
    if name is None or None in args:
        return ""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:  # a page of an app that is not installed; a test names those missing
        return ""
