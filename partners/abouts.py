"""What a task can be about: rows of this app and, registered by them, of higher ones.

A task names its row by public id. Titles and addresses are looked up for a whole list at once, one
query per kind, through the reader's scope: what the reader may not see has neither.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.translation import gettext as _

from partners.models import Partner
from tenants.rows import VendorRow, parse_public_id

Words = Callable[[Any], str]
Of = Callable[[Partner], Q]


@dataclass(frozen=True)
class About:
    """A kind of row: ``of`` says which rows belong to a partner, ``url`` leads to one (``staff``
    and the partner may read different pages; empty: none)."""

    model: type[VendorRow]
    of: Of
    title: Words
    url: Callable[[Any, bool], str]
    related: tuple[str, ...] = ()


@dataclass(frozen=True)
class Named:
    title: str
    url: str


_kinds: dict[str, About] = {}


def register_about(about: About) -> None:
    """Let tasks be about rows of the model."""
    _kinds[about.model.prefix] = about


def belongs(ref: str, partner: Partner) -> bool:
    """Whether a row of that public id exists that has to do with the partner."""
    kind = _kinds.get(ref.partition("_")[0])
    found = kind and parse_public_id(kind.model, ref)
    if kind is None or found is None:
        return False
    return bool(kind.model.objects.filter(kind.of(partner), public_id=found).exists())


def only_staff_reads(ref: str) -> bool:
    """Whether rows of this public id's kind are behind the staff wall."""
    kind = _kinds.get(ref.partition("_")[0])
    return kind is not None and kind.model.wall == "staff"


def named(refs: Iterable[str], *, staff: bool) -> dict[str, Named]:
    """Title and address of each row that the reader sees, by public id."""
    wanted: dict[str, list[Any]] = {}
    for ref in set(refs):
        kind = _kinds.get(ref.partition("_")[0])
        found = kind and parse_public_id(kind.model, ref)
        if found:
            wanted.setdefault(ref.partition("_")[0], []).append(found)
    return {
        row.ref: Named(_kinds[prefix].title(row), _kinds[prefix].url(row, staff))
        for prefix, ids in wanted.items()
        for row in _kinds[prefix]
        .model.objects.filter(public_id__in=ids)
        .select_related(*_kinds[prefix].related)
    }


def contact_words(row: Any) -> str:
    """ "Call, 3 Nov 2026" """
    from web.templatetags.mainstay import short_date

    return _("%(kind)s, %(day)s") % {"kind": row.get_kind_display(), "day": short_date(row.at)}
