"""Filters of lists beyond those django-filter has: public ids and sets of words."""

from __future__ import annotations

from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError


class _PublicIdInput(forms.CharField):
    def __init__(self, *args: Any, model: Any = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.model = model

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        prefix, _, digits = text.partition("_")
        hexadecimal = len(digits) == 32 and set(digits) <= set("0123456789abcdef")
        if prefix != self.model.prefix or not hexadecimal:
            noun = self.model._meta.verbose_name
            raise ValidationError(
                f"Write the id of a {noun} like {self.model.prefix}_ and 32 digits.",
                code="invalid",
            )
        return digits


class PublicIdFilter(django_filters.Filter):
    """``?partner=prt_…``: rows whose ``field_name`` is that row; none for another vendor's id."""

    field_class = _PublicIdInput

    def __init__(self, model: Any, field_name: str = "", **kwargs: Any) -> None:
        self.target = model
        super().__init__(
            field_name=f"{field_name}__public_id" if field_name else "public_id",
            model=model, **kwargs,
        )  # fmt: skip


class WordsFilter(django_filters.BaseInFilter, django_filters.CharFilter):
    """``?status=active,suspended``: any of the words."""
