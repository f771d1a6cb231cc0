"""Contrast-safe variants of a vendor's accent colour (WCAG 2.2 relative luminance)."""

import re
from dataclasses import dataclass

DEFAULT_ACCENT = "#4263eb"
LIGHT_SURFACE = "#eef2f7"  # the darkest light surface that carries links
DARK_SURFACE = "#243146"  # the lightest dark surface that carries links
_HEX = re.compile(r"#[0-9a-fA-F]{6}\Z")
Rgb = tuple[int, int, int]


@dataclass(frozen=True)
class Accent:
    """One accent as the style sheet needs it: fills reach 3:1, text reaches 4.5:1."""

    base: str
    on_base: str
    text_light: str
    text_dark: str
    fill_light: str
    fill_dark: str
    soft_light: str
    soft_dark: str


def accent_of(value: str | None) -> Accent:
    """Return the variants of a `#rrggbb` colour; anything else falls back to our own."""
    base = value if value and _HEX.match(value) else DEFAULT_ACCENT
    on_base = max(("#ffffff", "#111827"), key=lambda text: contrast(base, text))
    if contrast(base, "#ffffff") >= 4.5:
        on_base = "#ffffff"
    fill_light = _until(base, ("#ffffff",), "#000000", 3.1)
    fill_dark = _until(base, (DARK_SURFACE,), "#ffffff", 3.1)
    soft_light, soft_dark = _mix("#ffffff", fill_light, 0.11), _mix("#1b263b", fill_dark, 0.18)
    return Accent(
        base=base.lower(),
        on_base=on_base,
        text_light=_until(base, (LIGHT_SURFACE, soft_light), "#000000", 4.6),
        text_dark=_until(base, (DARK_SURFACE, soft_dark), "#ffffff", 4.6),
        fill_light=fill_light,
        fill_dark=fill_dark,
        soft_light=soft_light,
        soft_dark=soft_dark,
    )


def contrast(one: str, other: str) -> float:
    """Return the WCAG contrast ratio of two `#rrggbb` colours, 1.0 to 21.0."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _until(colour: str, surfaces: tuple[str, ...], towards: str, ratio: float) -> str:
    """Mix `colour` towards black or white in 4 % steps until it stands off each surface."""
    for step in range(26):
        mixed = _mix(colour, towards, step * 0.04)
        if all(contrast(mixed, surface) >= ratio for surface in surfaces):
            return mixed
    return towards


def _mix(colour: str, other: str, share: float) -> str:
    pairs = zip(_rgb(colour), _rgb(other), strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02x}" for a, b in pairs)


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def _luminance(colour: str) -> float:
    red, green, blue = (_linear(part / 255) for part in _rgb(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
