"""The runway in words: for the partner's page, the account manager's, and the panels."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst, get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext, pgettext

from licensing.rules.lapse import Lost
from partners.models import Partner
from partners.words import quantity_words, unit_of, words_of_all
from programs.document import ProgramDocument
from programs.rules import AGREEMENT
from scorecards.coming import coming_notice, exam_lines
from scorecards.rules.coverage import Coverage, coverage
from scorecards.rules.runway import Asset, Loss, by_month
from scorecards.rules.runways import Outlook, outlook
from scorecards.rules.signals import Place, seats_at_stake
from web.templatetags.mainstay import days_words, number, short_date


@dataclass(frozen=True)
class LossView:
    """One loss as the pages show it."""

    day: dt.date
    days: int
    title: str
    sub: str
    why: str
    alone: bool
    icon: str
    seats: int = 0
    after: str = ""
    exams: tuple[str, ...] = ()
    no_exam: bool = False


@dataclass(frozen=True)
class MonthView:
    """A month of the calendar; ``losses`` is empty where nothing is lost."""

    first: dt.date
    losses: tuple[LossView, ...]

    @property
    def title(self) -> str:
        return capfirst(date_format(self.first, "F Y"))


@dataclass(frozen=True)
class ExamView:
    """One exam to take, the eve of the day it is needed by, and what it keeps."""

    words: str
    before: dt.date
    keeps: tuple[str, ...] = field(default=())


def runway_page(
    partner: Partner, on: dt.date, *, without: Sequence[str] = (), staff: bool = False
) -> dict[str, Any]:
    """The context of one partner's runway. ``without`` names people as ``per_…``; one who is not
    the partner's own makes a ``LookupError``."""
    found = outlook([partner], on, without=without, team=True)
    runway = found.runways[partner.pk]
    own = {person.key: person.name for person in found.facts[partner.pk].own_people}
    gone = [own[key] for key in without]  # KeyError, a LookupError
    losses = runway.losses
    views = {id(loss): loss_view(loss, found) for loss in losses}
    months = by_month(losses, on, found.until)
    return {
        "partner": partner,
        "today": on,
        "staff": staff,
        "until": found.until,
        "without": list(without),
        "gone": gone,
        "people": sorted(own.items(), key=lambda item: item[1]),
        "months": [
            MonthView(first, tuple(views[id(loss)] for loss in there))
            for first, there in months.items()
        ],
        "losses": [views[id(loss)] for loss in losses],
        "chart": _chart(months),
        "exams": _exams_of(losses, found),
        "kpis": _kpis(found, losses, coverage(found)[partner.pk]),
        "unknown": [
            {"title": _title(asset, found.document), "since": day, "now": day == on}
            for asset, day in runway.unknown
        ],
        "closed": [_title(asset, found.document) for asset in runway.closed],
        "kept": runway.kept,
        "alone": [] if without else _alone(found, partner.pk),
        "coming": coming_notice(on),
    }


def runway_panel(partner: Partner, on: dt.date, *, most: int = 3) -> dict[str, Any]:
    """The next losses of a partner, for its home and the account manager's page about it."""
    found = outlook([partner], on)
    losses = found.runways[partner.pk].losses
    return {
        "losses": [loss_view(loss, found, exams=False) for loss in losses[:most]],
        "count": len(losses),
        "chart": _chart(by_month(losses, on, found.until)),
        "unknown": len(found.runways[partner.pk].unknown),
    }


def loss_view(loss: Loss, found: Outlook, *, exams: bool = True) -> LossView:
    """The words for a loss; without ``exams`` those are not looked for."""
    document = found.document
    smallest = loss.exams if exams else None
    return LossView(
        day=loss.on,
        days=loss.days,
        title=_title(loss.asset, document),
        sub=_sub(loss.asset, document),
        why=because(loss, found),
        alone=loss.hangs_on is not None,
        icon="lock" if loss.asset.kind == "gate" else "stairs-down",
        seats=loss.asset.seats,
        after=_after(loss),
        exams=tuple(exam_lines(smallest.exams, document)) if smallest else (),
        no_exam=exams and smallest is None,
    )


def because(loss: Loss, found: Outlook) -> str:
    """Because of whom or what it goes: "Ana Ruiz and Ben Okafor: Deploy ends"."""
    groups: dict[str, list[str]] = {}
    for one in loss.because:
        named = one.what or one.cause == "departure"
        name = (found.names.get(one.key) or _("A colleague in your group")) if named else ""
        groups.setdefault(_ends(one, found.document), []).append(name)
    said = (
        words % {"who": get_text_list(list(dict.fromkeys(names)), _("and"))}
        for words, names in groups.items()
    )
    return pgettext("things that end", "; ").join(said)


def _ends(lost: Lost, document: ProgramDocument) -> str:
    """What ends, with a place for whose it is."""
    if lost.cause == "departure":
        return _("%(who)s: no longer there")
    if lost.what:
        track = document.title_of("tracks", lost.what).replace("%", "%%")
        return _("%%(who)s: %(track)s ends") % {"track": track}
    if lost.key == AGREEMENT:
        return _("The partner agreement ends")
    for section in ("addenda", "attestations"):
        if lost.key in getattr(document, section):
            title = document.title_of(section, lost.key).replace("%", "%%")
            return _("%(what)s ends") % {"what": title}
    return _("A figure or a day no longer counts")


def _month(first: dt.date) -> str:
    """A month on the chart's axis, the year with January."""
    return date_format(first, "M Y" if first.month == 1 else "M")


def _title(asset: Asset, document: ProgramDocument) -> str:
    if asset.kind == "level":
        return document.types[asset.code].level_title(asset.level)
    title = document.title_of("products", asset.code)
    return f"{title} ({words_of_all(asset.environments)})" if asset.environments else title


def _sub(asset: Asset, document: ProgramDocument) -> str:
    if asset.kind == "level":
        return _("Level as %(type)s") % {"type": document.title_of("types", asset.code)}
    words = ngettext("%(what)s runs there", "%(what)s run there", asset.seats)
    return words % {"what": quantity_words(asset.seats, unit_of(document, asset.code))}


def _after(loss: Loss) -> str:
    if loss.asset.kind == "level":
        return _("What the level asks is missed from then on; a review decides.")
    if loss.stops_on is None:
        return _("The program refuses nothing after it: all goes on in grace.")
    if loss.stops_on > loss.on:
        return _("In grace until %(day)s; from then on new seats are refused.") % {
            "day": short_date(loss.stops_on)
        }
    return _("New seats are refused from that day; what runs stays.")


def _chart(months: dict[dt.date, list[Loss]]) -> list[dict[str, Any]]:
    return [
        {
            "label": _month(first),
            "parts": [
                {
                    "value": sum(loss.asset.kind == kind for loss in losses),
                    "tone": tone,
                    "label": label,
                }
                for kind, tone, label in (
                    ("gate", "bad", _("gates")),
                    ("level", "warn", _("levels")),
                )
            ],
        }
        for first, losses in months.items()
    ]


def _exams_of(losses: Iterable[Loss], found: Outlook) -> list[ExamView]:
    """Every exam once, by the day before which it is needed, with what it keeps."""
    listed: dict[str, ExamView] = {}
    for loss in losses:
        title = _title(loss.asset, found.document)
        for words in exam_lines(loss.exams.exams, found.document) if loss.exams else ():
            before = listed.get(words) or ExamView(words, loss.on)
            keeps = tuple(dict.fromkeys((*before.keeps, title)))
            listed[words] = ExamView(words, before.before, keeps)
    return list(listed.values())


def _kpis(found: Outlook, losses: Sequence[Loss], held: Coverage) -> list[dict[str, Any]]:
    first = losses[0] if losses else None
    people = {loss.hangs_on for loss in losses if loss.hangs_on}
    return [
        {
            "label": _("Next loss"),
            "value": short_date(first.on) if first else _("none"),
            "note": days_words(first.days)
            if first
            else _("until %(day)s") % {"day": short_date(found.until)},
        },
        {
            "label": _("Losses in 12 months"),
            "value": number(len(losses)),
            "note": ngettext("hangs on %(n)s person alone", "hang on %(n)s people alone",
                             len(people)) % {"n": len(people)}
            if people
            else _("if nobody acts"),
        },
        *coverage_kpis(held),
    ]  # fmt: skip


def coverage_kpis(held: Coverage) -> list[dict[str, Any]]:
    """Certification coverage and certified depth as key figures."""
    return [
        {
            "label": _("Certification coverage"),
            "value": f"{number(held.share)} %" if held.share is not None else "–",
            "note": _("%(n)s of %(all)s seats run behind an open gate")
            % {"n": number(held.covered), "all": number(held.deployed)},
        },
        {
            "label": _("Certified depth"),
            "value": number(held.depth, 1),
            "note": _("people per 1,000 managed seats (%(n)s of %(seats)s)")
            % {"n": number(held.certified), "seats": number(held.managed)},
        },
    ]


def _alone(found: Outlook, partner_id: int) -> list[dict[str, Any]]:
    return [
        {
            "key": key,
            "name": found.names.get(key) or _("A colleague in your group"),
            "gone": [_title(asset, found.document) for asset in gone],
            "seats": sum(asset.seats for asset in gone),
        }
        for key, gone in found.leavers(partner_id).items()
    ]


@dataclass(frozen=True)
class PortfolioLoss:
    """A loss as a row of the account manager's list."""

    loss: Loss
    found: Outlook

    @property
    def partner(self) -> Partner:
        return self.found.partners[self.loss.partner_id]

    @property
    def name(self) -> str:
        return self.partner.name

    @property
    def ref(self) -> str:
        return self.partner.ref

    @property
    def day(self) -> dt.date:
        return self.loss.on

    @property
    def seats(self) -> int | None:
        """None for a level."""
        return self.stake if self.loss.asset.kind == "gate" else None

    @property
    def stake(self) -> int:
        return self.loss.asset.seats

    @property
    def title(self) -> str:
        return _title(self.loss.asset, self.found.document)

    @property
    def why(self) -> str:
        return because(self.loss, self.found)

    @property
    def alone(self) -> bool:
        return self.loss.hangs_on is not None

    @property
    def icon(self) -> str:
        return "lock" if self.loss.asset.kind == "gate" else "stairs-down"


def portfolio_overview(found: Outlook) -> dict[str, Any]:
    """Above the list: key figures, and seats at stake by month."""
    months = by_month(found.losses, found.on, found.until)
    gates = [loss for loss in found.losses if loss.asset.kind == "gate"]
    asked: dict[dt.date | int, list[Place]] = {first: [] for first in months}
    for loss in gates:
        for key in (loss.on.replace(day=1), loss.partner_id):
            asked.setdefault(key, []).append(_place(loss))
    stake = seats_at_stake(found.document, asked)
    most = sorted({loss.partner_id for loss in gates}, key=lambda pk: -stake[pk])[:6]
    return {
        "chart": [
            {
                "label": _month(first),
                "parts": [{"value": stake[first], "tone": "bad", "label": _("seats at stake")}],
            }
            for first in months
        ],
        "most": [
            {
                "name": found.partners[pk].name,
                "ref": found.partners[pk].ref,
                "seats": stake[pk],
                "day": found.runways[pk].first_day,
            }
            for pk in most
        ],
        "kpis": _portfolio_kpis(found),
    }  # fmt: skip


def _portfolio_kpis(found: Outlook) -> list[dict[str, Any]]:
    total = Coverage(managed=0)
    for one in coverage(found).values():
        total = total.plus(one)
    partners = len({loss.partner_id for loss in found.losses})
    alone = sum(loss.hangs_on is not None for loss in found.losses)
    return [
        {
            "label": _("Losses in 12 months"),
            "value": number(len(found.losses)),
            "note": ngettext("at %(n)s partner", "at %(n)s partners", partners) % {"n": partners},
        },
        {
            "label": _("Hang on one person"),
            "value": number(alone),
            "note": _("one certificate ends, and it goes"),
            "url": "?kind=alone",
            "tone": "bad",
        },
        *coverage_kpis(total),
        {
            "label": _("Cannot be told"),
            "value": number(sum(bool(one.unknown) for one in found.runways.values())),
            "note": _("partners with missing data, not counted as losses"),
        },
    ]


def _place(loss: Loss) -> Place:
    return Place(loss.partner_id, loss.asset.code, loss.asset.environments, loss.asset.seats)
