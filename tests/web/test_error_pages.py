"""Error pages: plain words for whoever meets them, and a way out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from tests.web.asking import asking
from web import views

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
