"""What stands against a registration at a company: other partners' protection and registrations,
the vendor's own deals, companies that may be the same. For the vendor's people only: a partner
reads no more than whether anything was found."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from deals.matching import Company, Match, family_ids, find
from deals.models import DirectDeal, Protection, Registration
from deals.rules.scopes import Scope, blocked, named, scope_held, scopes_of
from programs.document import ProgramDocument
from tenants import scope
from web.templatetags.mainstay import short_date

SAME = 90
"""Score from which two names may be one company (``deals.matching``)."""


@dataclass(frozen=True)
class Conflict:
    """Something that stands against it: ``kind`` is ``held``, ``competing``, ``direct`` or
    ``similar``; ``words`` name it for the vendor's people; ``row`` is what it is."""

    kind: str
    words: str
    row: Any


@dataclass(frozen=True)
class Findings:
    """What a look found: the companies it may be, the best first, and what stands against it."""

    matches: tuple[Match, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def exact(self) -> Match | None:
        """The company whose domain or number it has."""
        return next((one for one in self.matches if one.exact), None)

    @property
    def clear(self) -> bool:
        return not self.conflicts


def findings(
    row: Registration, scopes: Sequence[Scope], document: ProgramDocument, on: dt.date
) -> Findings:
    """What stands on the vendor's day ``on`` against the partner's registration of ``scopes``.

    Looks at the whole vendor, whoever asks: the caller tells a partner nothing but ``clear``.
    """
    with scope.widen("conflict check"):
        asked = Company(row.name, tuple(row.domains), row.number, row.country)
        matches = tuple(find(asked))
        known = row.account_id or next((one.account.pk for one in matches if one.exact), None)
        near = [one for one in matches if one.account.pk != known and one.score >= SAME]
        ids = (family_ids(known) if known else set()) | {one.account.pk for one in near}
        found = [*_held(row, ids, scopes, document, on), *_competing(row, ids, scopes, document)]
        found += _direct(ids, scopes, document)
        if known is None:
            found += [_similar(one) for one in near]
        return Findings(matches, tuple(found))


def running(on: dt.date) -> QuerySet[Any]:
    """Protection that runs on the day."""
    return Protection.objects.filter(since__lte=on, until__gt=on)


def families_in_use(on: dt.date) -> Mapping[str, int]:
    """Per product family the protection that runs on the day or later."""
    rows = Protection.objects.filter(ended="", until__gt=on).exclude(family="").order_by()
    return dict(rows.values_list("family").annotate(n=Count("pk")))


def _held(
    row: Registration,
    ids: set[int],
    scopes: Sequence[Scope],
    document: ProgramDocument,
    on: dt.date,
) -> list[Conflict]:
    rows = running(on).filter(account_id__in=ids).exclude(partner_id=row.partner_id)
    return [
        Conflict(
            "held",
            _("%(partner)s is protected at %(account)s until %(day)s")
            % {"partner": one.partner, "account": one.account, "day": short_date(one.until)},
            one,
        )
        for one in rows.select_related("partner", "account")
        if blocked([scope_held(one, document)], scopes)
    ]


def _competing(
    row: Registration, ids: set[int], scopes: Sequence[Scope], document: ProgramDocument
) -> list[Conflict]:
    rows = Registration.objects.filter(account_id__in=ids, state__in=Registration.WAITING)
    return [
        Conflict(
            "competing",
            _("%(partner)s waits for an answer about %(account)s as well")
            % {"partner": one.partner, "account": one.account},
            one,
        )
        for one in rows.exclude(partner_id=row.partner_id).select_related("partner", "account")
        if blocked(scopes_of(one, document, one.terms.get("object", "family")), scopes)
    ]


def _direct(ids: set[int], scopes: Sequence[Scope], document: ProgramDocument) -> list[Conflict]:
    families = {one.family for one in scopes}
    rows = DirectDeal.objects.filter(account_id__in=ids, state="open").select_related("account")
    return [
        Conflict(
            "direct",
            _("The vendor’s own sales have “%(title)s” open at %(account)s")
            % {"title": one.title, "account": one.account},
            one,
        )
        for one in rows
        if not one.families or families & set(named(document, "families", one.families))
    ]


def _similar(match: Match) -> Conflict:
    words = _("It may be %(account)s: %(why)s")
    said = {"account": match.account, "why": " ".join(match.why)}
    return Conflict("similar", words % said, match.account)
