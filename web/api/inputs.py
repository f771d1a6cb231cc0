"""What a body may hold, read strictly: DRF would turn 0 into "0" and "yes" into true.

class ResultInput(Input):
    person = PublicIdField(Person)
    passed_on = DateField()
    score = DecimalText(max_digits=5, decimal_places=2, required=False)
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail, ValidationError

ChoiceField = serializers.ChoiceField
ListField = serializers.ListField
DictField = serializers.DictField
MAX_BIGINT = 2**63 - 1


class Input(serializers.Serializer[Any]):
    """A body's shape. A key nobody asked for is refused, so that a typo is not lost silently."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [key for key in data if key not in self.fields]
            if unknown:
                error = ErrorDetail("There is no such field.", code="unknown_field")
                raise ValidationError({str(key)[:100]: [error] for key in unknown})
        return super().to_internal_value(data)


class CharField(serializers.CharField):
    """Text; a number is not taken for one."""

    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise ValidationError("Send text in quotes.", code="invalid_type")
        return super().to_internal_value(data)


class EmailField(serializers.EmailField):
    def to_internal_value(self, data: Any) -> str:
        if not isinstance(data, str):
            raise ValidationError("Send text in quotes.", code="invalid_type")
        return super().to_internal_value(data)


class IntegerField(serializers.IntegerField):
    """A whole number; 3.0 is one, as in JSON Schema, and true is not."""

    def __init__(self, **kwargs: Any) -> None:
        kwargs.setdefault("max_value", MAX_BIGINT)
        kwargs.setdefault("min_value", -MAX_BIGINT - 1)
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> int:
        whole = isinstance(data, float) and data.is_integer()
        if isinstance(data, bool) or not (isinstance(data, int) or whole):
            raise ValidationError("Send a whole number.", code="invalid_type")
        return int(data)


class BooleanField(serializers.BooleanField):
    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            raise ValidationError("Send true or false.", code="invalid_type")
        return data


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+(\.[0-9]+)?$"})
class DecimalText(serializers.DecimalField):
    """A decimal number in quotes, so that no cent is lost to a float."""

    def to_internal_value(self, data: Any) -> Decimal:
        if not isinstance(data, str) or not re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", data):
            raise ValidationError('Send a decimal number in quotes, like "12.50".', code="invalid")
        return super().to_internal_value(data)


class DateField(serializers.DateField):
    def to_internal_value(self, value: Any) -> dt.date:
        if not isinstance(value, str) or not re.fullmatch(r"\d{4}-\d{2}-\d{2}", value, re.ASCII):
            raise ValidationError("Send a day like 2026-11-23.", code="invalid")
        return super().to_internal_value(value)


class DateTimeField(serializers.DateTimeField):
    def to_internal_value(self, value: Any) -> dt.datetime:
        text = value if isinstance(value, str) else ""
        if not re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:.]{5,15}(Z|[+-]\d\d:\d\d)", text, re.ASCII):
            raise ValidationError(
                "Send an instant with its zone, like 2026-11-23T08:00:00Z.", code="invalid"
            )
        return super().to_internal_value(value)


class PublicIdField(serializers.CharField):
    """Another row by its public id, given to the action as the row itself.

    The row is looked up among those the caller may see, so an id of another vendor or partner is
    simply not found. ``rows`` narrows further.
    """

    def __init__(self, model: Any, *, rows: Callable[[], Any] | None = None, **kwargs: Any) -> None:
        self.model, self.rows = model, rows
        super().__init__(**kwargs)

    def to_internal_value(self, data: Any) -> Any:
        if self.rows is None:
            row = self.model.objects.by_ref(data)
        else:
            row = self.rows().with_public_id(data).first()
        if row is None:
            noun = self.model._meta.verbose_name
            raise ValidationError(f"There is no {noun} with this id.", code="does_not_exist")
        return row

    def __deepcopy__(self, memo: Any) -> PublicIdField:
        # DRF copies fields by deep-copying what they were made with; a model needs no copy.
        return type(self)(*self._args, **self._kwargs)  # type: ignore[attr-defined]
