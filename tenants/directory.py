"""Vendors and their hosts, remembered for half a minute per process: asked on every request.

A host that shows nobody is remembered for a second only.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from django.conf import settings

from tenants.models import Host, Vendor
from web import statements

_SECONDS = 30.0
_MISS_SECONDS = 1.0  # a host that shows nobody yet may be opened by a command any moment
_by_host: dict[str, tuple[float, Vendor | None]] = {}
_by_id: dict[int, tuple[float, Vendor]] = {}
_forgetting: list[Callable[[], object]] = [statements.forget]


def vendor_of_host(name: str) -> Vendor | None:
    """The vendor shown on a host name (without port), or ``None`` for an unknown host."""
    held = _by_host.get(name)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    host = Host.objects.select_related("vendor").filter(name=name).first()
    vendor = host.vendor if host else None
    if len(_by_host) > 10_000:  # unknown host names are an attacker's to choose
        _by_host.clear()
    kept = _SECONDS if vendor else _MISS_SECONDS
    _by_host[name] = (time.monotonic() + kept, vendor)
    return vendor


def vendor_by_id(vendor_id: int) -> Vendor:
    held = _by_id.get(vendor_id)
    if held is not None and held[0] > time.monotonic():
        return held[1]
    vendor = Vendor.objects.get(pk=vendor_id)
    _by_id[vendor_id] = (time.monotonic() + _SECONDS, vendor)
    return vendor


def primary_host(vendor_id: int) -> str:
    """The host name that links and the token issuer are written with."""
    host = Host.objects.filter(vendor_id=vendor_id).order_by("-is_primary", "pk").first()
    return host.name if host else ""


def forget() -> None:
    """Drop what is remembered (after a change, and between tests)."""
    _by_host.clear()
    _by_id.clear()
    for also in _forgetting:
        also()


def on_forget(also: Callable[[], object]) -> None:
    """Let another process memory (keys, tokens, clients) be dropped together with this one."""
    _forgetting.append(also)


def absolute_url(vendor_id: int, path: str, *, host: str = "") -> str:
    """``path`` on the vendor's first host (or on ``host``), with scheme and port."""
    name = host or primary_host(vendor_id)
    if settings.PRODUCTION:
        return f"https://{name}{path}"
    return f"http://{name}:{settings.PORT}{path}"
