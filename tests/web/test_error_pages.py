"""Error pages: plain words for whoever meets them, and a way out."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError
from django.http import HttpRequest

from tests.web.asking import asking
from web import context, views

pytestmark = pytest.mark.skipif(
    not (Path(settings.BASE_DIR) / "node_modules").is_dir(), reason="npm ci has not run"
)


@pytest.mark.parametrize(
    ("view", "status"),
    [
        (views.bad_request, 400),
        (views.permission_denied, 403),
        (views.page_not_found, 404),
        (views.server_error, 500),
        (views.csrf_failure, 403),
    ],
)
def test_error_pages_say_what_to_do_and_which_request(view: Any, status: int) -> None:
    answer = view(asking(request_id="req-42"))
    assert answer.status_code == status
    assert b"req-42" in answer.content
    assert b'href="/"' in answer.content


def met_by(monkeypatch: pytest.MonkeyPatch, **facts: Any) -> HttpRequest:
    """A request of somebody with these facts of the frame; nobody signed in without any."""
    monkeypatch.setattr(context, "_providers", [lambda request: facts])
    monkeypatch.setattr(context, "_items", {})
    nobody = SimpleNamespace(is_authenticated=False, is_staff=False)
    return asking("/somewhere/?a=b") if facts else asking("/somewhere/?a=b", user=nobody)


STAFF = {"person_name": "Robin Hale", "person_is_staff": True}
PARTNER = {"person_name": "Priya Nair", "person_is_staff": False}


@pytest.mark.parametrize(
    ("view", "facts", "words"),
    [
        (views.permission_denied, STAFF, "A channel admin can give you one"),
        (views.permission_denied, PARTNER, "Ask the partner admin of your company"),
        (views.permission_denied, {}, "Sign in first"),
        (views.page_not_found, STAFF, "belongs to another program."),
        (views.page_not_found, PARTNER, "another program or partner"),
        (views.page_not_found, {}, "sign in and open it again"),
    ],
)
def test_error_pages_speak_to_whoever_meets_them(
    monkeypatch: pytest.MonkeyPatch, view: Any, facts: dict[str, Any], words: str
) -> None:
    assert words in view(met_by(monkeypatch, **facts)).content.decode()


def test_the_way_out_of_a_stranger_is_the_sign_in_and_back(monkeypatch: pytest.MonkeyPatch) -> None:
    page = views.page_not_found(met_by(monkeypatch)).content.decode()
    assert 'href="/account/login/?next=%2Fsomewhere%2F%3Fa%3Db"' in page


def test_a_database_that_does_not_answer_is_said_and_when_to_come_back() -> None:
    try:
        raise OperationalError("could not connect to server: 10.0.0.7")
    except OperationalError:
        answer = views.server_error(asking(request_id="req-42"))
    assert (answer.status_code, answer["Retry-After"]) == (503, "30")
    page = answer.content.decode()
    assert "Not reachable for a moment" in page and "Try again" in page
    assert "10.0.0.7" not in page


def test_a_defect_shows_no_traceback() -> None:
    try:
        raise ValueError("secret detail")
    except ValueError:
        answer = views.server_error(asking())
    assert answer.status_code == 500
    assert b"secret detail" not in answer.content and b"Traceback" not in answer.content
