"""What lies ahead of a partner, in the API: its runway, and what announced versions will mean."""

from __future__ import annotations

from typing import Any

import django_filters
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from licensing.api import asked_partner
from partners.models import Partner
from scorecards.case_words import KINDS
from scorecards.coming import previews_of
from scorecards.models import Case, CaseReason
from scorecards.rules.coverage import coverage
from scorecards.rules.runway import Asset, Loss
from scorecards.rules.runways import MONTHS, outlook
from tenants.api import Resource, ScopedView, register_routes, register_view
from tenants.clock import today
from web.api.filters import PublicIdFilter
from web.api.output import Nested, PublicId, Value
from web.api.parameters import refuse_repeated, refuse_unknown
from web.api.problems import wrong_parameter

_TEXT = {"type": "string"}
_DAY = {"type": "string", "format": "date"}
_OBJECTS = {"type": "array", "items": {"type": "object", "additionalProperties": True}}
PREVIEW_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["partner", "versions"],
    "properties": {
        "partner": _TEXT,
        "versions": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["version", "announced_on", "effective_from", "levels", "products",
                             "benefits"],
                "properties": {
                    "version": {"type": "integer"},
                    "announced_on": _DAY,
                    "effective_from": _DAY,
                    "levels": {
                        **_OBJECTS,
                        "description": "Per type and axis: the level held (where `moved_before`, "
                        "the one that the versions before this one leave), what a review on the "
                        "first day would say, and the gaps with the least effort first, each with "
                        "its explained requirement; `exams` is the smallest set of exams that "
                        "closes all people gaps together.",
                    },
                    "products": {**_OBJECTS, "description": "Products that open or close."},
                    "benefits": {**_OBJECTS, "description": "Benefits that change."},
                },
            },
        },
    },
}  # fmt: skip


class ProgramPreviews(ScopedView, APIView):  # type: ignore[misc]  # DRF types the same names
    """Each version that is announced and not yet in force, for one partner."""

    capabilities = {"GET": "program.read"}
    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="program_preview",
        parameters=[
            OpenApiParameter(
                "partner", str, description="Whose (`prt_…`); a partner's client leaves it out."
            )
        ],
        responses={(200, "application/json"): PREVIEW_SCHEMA},
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """What versions to come change, the nearest first."""
        refuse_unknown(request.query_params, {"partner"})
        partner = asked_partner(request)
        found = [one.to_dict() for one in previews_of(partner, today())]
        return Response({"partner": partner.ref, "versions": found})


register_view("program/preview", ProgramPreviews.as_view())

_EXAMS = {
    "type": ["object", "null"],
    "description": "The fewest exams, passed on the eve of the day, that prevent it; null where "
    "exams do not help.",
    "additionalProperties": True,
}
RUNWAY_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["partner", "on", "until", "losses", "unknown", "coverage"],
    "properties": {
        "partner": _TEXT,
        "on": _DAY,
        "until": {**_DAY, "description": "The first day after those looked at."},
        "without": {"type": "array", "items": _TEXT},
        "losses": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["kind", "day", "seats", "because", "hangs_on", "exams"],
                "properties": {
                    "kind": {"type": "string", "enum": ["gate", "level"]},
                    "product": {"type": ["string", "null"]},
                    "environments": {"type": "array", "items": _TEXT},
                    "type": {"type": ["string", "null"]},
                    "axis": {"type": ["string", "null"]},
                    "level": {"type": ["string", "null"]},
                    "day": _DAY,
                    "refused_from": {
                        "type": ["string", "null"],
                        "format": "date",
                        "description": "Of a gate: when the program's grace is over.",
                    },
                    "seats": {"type": "integer", "description": "Seats that run behind the gate."},
                    "because": {
                        **_OBJECTS,
                        "description": "What ends on the day: `cause`, `key` (a person, an "
                        "agreement or an attestation) and `track`.",
                    },
                    "hangs_on": {
                        "type": ["string", "null"],
                        "description": "The one person because of whom it goes.",
                    },
                    "exams": _EXAMS,
                },
            },
        },
        "unknown": {**_OBJECTS, "description": "What cannot be told, from `since` on: no loss."},
        "coverage": {
            "type": "object",
            "additionalProperties": True,
            "description": "Seats behind an open gate of all that run; certified people and "
            "managed seats.",
        },
    },
}


class Runways(ScopedView, APIView):  # type: ignore[misc]  # DRF types the same names
    """What a partner has today and loses on which day if nobody acts."""

    capabilities = {"GET": "standing.read"}
    http_method_names = ["get", "head"]

    @extend_schema(
        operation_id="runway",
        parameters=[
            OpenApiParameter(
                "partner", str, description="Whose (`prt_…`); a partner's client leaves it out."
            ),
            OpenApiParameter("months", int, description="How far ahead: 1 to 36, 12 if left out."),
            OpenApiParameter(
                "without",
                str,
                description="As if this person (`per_…`) of the partner left today.",
            ),
        ],
        responses={(200, "application/json"): RUNWAY_SCHEMA},
    )
    def get(self, request: Request, **kwargs: Any) -> Response:
        """What will be lost by when, the next loss first."""
        given = request.query_params
        refuse_unknown(given, {"partner", "months", "without"})
        refuse_repeated(given)
        partner, leaver = asked_partner(request), given.get("without")
        without = [] if leaver is None else [leaver]
        found = outlook(
            [partner], today(), months=_months(given.get("months")), without=without, team=True
        )
        known = {person.key for person in found.facts[partner.pk].own_people}
        if not known.issuperset(without):
            raise wrong_parameter(
                "without", "does_not_exist", "Nobody with this id counts for the partner."
            )
        runway, held = found.runways[partner.pk], coverage(found)[partner.pk]
        return Response(
            {
                "partner": partner.ref,
                "on": found.on.isoformat(),
                "until": found.until.isoformat(),
                "without": without,
                "losses": [_loss(loss) for loss in runway.losses],
                "unknown": [
                    {**_asset(asset), "since": day.isoformat()} for asset, day in runway.unknown
                ],
                "coverage": {
                    "covered_seats": held.covered,
                    "deployed_seats": held.deployed,
                    "certified_people": held.certified,
                    "managed_seats": held.managed,
                },
            }
        )


def _months(given: str | None) -> int:
    if given is None:
        return MONTHS
    if given.isascii() and given.isdigit() and len(given) < 3 and 1 <= int(given) <= 36:
        return int(given)
    raise wrong_parameter("months", "invalid", "months is a whole number from 1 to 36.")


def _asset(asset: Asset) -> dict[str, Any]:
    gate = asset.kind == "gate"
    return {
        "kind": asset.kind,
        "product": asset.code if gate else None,
        "environments": list(asset.environments),
        "type": None if gate else asset.code,
        "axis": asset.axis or None,
        "level": asset.level or None,
        "seats": asset.seats,
    }


def _loss(loss: Loss) -> dict[str, Any]:
    """People by id: whoever may read them looks up their names."""
    exams = loss.exams
    return {
        **_asset(loss.asset),
        "day": loss.on.isoformat(),
        "refused_from": loss.stops_on and loss.stops_on.isoformat(),
        "because": [
            {"cause": one.cause, "key": one.key, "track": one.what or None}
            for one in loss.because
        ],
        "hangs_on": loss.hangs_on,
        "exams": exams
        and {
            "exact": exams.exact,
            "new_people": exams.new_people,
            "exams": [
                {"person": one.person, "track": one.track, "version": one.version or None,
                 "kind": one.kind, "new_person": one.new_person}
                for one in exams.exams
            ],
        },
    }  # fmt: skip


register_view("runway", Runways.as_view())


class CaseFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    state = django_filters.ChoiceFilter(choices=Case.State.choices)

    class Meta:
        model = Case
        fields: list[str] = []


class Cases(Resource):
    """What needs somebody: one open case per partner. Never for a partner's client."""

    model = Case
    capabilities = {"GET": "portfolio.read"}
    filterset_class = CaseFilters
    sorts = {"seats": "seats", "opened_on": "opened_on"}
    fields = {
        "id": PublicId(),
        "partner": Nested("partner", id=PublicId(), name="name"),
        "state": "state",
        "seats": Value("seats", help="At stake, users of several products once."),
        "opened_on": "opened_on",
        "snoozed_until": "snoozed_until",
        "remark": "remark",
        "closed_at": "closed_at",
        "closed_by": Nested("closed_by", id=PublicId(), name="name"),
    }


class CaseReasonFilters(django_filters.FilterSet):
    partner = PublicIdFilter(Partner, "partner")
    case = PublicIdFilter(Case, "case")
    kind = django_filters.CharFilter()
    holds = django_filters.BooleanFilter(field_name="until", lookup_expr="isnull")

    class Meta:
        model = CaseReason
        fields: list[str] = []


class CaseReasons(Resource):
    """What the cases are about, and were."""

    model = CaseReason
    capabilities = {"GET": "portfolio.read"}
    filterset_class = CaseReasonFilters
    fields = {
        "id": PublicId(),
        "case": Nested("case", id=PublicId()),
        "partner": Nested("partner", id=PublicId(), name="name"),
        "kind": Value("kind", help=", ".join(KINDS)),
        "key": Value("key", help="Tells it from others of its kind at the partner."),
        "seats": "seats",
        "due_on": "due_on",
        "since": "since",
        "until": Value("until", help="First day on which it held no more; null while it holds."),
    }


register_routes("cases", Cases)
register_routes("case-reasons", CaseReasons)
