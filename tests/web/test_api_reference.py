from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def document(django_db_setup: None) -> dict[str, Any]:
    import orjson

    from web.api.reference import document

    return orjson.loads(document())


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, found in document["paths"].items()
        for method, operation in found.items()
        if method in ("get", "post", "patch", "delete")
    ]


def test_the_document_is_open_to_everybody() -> None:
    answer = Client().get("/api/v1/openapi.json")
    assert (answer.status_code, answer["Content-Type"]) == (200, "application/json")
    assert answer.json()["openapi"] == "3.1.1"


def test_every_operation_names_its_scope(document: dict[str, Any]) -> None:
    known = document["components"]["securitySchemes"]["oauth2"]["flows"]["clientCredentials"]
    for method, path, operation in operations(document):
        (needed,) = operation["security"]
        (scope,) = needed["oauth2"]
        assert scope in known["scopes"], (method, path)


def test_every_operation_documents_its_problems(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        wanted = {"400", "401", "403", "405", "429", "500"}
        if method in ("post", "patch"):
            wanted |= {"409", "415", "422"}
        assert wanted <= set(operation["responses"]), (method, path)


def test_every_post_takes_an_idempotency_key(document: dict[str, Any]) -> None:
    for method, path, operation in operations(document):
        headers = {p["name"] for p in operation.get("parameters", []) if p["in"] == "header"}
        assert ("Idempotency-Key" in headers) == (method == "post"), path


def test_every_operation_has_a_summary_of_its_own(document: dict[str, Any]) -> None:
    found = [str(operation.get("summary", "")) for _, _, operation in operations(document)]
    assert [words for words in found if not 5 <= len(words) <= 60] == []
    assert sorted(found) == sorted(set(found))


def test_operation_ids_are_unique(document: dict[str, Any]) -> None:
    found = [operation["operationId"] for _, _, operation in operations(document)]
    assert sorted(found) == sorted(set(found))


def test_the_reference_page_loads_nothing_from_outside() -> None:
    answer = Client().get("/api/v1/docs/")
    assert answer.status_code == 200
    text = answer.content.decode()
    addresses = re.findall(r'(?:src|href)="([^"]+)"', text)
    assert addresses
    assert [a for a in addresses if not a.startswith("/")] == []
    assert "<script>" not in text
    policy = answer["Content-Security-Policy"]
    assert "script-src 'self';" in policy
    assert "style-src 'self' 'unsafe-inline';" in policy
    script = Client().get(next(a for a in addresses if "script" in a and "static" not in a))
    assert script["Content-Type"] == "application/javascript"
    assert "/api/v1/openapi.json" in script.content.decode()
