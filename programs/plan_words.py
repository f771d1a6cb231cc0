"""A plan as text, for the command, and the words that its page shares with it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from programs.document import ProgramDocument
from programs.effects import EffectKind, Hit, Total
from programs.fields import and_words
from programs.plan import Plan, Scheduled
from web.templatetags.mainstay import short_date

LINES_SHOWN = 200  # per kind of consequence; the numbers above them say the rest


def contents(document: ProgramDocument) -> str:
    """What a document holds, for a first version, which has nothing to be compared with."""
    counts = (
        ngettext("%d partner type", "%d partner types", len(document.types)) % len(document.types),
        ngettext("%d product", "%d products", len(document.products)) % len(document.products),
        ngettext("%d track", "%d tracks", len(document.tracks)) % len(document.tracks),
    )
    return ", ".join(counts)


def heading(kind: EffectKind, count: int) -> str:
    """``3 partners meet less``."""
    words = {
        "falls": ngettext("%d partner meets less", "%d partners meet less", count),
        "closes": ngettext("Closes for %d partner", "Closes for %d partners", count),
        "loses": ngettext("%d partner loses benefits", "%d partners lose benefits", count),
        "changes": ngettext(
            "%d partner has other benefits", "%d partners have other benefits", count
        ),
        "rises": ngettext("%d partner meets more", "%d partners meet more", count),
        "opens": ngettext("Opens for %d partner", "Opens for %d partners", count),
        "wins": ngettext("%d partner wins benefits", "%d partners win benefits", count),
    }
    return words[kind] % count


def money(amount: Decimal | None, currency: str) -> str:
    """``1,450.00 EUR``; nothing where no price is stated."""
    return "" if amount is None else f"{amount:,.2f} {currency}"


def weight(found: Total, currency: str) -> str:
    """The seats and their price: ``120 seats, 348.00 EUR a month by the program's prices``."""
    parts = [ngettext("%s seat", "%s seats", found.seats) % f"{found.seats:,}"]
    if found.worth:
        words = _("%(money)s a month by the program's prices")
        parts.append(words % {"money": money(found.worth, currency)})
    if found.unpriced:
        words = ngettext(
            "no price is stated for %d partner", "no price is stated for %d partners",
            found.unpriced,
        )  # fmt: skip
        parts.append(words % found.unpriced)
    return ", ".join(parts)


def scheduled_words(one: Scheduled) -> str:
    """Which version takes over, when, and what of this one it would undo."""
    said, day = short_date(one.announced_on), short_date(one.effective_from)
    values = {"number": one.number, "day": day, "said": said}
    words = _("Version %(number)d, announced on %(said)s, takes over on %(day)s.") % values
    if not one.overrides:
        return words
    count = len(one.overrides)
    more = ngettext("It overrides %d of these changes:", "It overrides %d of these changes:", count)
    return f"{words} {more % count}"


def passed_words(plan: Plan) -> str:
    """That versions before this one move levels first; empty where there are none."""
    if not plan.passed:
        return ""
    words = ngettext(
        "Version %(numbers)s takes effect before it: levels are those that it leaves.",
        "Versions %(numbers)s take effect before it: levels are those that they leave.",
        len(plan.passed),
    )
    return words % {"numbers": and_words(map(str, plan.passed))}


def days_words(plan: Plan) -> str:
    """The announced and the effective day."""
    words = _("Announced on %(said)s, in force from %(day)s.")
    return words % {
        "said": short_date(plan.announced_on),
        "day": short_date(plan.effective_from),
    }


def hit_words(hit: Hit, currency: str) -> str:
    """``Alder IT: 120 seats, 348.00 EUR a month``."""
    seats = ngettext("%s seat", "%s seats", hit.seats) % f"{hit.seats:,}"
    if not hit.worth:
        return f"{hit.partner}: {seats}"
    values = {"partner": hit.partner, "seats": seats, "money": money(hit.worth, currency)}
    return _("%(partner)s: %(seats)s, %(money)s a month") % values


def in_words(plan: Plan) -> str:
    """The plan as text: differences, days, what goes, then who is concerned."""
    return "\n".join(_lines(plan))


def _lines(plan: Plan) -> Iterator[str]:
    if plan.based_on is None:
        words = _("Nothing is in force on %(day)s: this would be the first program, with %(what)s.")
        yield words % {"day": short_date(plan.effective_from), "what": contents(plan.document)}
        return
    found: dict[str, int | str] = {
        "number": plan.based_on.number,
        "day": short_date(plan.effective_from),
    }
    if plan.empty:
        yield _("Nothing changes: this is version %(number)d, in force on %(day)s.") % found
        return
    yield _("Compared with version %(number)d, from %(day)s:") % found
    yield from (f"  ~ {change.words}" for change in plan.changes)
    yield days_words(plan)
    if plan.passed:
        yield passed_words(plan)
    for one in plan.later:
        yield scheduled_words(one)
        yield from (f"  ~ {change.words}" for change in one.overrides)
    for gone in plan.retired:
        yield f"  ! {gone.words}" if not gone.settled else f"  - {gone.words}"
        if not gone.settled:
            yield f"    {gone.remedy}"
    yield from (f"  > {release.words}" for release in plan.releases)
    yield from _effect_lines(plan)


def _effect_lines(plan: Plan) -> Iterator[str]:
    words = ngettext("Effect on %d active partner:", "Effect on %d active partners:", plan.partners)
    yield words % plan.partners
    if not plan.effects:
        yield "  " + _("none")
        return
    for kind, found in plan.totals.items():
        if not found.partners:
            continue
        yield f"  {heading(kind, found.partners)} ({weight(found, plan.currency)}):"
        listed = plan.effects_of(kind)
        yield from (f"    {effect.words}" for effect in listed[:LINES_SHOWN])
        if len(listed) > LINES_SHOWN:
            yield "    " + _("and %(count)s more") % {"count": f"{len(listed) - LINES_SHOWN:,}"}
    if plan.hardest:
        yield _("Hit hardest:")
        yield from (f"  {hit_words(hit, plan.currency)}" for hit in plan.hardest)
