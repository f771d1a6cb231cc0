"""Levels that contradict themselves: never met, never reached, harder to keep than to win."""

from django.utils.translation import gettext as _

from programs.document.models import ProgramDocument, level_path
from programs.document.types import Level
from programs.errors import Problem
from programs.rules.base import Problems
from programs.rules.implies import Proofs, impossible, proved, refuted

MOST_ABOVE = 20  # compared with each level; no ladder that anybody climbs has more


def unsound(document: ProgramDocument) -> Problems:
    """Every level of which the structure of its trees proves that it cannot work."""
    problems: Problems = []
    proofs = Proofs()
    for type_code, axis, code, level in document.levels():
        path = level_path(type_code, axis, code)
        if impossible(level.own_entry):
            message = _("nobody can ever meet this: its numbers or days exclude each other")
            remedy = _("Change the numbers or days, or take the level out")
            problems.append(((*path, "entry"), Problem("never_met", "", message, remedy=remedy)))
        if level.retain is None:
            continue
        if beyond := refuted(level.own_entry, level.retain, document, proofs):
            asked = "; ".join(tree.words() for tree in beyond)
            message = _("whoever meets entry need not meet this: it asks %(asked)s") % {
                "asked": asked
            }
            remedy = _("Ask no more to stay than to come in: lower retain, or raise entry")
            problem = Problem("retain_above_entry", "", message, remedy=remedy)
            problems.append(((*path, "retain"), problem))
    return problems + _passed_over(document, proofs)


def _passed_over(document: ProgramDocument, proofs: Proofs) -> Problems:
    """Levels at which nobody ever stands, since meeting them is meeting a higher one."""
    problems: Problems = []
    for type_code, found in document.types.items():
        for axis in found.axis_codes():
            if found.kind_of(axis) == "set":
                continue
            levels = list(found.levels_of(axis).items())
            for place, (code, level) in enumerate(levels):
                above = dict(levels[place + 1 : place + 1 + MOST_ABOVE])
                if higher := _weaker_above(level, above, proofs):
                    title, better = found.level_title(code), found.level_title(higher)
                    message = _(
                        "nobody ever stands at %(title)s: whoever meets it meets %(better)s, too"
                    ) % {"title": title, "better": better}
                    remedy = _("Ask more for %(better)s, or take %(title)s out") % {
                        "better": better,
                        "title": title,
                    }
                    problem = Problem("never_reached", "", message, remedy=remedy)
                    problems.append((level_path(type_code, axis, code), problem))
    return problems


def _weaker_above(level: Level, above: dict[str, Level], proofs: Proofs) -> str | None:
    """A higher level, won without anybody's doing, that asks nothing more."""
    return next(
        (
            code
            for code, higher in above.items()
            if higher.automatic and proved(level.own_entry, higher.own_entry, proofs)
        ),
        None,
    )
