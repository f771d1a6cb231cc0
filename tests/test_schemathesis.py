"""The whole OpenAPI document against the running API, by schemathesis, through WSGI."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from django.db import connections
from django.test import override_settings

from tenants.capabilities import API_SCOPES
from tenants.models import Vendor
from tests.api import Api, api_of
from tests.certifications.world import engineer, pass_exam, publish
from tests.factories import PartnerFactory

METHODS = ("GET", "POST", "PATCH", "DELETE")
pytestmark = [pytest.mark.slow, pytest.mark.no_action_audit]


@pytest.fixture
def token(committed_db: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """A client that may do everything, at a vendor with a program, a partner and a certificate."""
    # As in service: else each of thousands of calls would sign in to PostgreSQL anew.
    monkeypatch.setitem(connections.databases["default"], "CONN_MAX_AGE", None)
    vendor = Vendor.objects.create(code="one", name="One")
    publish(vendor, "sophos-partner-program")
    person = engineer(PartnerFactory(vendor=vendor))
    pass_exam(person, "firewall-engineer", "2020-11-03", version="18.0")
    return api_of(vendor, *API_SCOPES).token


def document_kept(
    token: str,
    *,
    examples: int,
    random: bool = False,
    methods: Sequence[str] = METHODS,
    path: str = "",
    tell: Callable[[str, int, int], object] = lambda *_: None,
) -> tuple[int, list[str]]:
    """How many cases ran, and what failed; ``random``: other ones each time, links followed.
    ``path`` narrows the operations by a regular expression; ``tell`` hears after each of them what
    was tried, and how many cases and failures there are so far."""
    from django.core.wsgi import get_wsgi_application
    from schemathesis import openapi
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    config = SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {
                "deterministic": not random,
                "no-shrink": True,
                "max-examples": examples,
            },
            "phases": {
                "stateful": {"enabled": random},
                "examples": {"enabled": False},
                # One permission class refuses all methods that the document does not name, so one
                # that Django knows and one that nobody does stand for the eight.
                "coverage": {"unexpected-methods": ["PUT", "QUERY"]},
            },
            # An id of nobody's, or a day before the course's release, fits the schema and is
            # refused all the same: only a crash or a lie about the answer is a failure here.
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "4xx"]},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
            },
        }
    )
    schema = openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), config=config)
    schema = schema.include(method=list(methods), path_regex=path or None)
    cases, failures = 0, []
    with override_settings(API_RATE_PER_MINUTE=10**9, API_VENDOR_RATE_PER_MINUTE=10**9):
        for event in from_schema(schema).execute():
            if isinstance(event, events.ScenarioFinished):
                cases += len(event.recorder.cases)
                failures += list(_failures(event))
                tell(f"{event.phase.value}, {event.label or 'links'}", cases, len(failures))
            elif isinstance(event, (events.NonFatalError, events.FatalError)):
                failures.append(str(getattr(event, "info", event)))
    return cases, failures


def _failures(event: Any) -> Any:
    for case_id, checks in event.recorder.checks.items():
        for check in checks:
            if check.failure_info is not None:
                case = event.recorder.cases[case_id].value
                failure = check.failure_info.failure
                yield f"{case.as_curl_command()}\n  {check.name}: {failure.message}"


# In halves, so that two workers share what is the suite's longest test.
@pytest.mark.parametrize("methods", [METHODS[:1], METHODS[1:]], ids=["reading", "writing"])
def test_every_operation_keeps_to_the_document(token: str, methods: Sequence[str]) -> None:
    cases, failures = document_kept(token, examples=2, methods=methods)
    assert cases > 100
    assert failures == []


def test_halves_hold_every_operation(token: str) -> None:
    paths = Api(token).get("/openapi.json").json()["paths"]
    assert {method.upper() for path in paths.values() for method in path} <= set(METHODS)
