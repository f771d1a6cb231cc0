"""What axe finds on an open page, A and AA."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What was found sound is neither described nor handed over: that would be most of the time.
OPTIONS = {"runOnly": LEVELS, "resultTypes": ["violations"], "preload": False}
RUN = """([context, options]) => axe.run(context, options).then(
  (found) => found.violations.map((one) => [one.id, one.nodes.map((node) => node.target)]))"""


def violations(page: Any, *, without: str = "") -> list[Any]:
    """Rules that the page breaks, each with where; ``without`` leaves a part of the page out."""
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    context = {"include": [["html"]], "exclude": [[without]] if without else []}
    found: list[Any] = page.evaluate(RUN, [context, OPTIONS])
    return found
