"""What experience says of a program that is valid: refusals, and warnings that a person weighs."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from programs.document.benefits import SupportPlan
from programs.document.checks import check
from programs.document.models import ProgramDocument, level_path
from programs.document.problems import located
from programs.document.reading import Path, Source
from programs.document.texts import to_dict
from programs.document.types import Level, PartnerType
from programs.errors import Problem
from programs.rules.base import Requirement, walk
from programs.rules.implies import implies
from programs.rules.metrics import Metric
from programs.rules.people import People
from programs.rules.score import Score

_MONEY = re.compile(r"[A-Z]{3}")
# Units sold, ordered or committed are not yet protected by anybody.
_NOT_DEPLOYED = re.compile(r"\b(sold|ordered|orders|purchased|licen[cs]ed|contracted|committed)\b")
_MANAGED = re.compile(r"\b(msp|mssp|managed|service provider)\b")
_SEVERITIES = ("s1", "s2", "s3", "s4")
LOCK_MONTHS = 24  # a shorter promise does not outlast a customer's contract


_LEVELS = {"refusal": gettext_lazy("refusal"), "warning": gettext_lazy("warning")}


@dataclass(frozen=True, slots=True)
class Finding:
    """One remark on a document: a stable code, where, in words, and the way out."""

    code: str
    level: Literal["refusal", "warning"]
    path: str
    line: int | None
    words: str
    remedy: str

    def __str__(self) -> str:
        line = _("line %(line)s") % {"line": self.line} if self.line else ""
        where = ", ".join(filter(None, (line, self.path)))
        return f"{_LEVELS[self.level]}: {where}: {self.words}. {self.remedy}".rstrip()


def lint(document: ProgramDocument, source: Source | None = None) -> list[Finding]:
    """Refusals (what no new version may say), then warnings. Lines where the `source` is given."""
    text = source or Source(to_dict(document), {})
    refused = located(check(document), text)
    warned = located(
        [*_levels(document), *_products(document), *_types(document), *_deals(document)], text
    )
    return [_finding(p, "refusal") for p in refused] + [_finding(p, "warning") for p in warned]


def _finding(problem: Problem, level: Literal["refusal", "warning"]) -> Finding:
    return Finding(
        problem.code, level, problem.path, problem.line, problem.message, problem.remedy
    )  # fmt: skip


Found = Iterator[tuple[Path, Problem]]


def _warning(code: str, path: Path, words: str, remedy: str) -> tuple[Path, Problem]:
    return path, Problem(code, "", words, remedy=remedy)


def _levels(document: ProgramDocument) -> Found:
    for type_code, axis, code, level in document.levels():
        path = level_path(type_code, axis, code)
        if _concerns(document, type_code):
            yield from _bases(document, level, path)
        if level.retain and implies(level.own_entry, level.retain, document) is None:
            words = _("it cannot be told whether whoever meets entry meets this")
            remedy = _("Write the numbers of retain as those of entry, only smaller")
            yield _warning("retain_not_proved", (*path, "retain"), words, remedy)
        for below, node in walk(level.own_entry, (*path, "entry")):
            if isinstance(node, Metric) and _not_deployed(document, node):
                words = _("%(words)s: it asks for units sold, deployed or not") % {
                    "words": node.words()
                }
                remedy = _("Ask for what runs: units billed or deployed")
                yield _warning("minimum_not_deployed", below, words, remedy)


def _bases(document: ProgramDocument, level: Level, path: Path) -> Found:
    """A level that rests on turnover, or on certified sales people, alone."""
    metrics = list(_metrics(level.own_entry))
    money = [code for code in metrics if _is_money(document, code)]
    people = [node for _path, node in walk(level.own_entry) if isinstance(node, People)]
    technical = [node for node in people if not _only_sales(document, node)]
    if money and len(money) == len(metrics) and not technical:
        words = _("the level rests on revenue: who sells more rises, however it serves customers")
        remedy = _("Ask for customers kept, seats managed and technical people beside it")
        yield _warning("tier_on_revenue", (*path, "entry"), words, remedy)
    if people and not technical:
        words = _("the level asks for sales certificates only")
        remedy = _("Ask for people who deploy, manage or support")
        yield _warning("tier_on_sales_certificates", (*path, "entry"), words, remedy)


def _metrics(tree: Requirement) -> Iterator[str]:
    for _path, node in walk(tree):
        if isinstance(node, Metric):
            yield node.metric.code
        elif isinstance(node, Score):
            yield from (part.metric for part in node.all_parts() if part.metric)


def _is_money(document: ProgramDocument, code: str) -> bool:
    return bool(_MONEY.fullmatch(document.metrics[code].unit))


def _only_sales(document: ProgramDocument, node: People) -> bool:
    tracks = {track for selection in node.selections for track in selection.subject}
    return bool(tracks) and all(document.tracks[track].kind == "sales" for track in tracks)


def _not_deployed(document: ProgramDocument, node: Metric) -> bool:
    rule = document.metrics[node.metric.code]
    name = f"{node.metric.code} {rule.title or ''} {rule.source or ''}".replace("_", " ")
    return node.metric.at_least is not None and bool(_NOT_DEPLOYED.search(name.lower()))


def _products(document: ProgramDocument) -> Found:
    for code, product in document.products.items():
        lock = product.price_lock_months
        if product.price_month is not None and (lock is None or lock < LOCK_MONTHS):
            words = _("the price is not locked: it can rise within a customer's contract")
            if lock is not None:
                words = ngettext(
                    "the price is locked for %(n)s month only: it can rise within a customer's "
                    "contract",
                    "the price is locked for %(n)s months only: it can rise within a customer's "
                    "contract",
                    lock,
                ) % {"n": lock}
            remedy = _("Lock it for %(n)s months or more with price_lock_months")
            remedy %= {"n": LOCK_MONTHS}
            yield _warning("price_without_lock", ("products", code, "price_month"), words, remedy)


def _types(document: ProgramDocument) -> Found:
    standard = document.support.get("standard")
    for code, found in document.types.items():
        path: Path = ("types", code)
        if _concerns(document, code) and _on_discount(document, found):
            words = _("what a higher level gives is a larger discount, and nothing else")
            remedy = _("Give what helps to serve customers: support, own-use seats, people, leads")
            yield _warning("tier_on_discount", (*path, "tiers"), words, remedy)
        if standard and _manages(document, found):
            yield from _support(document, standard, found, path)
    if len(document.types) == 1:
        words = _("one program for all: every partner stands on the same ladder")
        remedy = _("Give those who resell, manage, secure or introduce a type of their own")
        yield _warning("one_program", ("types", *document.types), words, remedy)
    yield from _twins(document)


def _deals(document: ProgramDocument) -> Found:
    """Partners that serve customers for years, and nothing that protects them for as long."""
    managed = any(_named_managed(document, code) for code in document.types)
    if document.deals is None or not managed:
        return
    if not any(policy.protect for policy in document.deals.policies.values()):
        words = _("partners of managed services register deals only: no customer stays theirs")
        remedy = _("Add an engagement with protect: whoever serves a customer keeps it")
        yield _warning("no_protection", ("deals", "policies"), words, remedy)


def _on_discount(document: ProgramDocument, found: PartnerType) -> bool:
    given = {benefit for level in found.tiers.values() for benefit in level.benefits}
    kinds = {document.benefits[code].kind for code in given if code in document.benefits}
    return len(found.tiers) > 1 and kinds == {"discount"}


def _manages(document: ProgramDocument, found: PartnerType) -> bool:
    """Whether partners of this type run the product for customers: they need technical people."""
    trees = [tree for level in found.tiers.values() for _path, tree in walk(level.own_entry)]
    return any(isinstance(tree, People) and not _only_sales(document, tree) for tree in trees)


def _concerns(document: ProgramDocument, code: str) -> bool:
    """Whether a type is, or ought to be, for managed services: not a reseller's beside one."""
    found = document.types[code]
    nobody = not any(_manages(document, other) for other in document.types.values())
    return _named_managed(document, code) or nobody or _manages(document, found)


def _named_managed(document: ProgramDocument, code: str) -> bool:
    """Whether a type calls itself one of managed services."""
    words = f"{code} {document.types[code].title or ''}".lower().replace("_", " ")
    return bool(_MANAGED.search(words))


def _support(
    document: ProgramDocument, standard: SupportPlan, found: PartnerType, path: Path
) -> Found:
    for code, level in found.tiers.items():
        for benefit, value in level.benefits.items():
            rule = document.benefits.get(benefit)
            plan = document.support.get(str(value)) if rule and rule.kind == "support" else None
            if plan is not None and not _faster(plan, standard):
                words = _("support is no faster than the standard plan")
                remedy = _("A partner that answers to its customers needs a first answer sooner")
                here = (*path, "tiers", code, "benefits", benefit)
                yield _warning("support_not_faster", here, words, remedy)


def _faster(plan: SupportPlan, standard: SupportPlan) -> bool:
    """Whether some severity is answered sooner; an answer that is not promised never is."""
    pairs = [(getattr(plan, s), getattr(standard, s)) for s in _SEVERITIES]
    return any(
        isinstance(ours, int) and (not isinstance(theirs, int) or ours < theirs)
        for ours, theirs in pairs
    )


def _twins(document: ProgramDocument) -> Found:
    """Types that ask and give the same under two names."""
    seen: dict[str, str] = {}
    for code, found in document.types.items():
        asked = str([_asked(level) for level in found.tiers.values()])
        first = seen.setdefault(asked, code)
        if first != code:
            words = _("asks and gives the same as %(type)s") % {
                "type": document.title_of("types", first)
            }
            remedy = _("Make the rules fit the segment, or keep one of them")
            yield _warning("same_as_another_type", ("types", code), words, remedy)


def _asked(level: Level) -> Any:
    return level.model_dump(mode="json", exclude={"title", "was"})
