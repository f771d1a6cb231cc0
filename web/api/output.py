"""What an answer holds: names with ORM expressions, turned into JSON by PostgreSQL itself.

A resource declares each value once; the list, the item and the OpenAPI document all follow from
it. Serializers are by far the largest cost of a list, so no row is ever built in Python.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Func, TextField, When
from django.db.models.expressions import BaseExpression, Combinable
from django.db.models.functions import Cast

_NAME = re.compile(r"[a-z][a-z0-9_]*\Z")
Schema = dict[str, Any]


class Out:
    """One value of an answer. ``help`` is its sentence in the reference."""

    help: str = ""

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        """The SQL of the value; ``at`` is the path of the enclosing object, e.g. ``person__``."""
        raise NotImplementedError

    def schema(self, model: type[models.Model]) -> Schema:
        """The value's JSON Schema."""
        raise NotImplementedError

    def described(self, model: type[models.Model]) -> Schema:
        return self.schema(model) | ({"description": self.help} if self.help else {})


class Value(Out):
    """A column by its path, or any ORM expression (then with its ``schema``)."""

    def __init__(
        self, source: str | Combinable | BaseExpression, *, schema: Schema | None = None,
        help: str = "",
    ) -> None:  # fmt: skip
        if schema is None and not isinstance(source, str):
            raise TypeError("An expression says its JSON schema: Value(expr, schema={...}).")
        self.source, self.own_schema, self.help = source, schema, help

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        if not isinstance(self.source, str):
            return self.source
        field = field_at(model, self.source)
        path = F(at + self.source)
        # A JSON number would lose the cents; uuids and decimals are text outside.
        as_text = isinstance(field, models.DecimalField | models.UUIDField)
        return Cast(path, TextField()) if as_text else path

    def schema(self, model: type[models.Model]) -> Schema:
        if self.own_schema is not None:
            return dict(self.own_schema)
        assert isinstance(self.source, str)
        return schema_of(field_at(model, self.source))


class PublicId(Out):
    """The prefixed id shown outside: of the row itself, or of the row a foreign key names."""

    def __init__(self, path: str = "", *, help: str = "") -> None:
        self.path, self.help = path, help

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        inner = f"{self.path}__public_id" if self.path else "public_id"
        return _Prefixed(F(at + inner), prefix=self._owner(model).prefix)  # type: ignore[attr-defined]

    def schema(self, model: type[models.Model]) -> Schema:
        empty = bool(self.path) and field_at(model, self.path).null
        return public_id_schema(self._owner(model).prefix, null=empty)  # type: ignore[attr-defined]

    def _owner(self, model: type[models.Model]) -> type[models.Model]:
        return field_at(model, self.path).related_model if self.path else model


class Money(Out):
    """``{"amount": "412000.00", "currency": "USD"}`` from two columns; null without an amount."""

    def __init__(self, amount: str, currency: str, *, help: str = "") -> None:
        self.amount, self.currency, self.help = amount, currency, help

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        whole = JsonObject(
            {"amount": Cast(F(at + self.amount), TextField()), "currency": F(at + self.currency)}
        )
        return Case(When(**{f"{at}{self.amount}__isnull": False}, then=whole))

    def schema(self, model: type[models.Model]) -> Schema:
        whole: Schema = {
            "type": "object",
            "required": ["amount", "currency"],
            "properties": {
                "amount": {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"},
                "currency": {"type": "string", "description": "ISO 4217"},
            },
        }
        return nullable(whole) if field_at(model, self.amount).null else whole


class Nested(Out):
    """An object within: of the row itself (``Nested(a=.., b=..)``) or behind a foreign key.

    Names inside are relative to ``path``; an ORM expression inside is not. Null where the foreign
    key is empty.
    """

    def __init__(self, path: str = "", *, help: str = "", **values: Out | str) -> None:
        self.path, self.help = path, help
        self.values = declared(values)

    def expression(self, model: type[models.Model], at: str = "") -> Any:
        inner, inside = self._inner(model), f"{at}{self.path}__" if self.path else at
        whole = json_object(self.values, inner, inside)
        if not self._empty(model):
            return whole
        return Case(When(**{f"{at}{self.path}__isnull": False}, then=whole))

    def schema(self, model: type[models.Model]) -> Schema:
        whole = object_schema(self.values, self._inner(model))
        return nullable(whole) if self._empty(model) else whole

    def _inner(self, model: type[models.Model]) -> type[models.Model]:
        return field_at(model, self.path).related_model if self.path else model

    def _empty(self, model: type[models.Model]) -> bool:
        return bool(self.path) and bool(field_at(model, self.path).null)


def declared(values: Mapping[str, Out | str]) -> dict[str, Out]:
    """Plain strings are column paths. Names must be snake_case: they go into the SQL."""
    bad = [name for name in values if not _NAME.match(name)]
    if bad or len(values) > 50:
        raise TypeError(f"Names of an answer are snake_case and at most 50: {bad or len(values)}")
    return {n: Value(v) if isinstance(v, str) else v for n, v in values.items()}


def json_object(values: Mapping[str, Out], model: type[models.Model], at: str = "") -> Any:
    return JsonObject({name: out.expression(model, at) for name, out in values.items()})


def object_schema(values: Mapping[str, Out], model: type[models.Model]) -> Schema:
    return {
        "type": "object",
        "required": list(values),
        "properties": {name: out.described(model) for name, out in values.items()},
    }


class JsonObject(Func):
    """A row of named values as JSON, in their order.

    By ``row_to_json``, whose text has no spaces: ``json_build_object`` writes ``"a" : 1``, a tenth
    more on the wire and another form than what Python writes.
    """

    output_field = TextField()

    def __init__(self, named: Mapping[str, Any]) -> None:
        self.names = tuple(named)
        super().__init__(*named.values())

    def as_sql(  # type: ignore[override]
        self, compiler: Any, connection: Any, **extra: Any
    ) -> tuple[str, list[Any]]:
        parts: list[str] = []
        params: list[Any] = []
        for name, source in zip(self.names, self.source_expressions, strict=True):
            sql, more = compiler.compile(source)
            parts.append(f'{sql} AS "{name}"')
            params += more
        row = f"(SELECT {', '.join(parts)}) AS r"
        return f"(SELECT row_to_json(r) FROM {row})", params


class _Prefixed(Func):
    template = "'%(prefix)s_' || replace(%(expressions)s::text, '-', '')"
    output_field = TextField()


def field_at(model: type[models.Model], path: str) -> Any:
    """The model field at a path like ``person__employer``; ``FieldDoesNotExist`` names a typo."""
    field: Any = None
    for part in path.split("__"):
        name = "pk" if part == "pk" else part
        field = model._meta.pk if name == "pk" else model._meta.get_field(name)
        model = getattr(field, "related_model", None) or model
    return field


_TYPES: tuple[tuple[type[models.Field[Any, Any]], Schema], ...] = (
    (models.BooleanField, {"type": "boolean"}),
    (models.DateTimeField, {"type": "string", "format": "date-time"}),
    (models.DateField, {"type": "string", "format": "date"}),
    (models.DecimalField, {"type": "string", "pattern": r"^-?\d+(\.\d+)?$"}),
    (models.FloatField, {"type": "number"}),
    (models.IntegerField, {"type": "integer"}),
    (models.UUIDField, {"type": "string", "format": "uuid"}),
    (models.JSONField, {}),
)


def schema_of(field: Any) -> Schema:
    """JSON Schema of a model field. Choices stay open: an unknown value must not break clients."""
    if isinstance(field, ArrayField):
        found: Schema = {"type": "array", "items": schema_of(field.base_field)}
    else:
        found = next((dict(s) for kind, s in _TYPES if isinstance(field, kind)), {"type": "string"})
    if getattr(field, "choices", None):
        known = ", ".join(f"`{value}`" for value, _ in field.choices)
        found["description"] = f"Known values: {known}. More may be added."
    return nullable(found) if field.null else found


def nullable(schema: Schema) -> Schema:
    """The same schema, or null (OpenAPI 3.1 writes types as lists); what may be null stays so."""
    kind = schema.get("type")
    return schema | {"type": [kind, "null"]} if isinstance(kind, str) else schema


def public_id_schema(prefix: str, *, null: bool = False) -> Schema:
    example = f"{prefix}_0198c2d4a1b27c3d8e4f5a6b7c8d9e0f"
    found = {"type": "string", "pattern": f"^{prefix}_[0-9a-f]{{32}}$", "examples": [example]}
    return nullable(found) if null else found
