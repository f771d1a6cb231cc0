"""Entries that, through what they build on, build on themselves."""

from collections.abc import Iterable, Mapping

from django.utils.translation import gettext as _

from programs.errors import Problem
from programs.rules.base import Problems


def circles(edges: Mapping[str, Iterable[str]], section: str, key: str) -> Problems:
    """One problem per entry that reaches itself along the edges; codes nobody has are ignored."""
    problems: Problems = []
    for code in edges:
        reached: set[str] = set()
        pending = list(edges[code])
        while pending:
            needed = pending.pop()
            if needed in edges and needed not in reached:
                reached.add(needed)
                pending += edges[needed]
        if code in reached:
            message = _("needs itself, directly or through others")
            remedy = _("Take one of them out of the circle")
            problems.append(((section, code, key), Problem("cycle", "", message, remedy=remedy)))
    return problems
