"""The base of every vendor's row: its keys, its manager that fails closed, its foreign keys."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self, cast

from django import forms
from django.db import connection, models
from django.db.models import Q
from django.db.models.fields.related import RelatedField

from tenants import scope as scopes
from tenants.writing import register_walled_table
from web.statements import Late, Statement, compiled, remembered


class NewPublicId(models.Func):
    """``mainstay_uuid7()``: time-ordered, so that public ids index as well as numbers."""

    function = "mainstay_uuid7"
    template = "%(function)s()"
    output_field = models.UUIDField()


class ScopedQuerySet(models.QuerySet[Any]):
    """A queryset already limited to the current scope (see ``ScopedManager``)."""

    def with_public_id(self, value: str) -> Self:
        """The row a user named by its public id; none for another kind's or a broken id."""
        found = parse_public_id(self.model, value)
        return self.filter(public_id=found) if found else self.none()


class ScopedManager(models.Manager.from_queryset(ScopedQuerySet)):  # type: ignore[misc]
    """The code's own wall: every queryset is filtered by the scope, and refused without one.

    Row-level security beneath repeats the filter. Each of the two is tested with the other off.
    """

    def get_queryset(self) -> Any:
        scope = scopes.current()
        return super().get_queryset().filter(self.model.visible_q(scope))

    def compiled(self, name: str, build: Callable[[Any], Any]) -> Statement:
        """``build(self)``, a queryset with ``Late`` values, compiled once per scope.

        For what every request asks: compiling costs as much as running. ``name`` tells the
        statements of one model apart. ``build`` may depend on the scope and on nothing else.
        """
        key = (self.model, name, replace(scopes.current(), request_id=""))
        return remembered(key, lambda: compiled(build(self)))

    def one(self, column: str, value: Any) -> Any | None:
        """The visible row with this value in a unique column, or ``None``, for half the cost of
        ``filter(column=value).first()``."""
        late = Late(0, self.model._meta.get_field(column))
        statement = self.compiled(
            f"one by {column}", lambda rows: rows.filter(**{column: late}).order_by()[:1]
        )
        rows = statement.run([value])
        return _from_db(self.model, rows[0]) if rows else None

    def by_ref(self, text: object) -> Any | None:
        """The visible row whose public id a user gave (``prt_…``), or ``None``."""
        found = parse_public_id(self.model, text)
        return self.one("public_id", found) if found else None


class ScopedChoiceField(forms.ModelChoiceField):
    """Asks the scope when a form is made, not when its class is (which has no vendor)."""

    def __init__(self, *, model: type[models.Model], **kwargs: Any) -> None:
        self.model = model
        kwargs.setdefault("queryset", None)
        super().__init__(**kwargs)

    def __deepcopy__(self, memo: Any) -> Any:
        copied = super().__deepcopy__(memo)
        if self.queryset is None:
            copied.queryset = self.model._default_manager.all()
        return copied


def _from_db(model: Any, row: Sequence[Any]) -> Any:
    """A model's row from its columns in order, as a queryset would make it."""
    fields = model._meta.concrete_fields
    values = [
        f.from_db_value(value, None, connection) if hasattr(f, "from_db_value") else value
        for f, value in zip(fields, row, strict=True)
    ]
    return model.from_db(connection.alias, [f.attname for f in fields], values)


class ScopedForeignKey(models.ForeignKey):
    """A foreign key within one vendor. Its constraint is composite and made by ``Wall``.

    Rows are never deleted under one another (``PROTECT``); the index, led by the vendor, is made
    by ``Wall`` as well.
    """

    def __init__(self, to: Any, on_delete: Any = models.PROTECT, **kwargs: Any) -> None:
        kwargs.setdefault("db_constraint", False)
        kwargs.setdefault("db_index", False)
        super().__init__(to, on_delete, **kwargs)

    def formfield(self, **kwargs: Any) -> Any:
        """Choices of the scope, asked for when a form is made."""
        defaults = {
            "form_class": ScopedChoiceField,
            "model": self.remote_field.model,
            "to_field_name": self.remote_field.field_name,
            "blank": self.blank,
        }
        kwargs.pop("using", None)
        if not issubclass(kwargs.get("form_class", ScopedChoiceField), ScopedChoiceField):
            del defaults["model"]
        return RelatedField.formfield(self, **{**defaults, **kwargs})


class VendorRow(models.Model):
    """A row of one vendor. ``wall`` says which partners may see it, besides the vendor's staff.

    ``"vendor"``: everybody of the vendor; ``"partner"``: the partner in ``partner_id``;
    ``"staff"``: nobody but staff; ``"custom"``: by a condition of its own in the migration,
    with the same condition registered through ``scope.register_visibility``.
    """

    wall: ClassVar[str] = "vendor"
    prefix: ClassVar[str] = ""

    vendor = models.ForeignKey(
        "tenants.Vendor", models.PROTECT, db_index=False, related_name="+", editable=False
    )
    public_id = models.UUIDField(db_default=NewPublicId(), editable=False, unique=True)

    objects: ClassVar[Any] = ScopedManager()

    class Meta:
        abstract = True

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.vendor_id is None:
            self.vendor_id = scopes.current().vendor_id
        super().save(*args, **kwargs)

    @classmethod
    def visible_q(cls, scope: scopes.Scope) -> Q:
        """The code's wall as a condition: the vendor, and below it the partner's part."""
        vendor = Q(vendor_id=scope.vendor_id)
        if scope.all_partners or cls.wall == "vendor":
            return vendor
        if cls.wall == "partner":
            return vendor & Q(partner_id__in=list(scope.partner_ids))
        condition = scopes.visibility_of(cls._meta.label)
        if cls.wall == "custom" and condition is not None:
            return vendor & cast(Q, condition(scope))
        return vendor & Q(pk__in=[])

    @property
    def ref(self) -> str:
        """The id shown outside, e.g. ``prt_0199…``."""
        return format_public_id(self.prefix, self.public_id)


def format_public_id(prefix: str, public_id: uuid.UUID) -> str:
    return f"{prefix}_{public_id.hex}"


_PUBLIC_ID = re.compile(r"([a-z]{2,4})_([0-9a-f]{32})")


def parse_public_id(model: type[Any], value: object) -> uuid.UUID | None:
    """The uuid inside ``prt_…`` if the prefix is the model's own, else ``None``."""
    match = _PUBLIC_ID.fullmatch(value) if isinstance(value, str) else None
    if match is None or match.group(1) != model.prefix:
        return None
    return uuid.UUID(match.group(2))


def register_walled_models() -> None:
    """Tell the cursor which tables only actions may write (called once the apps are loaded)."""
    from django.apps import apps

    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, VendorRow):
            register_walled_table(model._meta.db_table)
