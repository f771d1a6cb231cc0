"""The OpenAPI 3.1 document, from what resources declare: nothing is written twice."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import django_filters
from django import forms
from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent

from web.api.filters import PublicIdFilter
from web.api.output import Nested, Out, Schema, declared, object_schema, public_id_schema
from web.api.parameters import DEFAULT_LIMIT, MAX_LIMIT
from web.api.problems import MEDIA_TYPE, ProblemSerializer
from web.api.resource import ResourceView

_READ = ("400", "401", "403", "404", "405", "429", "500", "503")
_WRITE = (*_READ, "409", "415", "422")
_GUARDED = (*_WRITE, "412", "428")
_WORDS = {
    "400": "A parameter or field is not valid; `errors` names each.",
    "401": "No access token, or one that does not hold here.",
    "403": "The token does not include the capability.",
    "404": "Not there, or not yours to see.",
    "405": "Not a method of this address.",
    "409": "Refused: `blockers` says why and what to do; or the same request is in flight.",
    "412": "Changed since it was read.",
    "415": "The body is not JSON.",
    "422": "The Idempotency-Key was used for another request.",
    "428": "If-Match is missing.",
    "429": "Too many requests; wait for Retry-After seconds.",
    "500": "Something went wrong on our side.",
    "503": "The database did not answer in time.",
}


class ResourceSchema(AutoSchema):
    """Operations of ``ResourceView``s; other views use drf-spectacular's decorators."""

    view: Any

    @property
    def resource(self) -> Any:
        return self.view if isinstance(self.view, ResourceView) else None

    @property
    def action(self) -> str:
        return getattr(self.view, "action", None) or self.method.lower()

    def get_tags(self) -> list[str]:
        return [self.path.removeprefix("/api/v1/").split("/")[0]]

    def get_operation_id(self) -> str:
        words = [w for w in re.split(r"[^a-z0-9]+", self.path.removeprefix("/api/v1/")) if w]
        verb = {"list": "list", "retrieve": "get", "create": "create", "partial_update": "update",
                "destroy": "delete"}.get(self.action, self.action)  # fmt: skip
        noun = "_".join(w for w in words if w not in ("id", self.action))
        return f"{noun}_{verb}"

    def get_summary(self) -> str:  # type: ignore[override]
        """A few words to find an operation by; the docstring says the rest."""
        said = getattr(self.view, "summaries", {}).get(self.action)
        made = _summary(self.path, self.action) if self.resource else _first(self._words())
        return said or made

    def _words(self) -> str:
        return str(super().get_description() or "")

    def get_description(self) -> str:  # type: ignore[override]
        text = super().get_description()
        needed = getattr(self.view, "needed_capability", lambda: None)()
        return f"{text}\n\nScope: `{needed}`." if needed else text

    def get_filter_backends(self) -> list[Any]:
        return []

    def _get_paginator(self) -> None:
        return None

    def _is_list_view(self, serializer: Any = None) -> bool:
        # A page is an object that holds the rows; the generator would wrap it once more.
        return self.resource is None and super()._is_list_view(serializer)

    def _resolve_path_parameters(self, variables: list[str]) -> list[Schema]:
        found: dict[str, Any] = {name: {"type": "string"} for name in variables}
        if self.resource and "id" in found:
            found["id"] = public_id_schema(self.resource.model.prefix)
        return [_parameter(name, schema, at="path") for name, schema in found.items()]

    def _get_parameters(self) -> list[Schema]:
        found: list[Schema] = list(super()._get_parameters())
        if self.method == "POST":
            found.append(_parameter(
                "Idempotency-Key", {"type": "string", "minLength": 1, "maxLength": 255},
                "Repeat a request safely: the same key and body get the same answer for 24 hours.",
                at="header",
            ))  # fmt: skip
        if self.resource is None:
            return found
        if self.action == "list":
            found += _list_parameters(self.resource)
        elif self.action == "retrieve":
            found += _shape_parameters(self.resource)
        elif self.action in ("partial_update", "destroy"):
            words = "The ETag of the version you change."
            found.append(_parameter("If-Match", {"type": "string"}, words, at="header"))
            # Its absence has an answer of its own (428), so the document does not demand it.
            found[-1]["required"] = False
        return found

    def get_request_serializer(self) -> Any:
        if self.resource is None:
            return super().get_request_serializer()
        return self.resource.inputs.get(self.action)

    def get_response_serializers(self) -> Any:
        if self.resource is None:
            return super().get_response_serializers()
        if self.action == "destroy":
            return {204: None}
        if self.action == "list":
            return {200: self._page()}
        own = self.resource.outputs.get(self.action)
        answer = self._item() if own is None else self._own(own)
        usual = 201 if self.action == "create" else 200
        return {self.resource.statuses.get(self.action, usual): answer}

    def _get_response_bodies(self, direction: Any = "response") -> Any:
        found = super()._get_response_bodies(direction)
        guarded = self.action in ("partial_update", "destroy")
        statuses = _GUARDED if guarded else _READ if self.method == "GET" else _WRITE
        problem = self.resolve_serializer(ProblemSerializer(), "response").ref
        for status in statuses:
            found.setdefault(
                status,
                {"description": _WORDS[status], "content": {MEDIA_TYPE: {"schema": problem}}},
            )
        return found

    def _item(self) -> Schema:
        values = declared(self.resource.fields)
        schema = object_schema(values, self.resource.model)
        schema.pop("required")  # fields= narrows
        for path in self.resource.expandable:
            above, _, name = path.rpartition(".")
            if not above:
                full = self.resource.expandable[path].described(self.resource.model)
                short = schema["properties"].get(name)
                schema["properties"][name] = {"anyOf": [short, full]} if short else full
        return self._component(self._name(), schema)

    def _own(self, own: Any) -> Any:
        if isinstance(own, dict) and all(isinstance(v, Out | str) for v in own.values()):
            return object_schema(declared(own), self.resource.model)
        return own.schema(self.resource.model) if isinstance(own, Nested) else own

    def _page(self) -> Schema:
        page = {
            "type": "object",
            "required": ["data", "has_more", "next_cursor"],
            "properties": {
                "data": {"type": "array", "items": self._item()},
                "has_more": {"type": "boolean"},
                "next_cursor": {"type": ["string", "null"]},
                "total": {"type": "integer", "description": "Only with include=total."},
            },
        }
        return self._component(f"{self._name()}Page", page)

    def _name(self) -> str:
        return self.resource.component or self.resource.model.__name__

    def _component(self, name: str, schema: Schema) -> Schema:
        component = ResolvedComponent(
            name=name, type=ResolvedComponent.SCHEMA, schema=schema, object=name
        )
        self.registry.register_on_missing(component)
        return component.ref


_VERBS = {"list": "List", "retrieve": "Get", "create": "Create", "partial_update": "Change",
          "destroy": "Delete"}  # fmt: skip


def _summary(path: str, action: str) -> str:
    """``/api/v1/customer-moves/{id}/cancel`` is "Cancel a customer move"."""
    noun = path.removeprefix("/api/v1/").split("/")[0].replace("-", " ")
    one = "person" if noun == "people" else noun.removesuffix("s")
    article = "an" if one[0] in "aeiou" else "a"
    verb = _VERBS.get(action) or action.replace("_", " ").capitalize()
    return f"{verb} {noun}" if action == "list" else f"{verb} {article} {one}"


def _first(text: str) -> str:
    """The first sentence, without its full stop."""
    return re.split(r"(?<=[.?!])\s", " ".join(text.split()))[0].rstrip(".")


_CURSOR = {"type": "string", "pattern": "^[A-Za-z0-9_-]+$"}


class PublicIdFieldSchema(OpenApiSerializerFieldExtension):
    target_class = "web.api.inputs.PublicIdField"

    def map_serializer_field(self, auto_schema: Any, direction: Any) -> Schema:
        return public_id_schema(self.target.model.prefix)  # null is added where the field allows it


def _parameter(name: str, schema: Schema, words: str = "", *, at: str = "query") -> Schema:
    found: Schema = {"in": at, "name": name, "schema": schema}
    if words:
        found["description"] = words
    if at == "path":
        found["required"] = True
    return found


def _list_parameters(resource: type[ResourceView]) -> list[Schema]:
    allowed = resource.allowed()
    limit = {
        "type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT
    }  # fmt: skip
    found = [
        _parameter("limit", limit, "Rows per page."),
        _parameter("cursor", _CURSOR, "`next_cursor` of the page before."),
        _parameter("include", {"type": "string", "enum": ["total"]}, "Count all rows as well."),
        *_shape_parameters(resource),
    ]
    if allowed.sorts:
        words = [sign + name for name in allowed.sorts for sign in ("", "-")]
        found.append(_parameter("sort", {"type": "string", "enum": words}))
    if allowed.synced:
        when = {"type": "string", "format": "date-time"}
        found.append(_parameter("updated_since", when, "Rows changed at or after the instant."))
    filters = resource.filterset_class.base_filters if resource.filterset_class else {}
    return found + [
        _parameter(n, _filter_schema(f), str(f.label or "")) for n, f in filters.items()
    ]


def _shape_parameters(resource: type[ResourceView]) -> list[Schema]:
    allowed = resource.allowed()
    found = [_words_parameter("fields", allowed.fields, "Only these fields.")]
    if allowed.expand:
        found.append(_words_parameter("expand", allowed.expand, "Fill out these objects."))
    return found


def _words_parameter(name: str, known: Any, words: str) -> Schema:
    several = {"type": "array", "minItems": 1, "items": {"type": "string", "enum": list(known)}}
    return _parameter(name, several, words) | {"style": "form", "explode": False}


_FIELDS: tuple[tuple[type[forms.Field], Schema], ...] = (
    (forms.NullBooleanField, {"type": "boolean"}),
    (forms.DateTimeField, {"type": "string", "format": "date-time"}),
    (forms.DateField, {"type": "string", "format": "date"}),
    (forms.UUIDField, {"type": "string", "format": "uuid"}),
    (forms.FloatField, {"type": "number"}),
    (forms.DecimalField, {"type": "number"}),
    (forms.IntegerField, {"type": "integer"}),
)


def _filter_schema(found: django_filters.Filter) -> Schema:
    if isinstance(found, PublicIdFilter):
        return public_id_schema(found.target.prefix)
    field = found.field
    if isinstance(field, forms.ChoiceField):
        choices: Any = field.choices
        return {"type": "string", "enum": [str(value) for value, _ in choices if value]}
    return next((dict(s) for kind, s in _FIELDS if isinstance(field, kind)), {"type": "string"})


_webhooks: Callable[[], Schema] | None = None


def register_webhooks(described: Callable[[], Schema]) -> None:
    """Say what is pushed: OpenAPI's ``webhooks``, asked for with each document."""
    global _webhooks
    _webhooks = described


def finished(result: Schema, **kwargs: Any) -> Schema:
    """Spectacular's hook: what the generator cannot know."""
    result["info"]["description"] = (
        "Cursor-paged lists, RFC 9457 problems, Idempotency-Key on every POST, ETag and If-Match "
        "on changes. Get a token from `/api/v1/token` with your client's id and secret."
    )
    if _webhooks is not None:
        result["webhooks"] = _webhooks()
    return result
