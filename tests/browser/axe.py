"""What axe finds on an open page, A and AA."""

from __future__ import annotations

from typing import Any

from axe_playwright_python.sync_playwright import Axe

LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
# What was found sound is neither described nor handed over: that would be most of the time.
OPTIONS = {"runOnly": LEVELS, "resultTypes": ["violations"], "preload": False}
CONTRAST = "color-contrast"
RUN = """([context, options]) => axe.run(context, options).then(
  (found) => found.violations.map((one) => [one.id, one.nodes.map((node) => node.target)]))"""
# Everything that the contrast of an element's own words depends on.
LOOKS = """(without) => {
  const looks = new Set(), behind = new Map();
  const ground = (element) => {
    if (!element) return "";
    if (!behind.has(element)) {
      const style = getComputedStyle(element), own = style.backgroundColor;
      const solid = /^rgb\\(/.test(own);
      const picture = style.backgroundImage === "none" ? "" : style.backgroundImage.slice(0, 80);
      const faint = style.opacity === "1" ? "" : style.opacity;
      const above = solid && !faint ? "" : ground(element.parentElement);
      behind.set(element, [own === "rgba(0, 0, 0, 0)" ? "" : own, picture, faint, above].join(""));
    }
    return behind.get(element);
  };
  for (const element of document.body.querySelectorAll("*")) {
    const says = [...element.childNodes].some((one) => one.nodeType === 3 && one.data.trim());
    if (!says && !("placeholder" in element)) continue;
    if (without && element.closest(without)) continue;
    const style = getComputedStyle(element);
    looks.add([style.color, style.fontSize, style.fontWeight, style.textShadow,
               ground(element)].join("|"));
  }
  return [...looks];
}"""
_sound: set[str] = set()


def violations(page: Any, *, without: str = "") -> list[Any]:
    """Rules that the page breaks, each with where; ``without`` leaves a part of the page out.

    Contrast is two thirds of axe's work, so it is asked only where words look as none did on a page
    that was sound: colour, size, weight, and all that is behind them.
    """
    if not page.evaluate("'axe' in window"):
        page.evaluate(Axe().axe_script)
    context = {"include": [["html"]], "exclude": [[without]] if without else []}
    looks = set(page.evaluate(LOOKS, without))
    known = looks <= _sound
    rules = {"rules": {CONTRAST: {"enabled": False}}} if known else {}
    found: list[Any] = page.evaluate(RUN, [context, OPTIONS | rules])
    if CONTRAST not in {rule for rule, _where in found}:
        _sound.update(looks)
    return found
