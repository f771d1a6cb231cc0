"""References and orders that a single section cannot see: every broken one, together."""

from django.utils.translation import gettext as _

from programs.document.circles import circles
from programs.document.deal_checks import deals_bound, deals_unfit
from programs.document.models import ProgramDocument, known_words, level_path
from programs.document.soundness import unsound
from programs.document.succession import successions
from programs.document.track_checks import tracks_unfit
from programs.errors import Problem
from programs.fields import NOT_STATED
from programs.rules.base import Path, Problems
from programs.rules.facts import AGREEMENT
from programs.rules.steps import steps_of


def check(document: ProgramDocument) -> Problems:
    """Everything that is refused in a document somebody writes today."""
    requires = {code: product.requires or () for code, product in document.products.items()}
    problems = references(document) + circles(requires, "products", "requires")
    problems += _countries(document) + _levels(document) + successions(document)
    problems += deals_unfit(document)
    return problems or unsound(document)


def references(document: ProgramDocument) -> Problems:
    """Bind every requirement tree and return what leads nowhere in the whole document."""
    problems = _environments(document) + tracks_unfit(document) + deals_bound(document)
    for code, product in document.products.items():
        problems += _product(document, code)
        for required in product.requires or ():
            if required not in document.products:
                problems += document.missing("products", required, ("products", code, "requires"))
    for code, partner_type in document.types.items():
        if partner_type.then and partner_type.then not in document.types:
            problems += document.missing("types", partner_type.then, ("types", code, "then"))
        problems += _onboarding(document, code)
    if AGREEMENT in document.addenda:
        reserved: Path = ("addenda", AGREEMENT)
        message = _("this code means the agreement itself")
        remedy = _("Give the addendum another code")
        problems.append((reserved, Problem("reserved", "", message, remedy=remedy)))
    for code, metric in document.metrics.items():
        problems += metric.bind(document, ("metrics", code))
    for code, rule in document.metrics.items():
        problems += rule.bind(document, ("metrics", code))
    for path, tree in document.trees():
        problems += tree.bind(document, path)
    return problems


def _environments(document: ProgramDocument) -> Problems:
    problems: Problems = []
    if len(set(document.environments)) < len(document.environments):
        message = _("an environment stands twice")
        problem = Problem("twice", "", message, remedy=_("Keep one of them"))
        problems.append((("environments",), problem))
    for vertical, environment in document.regulated_verticals.items():
        if environment not in document.environments:
            path = ("regulated_verticals", vertical)
            problems += document.missing("environments", environment, path)
    return problems


def _product(document: ProgramDocument, code: str) -> Problems:
    problems: Problems = []
    for environment, gate in document.products[code].gates.items():
        path: Path = ("products", code, "gates", environment)
        if environment not in document.environments:
            problems += document.missing("environments", environment, path)
        for addendum in gate.addenda or ():
            if addendum not in document.addenda:
                problems += document.missing("addenda", addendum, (*path, "addenda"))
        for track in gate.operator or ():
            if track not in document.tracks:
                problems += document.missing("tracks", track, (*path, "operator"))
    return problems


def _onboarding(document: ProgramDocument, code: str) -> Problems:
    """What a step of the type's checklist opens, and that there is not; binds the levels to the
    steps that open them."""
    problems: Problems = []
    kind = document.types[code]
    steps = kind.onboarding.steps if kind.onboarding else {}
    known = [level for axis in kind.axis_codes() for level in kind.levels_of(axis)]
    for name, step in steps.items():
        path: Path = ("types", code, "onboarding", "steps", name)
        for product in step.products or ():
            if product not in document.products:
                problems += document.missing("products", product, (*path, "products"))
        for level in step.levels or ():
            if level not in known:
                words = _("there is no level %(code)s") % {"code": repr(level)}
                problem = Problem("unknown_level", "", words, remedy=known_words(known))
                problems.append(((*path, "levels"), problem))
    _open_levels(document, code)
    return problems


def _open_levels(document: ProgramDocument, code: str) -> None:
    """A step opens the levels that it names and, on a ladder, those above: nobody goes round it."""
    kind = document.types[code]
    leaves = steps_of(document, code)
    for axis in kind.axis_codes() if leaves else ():
        levels = kind.levels_of(axis)
        for name, level in levels.items():
            ranks = kind.kind_of(axis) == "ladder"
            waits = [
                leaf
                for step, leaf in leaves.items()
                for opened in kind.onboarding.steps[step].levels or ()  # type: ignore[union-attr]
                if opened == name
                or (ranks and opened in levels and levels[opened].rank < level.rank)
            ]
            if waits:
                level.opened_by(dict.fromkeys(waits))


def _countries(document: ProgramDocument) -> Problems:
    """Countries that stand in two groups."""
    problems: Problems = []
    seen: dict[str, str] = {}
    for group, countries in document.country_groups.items():
        for index, country in enumerate(countries):
            first = seen.setdefault(country, group)
            if first != group or country in countries[:index]:
                message = _("%(country)s stands in the group %(first)s as well") % {
                    "country": country,
                    "first": repr(first),
                }
                problem = Problem("twice", "", message, remedy=_("Keep it in one group"))
                problems.append((("country_groups", group, index), problem))
    return problems


def _levels(document: ProgramDocument) -> Problems:
    """Codes that stand twice in a type, and benefits that are unknown or of another shape."""
    problems: Problems = []
    seen: set[tuple[str, str]] = set()
    for type_code, axis, code, level in document.levels():
        path = level_path(type_code, axis, code)
        if (type_code, code) in seen:
            message = _("the level %(code)s stands twice in this type") % {"code": repr(code)}
            remedy = _("Give each level of a type its own code, on all axes")
            problems.append((path, Problem("twice", "", message, remedy=remedy)))
        seen.add((type_code, code))
        for benefit, value in level.benefits.items():
            problems += _benefit(document, benefit, value, (*path, "benefits", benefit))
    return problems


def _benefit(document: ProgramDocument, code: str, value: object, path: Path) -> Problems:
    rule = document.benefits.get(code)
    if rule is None:
        return document.missing("benefits", code, path)
    if refusal := rule.refusal(value):
        remedy = _("Change the value, or the kind of the benefit %(code)s") % {"code": repr(code)}
        return [(path, Problem("benefit", "", refusal, remedy=remedy))]
    if rule.kind == "support" and document.support and value not in document.support:
        return document.missing("support", str(value), path) if value != NOT_STATED else []
    return []
