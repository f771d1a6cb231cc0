"""The head of an admin page: the places above it, and its own title."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import template
from django.contrib import admin
from django.urls import reverse
from django.utils.text import capfirst

register = template.Library()


def _page_of(context: Mapping[str, Any]) -> Any:
    """The ``VendorAdmin`` whose page it is, or ``None`` (start page, settings)."""
    opts = context.get("opts")
    return admin.site._registry.get(opts.model) if opts else None


@register.simple_tag(takes_context=True)
def crumbs(context: Mapping[str, Any]) -> list[dict[str, Any]]:
    """``{title, link}`` from the side bar's group down to the page above this one."""
    # Libraries of tags are loaded while the admin's package itself is being imported.
    from tenants.admin_addresses import address_of
    from tenants.admin_site import JOBS

    page = _page_of(context)
    if page is None:
        return []
    job, plural = str(JOBS[page.job]), str(page.opts.verbose_name_plural)
    places: list[dict[str, Any]] = []
    if job.lower() != plural.lower():  # "Partners > Partners" says nothing
        places.append({"title": job, "link": ""})
    if context.get("cl") is None and not context.get("beside_list"):
        name = f"admin:{page.opts.app_label}_{page.opts.model_name}_changelist"
        places.append({"title": plural, "link": reverse(name)})
    row = context.get("original")
    if row is not None and context.get("adminform") is None:
        places.append({"title": page.name_of(row), "link": address_of(row)})
    return places


@register.simple_tag(takes_context=True)
def page_title(context: Mapping[str, Any]) -> str:
    """A list's noun, an object's name, else the page's own title."""
    page = _page_of(context)
    if page is not None and context.get("cl") is not None:
        return capfirst(str(page.opts.verbose_name_plural))
    if context.get("adminform") is not None and context.get("original") is not None:
        return str(page.name_of(context["original"]) if page else context["original"])
    return str(context.get("title") or "")
