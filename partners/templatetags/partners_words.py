"""Words for the program's codes in templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template

from partners.contracts_shown import end_words, fee_words, services_words
from partners.words import quantity_words
from programs.document import GENERAL
from web.codes import words_of

register = template.Library()


@register.filter
def words(code: Any) -> str:
    """Write a code as words: ``home_office`` is "Home office"."""
    return words_of(str(code))


@register.filter
def quantity(count: int, unit: str) -> str:
    """Write how many of a product run: "1 seat", "60 workloads"."""
    return quantity_words(count, unit)


@register.filter
def unclassified(customer: Any, regulated: Mapping[str, str]) -> bool:
    """Whether the customer's regulated vertical still waits for its class (no query)."""
    return customer.vertical in regulated and set(customer.environments) <= {GENERAL}


@register.filter
def services_of(contract: Any) -> str:
    """The services of a contract in words."""
    return services_words(contract)


@register.filter
def end_of(contract: Any, on: Any) -> str:
    """When a contract ends or is decided on, for the partner's own people."""
    return end_words(contract, on)


@register.filter
def fee_of(contract: Any) -> str:
    """The fee in words, for the partner's own people."""
    return fee_words(contract, contract.since) or "–"
