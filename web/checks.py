"""System checks of the shared surface."""

from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import NoReverseMatch, reverse

from web.context import registered_navigation


@register()
def navigation_resolves(**kwargs: Any) -> list[CheckMessage]:
    """Every registered navigation entry leads to a page without arguments."""
    problems: list[CheckMessage] = []
    for item in registered_navigation():
        try:
            reverse(item.url_name)
        except NoReverseMatch:
            hint = "Register the address in config/urls.py or correct the name."
            message = f"Navigation entry {item.url_name!r} has no address."
            problems.append(Error(message, hint=hint, id="web.E001"))
    return problems
