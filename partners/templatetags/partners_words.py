"""Words for the program's codes in templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from partners.words import words_of
from programs.document import GENERAL

register = template.Library()


@register.filter
def words(code: Any) -> str:
    """Write a code as words: ``home_office`` is "Home office"."""
    return words_of(str(code))


@register.filter
def unclassified(customer: Any, regulated: Mapping[str, str]) -> bool:
    """Whether the customer's regulated vertical still waits for its class (no query)."""
    return customer.vertical in regulated and set(customer.environments) <= {GENERAL}
