"""The canary walk: every address, as everybody, looking for anybody else's canary."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.apps import apps
from django.db import connections
from django.test import Client
from django.urls import NoReverseMatch, URLPattern, URLResolver, get_resolver, reverse
from django.urls.resolvers import RoutePattern

from tenants.api.grants import issue
from tenants.capabilities import API_SCOPES
from tenants.models import User, Vendor
from tenants.rows import VendorRow
from tests import factories as make
from tests.isolation.owners import ALL_CANARIES, PARTNERS, UNANNOUNCED, Owner, World

Example = Callable[[World, Owner], str]


@dataclass(frozen=True)
class Route:
    """One named address and the names of its parameters."""

    name: str
    parameters: tuple[str, ...]


@dataclass
class Visitor:
    """Somebody with a host, perhaps a session or an API client, and the canaries they may meet."""

    name: str
    host: str
    may_see: frozenset[str]
    must_see: frozenset[str] = frozenset()
    membership: Any = None
    integration: Any = None

    def client(self) -> Client:
        client = Client(raise_request_exception=False, HTTP_HOST=self.host)
        if self.membership is not None:
            make.sign_in(client, self.membership)
        if self.integration is not None:
            # Issued when the visitor sets out: a token lives ten minutes, the world longer.
            with make.prepared(self.integration.vendor):
                token = issue(self.integration, API_SCOPES)
            client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {token}"
        return client


@dataclass
class Report:
    leaks: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    row_numbers: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    visited: int = 0


def routes() -> list[Route]:
    """Every named address that the resolver knows."""
    return sorted(set(_routes(get_resolver(), "", ())), key=lambda route: route.name)


def _routes(resolver: Any, namespace: str, inherited: tuple[str, ...]) -> Iterator[Route]:
    for entry in resolver.url_patterns:
        names = inherited + parameters_of(entry.pattern)
        if isinstance(entry, URLResolver):
            inner = f"{namespace}{entry.namespace}:" if entry.namespace else namespace
            yield from _routes(entry, inner, names)
        elif isinstance(entry, URLPattern):
            yield Route(f"{namespace}{entry.name or unnamed(entry)}", names)


def unnamed(entry: URLPattern) -> str:
    return f"(unnamed {entry.pattern})"


def parameters_of(pattern: Any) -> tuple[str, ...]:
    if isinstance(pattern, RoutePattern):
        return tuple(pattern.converters)
    return tuple(re.compile(str(pattern.regex.pattern)).groupindex)


def addresses(world: World, route: Route, examples: dict[str, Example], owner: Owner) -> list[str]:
    """The addresses of a route with the owner's rows as parameters; raises without examples."""
    values = {}
    for parameter in route.parameters:
        example = examples.get(f"{route.name} {parameter}") or examples.get(parameter)
        if example is None:
            raise LookupError(f"{route.name}: no example for the parameter {parameter!r}")
        values[parameter] = example(world, owner)
    return [reverse(route.name, kwargs=values) + ASKED.get(route.name, "")]


ASKED = {"search": "?q=canary"}
"""What a page without parameters is asked, where unasked it answers nothing."""


def visitors(world: World) -> list[Visitor]:
    """Anonymous, a stranger vendor's admin, another partner's admin, a CAM, a technician."""
    vendor = frozenset(Owner("aurora", n).canary for n in (0, *PARTNERS))
    staff = vendor | {Owner("aurora", UNANNOUNCED).canary}
    first = frozenset({Owner("aurora", 0).canary, Owner("aurora", 1).canary})
    second = frozenset({Owner("aurora", 0).canary, Owner("aurora", 2).canary})
    strangers = frozenset(Owner("borealis", n).canary for n in (0, *PARTNERS, UNANNOUNCED))
    member = world.rows
    return [
        Visitor("anonymous", "aurora.localhost", frozenset({Owner("aurora", 0).canary})),
        Visitor(
            "stranger vendor's admin",
            "borealis.localhost",
            strangers,
            strangers,
            member["member:channel_admin"][Owner("borealis", 0)],
        ),
        Visitor(
            "other partner's admin",
            "aurora.localhost",
            second,
            second,
            member["member:partner_admin"][Owner("aurora", 2)],
        ),
        Visitor("CAM", "aurora.localhost", staff, vendor, member["member:cam"][Owner("aurora", 0)]),
        Visitor(
            "technician",
            "aurora.localhost",
            first,
            first,
            member["member:partner_member"][Owner("aurora", 1)],
        ),
        Visitor(
            "stranger vendor's integration",
            "borealis.localhost",
            strangers,
            strangers,
            integration=world.integrations[Owner("borealis", 0)],
        ),
        Visitor(
            "other partner's integration",
            "aurora.localhost",
            second,
            second,
            integration=world.integrations[Owner("aurora", 2)],
        ),
    ]


def walk(
    world: World,
    visitor: Visitor,
    examples: dict[str, Example],
    *,
    allowed: Callable[[Route, Owner, str], bool] = lambda route, owner, canary: False,
    only: Callable[[Route], bool] = lambda route: True,
) -> Report:
    """Visit every address with every owner's rows; collect foreign canaries and server errors."""
    report, client = Report(), visitor.client()
    for route in routes():
        if not only(route) or route.name in LEAVE_OUT:
            continue
        visited: set[str] = set()  # where partners share their vendor's row, so do its addresses
        for owner in owners(route, visitor):
            try:
                found = addresses(world, route, examples, owner)
            except NoReverseMatch:
                continue
            for address in found:
                if address not in visited:
                    visited.add(address)
                    _visit(report, client, visitor, route, owner, address, allowed)
    return report


LEAVE_OUT = {
    "account_logout",  # ends the visitor's own session
}
ADDRESSED = (Owner("aurora", 1), Owner("aurora", 2), Owner("borealis", 1))
"""For every visitor a row of their own, of another partner and of another vendor, and for the CAM
one in the portfolio and one out of it. The remaining partners are like these and would double the
walk; their canaries stand in every list all the same, and none may leave it for a stranger."""


def owners(route: Route, visitor: Visitor) -> tuple[Owner, ...]:
    """Whose rows to put into the address, or once where there is no parameter. To who may see no
    partner's, or another vendor's, the two partners are alike: both are strangers."""
    if not route.parameters:
        return ADDRESSED[:1]
    known = [owner for owner in ADDRESSED if owner.canary in visitor.may_see]
    strangers = [owner for owner in ADDRESSED if owner.canary not in visitor.may_see]
    vendors = {owner.vendor: owner for owner in reversed(strangers)}
    return (*known, *vendors.values())


def _visit(
    report: Report,
    client: Client,
    visitor: Visitor,
    route: Route,
    owner: Owner,
    address: str,
    allowed: Callable[[Route, Owner, str], bool],
) -> None:
    response = client.get(address)
    report.visited += 1
    if response.status_code >= 500:
        report.failures.append(f"{visitor.name}: {address} answers {response.status_code}")
    text = text_of(response)
    found = canaries_in(text)
    if row_numbers_in(text) and not address.startswith("/admin/"):  # its forms choose by key
        report.row_numbers.append(f"{address} ({route.name}): {sorted(row_numbers_in(text))[:3]}")
    report.seen |= found
    for canary in sorted(found - visitor.may_see):
        if not allowed(route, owner, canary):
            report.leaks.append(f"{visitor.name} meets {canary} at {address} ({route.name})")


def canaries_in(text: str) -> set[str]:
    return set(re.findall(r"canary[a-z]+\d", text.lower())) & ALL_CANARIES


FIRST_ROW = 2_073_110_000


def number_rows_unmistakably() -> None:
    """Let every vendor's table count from a number that nothing else looks like."""
    models = [m for m in apps.get_models() if issubclass(m, VendorRow)]
    with connections["owner"].cursor() as cursor:
        for model in [*models, Vendor, User]:
            cursor.execute(
                "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)",
                [model._meta.db_table, FIRST_ROW],
            )


def row_numbers_in(text: str) -> set[str]:
    return set(re.findall(r"(?<![0-9a-f])207311\d{4}(?![0-9a-f])", text))


def text_of(response: Any) -> str:
    """Everything an answer carries: headers, and the text inside pages, PDFs and sheets."""
    body = response.getvalue() if response.streaming else response.content
    head = "\n".join(f"{name}: {value}" for name, value in response.items())
    if body.startswith(b"PK"):
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            body = b"\n".join(archive.read(name) for name in archive.namelist())
    elif body.startswith(b"%PDF"):
        from pypdf import PdfReader

        pages = PdfReader(io.BytesIO(body)).pages
        body = "\n".join(page.extract_text() for page in pages).encode()
    return head + "\n" + body.decode("utf-8", errors="replace")
