"""A verdict in words: why not, what would fix it, who can, and until when it stays open.

Codes are stable; integrators branch on them. Words name people by the ``names`` that the reader
may see, and fall back to the key of the person.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from licensing.rules.gate import Verdict
from licensing.rules.links import fix_url
from partners.requirements import name_of
from partners.words import words_of_all
from programs.document import GENERAL
from programs.rules import Node
from tenants.writing import Reason
from web.codes import words_of

CODES = (
    "partner_suspended",
    "partner_exited",
    "onboarding_open",
    "customer_ended",
    "classify_customer",
    "unknown_environment",
    "product_not_offered",
    "requires_product",
    "agreement_missing",
    "addendum_missing",
    "people_missing",
    "attestation_missing",
    "metric_short",
    "requirement_missing",
    "unknown_fact",
    "operator_missing",
    "growth_above_tolerance",
)
Names = Mapping[str, str]


@dataclass(frozen=True)
class Voice:
    """How a reason speaks: of which product and customer, with which names, and to whom."""

    product: str
    names: Names
    holder: str
    customer: str | None
    attested: tuple[str, ...]


def reasons_of(verdict: Verdict, names: Names, *, holder: str = "") -> list[Reason]:
    """Why the gate is closed, most basic first; empty where it is open.

    ``holder`` is the partner's name where somebody else reads; the partner itself is "you". The
    pages that put a reason right are the partner's own: nobody else is led there.
    """
    found = []
    for child in verdict.tree.children:
        product = verdict.product_title
        if child.id not in (None, GENERAL):
            product = _("%(product)s (%(class)s)") % {
                "product": product,
                "class": words_of(child.id or ""),
            }
        voice = Voice(product, names, holder, verdict.customer, verdict.attested)
        found += [_placed(_reason(leaf, voice), leaf, child) for leaf in gaps(child)]
    if verdict.growth_to is not None and verdict.growth_ends:
        found.append(_above_tolerance(verdict.growth_to))
    if holder:
        found = [replace(reason, fix_url="") for reason in found]
    return list(dict.fromkeys(found))


def _placed(reason: Reason, leaf: Node, inside: Node) -> Reason:
    """Under a named choice the reason says which: "Above 250 seats two engineers: ..."."""
    title = _choice_title(inside, leaf)
    return replace(reason, detail=f"{title}: {reason.detail}") if title else reason


def _choice_title(node: Node, leaf: Node) -> str:
    """The title of the innermost named choice (`any`, `at_least`) that holds the leaf."""
    for child in node.children:
        if leaf is child or any(leaf is inner for inner in _leaves(child)):
            own = node.words if node.kind in ("any", "at_least") else ""
            return _choice_title(child, leaf) or (own if " | " not in own else "")
    return ""


def _leaves(node: Node) -> Iterator[Node]:
    for child in node.children:
        yield child
        yield from _leaves(child)


# What is inside these does not say what to close: a part may be met and the whole not.
WHOLE = ("not", "score", "disjoint")


def gaps(node: Node) -> Iterator[Node]:
    """The leaves to close so that the node passes. Of alternatives only the nearest is named:
    a list of all of them would read as if all were needed."""
    if node.outcome == "pass":
        return
    if not node.children or node.kind in WHOLE:
        yield node
    elif node.kind in ("all", "people", "by_country", "phased"):
        for child in node.children:
            yield from gaps(child)
    else:
        yield from _nearest(node)


def _nearest(node: Node) -> Iterator[Node]:
    """Of alternatives that are unknown the data that is missing, else the fewest steps, with
    steps that can be taken before those that cannot (selling fewer seats)."""
    short = [child for child in node.children if child.outcome != "pass"]
    if node.outcome == "unknown":
        short = [child for child in short if child.outcome == "unknown"]
    gap = (node.need or 1) - sum(child.outcome == "pass" for child in node.children)
    for child in sorted(short, key=_effort)[: int(gap)]:
        yield from gaps(child)


def _effort(node: Node) -> tuple[bool, int]:
    leaves = list(gaps(node))
    too_much = any(leaf.kind == "metric" and _over(leaf) for leaf in leaves)
    return too_much, len(leaves)


def _over(leaf: Node) -> bool:
    """Whether the value lies over what is asked at most."""
    return leaf.have is not None and leaf.need is not None and leaf.have > leaf.need


def _reason(leaf: Node, voice: Voice) -> Reason:
    if leaf.outcome == "unknown":
        return _unknown(leaf)
    return _WRITERS.get(leaf.kind, _other)(leaf, voice)


def _status(leaf: Node, voice: Voice) -> Reason:
    exited = leaf.subject == ("exited",)
    return Reason(
        code="partner_exited" if exited else "partner_suspended",
        detail=_("The partnership has ended: nothing new can be deployed.")
        if exited
        else _("The partnership is suspended: nothing new can be deployed until it is lifted."),
        fix=_("Talk to your account manager"),
        who=_("Channel admin"),
    )


def _onboarding(leaf: Node, voice: Voice) -> Reason:
    ours = leaf.subject[-1:] == ("partner",)
    words = {"product": voice.product, "step": leaf.words}
    return Reason(
        code="onboarding_open",
        detail=_("%(product)s opens once this first step is done: %(step)s.") % words,
        fix=_("Finish it; your checklist says how.")
        if ours
        else _("Your account manager sees to it."),
        fix_url=fix_url("onboarding_open"),
        who=_("Partner") if ours else _("Channel account manager"),
        need=leaf.words,
    )


def _customer(leaf: Node, voice: Voice) -> Reason:
    return Reason(
        code="customer_ended",
        detail=_("This customer is no longer managed by the partner."),
        fix=_("Check the customer's dates"),
        fix_url=fix_url("customer_ended", voice.customer),
        who=_("Partner admin"),
    )


def _classified(leaf: Node, voice: Voice) -> Reason:
    vertical, wanted = leaf.subject
    return Reason(
        code="classify_customer",
        detail=_(
            "The customer's vertical, %(vertical)s, is regulated, and no environment class is "
            "recorded. Say first whether its systems belong to the class %(wanted)s."
        )
        % {"vertical": words_of(vertical), "wanted": words_of(wanted)},
        fix=_("Record the customer's environment classes"),
        fix_url=fix_url("classify_customer", voice.customer),
        who=_("Partner admin"),
    )


def _environment(leaf: Node, voice: Voice) -> Reason:
    classes = words_of_all(leaf.subject)
    return Reason(
        code="unknown_environment",
        detail=_("The program in force has no environment called %(classes)s.")
        % {"classes": classes},
        fix=_("Have the customer's environments corrected"),
        fix_url=fix_url("classify_customer", voice.customer),
        who=_("Channel admin"),
    )


def _offered(leaf: Node, voice: Voice) -> Reason:
    classes = words_of_all(leaf.subject)
    return Reason(
        code="product_not_offered",
        detail=_("%(product)s is not offered for these environments: %(classes)s.")
        % {"product": voice.product, "classes": classes},
        fix=_("Ask your account manager which product fits"),
        who=_("Channel admin"),
    )


def _requires(leaf: Node, voice: Voice) -> Reason:
    words = {"product": voice.product, "other": leaf.words}
    here = leaf.subject[1] == "here"
    return Reason(
        code="requires_product",
        detail=_("%(product)s builds on %(other)s, which does not run here yet.") % words
        if here
        else _("%(product)s builds on %(other)s, which is blocked as well.") % words,
        fix=_("Deploy %(other)s first") % words if here else _("Open %(other)s first") % words,
        fix_url=fix_url("requires_product", leaf.subject[0]),
        who=_("Partner"),
    )


def _agreement(leaf: Node, voice: Voice) -> Reason:
    return Reason(
        code="agreement_missing",
        detail=_("No partner agreement is in force."),
        fix=_("Sign the partner agreement"),
        who=_("Channel admin"),
    )


def _addendum(leaf: Node, voice: Voice) -> Reason:
    words, own = {"addendum": leaf.words}, leaf.subject[0] in voice.attested
    return Reason(
        code="addendum_missing",
        detail=_("%(addendum)s is not in force.") % words,
        fix=_("Record that it is signed: %(addendum)s") % words
        if own
        else _("Sign it with the vendor: %(addendum)s") % words,
        fix_url=fix_url("addendum_missing", voice.customer) if own else "",
        who=_("Partner admin") if own else _("Channel admin"),
        pointer=leaf.subject[0],
    )


def _operator(leaf: Node, voice: Voice) -> Reason:
    named = leaf.lapsed[0] if leaf.lapsed else None
    detail = _("This work needs a named operator, and none was named.")
    if named:
        detail = _("%(name)s cannot be the operator today: not employed, or not certified.") % {
            "name": name_of(named, voice.names)
        }
    return Reason(
        code="operator_missing",
        detail=detail,
        fix=_("Name somebody who is certified: %(what)s") % {"what": leaf.words},
        who=_("Partner"),
        need=leaf.words,
        pointer="operator",
    )


def _above_tolerance(growth_to: int) -> Reason:
    return Reason(
        code="growth_above_tolerance",
        detail=_("Growth is blocked: at most %(n)s seats may run here until the gate opens.")
        % {"n": f"{growth_to:,}"},
        fix=_("Ask for %(n)s seats at most, or open the gate") % {"n": f"{growth_to:,}"},
        who=_("Partner admin"),
        need=str(growth_to),
        pointer="seats",
    )


def _people(leaf: Node, voice: Voice) -> Reason:
    have = _have_people(leaf, voice.names)
    has = _("%(holder)s has %(have)s") if voice.holder else _("you have %(have)s")
    detail = _("%(product)s needs %(need)s, %(has)s.") % {
        "product": voice.product,
        "need": leaf.words,
        "has": has % {"holder": voice.holder, "have": have},
    }
    lapsed = [
        _("%(name)s until %(day)s") % {"name": name_of(row, voice.names), "day": _day(row.until)}
        for row in leaf.lapsed
        if row.until
    ]
    if lapsed:
        detail += " " + _("No longer valid: %(people)s.") % {"people": ", ".join(lapsed)}
    return Reason(
        code="people_missing",
        detail=detail,
        fix=_("Certify %(missing)s") % {"missing": leaf.missing},
        fix_url=fix_url("people_missing"),
        who=_("Partner admin"),
        need=leaf.words,
        have=have,
        pointer=",".join(leaf.subject),
    )


def _attestation(leaf: Node, voice: Voice) -> Reason:
    return Reason(
        code="attestation_missing",
        detail=_("%(missing)s.") % {"missing": leaf.missing or leaf.words},
        fix=_("Have it attested with evidence: %(what)s") % {"what": leaf.words},
        who=_("Channel admin"),
        need=leaf.words,
        pointer=leaf.subject[0],
    )


def _metric(leaf: Node, voice: Voice) -> Reason:
    return Reason(
        code="metric_short",
        detail=_("%(missing)s.") % {"missing": leaf.missing},
        fix=_("Reach it: %(what)s") % {"what": leaf.words},
        fix_url=fix_url("metric_short"),
        who=_("Partner admin"),
        need=leaf.words,
        have=str(leaf.have),
        pointer=leaf.subject[0],
    )


def _other(leaf: Node, voice: Voice) -> Reason:
    return Reason(
        code="requirement_missing",
        detail=_("%(missing)s.") % {"missing": leaf.missing or leaf.words},
        fix=_("Ask your account manager"),
        who=_("Channel admin"),
        need=leaf.words,
        pointer=",".join(leaf.subject),
    )


def _unknown(leaf: Node) -> Reason:
    why = "; ".join(leaf.unknown) or leaf.words
    return Reason(
        code="unknown_fact",
        detail=_("Data is missing, and unknown never opens: %(why)s.") % {"why": why},
        fix=_("Deliver the value: %(what)s") % {"what": leaf.words},
        who=_("Channel admin"),
        need=leaf.words,
        pointer=",".join(leaf.subject),
    )


_WRITERS: Mapping[str, Callable[[Node, Voice], Reason]] = {
    "partner_status": _status,
    "onboarding": _onboarding,
    "customer_current": _customer,
    "classified": _classified,
    "environment": _environment,
    "offered": _offered,
    "requires": _requires,
    "agreement": _agreement,
    "addendum": _addendum,
    "operator": _operator,
    "people": _people,
    "of_them": _people,
    "disjoint": _people,
    "attestation": _attestation,
    "metric": _metric,
}


def _have_people(leaf: Node, names: Names) -> str:
    """ "1: Ana Ruiz until 3 Mar 2027"."""
    rows = [
        _("%(name)s until %(day)s") % {"name": name_of(row, names), "day": _day(row.until)}
        if row.until
        else name_of(row, names)
        for row in leaf.counted
    ]
    return f"{leaf.have}: {', '.join(rows)}" if rows else str(leaf.have)


def _day(day: dt.date | None) -> str:
    return date_format(day, "j M Y") if day else ""
