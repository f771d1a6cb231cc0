"""What the page frame needs: a navigation registry and a registry of frame facts.

Apps register in `AppConfig.ready()`; `shell` is the template context processor.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse

from web.colour import DEFAULT_ACCENT

Count = Callable[[HttpRequest], int]
Provider = Callable[[HttpRequest], Mapping[str, Any]]


@dataclass(frozen=True)
class NavigationItem:
    """One entry of the left navigation; `count` means "needs you", never a total."""

    group: str
    label: Any
    url_name: str
    icon: str
    order: int = 100
    roles: frozenset[str] | None = None
    count: Count | None = None
    key: str = ""
    urgent: bool = False
    also_active: tuple[str, ...] = field(default=())


_items: dict[tuple[str, str, frozenset[str] | None], NavigationItem] = {}
_providers: list[Provider] = []


def register_navigation(
    group: Any,
    label: Any,
    url_name: str,
    icon: str,
    order: int = 100,
    roles: Iterable[str] | None = None,
    count: Count | None = None,
    *,
    key: str = "",
    urgent: bool = False,
    also_active: Iterable[str] = (),
) -> None:
    """Add an entry; `group` "" comes first without a heading, `roles` None means everyone.

    `key` is the letter after `g`; `urgent` paints the count red; `also_active` holds
    further URL names that light the entry up (its detail pages).
    """
    wanted = None if roles is None else frozenset(roles)
    item = NavigationItem(
        group, label, url_name, icon, order, wanted, count, key, urgent, tuple(also_active)
    )
    _items[(str(url_name), str(group), wanted)] = item


def register_shell(provider: Provider) -> None:
    """Add facts to the page frame: see `shell` for the names the frame reads."""
    if provider not in _providers:
        _providers.append(provider)


def registered_navigation() -> list[NavigationItem]:
    """Return every registered entry, in display order."""
    return sorted(_items.values(), key=lambda item: (item.order, item.url_name))


def page_title(path: str) -> str:
    """What the side bar calls the page of an address, or the page it belongs to: of
    ``/customers/cus_…/`` "Customers"; the address itself where no entry leads there."""
    found = ""
    title = path
    for item in registered_navigation():
        with suppress(NoReverseMatch):
            url = reverse(item.url_name)
            if (path == url or (url != "/" and path.startswith(url))) and len(url) > len(found):
                found, title = url, str(item.label)
    return title


def role_of(request: HttpRequest) -> str | None:
    """Return the acting role: `request.role`, else the role of `request.membership`."""
    role = getattr(request, "role", None)
    if role is None:
        role = getattr(getattr(request, "membership", None), "role", None)
    return None if role is None else str(role)


def navigation_for(request: HttpRequest) -> list[dict[str, Any]]:
    """Return groups `{label, items}` that this role may open; counts are asked once."""
    role = role_of(request)
    groups: dict[Any, list[dict[str, Any]]] = {}
    for item in registered_navigation():
        if item.roles is not None and role not in item.roles:
            continue
        try:
            url = reverse(item.url_name)
        except NoReverseMatch:  # a system check names it; a page must not die of it
            continue
        groups.setdefault(item.group, []).append(_entry(item, url, request))
    _mark_active(request, [entry for entries in groups.values() for entry in entries])
    ordered = sorted(groups.items(), key=lambda pair: pair[0] != "")
    return [{"label": label, "items": entries} for label, entries in ordered]


def _entry(item: NavigationItem, url: str, request: HttpRequest) -> dict[str, Any]:
    # A page that only says no shows the way back, and asks nothing more of the database for it.
    count = None if getattr(request, "uncounted", False) else item.count
    asked = count(request) if count else 0
    return {
        "label": item.label,
        "url": url,
        "icon": item.icon,
        "count": asked,
        "urgent": item.urgent,
        "key": item.key,
        "url_name": item.url_name,
        "also_active": item.also_active,
        "active": False,
    }


def _mark_active(request: HttpRequest, entries: list[dict[str, Any]]) -> None:
    """Light up one entry: a named match wins, else the longest address that leads here."""
    match = request.resolver_match
    name = match.view_name if match else ""
    named = [e for e in entries if name and (e["url_name"] == name or name in e["also_active"])]
    leading = [e for e in entries if e["url"] != "/" and request.path.startswith(e["url"])]
    for entry in named[:1] or sorted(leading, key=lambda e: -len(e["url"]))[:1]:
        entry["active"] = True


def shell(request: HttpRequest) -> dict[str, Any]:
    """Context processor of the frame; computed once per request, never by a fragment.

    Names: `navigation`, `vendor`, `brand_url`, and from providers `person_name`,
    `person_role`, `unread_count`, `notifications_url`, `programs_of_user`
    (`{name, url, current}`), `clock_banner`, `primary_action` (`{label, url, icon}`),
    `search_url`, `help_url`.
    """
    cached = getattr(request, "_shell", None)
    if cached is None:
        cached = _frame(request)
        request._shell = cached  # type: ignore[attr-defined]
    return cached


def vendor_of(request: HttpRequest) -> Any:
    """Return the vendor of this host, or a stand-in where there is none."""
    return getattr(request, "vendor", None) or SimpleNamespace(
        name="Mainstay", accent=DEFAULT_ACCENT, logo_text=""
    )


def _frame(request: HttpRequest) -> dict[str, Any]:
    vendor = vendor_of(request)
    facts: dict[str, Any] = {"vendor": vendor, "brand_url": brand_url(vendor), "navigation": []}
    if _is_fragment(request):  # the frame is not drawn, so its counts are not asked
        return facts
    for provider in _providers:
        facts.update(provider(request))
    if getattr(getattr(request, "user", None), "is_authenticated", False):
        facts["navigation"] = navigation_for(request)
    return facts


def _is_fragment(request: HttpRequest) -> bool:
    htmx = getattr(request, "htmx", None)
    if not htmx:
        return False
    return not (htmx.boosted or htmx.history_restore_request)


def brand_url(vendor: Any) -> str:
    """Return the address of the vendor's style sheet; it changes when the accent does."""
    accent = getattr(vendor, "accent", "") or DEFAULT_ACCENT
    digest = hashlib.sha256(accent.encode()).hexdigest()[:8]
    return f"{reverse('web:brand')}?v={digest}"
