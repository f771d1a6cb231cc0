"""The whole OpenAPI document against the running API, by schemathesis, through WSGI."""

from __future__ import annotations

import os
from typing import Any

import pytest
from django.test import override_settings

from tenants.capabilities import API_SCOPES
from tenants.models import Vendor
from tests.api import api_of
from tests.certifications.world import engineer, pass_exam, publish
from tests.factories import PartnerFactory

pytestmark = [pytest.mark.slow, pytest.mark.no_action_audit]

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))


@pytest.fixture
def token(committed_db: str) -> str:
    """A client that may do everything, at a vendor with a program, a partner and a certificate."""
    vendor = Vendor.objects.create(code="one", name="One")
    publish(vendor, "sophos-partner-program")
    person = engineer(PartnerFactory(vendor=vendor))
    pass_exam(person, "firewall-engineer", "2020-11-03", version="18.0")
    return api_of(vendor, *API_SCOPES).token


def run(token: str) -> tuple[int, list[str]]:
    """How many cases ran, and what failed."""
    from django.core.wsgi import get_wsgi_application
    from schemathesis import openapi
    from schemathesis.config import SchemathesisConfig
    from schemathesis.engine import events, from_schema

    config = SchemathesisConfig.from_dict(
        {
            "headers": {"Authorization": f"Bearer {token}"},
            "generation": {"deterministic": True, "no-shrink": True, "max-examples": EXAMPLES},
            "phases": {"stateful": {"enabled": False}, "examples": {"enabled": False}},
            # An id of nobody's, or a day before the course's release, fits the schema and is
            # refused all the same: only a crash or a lie about the answer is a failure here.
            "checks": {
                "positive_data_acceptance": {"expected-statuses": ["2xx", "3xx", "4xx"]},
                "negative_data_rejection": {"expected-statuses": ["4xx"]},
            },
        }
    )
    schema = openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application(), config=config)
    cases, failures = 0, []
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            cases += len(event.recorder.cases)
            failures += list(_failures(event))
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


def test_every_operation_keeps_to_the_document(token: str) -> None:
    with override_settings(API_RATE_PER_MINUTE=10**9):
        cases, failures = run(token)
    assert cases > 100
    assert failures == []
