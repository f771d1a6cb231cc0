"""Template tags of the product's look: icons, badges, rings, bars, numbers, days.

Drawings are server-side SVG with presentation attributes, so the strict
Content-Security-Policy needs no inline style. Nothing here asks the database.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.core.exceptions import ImproperlyConfigured
from django.utils.formats import date_format, number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from web import drawing
from web.static_files import node_modules

register = template.Library()

TONES = ("ok", "warn", "bad", "info", "brand", "muted")
SYMBOLS = {"USD": "$", "EUR": "€", "GBP": "£", "JPY": "¥"}
_ICON = re.compile(r"[a-z0-9-]+\Z")
_BODY = re.compile(r"<svg[^>]*>(.*)</svg>", re.S)


@lru_cache(maxsize=512)
def icon_body(name: str, kind: str = "outline") -> str:
    """Return the inside of a Tabler icon; unknown names fail loudly, with the remedy."""
    if not _ICON.match(name):
        raise template.TemplateSyntaxError(f"{name!r} is not an icon name")
    # A SafeString breaks path joins on Python 3.11, hence the plain str.
    folder = node_modules() / "@tabler" / "icons" / "icons" / kind
    if not folder.is_dir():
        raise ImproperlyConfigured(f"{folder} is missing: run `npm ci` (or `make run`).")
    file = folder / f"{name}.svg"
    if not file.is_file():
        raise template.TemplateSyntaxError(f"Tabler has no {kind} icon called {name!r}")
    found = _BODY.search(file.read_text(encoding="utf-8"))
    return " ".join((found.group(1) if found else "").split())


@register.simple_tag
def icon(name: str, css: str = "", label: str = "", filled: bool = False) -> SafeString:
    """Draw a Tabler icon: `{% icon "certificate" "tone-bad" %}`; `label` makes it speak."""
    body = mark_safe(icon_body(str(name), "filled" if filled else "outline"))
    paint = (
        'fill="currentColor"'
        if filled
        else 'fill="none" stroke="currentColor" stroke-width="1.75"'
        ' stroke-linecap="round" stroke-linejoin="round"'
    )
    speak = mark_safe('aria-hidden="true"')
    if label:
        speak = format_html('role="img" aria-label="{}"', label)
    return format_html(
        '<svg class="icon {}" viewBox="0 0 24 24" width="20" height="20" {} {}>{}</svg>',
        css,
        mark_safe(paint),
        speak,
        body,
    )


@register.inclusion_tag("web/_badge.html")
def badge(label: Any, tone: str = "muted", icon: str = "", pill: bool = False) -> dict[str, Any]:
    """Draw a tinted badge: `{% badge "Blocked" "bad" icon="lock" %}`."""
    return {"label": label, "tone": tone, "icon": icon, "pill": pill}


@register.inclusion_tag("web/_ring.html")
def ring(days: int | None, total: int = 365, tone: str = "") -> dict[str, Any]:
    """Draw days left as a ring that empties; at zero or below it is full red and says so."""
    return drawing.ring(days, total) | {"tone": tone or tone_for_days(days), "days": days}


@register.inclusion_tag("web/_meter.html")
def meter(
    value: Any, total: Any, tone: str = "", label: str = "", size: str = ""
) -> dict[str, Any]:
    """Draw a bar of `value` of `total`; tone by default: full is ok, else brand."""
    share = drawing.share(value, total)
    return {
        "percent": share,
        "tone": tone or ("ok" if share >= 100 else "brand"),
        "label": label,
        "size": size,
        "value": value,
        "total": total,
    }


@register.inclusion_tag("web/_stacked.html")
def stacked(
    segments: Iterable[Mapping[str, Any]], total: Any = None, label: str = ""
) -> dict[str, Any]:
    """Draw `{value, tone, label}` segments end to end on one track of `total`."""
    return {"parts": drawing.stacked(list(segments), total), "label": label}


@register.inclusion_tag("web/_sparkline.html")
def sparkline(
    values: Iterable[Any], tone: str = "brand", label: str = "", width: int = 84, height: int = 26
) -> dict[str, Any]:
    """Draw a small line with its last point marked; fewer than two values draw nothing."""
    return drawing.sparkline([float(v) for v in values], width, height) | {
        "tone": tone,
        "label": label,
        "width": width,
        "height": height,
    }


@register.inclusion_tag("web/_bar_chart.html")
def bar_chart(
    columns: Iterable[Mapping[str, Any]], label: str = "", unit: str = "", first: str = ""
) -> dict[str, Any]:
    """Draw columns `{label, parts: [{value, tone, label}]}` with a table twin below."""
    return drawing.bar_chart(list(columns)) | {"label": label, "unit": unit, "first": first}


@register.filter
def unlocalized(value: Any) -> str:
    """Write a number for SVG: a dot for decimals in every language."""
    return str(value)


@register.filter
def initials(name: Any) -> str:
    """Return two letters for an avatar: "Priya Nair" gives "PN"."""
    words = [word for word in re.split(r"[\s.@_-]+", str(name or "")) if word]
    if not words:
        return "?"
    last = words[1] if len(words) == 2 else words[-1] if len(words) > 2 else words[0][1:2]
    return (words[0][:1] + last[:1]).upper()


@register.filter
def avatar_tone(name: Any) -> str:
    """Return one of six avatar tints, the same for the same name everywhere."""
    return f"avatar-tint-{sum(map(ord, str(name))) % 6}"


@register.filter(expects_localtime=True)
def days_until(day: date | datetime | None, today: date) -> int | None:
    """Return whole days from `today` to `day`; negative when it has passed."""
    if day is None:
        return None
    if isinstance(day, datetime):
        day = day.date()
    return (day - today).days


@register.filter
def days_words(days: int | None) -> str:
    """Say days left in words: "in 18 days", "today", "3 days ago", "no end"."""
    if days is None:
        return _("no end")
    if days in (0, 1, -1):
        return {0: _("today"), 1: _("tomorrow"), -1: _("yesterday")}[days]
    if days > 0:
        return ngettext("in %(n)s day", "in %(n)s days", days) % {"n": number(days)}
    return ngettext("%(n)s day ago", "%(n)s days ago", -days) % {"n": number(-days)}


@register.filter
def days_short(days: int | None) -> str:
    """Say days left as a label: "18 days", "today", "3 days over"."""
    if days is None:
        return ""
    if days == 0:
        return _("today")
    if days > 0:
        return ngettext("%(n)s day", "%(n)s days", days) % {"n": number(days)}
    return ngettext("%(n)s day over", "%(n)s days over", -days) % {"n": number(-days)}


@register.filter
def tone_for_days(days: int | None) -> str:
    """Return the tone of a deadline: 30 days or fewer bad, 90 or fewer warn, else ok."""
    if days is None:
        return "muted"
    return "bad" if days <= 30 else "warn" if days <= 90 else "ok"


@register.filter
def number(value: Any, places: int = 0) -> str:
    """Write a number with grouped thousands: "1,426"; None is a dash."""
    if value is None or value == "":
        return "–"
    return number_format(Decimal(str(value)), decimal_pos=places, force_grouping=True)


@register.filter
def money(amount: Any, currency: str = "USD") -> str:
    """Write whole units of money with the currency: "$42,000", "CHF 42,000"."""
    return _with_currency(number(amount), currency)


@register.filter
def money_exact(amount: Any, currency: str = "USD") -> str:
    """Write money to the cent: "$42,000.00"."""
    return _with_currency(number(amount, 2), currency)


@register.filter
def money_short(amount: Any, currency: str = "USD") -> str:
    """Write money for a tile: "$4.77M", "$412k"."""
    if amount is None or amount == "":
        return "–"
    value = Decimal(str(amount))
    for limit, places, suffix in ((10**6, 2, "M"), (10**3, 0, "k")):
        if abs(value) >= limit:
            return _with_currency(number(value / limit, places) + suffix, currency)
    return _with_currency(number(value), currency)


@register.filter(expects_localtime=True)
def short_date(day: date | datetime | None) -> str:
    """Write a day as "10 Dec 2026"; None is a dash."""
    return "–" if day is None else date_format(day, "j M Y")


_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Android", "Android"),
    ("Windows", "Windows"),
    ("Mac OS", "macOS"),
    ("Linux", "Linux"),
)


@register.filter
def browser_words(agent: str) -> str:
    """Say which browser a session uses: "Firefox on Linux"."""
    browser = next((name for sign, name in _BROWSERS if sign in agent), "")
    system = next((name for sign, name in _SYSTEMS if sign in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")


def _with_currency(text: str, currency: str) -> str:
    if text == "–":
        return text
    sign, digits = ("−", text[1:]) if text.startswith("-") else ("", text)
    symbol = SYMBOLS.get(currency)
    return f"{sign}{symbol}{digits}" if symbol else f"{sign}{currency}\u00a0{digits}"
