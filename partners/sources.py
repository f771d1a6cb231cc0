"""What partners know for requirement trees: agreements, attestations, values and held levels.

Each source answers for a set of partners in one query; ``programs.gathering`` puts them together
with what higher apps know. Spans of the past stay in: a review asks what was held before.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from django.db.models import CharField, Count, F, Q, QuerySet, Value
from django.db.models.functions import Concat
from django.urls import reverse
from django.utils.translation import gettext as _

from partners.models import (
    Agreement,
    Attestation,
    Customer,
    CustomField,
    Enrolment,
    Fact,
    OnboardingStep,
    Partner,
)
from partners.providers import currency_of
from programs.fields import TIER
from programs.rules.facts import AGREEMENT, Held, MetricValue, Period, Started
from tenants import scope
from tenants.clock import today
from tenants.event_words import CUSTOM
from tenants.finding import EACH, Hit
from tenants.labels import PartnerLabel
from tenants.rows import format_public_id
from web.statements import Keys


def active_partners(on: dt.date) -> dict[int, str]:
    """``{id: name}`` of the scope's partners that joined by ``on`` and are active now."""
    rows = Partner.objects.filter(status=Partner.Status.ACTIVE, joined_on__lte=on)
    return dict(rows.values_list("pk", "name"))


def partner_names(ids: Iterable[int]) -> dict[int, str]:
    return dict(Partner.objects.filter(pk__in=ids).values_list("pk", "name"))


def customers_found(words: str) -> list[Hit]:
    """The partner's customers of today whose names begin so."""
    rows = Customer.objects.current(today()).filter(name__istartswith=words)
    return [
        Hit(row.name, reverse("partners:customer", args=[row.ref]), _("Customer"), "building")
        for row in rows.filter(partner_id__in=scope.current().partner_ids).order_by("name")[:EACH]
    ]


def field_labels() -> dict[str, str]:
    """What the vendor's own fields are called, by their pointers."""
    rows = CustomField.objects.values_list("code", "label")
    return {f"{CUSTOM}{code}": label for code, label in rows}


def partners_listed() -> list[PartnerLabel]:
    """Every partner of the scope by name, for lists to choose from."""
    return [PartnerLabel(p.pk, p.ref, p.name) for p in Partner.objects.order_by("name", "pk")]


def agreements(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner ``{code: periods}``; a customer's own addendum names the customer's ref."""
    rows = Agreement.objects.filter(partner_id__any=Keys(partner_ids)).order_by("since", "pk")
    found: dict[int, dict[str, list[Period]]] = defaultdict(lambda: defaultdict(list))
    named = rows.values_list("partner_id", "kind", "since", "until", "customer__public_id")
    for partner_id, kind, since, until, customer in named:
        code = AGREEMENT if kind == Agreement.MAIN else kind
        ref = format_public_id(Customer.prefix, customer) if customer else None
        found[partner_id][code].append(Period(since, until, ref))
    return _frozen(found)


def attestations(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner ``{code: periods}`` of what somebody vouches for and the vendor accepted."""
    found: dict[int, dict[str, list[Period]]] = defaultdict(lambda: defaultdict(list))
    rows = Attestation.objects.filter(
        partner_id__any=Keys(partner_ids), state=Attestation.State.ACCEPTED, value__isnull=True
    ).order_by("since", "pk")
    for partner_id, code, since, until in rows.values_list("partner_id", "code", "since", "until"):
        found[partner_id][code].append(Period(since, until))
    return _frozen(found)


def metrics(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner and metric the latest value as of ``on`` or before."""
    rows = (
        Fact.objects.filter(
            partner_id__any=Keys(partner_ids), period__lte=on, superseded_by__isnull=True
        )
        .order_by("partner_id", "metric", "-period", "-pk")
        .distinct("partner_id", "metric")
        .values_list("partner_id", "metric", "value", "source", "period", "unit")
    )
    found: dict[int, dict[str, MetricValue]] = defaultdict(dict)
    for partner_id, code, value, source, period, unit in rows:
        found[partner_id][code] = MetricValue(value, source, period, currency_of(unit))
    return dict(found)


def held_levels(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner and type the levels held, with their spans; a type without one is empty."""
    found: dict[int, dict[str, list[Held]]] = defaultdict(lambda: defaultdict(list))
    rows = Enrolment.objects.filter(partner_id__any=Keys(partner_ids), since__lte=on)
    named = rows.order_by("since", "pk").values_list(
        "partner_id", "partner_type__code", "level__code", "since", "until", "axis"
    )
    for partner_id, kind, level, since, until, axis in named:
        spans = found[partner_id][kind]
        if level is not None:
            spans.append(Held(level, since, until, axis))
    return _frozen(found)


def started(partner_ids: Collection[int], on: dt.date) -> Mapping[int, Any]:
    """Per partner and type its time as one of it, whatever its level, with the steps of onboarding
    that are done or were set aside by the day."""
    own = {"partner_id__any": Keys(partner_ids)}
    spans: dict[int, dict[str, list[tuple[dt.date, dt.date | None]]]]
    spans = defaultdict(lambda: defaultdict(list))
    rows = Enrolment.objects.filter(**own, since__lte=on).order_by()
    named = rows.values_list("partner_id", "partner_type__code", "since", "until")
    for partner_id, kind, since, until in named:
        spans[partner_id][kind].append((since, until))
    done: dict[tuple[int, str], list[str]] = defaultdict(list)
    steps = OnboardingStep.objects.filter(**own, done_on__lte=on).order_by("code")
    for partner_id, kind, code in steps.values_list("partner_id", "partner_type__code", "code"):
        done[partner_id, kind].append(code)
    return {
        partner_id: {
            kind: (Started(*_whole(held), tuple(done[partner_id, kind])),)
            for kind, held in kinds.items()
        }
        for partner_id, kinds in spans.items()
    }


def _whole(spans: list[tuple[dt.date, dt.date | None]]) -> tuple[dt.date, dt.date | None]:
    """From the first day to the last; no last one where a span is open."""
    ends = [until for _since, until in spans]
    return min(since for since, _until in spans), (
        None if None in ends else max(end for end in ends if end is not None)
    )


def descendants_of(vendor_id: int, partner_id: int) -> frozenset[int]:
    """The companies below a partner, at any depth: asked at the session's door, before a scope."""
    below: set[int] = set()
    layer = {partner_id}
    with scope.widen("session door", vendor_id=vendor_id):
        while layer:
            rows = Partner.objects.filter(parent_id__in=layer)
            layer = set(rows.values_list("pk", flat=True)) - below - {partner_id}
            below |= layer
    return frozenset(below)


def _frozen(found: Mapping[int, Mapping[str, list[Any]]]) -> dict[int, dict[str, tuple[Any, ...]]]:
    return {pk: {code: tuple(v) for code, v in held.items()} for pk, held in found.items()}


def types_in_use(on: dt.date) -> Mapping[str, int]:
    """Per type the partners that are of it on the day or later."""
    return _counted(_standing(on).filter(axis=TIER), F("partner_type__code"))


def levels_in_use(on: dt.date) -> Mapping[str, int]:
    """Per ``type.level`` the partners that hold it on the day or later."""
    named = Concat("partner_type__code", Value("."), "level__code", output_field=CharField())
    return _counted(_standing(on).filter(level__isnull=False), named)


def _standing(on: dt.date) -> QuerySet[Enrolment]:
    rows = Enrolment.objects.exclude(partner__status=Partner.Status.EXITED)
    lasting: QuerySet[Enrolment] = rows.filter(Q(until__isnull=True) | Q(until__gt=on))
    return lasting


def figures_in_use(on: dt.date) -> Mapping[str, int]:
    """Per metric the figures that stand."""
    return _counted(Fact.objects.filter(superseded_by__isnull=True), F("metric"))


def statements_in_use(on: dt.date) -> Mapping[str, int]:
    """Per attestation the accepted statements that count on the day or later."""
    rows = Attestation.objects.filter(
        Q(until__isnull=True) | Q(until__gt=on),
        state=Attestation.State.ACCEPTED,
        value__isnull=True,
    )
    return _counted(rows, F("code"))


def addenda_in_use(on: dt.date) -> Mapping[str, int]:
    """Per addendum the agreements that bind on the day or later."""
    rows = Agreement.objects.filter(Q(until__isnull=True) | Q(until__gt=on))
    return _counted(rows.exclude(kind=Agreement.MAIN), F("kind"))


def _counted(rows: QuerySet[Any], code: F | Concat) -> dict[str, int]:
    return dict(rows.order_by().values_list(code).annotate(n=Count("pk")))
