"""``/api/v1/program``: versions, a plan of a document, publishing it, and the JSON Schema."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, replace
from decimal import Decimal
from typing import Any

import orjson
from django.db.models import Subquery
from django.http import HttpResponse
from rest_framework.decorators import action
from rest_framework.exceptions import ErrorDetail, ValidationError
from rest_framework.request import Request

from programs import document as documents
from programs.actions import publish_program, require_whole_vendor
from programs.document import ProgramDocument
from programs.document.reading import refuse_too_large
from programs.effects import Effect
from programs.errors import ProgramError
from programs.gathering import partner_refs
from programs.models import ProgramVersion
from programs.plan import Plan, plan_program
from programs.releases import Release
from programs.usage import Retired
from tenants import scope as scopes
from tenants.api import Resource, register_routes
from tenants.clock import today
from web import clock
from web.api.inputs import CharField, DateField, DictField, Input, IntegerField
from web.api.output import Nested, Out, PublicId, Value
from web.api.parameters import Asked
from web.api.problems import Problem

_STAFF_ONLY = ("note", "published_by")


class DocumentInput(Input):
    """The document as JSON values in ``document``, or as text in ``yaml``; one of the two."""

    document = DictField(required=False, help_text="The document as JSON values.")
    yaml = CharField(
        required=False, trim_whitespace=False, help_text="The document as YAML text instead."
    )
    effective_from = DateField(
        required=False, help_text="The vendor's day from which it is in force; today if left out."
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if ("document" in attrs) == ("yaml" in attrs):
            error = ErrorDetail("Send either document or yaml.", code="one_of")
            raise ValidationError({"document": [error]})
        return attrs


class VersionInput(DocumentInput):
    base = IntegerField(
        min_value=0, help_text="`base` of the plan that was read; 409 if somebody published since."
    )
    announced_on = DateField(required=False)
    note = CharField(required=False, max_length=500, allow_blank=True)


_TEXT = {"type": "string"}
_CHANGE = {
    "type": "object",
    "required": ["path", "old", "new", "words"],
    "properties": {"path": _TEXT, "old": {}, "new": {}, "words": _TEXT},
}
_MONEY = {
    "type": ["string", "null"],
    "description": "Seats x the program's price a month, in `currency`; null: no price stated.",
}
_SEATS = {"type": "integer", "description": "Seats that run today and hang on it."}
_EFFECT = {
    "type": "object",
    "required": ["kind", "partner", "partner_name", "subject", "axis", "before", "after", "seats",
                 "lockout_months", "worth", "words"],
    "properties": {
        "kind": {
            **_TEXT,
            "description": "Levels: `rises`, `falls`. Products: `opens`, `closes`. Benefits: "
            "`wins`, `loses`, `changes`.",
        },
        "partner": _TEXT,
        "partner_name": _TEXT,
        "subject": {**_TEXT, "description": "The code of the partner type, product or benefit."},
        "axis": {**_TEXT, "description": "The axis of a level; else empty."},
        "before": {
            **_TEXT, "description": "A level, a gate's environment class, or a benefit's value.",
        },
        "after": _TEXT,
        "seats": _SEATS,
        "lockout_months": {
            "type": "integer",
            "description": "How long a level lost stays closed from the day of the fall on.",
        },
        "worth": _MONEY,
        "words": _TEXT,
    },
}  # fmt: skip
_TOTAL = {
    "type": "object",
    "required": ["partners", "seats", "worth", "unpriced"],
    "properties": {
        "partners": {"type": "integer"},
        "seats": _SEATS,
        "worth": _MONEY,
        "unpriced": {"type": "integer", "description": "Partners whose seats have no price."},
    },
}
_HIT = {
    "type": "object",
    "required": ["partner", "partner_name", "seats", "worth"],
    "properties": {"partner": _TEXT, "partner_name": _TEXT, "seats": _SEATS, "worth": _MONEY},
}
_DAY = {"type": "string", "format": "date"}
_SCHEDULED = {
    "type": "object",
    "required": ["number", "effective_from", "announced_on", "overrides"],
    "properties": {
        "number": {"type": "integer"},
        "effective_from": _DAY,
        "announced_on": _DAY,
        "overrides": {
            "type": "array", "items": _TEXT,
            "description": "Paths of this plan's changes that it has otherwise.",
        },
    },
}  # fmt: skip
_RETIRED = {
    "type": "object",
    "required": ["section", "code", "count", "successor", "settled", "words"],
    "properties": {
        "section": _TEXT,
        "code": {**_TEXT, "description": "In use, and not in the document; levels `type.level`."},
        "count": {"type": "integer"},
        "successor": {"type": ["string", "null"]},
        "settled": {"type": "boolean", "description": "False: publishing is refused."},
        "words": _TEXT,
    },
}
_RELEASE = {
    "type": "object",
    "required": ["track", "version", "product", "recertify_by", "people", "partners", "words"],
    "properties": {
        "track": _TEXT,
        "version": _TEXT,
        "product": _TEXT,
        "recertify_by": _DAY,
        "people": {"type": "integer", "description": "Who count and have to recertify by then."},
        "partners": {"type": "integer", "description": "That employ them."},
        "words": _TEXT,
    },
}
PLAN_SCHEMA: dict[str, Any] = {
    "type": "object",
    "required": ["base", "compared_with", "effective_from", "announced_on", "digest", "currency",
                 "partners", "counts", "totals", "hardest", "scheduled", "retired", "releases",
                 "changes", "effects"],
    "properties": {
        "base": {"type": "integer", "description": "Send it back when publishing."},
        "compared_with": {"type": ["integer", "null"]},
        "effective_from": _DAY,
        "announced_on": _DAY,
        "digest": _TEXT,
        "currency": _TEXT,
        "partners": {"type": "integer", "description": "Active partners judged."},
        "counts": {"type": "object", "additionalProperties": {"type": "integer"}},
        "totals": {"type": "object", "additionalProperties": _TOTAL},
        "hardest": {"type": "array", "items": _HIT, "description": "The ten that lose most."},
        "scheduled": {"type": "array", "items": _SCHEDULED},
        "retired": {"type": "array", "items": _RETIRED},
        "releases": {"type": "array", "items": _RELEASE},
        "changes": {"type": "array", "items": _CHANGE},
        "effects": {"type": "array", "items": _EFFECT},
    },
}  # fmt: skip


class ProgramVersions(Resource):
    """Published versions of the program. A partner's client sees the one in force."""

    model = ProgramVersion
    capabilities = {
        "GET": "program.read",
        "plan": "program.publish",
        "versions": "program.publish",
    }
    fields = {
        "id": PublicId(),
        "number": "number",
        "effective_from": Value("effective_from", help="First day in force, in the vendor's zone."),
        "announced_on": "announced_on",
        "published_at": "published_at",
        "published_by": Nested("published_by", id=PublicId(), name="name"),
        "based_on": Value("based_on", help="The newest version when it was published."),
        "digest": Value("digest", help="SHA-256 of the canonical document."),
        "note": "note",
    }
    expandable = {"document": Value("document", help="The whole document; always in an item.")}
    sorts = {"number": "number", "effective_from": "effective_from"}
    order = "-number"
    summaries = {
        "list": "List program versions",
        "retrieve": "Get a program version",
        "plan": "Plan a program version",
        "versions": "Publish a program version",
        "json_schema": "Get the JSON Schema of a program",
    }
    inputs = {"plan": DocumentInput, "versions": VersionInput}
    outputs = {"plan": PLAN_SCHEMA, "json_schema": {"type": "object", "properties": {}}}

    def get_queryset(self) -> Any:
        """All versions for the vendor; for a partner the one in force, never one to come."""
        rows = ProgramVersion.objects.all()
        if scopes.current().all_partners:
            return rows
        current = ProgramVersion.objects.in_force(today()).values("pk")
        return rows.filter(pk=Subquery(current))

    @classmethod
    def values(cls, asked: Asked) -> dict[str, Out]:
        """Without what the vendor wrote for itself where a partner asks."""
        found = super().values(asked)
        if scopes.current().all_partners:
            return found
        return {name: out for name, out in found.items() if name not in _STAFF_ONLY}

    def body_of(self, id: str, asked: Asked = Asked()) -> bytes:
        """An item comes with its document unless ``fields`` leaves it out."""
        if not asked.fields and "document" not in asked.expand:
            asked = replace(asked, expand=(*asked.expand, "document"))
        return super().body_of(id, asked)

    @action(detail=False, methods=["post"])
    def plan(self, request: Request) -> HttpResponse:
        """What a document would change and for whom. Writes nothing."""
        require_whole_vendor()
        given = self.read(request)
        day = today()
        first = given.get("effective_from", day)
        found = plan_program(_document(given), effective_from=first, announced_on=day, today=day)
        return self.answered(_plan(found))

    @action(detail=False, methods=["post"])
    def versions(self, request: Request) -> HttpResponse:
        """Publish a document as the next version, on the base that its plan named."""
        given = self.read(request)
        version = publish_program(
            _document(given),
            at=clock.now(),
            effective_from=given.get("effective_from"),
            announced_on=given.get("announced_on"),
            expected_base=given["base"],
            note=given.get("note", ""),
        )
        response = self.shown(version, 201)
        response["Location"] = f"/api/v1/program/{version.ref}"
        return response

    @action(detail=False, methods=["get"], url_path="schema")
    def json_schema(self, request: Request) -> HttpResponse:
        """The document's JSON Schema."""
        return self.answered(documents.json_schema())


def _document(given: Mapping[str, Any]) -> ProgramDocument:
    """The document of a body; ``Problem`` 400 with every defect, its place and the remedy."""
    values = given.get("document")
    try:
        if values is None:
            return documents.load(given["yaml"])
        refuse_too_large(len(orjson.dumps(values)))
        return documents.document_from(values)
    except ProgramError as error:
        problems = [
            {
                "pointer": "/yaml" if values is None else f"/document{_pointer(one.path, values)}",
                "code": one.code,
                "detail": str(one),
            }
            for one in error.problems
        ]
        words = "The document is not valid; `errors` names each defect."
        raise Problem(400, "invalid", words, errors=problems) from None


def _pointer(path: str, values: Any) -> str:
    """``types.msp.tiers[0]`` as a JSON Pointer; codes may hold dots, so the values are asked."""
    return "".join(
        f"/{part.replace('~', '~0').replace('/', '~1')}" for part in _parts(path, values)
    )


def _parts(path: str, values: Any) -> Iterator[str]:
    while path:
        index = re.match(r"\[(\d+)\]\.?", path)
        if index:
            key, path = index[1], path[index.end() :]
            known = isinstance(values, list) and int(key) < len(values)
            values = values[int(key)] if known else None
        else:
            key = _first_key(path, values)
            path = path[len(key) :].removeprefix(".")
            values = values.get(key) if isinstance(values, dict) else None
        yield key


def _first_key(path: str, values: Any) -> str:
    """The longest key of the values that the path begins with, else its first word."""
    keys = [str(key) for key in values] if isinstance(values, dict) else []
    fitting = [k for k in keys if path == k or path.startswith((f"{k}.", f"{k}["))]
    return max(fitting, key=len, default=re.split(r"[.\[]", path, maxsplit=1)[0] or path)


def _plan(plan: Plan) -> dict[str, Any]:
    refs = partner_refs({effect.partner_id for effect in plan.effects})
    return {
        "base": plan.base,
        "compared_with": plan.based_on.number if plan.based_on else None,
        "effective_from": plan.effective_from.isoformat(),
        "announced_on": plan.announced_on.isoformat(),
        "digest": documents.digest(plan.document),
        "currency": plan.currency,
        "partners": plan.partners,
        "counts": plan.counts,
        "totals": {kind: {**asdict(one), "worth": str(one.worth)}
                   for kind, one in plan.totals.items()},
        "hardest": [
            {
                "partner": refs.get(one.partner_id, ""),
                "partner_name": one.partner,
                "seats": one.seats,
                "worth": _money(one.worth),
            }
            for one in plan.hardest
        ],
        "scheduled": [
            {
                "number": one.number,
                "effective_from": one.effective_from.isoformat(),
                "announced_on": one.announced_on.isoformat(),
                "overrides": [change.path for change in one.overrides],
            }
            for one in plan.later
        ],
        "retired": [_retired(one) for one in plan.retired],
        "releases": [_release(one) for one in plan.releases],
        "changes": [
            {"path": one.path, "old": one.old, "new": one.new, "words": one.words}
            for one in plan.changes
        ],
        "effects": [_effect(one, refs) for one in plan.effects],
    }  # fmt: skip


def _retired(one: Retired) -> dict[str, Any]:
    names = ("section", "code", "count", "successor", "settled", "words")
    return {name: getattr(one, name) for name in names}


def _release(one: Release) -> dict[str, Any]:
    return {
        "track": one.track,
        "version": one.version,
        "product": one.product,
        "recertify_by": one.recertify_by.isoformat(),
        "people": one.people,
        "partners": one.partners,
        "words": one.words,
    }


def _effect(effect: Effect, refs: Mapping[int, str]) -> dict[str, Any]:
    return {
        "kind": effect.kind,
        "partner": refs.get(effect.partner_id, ""),
        "partner_name": effect.partner,
        "subject": effect.subject,
        "axis": effect.axis,
        "before": effect.before,
        "after": effect.after,
        "seats": effect.seats,
        "lockout_months": effect.lockout_months,
        "worth": _money(effect.worth),
        "words": effect.words,
    }


def _money(amount: Decimal | None) -> str | None:
    return None if amount is None else str(amount)


register_routes("program", ProgramVersions)
