"""The benefits that a partner's levels give it under either document. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _

from programs.document import ProgramDocument
from programs.effects.effect import EffectKind
from programs.rules.stacking import given_by, stacked
from web.codes import words_of

Standing = frozenset[tuple[str, str, str]]  # (type, axis, level)


class Benefits:
    """What levels give together by one document; partners on the same levels are asked once."""

    def __init__(self, document: ProgramDocument) -> None:
        self.document = document
        self._known: dict[Standing, dict[str, Any]] = {}

    def of(self, standing: Standing) -> dict[str, Any]:
        """The value of each benefit by its code."""
        found = self._known.get(standing)
        if found is None:
            given = given_by(self.document, sorted(standing))
            found = {one.benefit: one.value for one in stacked(self.document, given)}
            self._known[standing] = found
        return found


def benefits_differ(old: ProgramDocument, new: ProgramDocument) -> bool:
    """Whether anybody who stays on its level could have other benefits."""

    def given(document: ProgramDocument) -> Any:
        rules = {
            code: (rule.kind, rule.stacking, rule.cap) for code, rule in document.benefits.items()
        }
        return rules, [(kind, axis, code, level.benefits) for kind, axis, code, level in
                       document.levels()]  # fmt: skip

    return bool(given(old) != given(new))


def compared(
    new: ProgramDocument, before: dict[str, Any], after: dict[str, Any]
) -> list[tuple[EffectKind, str, str, Any, Any]]:
    """(kind, old code, new code, old value, new value) of each benefit that differs."""
    found: list[tuple[EffectKind, str, str, Any, Any]] = []
    heirs = {code: new.successor("benefits", code) or code for code in before}
    for code, value in before.items():
        now = after.get(heirs[code])
        if now != value:
            found.append((_kind(value, now), code, heirs[code], value, now))
    kept = set(heirs.values())
    found += [("wins", code, code, None, now) for code, now in after.items() if code not in kept]
    return found


def _kind(before: Any, after: Any) -> EffectKind:
    if after is None:
        return "loses"
    if _number(before) and _number(after):
        return "wins" if after > before else "loses"
    if isinstance(before, list) and isinstance(after, list):
        if set(before) < set(after):
            return "wins"
        return "loses" if set(before) > set(after) else "changes"
    return "changes"


def _number(value: Any) -> bool:
    return isinstance(value, int | Decimal) and not isinstance(value, bool)


def benefit_words(document: ProgramDocument, code: str, value: Any) -> str:
    """A benefit's value with its unit; "included" where it is had or not."""
    if value is None:
        return _("none")
    if value is True:
        return _("included")
    if isinstance(value, list):
        return ", ".join(map(words_of, value))
    rule = document.benefits.get(code)
    if not _number(value):
        plan = document.support.get(value) if rule and rule.kind == "support" else None
        return (plan.title if plan else None) or words_of(str(value))
    number = f"{Decimal(value).normalize():f}"
    return f"{number} {rule.unit}" if rule and rule.unit else number
