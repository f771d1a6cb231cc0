"""``ResourceView``: list, item and their rules, from what a resource declares.

Apps derive from ``tenants.api.Resource``, which adds the door, permissions and idempotency;
see ``web/api/__init__.py`` for an example.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from typing import Any, ClassVar
from urllib.parse import urlencode

import orjson
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django_filters import BooleanFilter
from rest_framework.request import Request
from rest_framework.viewsets import ViewSet

from web.api import cursors, etags, listing
from web.api.output import Nested, Out, declared
from web.api.parameters import Allowed, Asked, read_item, read_list
from web.api.problems import wrong_parameter, wrong_parameters
from web.statements import Statement, remembered

JSON = "application/json"


class ResourceView(ViewSet):
    """One kind of thing under one address: rows of ``model`` (``component`` names its schema).

    ``fields``: what an answer holds, in order. ``expandable``: dotted name -> fuller value, two
    levels deep. ``sorts``: name -> column path (nulls last). ``updated``: the column behind
    ``updated_since``. ``filterset_class``: a django-filter FilterSet. ``inputs`` and ``outputs``:
    action name -> serializer of the body, or declared answer where it is not the item.
    ``statuses``: action name -> status of its answer, where it is not the usual one. ``summaries``:
    action name -> its name in the document, where verb and noun ("Approve a thing") mislead.
    """

    http_method_names = ["get", "post", "patch", "delete", "head"]
    lookup_url_kwarg = "id"
    lookup_value_converter = "str"

    model: ClassVar[Any]
    component: ClassVar[str] = ""
    fields: ClassVar[Mapping[str, Out | str]] = {}
    expandable: ClassVar[Mapping[str, Out]] = {}
    sorts: ClassVar[Mapping[str, str]] = {}
    order: ClassVar[str] = "id"
    updated: ClassVar[str] = ""
    filterset_class: ClassVar[Any] = None
    inputs: ClassVar[Mapping[str, Any]] = {}
    outputs: ClassVar[Mapping[str, Any]] = {}
    statuses: ClassVar[Mapping[str, int]] = {}
    summaries: ClassVar[Mapping[str, str]] = {}

    def get_queryset(self) -> QuerySet[Any]:
        """The rows this request may see; ``Model.objects`` is scoped already."""
        return self.model.objects.all()

    def scope_key(self) -> Hashable | None:
        """All that ``get_queryset`` may depend on besides the parameters; None: nothing kept."""
        return None

    # Reading -----------------------------------------------------------------------------

    def list(self, request: Request, **kwargs: Any) -> HttpResponse:
        """One page of the list."""
        asked = read_list(request.query_params, self.allowed())
        order = self.order_of(asked)
        purpose = f"{type(self).__qualname__}:{','.join(order.terms())}"
        after = self._position(asked, purpose, order)
        rows = self._statement(asked, order, bool(after)).run(after)
        page, more = rows[: asked.limit], len(rows) > asked.limit
        next_cursor = cursors.encode(purpose, page[-1][1:]) if more else None
        body = [b'{"data":[', ",".join([row[0] for row in page]).encode(), b"]"]
        body.append(b',"has_more":true' if more else b',"has_more":false')
        body.append(b',"next_cursor":"%s"' % next_cursor.encode() if next_cursor else
                    b',"next_cursor":null')  # fmt: skip
        if asked.total:
            body.append(b',"total":%d' % self._rows(asked).count())
        response = HttpResponse(b"".join([*body, b"}"]), content_type=JSON)
        if next_cursor:
            response["Link"] = f'<{self._next_address(next_cursor)}>; rel="next"'
        return response

    def retrieve(self, request: Request, id: str, **kwargs: Any) -> HttpResponse:
        """One item with its ETag; 304 when ``If-None-Match`` names it."""
        asked = read_item(request.query_params, self.allowed())
        body = self.body_of(id, asked)
        response = HttpResponse(body, content_type=JSON)
        if not asked.fields and not asked.expand:
            response["ETag"] = etag = etags.etag_of(body)
            if etags.names(request.headers.get("If-None-Match"), etag):
                response.status_code, response.content = 304, b""
        return response

    def body_of(self, id: str, asked: Asked = Asked()) -> bytes:
        """The item as JSON; 404 for what is not there or not this caller's to see."""
        scope_key = self.scope_key()
        key = scope_key and (type(self), scope_key, "item", asked)
        found = self.parsed_id(id)
        statement = remembered(
            key,
            lambda: listing.item_statement(self.get_queryset(), self.values(asked), "public_id"),
        )
        rows = statement.run([str(found)])
        if not rows:
            raise Http404
        return rows[0][0].encode()

    def parsed_id(self, id: str) -> Any:
        """The uuid inside a public id of this resource's kind, else 404."""
        prefix, _, digits = id.partition("_")
        if prefix != self.model.prefix or len(digits) != 32 or not _HEX.issuperset(digits):
            raise Http404
        return digits

    # Writing: the action writes; these answer with what came of it ------------------------

    def read(self, request: Request) -> dict[str, Any]:
        """The body, checked by the ``inputs`` serializer of this action; 400 names each field."""
        serializer = _shared(self.inputs[self.action], request.method == "PATCH")
        found: dict[str, Any] = serializer.run_validation(request.data)
        return found

    @contextmanager
    def changing(self, request: Request, id: str) -> Iterator[Any]:
        """Lock the row for PATCH or DELETE and hold it to ``If-Match`` (428, 412)."""
        with transaction.atomic():
            rows = self.get_queryset().filter(public_id=self.parsed_id(id))
            row = rows.select_for_update(no_key=True, of=("self",)).first()
            if row is None:
                raise Http404
            etags.require_match(request.headers.get("If-Match"), etags.etag_of(self.body_of(id)))
            yield row

    def found(self, id: str) -> Any:
        """The model row behind a public id in the address, else 404."""
        row = self.get_queryset().filter(public_id=self.parsed_id(id)).first()
        if row is None:
            raise Http404
        return row

    def shown(self, row: Any, status: int = 200) -> HttpResponse:
        """The row as GET would show it, with its ETag."""
        body = self.body_of(_ref(row))
        return HttpResponse(body, status=status, content_type=JSON,
                            headers={"ETag": etags.etag_of(body)})  # fmt: skip

    def created(self, row: Any) -> HttpResponse:
        """201 with ``Location`` and the new item."""
        response = self.shown(row, 201)
        response["Location"] = f"{self.request.path.rstrip('/')}/{_ref(row)}"
        return response

    def answered(self, value: Any, status: int = 200) -> HttpResponse:
        """Any JSON value as the answer of a custom action."""
        return HttpResponse(orjson.dumps(value, default=str), status=status, content_type=JSON)

    # What is declared ---------------------------------------------------------------------

    @classmethod
    def allowed(cls) -> Allowed:
        found = cls.__dict__.get("_allowed")
        if found is None:
            filters = cls.filterset_class.base_filters if cls.filterset_class else ()
            sorts = cls.sorts if cls.updated == "" else {cls.updated: cls.updated, **cls.sorts}
            found = cls._allowed = Allowed(  # type: ignore[attr-defined]
                tuple(cls.fields), tuple(cls.expandable), tuple(sorts), tuple(filters),
                bool(cls.updated), getattr(cls.filterset_class, "open_prefix", ""),
            )  # fmt: skip
        return found

    @classmethod
    def values(cls, asked: Asked) -> dict[str, Out]:
        """The declared values, narrowed by ``fields=`` and filled out by ``expand=``."""
        values = {name: _copied(out) for name, out in declared(cls.fields).items()}
        _expand(values, asked.expand, cls.expandable)
        return {n: values[n] for n in values if not asked.fields or n in asked.fields}

    @classmethod
    def order_of(cls, asked: Asked) -> listing.Order:
        """The order asked for; a sync by ``updated_since`` follows the changes by default."""
        default = cls.updated if asked.updated_since else cls.order
        sort = asked.sort or default
        name, falling = sort.removeprefix("-"), sort.startswith("-")
        path = cls.sorts.get(name, name)
        return listing.Order((path,) if path == "id" else (path, "id"), falling)

    @cached_property
    def filters(self) -> Any:
        """The FilterSet bound to the parameters; 400 names each wrong one."""
        _refuse_unclear(self.filterset_class.base_filters, self.request.query_params)
        found = self.filterset_class(
            self.request.query_params, queryset=self.get_queryset(), request=self.request
        )
        if not found.is_valid():
            raise wrong_parameters(
                [
                    {"pointer": f"?{name}", "code": e["code"] or "invalid", "detail": e["message"]}
                    for name, errors in found.errors.get_json_data().items()
                    for e in errors
                ]
            )
        return found

    # Inside -------------------------------------------------------------------------------

    def _rows(self, asked: Asked) -> QuerySet[Any]:
        rows: QuerySet[Any] = self.filters.qs if asked.filtered else self.get_queryset()
        if asked.updated_since:
            rows = rows.filter(**{f"{self.updated}__gte": asked.updated_since})
        return rows

    def _statement(self, asked: Asked, order: listing.Order, after: bool) -> Statement:
        key: Hashable | None = None
        if not asked.filtered and asked.updated_since is None:
            key = self.scope_key()
        if key is not None:
            shape = (asked.limit, asked.fields, asked.expand)
            key = (type(self), key, "list", shape, order, after)
        return remembered(
            key,
            lambda: listing.list_statement(
                self._rows(asked), self.values(asked), order, asked.limit, after=after
            ),
        )

    def _position(self, asked: Asked, purpose: str, order: listing.Order) -> Sequence[str | None]:
        if not asked.cursor and "cursor" not in self.request.query_params:
            return []
        try:
            return cursors.decode(purpose, asked.cursor, len(order.paths))
        except cursors.BadCursor:
            words = "The cursor is not one that this list gave out under this order."
            raise wrong_parameter("cursor", "invalid", words) from None

    def _next_address(self, cursor: str) -> str:
        given = {k: v for k, v in self.request.query_params.items() if k != "cursor"}
        return f"{self.request.path}?{urlencode({**given, 'cursor': cursor})}"


_HEX = frozenset("0123456789abcdef")


@lru_cache(maxsize=500)
def _shared(serializer: Any, partial: bool) -> Any:
    """One serializer for all requests: building its fields costs more than checking a body.

    Checking changes nothing in it, and it gets no context: a rule that needs the request belongs
    to the action.
    """
    return serializer(partial=partial)


def _refuse_unclear(filters: Mapping[str, Any], given: Mapping[str, str]) -> None:
    """django-filter ignores what is neither true nor false; a program's mistake is told."""
    for name, held in filters.items():
        unclear = isinstance(held, BooleanFilter) and given.get(name, "true")
        if unclear and unclear not in ("true", "false"):
            raise wrong_parameter(name, "invalid", f"{name} is true or false.")


def _ref(row: models.Model) -> str:
    """The public id; read back first where the database has just given it."""
    if not hasattr(row.public_id, "hex"):  # type: ignore[attr-defined]
        row.refresh_from_db(fields=["public_id"])
    return row.ref  # type: ignore[attr-defined,no-any-return]


def _expand(values: dict[str, Out], asked: tuple[str, ...], full: Mapping[str, Out]) -> None:
    """Put the fuller values in place; ``partner.cam`` fills out ``partner`` as well."""
    names = {name for path in asked for name in (path, path.partition(".")[0]) if name in full}
    for name in sorted(names, key=lambda n: n.count(".")):
        above, _, own = name.rpartition(".")
        held: Any = values[above] if above else None
        (held.values if above else values)[own] = _copied(full[name])


def _copied(out: Out) -> Out:
    """Values inside are replaced by ``expand=``, so a declared object is never changed itself."""
    if not isinstance(out, Nested):
        return out
    twin = Nested(out.path, help=out.help)
    twin.values = dict(out.values)
    return twin
