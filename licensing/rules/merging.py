"""What merging a duplicate customer leaves of each field, for who decides on it. Read-only."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from licensing.rules.moving import classes_of, joined_vertical, open_contracts, overlap, runs_at
from partners.models import Customer
from partners.rules.carrying import carried_to
from partners.rules.field_sets import asked_fields, values_of
from partners.rules.field_words import shown
from partners.words import country_name, words_of_all
from programs.compiled import program_on
from web.codes import words_of
from web.templatetags.mainstay import short_date

Line = dict[str, Any]
"""``label``, ``value`` afterwards, and a ``note`` where the duplicate says otherwise."""


def merge_outlook(kept: Customer, duplicate: Customer, on: dt.date) -> list[Line]:
    """Field by field what stands at ``kept`` once ``duplicate`` is merged into it on the day."""
    return [
        *_own(kept, duplicate, on),
        *_seats(kept, duplicate, on),
        _contracts(kept, duplicate, on),
        *_custom(kept, duplicate),
    ]


def _own(kept: Customer, duplicate: Customer, on: dt.date) -> Iterator[Line]:
    runs = runs_at(duplicate, on)
    classes = list(dict.fromkeys([*kept.environments, *classes_of(duplicate, runs)]))
    vertical = joined_vertical(duplicate, kept, on)
    number = kept.external_id or duplicate.external_id
    yield _line(_("Name"), kept.name, duplicate.name)
    yield _line(_("External id"), number, duplicate.external_id)
    yield _line(_("Vertical"), words_of(vertical), words_of(duplicate.vertical))
    yield _line(_("Country"), country_name(kept.country), country_name(duplicate.country))
    yield _line(_("Environment classes"), words_of_all(classes), "")
    yield _line(_("Customer since"), short_date(kept.since), short_date(duplicate.since))


def _seats(kept: Customer, duplicate: Customer, on: dt.date) -> Iterator[Line]:
    document = program_on(on).document
    here, there = runs_at(kept, on), runs_at(duplicate, on)
    for code in sorted({*here, *there}):
        own, theirs = (runs[code].seats if code in runs else 0 for runs in (here, there))
        note = f"{own:,} + {theirs:,}" if own and theirs else ""
        title = document.title_of("products", code)
        yield {"label": title, "value": f"{own + theirs:,}", "note": note}


def _contracts(kept: Customer, duplicate: Customer, on: dt.date) -> Line:
    found = open_contracts([kept.pk, duplicate.pk], on)
    own, theirs = found.get(kept.pk, ()), found.get(duplicate.pk, ())
    total = len(own) + len(theirs)
    words = ngettext("%(n)s contract", "%(n)s contracts", total) % {"n": total}
    collide = overlap(own, theirs)
    note = _("Two are for the same service: end one of them first.") if collide else ""
    return {"label": _("Service contracts"), "value": words, "note": note}


def _custom(kept: Customer, duplicate: Customer) -> Iterator[Line]:
    """Those that the reader sees."""
    going = carried_to(duplicate, kept)
    own, theirs = values_of(kept), values_of(duplicate)
    after = {**own, **going.open, **going.internal}
    for field in asked_fields(kept):
        if field.code in own or field.code in theirs:
            value = shown(field, after.get(field.code))
            yield _line(field.label, value, shown(field, theirs.get(field.code)))


def _line(label: str, value: str, duplicates: str) -> Line:
    stays = duplicates and duplicates != value
    note = _("The duplicate says: %(value)s") % {"value": duplicates} if stays else ""
    return {"label": label, "value": value or "–", "note": note}
