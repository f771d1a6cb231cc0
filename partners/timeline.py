"""What happened, in sentences with their icons: the timeline of a partner or a record, and its
pages."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable
from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict

from partners.models import Customer, CustomField
from partners.rules.fields import PREFIX
from partners.sentences import Told, look_of, sentence_of
from programs.compiled import program_or_none
from tenants.event_words import in_words
from tenants.labels import person_names
from tenants.models import Event
from tenants.rows import VendorRow, parse_public_id

_PEOPLE = ("person", "cam")
PAGE = 20
MOST_UNSEEN = 500
_unseen: dict[str, tuple[type[VendorRow], Callable[[Any], str] | None]] = {}


def register_unseen(model: type[VendorRow], text: Callable[[Any], str] | None = None) -> None:
    """The events of the model's rows, which have a ``partner``, carry no partner: only a timeline
    that asks for them ``with_unseen`` shows them. ``text`` says what a row is about, where the
    event itself does not."""
    _unseen[str(model._meta.model_name)] = (model, text)


def timeline_of(
    *,
    on: dt.date,
    partner_id: int | None = None,
    subjects: Collection[uuid.UUID] = (),
    limit: int = 30,
) -> list[dict[str, Any]]:
    """The newest events of a partner, or of the rows with these public ids, in the words of the
    program in force on the vendor's day ``on``.

    As ``web/_timeline.html`` draws them: ``icon, tone, title, text, at, who``. A constant number
    of queries; other apps' events say what those registered (``partners.sentences``).
    """
    return _drawn(list(_newest(partner_id, subjects)[:limit]), on)


def timeline_page(
    asked: QueryDict,
    *,
    on: dt.date,
    partner_id: int | None = None,
    subjects: Collection[uuid.UUID] = (),
    with_unseen: bool = False,
) -> dict[str, Any]:
    """A page of it for ``partners/_events.html``: what the address ``asked`` for by ``before``, the
    last event of the page above, so that the hundredth page costs what the first does.

    ``older`` is the query string of the next page, empty on the last; ``newest`` that of the first,
    with ``later`` where this is another one. Everything else in the address stays. ``with_unseen``:
    for who may read what the partner never sees (its log, colleagues' tasks).
    """
    sources = [_newest(partner_id, subjects)]
    if with_unseen and partner_id is not None:
        sources.append(_newest(None, _unseen_subjects(partner_id)).filter(partner_id__isnull=True))
    before = Event.objects.by_ref(asked.get("before"))
    if before is not None:
        sources = [rows.filter(pk__lt=before.pk) for rows in sources]
    # Each by its own index: one condition for both would walk the whole log.
    both = [event for rows in sources for event in rows[: PAGE + 1]]
    shown = sorted(both, key=lambda event: -event.pk)[: PAGE + 1]
    kept = asked.copy()
    kept.pop("before", None)
    older = kept.copy()
    if len(shown) > PAGE:
        older["before"] = shown[PAGE - 1].ref
    return {
        "events": _drawn(shown[:PAGE], on),
        "older": older.urlencode() if len(shown) > PAGE else "",
        "later": before is not None,
        "newest": kept.urlencode(),
    }


def _newest(partner_id: int | None, subjects: Collection[uuid.UUID]) -> QuerySet[Event]:
    rows = Event.objects.order_by("-id")
    if partner_id is not None:
        rows = rows.filter(partner_id=partner_id)
    return rows.filter(subject_id__in=list(subjects)) if subjects else rows


def _unseen_subjects(partner_id: int) -> list[uuid.UUID]:
    """The newest rows of the partner whose events carry no partner; never none, which is all."""
    found = [uuid.UUID(int=0)]
    for model, _text in _unseen.values():
        rows = model.objects.filter(partner_id=partner_id).order_by("-pk")
        found += rows.values_list("public_id", flat=True)[:MOST_UNSEEN]
    return found


def _texts(events: Iterable[Event]) -> dict[uuid.UUID, str]:
    wanted: dict[str, list[uuid.UUID]] = defaultdict(list)
    for event in events:
        if _unseen.get(event.subject_kind, (None, None))[1] is not None:
            wanted[event.subject_kind].append(event.subject_id)
    found: dict[uuid.UUID, str] = {}
    for kind, ids in wanted.items():
        model, text = _unseen[kind]
        if text is not None:
            rows = model.objects.filter(public_id__in=ids)
            found |= {row.public_id: text(row) for row in rows}
    return found


def _drawn(events: list[Event], on: dt.date) -> list[dict[str, Any]]:
    program = program_or_none(on)
    document = program.document if program else None
    people = person_names(event.data.get(key) for event in events for key in _PEOPLE)
    customers = _customer_names(event.data.get("customer") for event in events)
    fields = _custom_fields(events)
    texts = _texts(events)
    drawn = []
    for event, shown in zip(events, in_words(events), strict=True):
        icon, tone = look_of(event.kind)
        told = Told(event.data, document, people, customers, fields.get(event.subject_kind, {}))
        drawn.append(
            {
                "icon": icon,
                "tone": tone,
                "title": shown.title,
                "text": texts.get(event.subject_id) or sentence_of(event.kind, told),
                "at": event.at,
                "who": shown.who,
            }
        )
    return drawn


def _custom_fields(events: Iterable[Event]) -> dict[str, dict[str, CustomField]]:
    """The custom fields that changed, by subject and pointer: one query, none where none did."""
    told = [one for event in events if isinstance(one := event.data.get("changes"), dict)]
    changed = {name for one in told for name in one if name.startswith(PREFIX)}
    codes = [name.removeprefix(PREFIX) for name in changed]
    found: dict[str, dict[str, CustomField]] = defaultdict(dict)
    for row in CustomField.objects.filter(code__in=codes) if codes else ():
        found[row.subject][row.pointer] = row
    return found


def _customer_names(refs: Iterable[str | None]) -> dict[str, str]:
    """Names of the customers the reader may see, by public id: one query."""
    found = {parse_public_id(Customer, ref) for ref in refs if ref}
    wanted = found - {None}
    rows = Customer.objects.filter(public_id__in=wanted) if wanted else ()
    return {row.ref: row.name for row in rows}
