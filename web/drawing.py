"""Geometry of the small drawings; pure numbers in, SVG coordinates out."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

CHART_WIDTH, CHART_HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 52, 8, 10, 30


def share(value: Any, total: Any) -> float:
    """Return `value` of `total` in percent, kept within 0 and 100; no total is 0."""
    if not total or value is None:
        return 0.0
    return round(min(max(float(value) / float(total) * 100, 0.0), 100.0), 2)


def ring(days: int | None, total: int) -> dict[str, Any]:
    """Return the dash of a ring on a path length of 100; lapsed rings are full."""
    if days is None:
        return {"dash": 0, "text": "∞"}
    if days <= 0:
        return {"dash": 100, "text": str(days)}
    return {"dash": max(share(days, total), 3), "text": str(days) if days < 10_000 else "∞"}


def stacked(segments: Sequence[Mapping[str, Any]], total: Any = None) -> list[dict[str, Any]]:
    """Return segments with `x` and `width` in percent of `total`, or of their sum."""
    whole = float(total or sum(float(s["value"]) for s in segments) or 1)
    parts, offset = [], 0.0
    for segment in segments:
        width = min(float(segment["value"]) / whole * 100, 100 - offset)
        parts.append({**segment, "x": round(offset, 2), "width": round(width, 2)})
        offset += width
    return parts


def sparkline(values: Sequence[float], width: int, height: int) -> dict[str, Any]:
    """Return the line, the area below it and the last point, inside a 3 px margin."""
    if len(values) < 2:
        return {"line": "", "area": "", "x": 0, "y": 0}
    low, span = min(values), (max(values) - min(values)) or 1
    step = (width - 6) / (len(values) - 1)
    points = [
        (round(3 + i * step, 1), round(height - 4 - (v - low) / span * (height - 8), 1))
        for i, v in enumerate(values)
    ]
    line = " ".join(f"{x},{y}" for x, y in points)
    area = f"3,{height} {line} {points[-1][0]},{height}"
    return {"line": line, "area": area, "x": points[-1][0], "y": points[-1][1]}


def bar_chart(columns: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return stacked columns, a value axis of round steps, and the rows of the table twin."""
    sums = [sum(float(p["value"]) for p in column["parts"]) for column in columns]
    top, step = _axis(max(sums, default=0))
    plot_w, plot_h = CHART_WIDTH - LEFT - RIGHT, CHART_HEIGHT - TOP - BOTTOM
    slot = plot_w / max(len(columns), 1)
    every = max(1, math.ceil(len(columns) / 7))
    drawn = []
    for i, column in enumerate(columns):
        x, base, bars = LEFT + i * slot + slot * 0.22, float(TOP + plot_h), []
        for part in column["parts"]:
            height = float(part["value"]) / top * plot_h
            base -= height
            if height:
                bars.append({**part, "y": round(base, 1), "height": round(height, 1)})
        middle = round(LEFT + (i + 0.5) * slot, 1)
        named = column["label"] if i % every == 0 else ""
        drawn.append({"x": round(x, 1), "bars": bars, "label": named, "middle": middle})
    ticks = [
        {"value": value, "y": round(TOP + plot_h - value / top * plot_h, 1)}
        for value in _steps(top, step)
    ]
    return {
        "columns": drawn,
        "rows": list(columns),
        "ticks": ticks,
        "bar_width": round(slot * 0.56, 1),
        "legend": _legend(columns),
        "width": CHART_WIDTH,
        "height": CHART_HEIGHT,
        "left": LEFT,
        "right": CHART_WIDTH - RIGHT,
    }


def _legend(columns: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    seen: dict[str, dict[str, Any]] = {}
    for column in columns:
        for part in column["parts"]:
            seen.setdefault(str(part["label"]), {"label": part["label"], "tone": part["tone"]})
    return list(seen.values())


def _axis(highest: float) -> tuple[float, float]:
    """Return the top of the axis and its step: 1, 2 or 5 times a power of ten, 4-5 ticks."""
    if highest <= 0:
        return 4.0, 1.0
    rough = highest / 4
    power = 10 ** math.floor(math.log10(rough))
    step = next(n * power for n in (1, 2, 5, 10) if n * power >= rough)
    step = max(step, 1)
    return math.ceil(highest / step) * step, step


def _steps(top: float, step: float) -> list[int]:
    return [round(i * step) for i in range(int(top / step) + 1)]
