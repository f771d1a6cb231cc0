"""Announced versions of the program, for one partner: found here, worded for its page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from partners.models import Employment, Partner
from partners.requirements import RequirementView, requirement_view
from programs.asking import asked_by, level_trees
from programs.compiled import program_or_none
from programs.document import GENERAL, ProgramDocument
from programs.effects import Comparison, Effect
from programs.gathering import deployed, facts_of
from programs.models import ProgramVersion
from programs.rules import Facts, Node, Person
from programs.rules.closing import ExamSet
from programs.rules.courses import Exam
from programs.rules.effort import Gap
from reviews.decisions import open_decisions
from scorecards.rules.announced import coming_versions
from scorecards.rules.following import Course
from scorecards.rules.preview import NOTHING, AxisPreview, Coming, Preview, preview
from web.codes import words_of
from web.templatetags.mainstay import number, short_date

ONE_DAY = dt.timedelta(days=1)
Line = tuple[str, str, str]
"""(icon, tone, words)"""


def previews_of(partner: Partner, on: dt.date) -> list[Preview]:
    """Each coming version beside the one that it replaces, with the facts known for its day and the
    levels that the versions before it leave."""
    program = program_or_none(on)
    before = program.document if program else None
    found: list[Preview] = []
    course = Course(open_decisions([partner.pk], on).get(partner.pk, NOTHING))
    for coming in coming_versions(on):
        if before is not None:
            # The day before: under the codes of the version that is in force until then.
            day = coming.effective_from - ONE_DAY
            facts = course.facts(_facts(before, coming.document, partner, day))
            running = deployed([partner.pk]).get(partner.pk, ())
            others = _colleagues(partner, facts, day)
            one = preview(before, coming, facts, tuple(running), others, course.decided, today=on)
            found.append(course.marked(one))
            course = course.followed_by(one)
        before = coming.document
    return found


def _facts(
    before: ProgramDocument, after: ProgramDocument, partner: Partner, day: dt.date
) -> Facts:
    """What both documents ask of the partner, and the levels that it and its family hold."""
    kinds, records = Comparison.of(before, after).facts_needed()
    levels, rows = asked_by(level_trees(after))
    kinds = kinds.union(levels, ("held", "organisation"))
    return facts_of([partner.pk], day, kinds=kinds, records=records | rows)[partner.pk]


def _colleagues(partner: Partner, facts: Facts, day: dt.date) -> tuple[Person, ...]:
    """The partner's people of whom the facts say nothing, since they hold no certificate."""
    known = {person.key for person in facts.people}
    rows = Employment.objects.current(day).filter(partner=partner).select_related("person")
    people = {row.person.ref: row.person.name for row in rows}
    return tuple(Person(ref, name) for ref, name in people.items() if ref not in known)


@dataclass(frozen=True)
class GapView:
    """One thing to do: how much it is, in words, who takes which exam, where to do it."""

    effort: str
    requirement: RequirementView
    exams: tuple[str, ...] = ()
    url: str = ""
    url_label: str = ""


@dataclass(frozen=True)
class AxisView:
    """What a coming version says of one axis."""

    title: str
    headline: str
    tone: str
    icon: str
    why: str
    gaps_title: str = ""
    gaps: tuple[GapView, ...] = ()
    exams_title: str = ""
    exams: tuple[str, ...] = ()


@dataclass(frozen=True)
class ComingView:
    """One coming version as the page shows it."""

    number: int
    announced_on: dt.date
    effective_from: dt.date
    days: int
    edition: str
    axes: tuple[AxisView, ...]
    access: tuple[Line, ...]
    benefits: tuple[Line, ...]
    at_risk: bool
    benefits_note: str = ""


def coming_page(partner: Partner, on: dt.date) -> dict[str, Any]:
    """The context of the page."""
    return {
        "partner": partner,
        "today": on,
        "versions": [_version(found, on) for found in previews_of(partner, on)],
    }


def coming_notice(on: dt.date) -> dict[str, Any] | None:
    """The next announced change, for the page of the present level; one query."""
    rows = ProgramVersion.objects.filter(announced_on__lte=on, effective_from__gt=on)
    day = rows.order_by("effective_from").values_list("effective_from", flat=True).first()
    return {"day": day} if day else None


def _version(found: Preview, on: dt.date) -> ComingView:
    coming = found.coming
    return ComingView(
        number=coming.number,
        announced_on=coming.announced_on,
        effective_from=coming.effective_from,
        days=(coming.effective_from - on).days,
        edition=coming.document.edition or "",
        axes=tuple(_axis(axis, coming, on) for axis in found.axes),
        access=tuple(_access(effect) for effect in found.access),
        benefits=tuple(_benefit(effect) for effect in found.benefits),
        at_risk=found.at_risk,
        benefits_note=_benefits_note(found),
    )


def _benefits_note(found: Preview) -> str:
    """When benefits change: with the levels, where those move."""
    if found.moves:
        return _("Benefit, once a review has moved your level")
    return _("Benefit, from the first day")


_TONES: dict[str, tuple[str, str]] = {
    "promote": ("ok", "arrow-up-right"),
    "keep": ("ok", "circle-check"),
    "warn": ("warn", "alert-triangle"),
    "cure": ("bad", "alert-triangle"),
    "demote": ("bad", "arrow-down-right"),
    "exception": ("warn", "calendar-exclamation"),
    "unknown": ("warn", "help-circle"),
}
_HEADLINES: dict[str, Any] = {
    "promote": gettext_lazy("%(held)s today, %(to)s from then on"),
    "keep": gettext_lazy("You keep %(held)s"),
    "warn": gettext_lazy("%(held)s will ask for more than you have"),
    "cure": gettext_lazy("You would miss what %(held)s asks"),
    "demote": gettext_lazy("%(held)s today, %(to)s from the next review on"),
    "exception": gettext_lazy("You keep %(held)s by exception"),
    "unknown": gettext_lazy("Data is missing to say whether you keep %(held)s"),
}


def _axis(axis: AxisPreview, coming: Coming, on: dt.date) -> AxisView:
    tone, icon = _TONES[axis.outcome]
    none = _("no level")
    several = sum(gap.exams is not None for gap in axis.gaps) > 1  # else the gap says it already
    values = {"held": axis.held_title or none, "to": axis.to_title or none}
    title = axis.type_title
    if axis.axis != "tier":
        title = f"{title} · {axis.axis_title}"
    return AxisView(
        title=title,
        headline=str(_headline(axis) % values),
        tone=tone,
        icon=icon,
        why=_why(axis),
        gaps_title=_gaps_title(axis) if axis.gaps else "",
        gaps=tuple(_gap(gap, coming.document, on) for gap in axis.gaps),
        exams_title=_exams_title(axis.exams) if axis.exams and several else "",
        exams=_exams(axis.exams, coming.document) if several else (),
    )


def _headline(axis: AxisPreview) -> Any:
    if axis.moved_before and axis.outcome in ("promote", "demote"):
        return gettext_lazy("%(held)s by then, %(to)s from then on")
    if axis.outcome in ("keep", "unknown") and axis.held is None:
        if axis.moved_before:
            return gettext_lazy("No level by then, and none from then on")
        return gettext_lazy("No level today, and none from then on")
    return _HEADLINES[axis.outcome]


def _why(axis: AxisPreview) -> str:
    """What the headline rests on; first of all what the level was called."""
    renamed = _("%(was)s becomes %(held)s.") % {"was": axis.was_title, "held": axis.held_title}
    earlier = _("Counted from where the version before this one leaves you.")
    said = [
        renamed if axis.was_title else "",
        earlier if axis.moved_before else "",
        _outcome(axis),
        _closed(axis),
    ]
    return " ".join(filter(None, said))


def _closed(axis: AxisPreview) -> str:
    """How long the way back is closed after a fall."""
    months = axis.lockout_months
    words = ngettext(
        "After a fall %(held)s stays closed to you for %(n)s month.",
        "After a fall %(held)s stays closed to you for %(n)s months.",
        months,
    )
    return words % {"held": axis.held_title, "n": months} if months else ""


def _outcome(axis: AxisPreview) -> str:
    if axis.outcome == "exception" and axis.until:
        words = _("Its requirements count for you again on %(day)s.")
        return words % {"day": short_date(axis.until)}
    if axis.outcome == "cure" and axis.in_cure and axis.until:
        words = _(
            "Your cure goes on until %(day)s. If the gaps below are still open then, you fall to "
            "%(level)s."
        )
        return words % {
            "day": short_date(axis.until),
            "level": axis.falls_to_title or _("no level"),
        }
    if axis.outcome == "cure" and axis.until:
        return _(
            "A review on the first day would begin a cure: %(held)s and its benefits stay until "
            "%(day)s. If the gaps below are still open then, you fall to %(level)s."
        ) % {
            "held": axis.held_title,
            "day": short_date(axis.until),
            "level": axis.falls_to_title or _("no level"),
        }
    if axis.outcome == "demote":
        return _("Levels change at a review, not on the day itself.")
    if axis.outcome == "warn":
        return _("No review takes it away by itself.")
    return ""


def _gaps_title(axis: AxisPreview) -> str:
    words = {"level": axis.asked_title}
    if axis.at_risk or axis.outcome == "unknown":
        return _("To keep %(level)s") % words
    return _("To reach %(level)s") % words


def _gap(gap: Gap, document: ProgramDocument, on: dt.date) -> GapView:
    url, label = _where(gap)
    return GapView(
        effort=_effort(gap),
        requirement=requirement_view(_known(gap.node, on)),
        exams=_exams(gap.exams, document),
        url=url,
        url_label=label,
    )


def _known(node: Node, on: dt.date) -> Node:
    """The node with its number as of today at the latest: what runs now was taken for the day."""
    found = node.evidence
    if found is None or found.as_of is None or found.as_of <= on:
        return node
    return replace(node, evidence=replace(found, as_of=on))


def _effort(gap: Gap) -> str:
    if gap.effort == "exams" and gap.exams:
        count = len(gap.exams.exams)
        return ngettext("%(n)s exam", "%(n)s exams", count) % {"n": count}
    if gap.effort == "figure" and gap.amount is not None:
        places = 0 if gap.amount == int(gap.amount) else 1
        return _("%(n)s %% to go") % {"n": number(Decimal(gap.amount), places)}
    return {
        "signature": _("A signature"),
        "attestation": _("A statement with evidence"),
        "missing": _("A figure is missing"),
        "figure": _("A figure to reach"),
        "other": _("Nobody can hasten it"),
        "exams": _("Exams"),
    }[gap.effort]


def _where(gap: Gap) -> tuple[str, str]:
    """Where the partner itself can do something about it."""
    address = supply_address(gap.node)
    if address:
        return address, _("Your start") if gap.node.kind == "step" else _("Our figures")
    if gap.effort == "exams":
        return reverse("certifications:list"), _("Certifications")
    return "", ""


def supply_address(node: Node) -> str:
    """The page on which a missing figure or statement is supplied, or a step ticked; empty for
    other gaps."""
    if node.kind == "step":
        return f"{reverse('scorecards:home')}#onboarding"
    missing = node.kind == "metric" and node.truth is None
    return reverse("partners:figures") if missing or node.kind == "attestation" else ""


def _exams_title(found: ExamSet) -> str:
    count = len(found.exams)
    if found.exact:
        words = ngettext(
            "The smallest set that closes all people gaps: %(n)s exam",
            "The smallest set that closes all people gaps: %(n)s exams",
            count,
        )
    else:
        words = ngettext(
            "A set that closes all people gaps: %(n)s exam",
            "A set that closes all people gaps: %(n)s exams",
            count,
        )
    return words % {"n": count}


def _exams(found: ExamSet | None, document: ProgramDocument) -> tuple[str, ...]:
    return tuple(exam_lines(found.exams, document)) if found else ()


def exam_lines(exams: Sequence[Exam], document: ProgramDocument) -> Iterator[str]:
    for exam in exams:
        who = exam.name or _("Person %(n)s to hire") % {"n": exam.person.removeprefix("new-")}
        values = {
            "who": who if exam.new_person or exam.name else exam.person,
            "track": document.title_of("tracks", exam.track),
            "version": exam.version,
        }
        if exam.kind == "delta":
            yield _("%(who)s: delta %(version)s of %(track)s") % values
        elif exam.kind == "renewal":
            yield _("%(who)s: %(track)s again") % values
        else:
            yield _("%(who)s: %(track)s") % values


def _access(effect: Effect) -> Line:
    values = {"product": effect.title, "place": words_of(effect.now)}
    opens = effect.kind == "opens"
    if effect.now == GENERAL:
        words = _("%(product)s opens") if opens else _("The gate of %(product)s closes")
    else:
        words = (
            _("%(product)s opens in the class %(place)s")
            if opens
            else _("The gate of %(product)s closes in the class %(place)s")
        )
    said = words % values
    if not opens and effect.seats:
        more = ngettext("%(n)s running seat stays", "%(n)s running seats stay", effect.seats) % {
            "n": number(effect.seats)
        }
        said = f"{said}. {more}"
    return ("lock-open", "ok", said) if opens else ("lock", "bad", said)


def _benefit(effect: Effect) -> Line:
    said = _("%(title)s: %(now)s instead of %(was)s") % {
        "title": effect.title, "now": effect.now, "was": effect.was,
    }  # fmt: skip
    icon, tone = {"wins": ("arrow-up-right", "ok"), "loses": ("arrow-down-right", "bad")}.get(
        effect.kind, ("arrows-exchange", "muted")
    )
    return icon, tone, said
