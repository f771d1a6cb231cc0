"""What the start page of the admin shows: the first steps of a new vendor, and what waits.

Both are read from rows. A step is done as soon as the rows say so and disappears with the last one;
higher apps register theirs. What waits for a decision is named by each ``VendorAdmin`` (``waits``).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.http import urlencode


@dataclass(frozen=True)
class Waits:
    """Rows of a kind that wait for the vendor: ``only`` filters them, in the list's address too.

    ``words % n`` says it for ``n`` rows.
    """

    only: Mapping[str, str | tuple[str, ...]]
    words: Any


@dataclass(frozen=True)
class FirstStep:
    """Something that a new vendor does once: why, where, and whether the rows show it done."""

    order: int
    title: Any
    why: Any
    url_name: str
    label: Any
    done: Callable[[], bool]


_steps: dict[str, FirstStep] = {}


def register_first_step(
    order: int, title: Any, why: Any, url_name: str, label: Any, done: Callable[[], bool]
) -> None:
    """Add a step; ``label`` is what its button says, ``done`` asks the rows of the vendor."""
    _steps[f"{order} {url_name}"] = FirstStep(order, title, why, url_name, label, done)


def link_to(url_name: str) -> str:
    """The address of a page; empty where this site has no such page."""
    try:
        return reverse(url_name)
    except NoReverseMatch:
        return ""


def first_steps() -> list[dict[str, Any]]:
    """``{title, why, label, link, done}`` in order; nothing once all are done."""
    found = [
        {
            "title": step.title,
            "why": step.why,
            "label": step.label,
            "link": link_to(step.url_name),
            "done": step.done(),
        }
        for step in sorted(_steps.values(), key=lambda step: step.order)
        if link_to(step.url_name)
    ]
    return [] if all(step["done"] for step in found) else found


def waiting(request: HttpRequest) -> list[dict[str, str]]:
    """``{words, link, icon}`` for each kind with rows that wait for a decision."""
    found = []
    registry: dict[type[Any], Any] = dict(admin.site._registry)
    for model, page in registry.items():
        if page.waits is None or not page.has_view_permission(request):
            continue
        count = model.objects.filter(**page.waits.only).count()
        if count:
            address = f"admin:{model._meta.app_label}_{model._meta.model_name}_changelist"
            asked = {
                k: v if isinstance(v, str) else ",".join(v) for k, v in page.waits.only.items()
            }
            link = f"{reverse(address)}?{urlencode(asked)}"
            found.append({"words": page.waits.words % count, "link": link, "icon": page.icon})
    return found
