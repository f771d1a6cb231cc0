"""Where each reason is put right: one table of portal pages."""

from __future__ import annotations

from django.urls import NoReverseMatch, reverse

PAGES = {
    "people_missing": "certifications:list",
    "classify_customer": "partners:customers",
    "customer_ended": "partners:customers",
    "addendum_missing": "partners:customers",
    "requires_product": "licensing:product",
    "metric_short": "scorecards:level",
}


def fix_url(code: str, *args: str) -> str:
    """The page where a reason of this code is put right; empty where there is none for it."""
    name = PAGES.get(code)
    if name is None:
        return ""
    try:
        return reverse(name, args=args)
    except NoReverseMatch:  # a page of an app that is not installed; a test names those missing
        return ""
