"""The example of docs/webhooks.md, run for real against what Mainstay sends."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from alerts.models.webhooks import WAITS
from alerts.signing import new_secret
from licensing.actions.telling import PUSHED, STRICTER
from tests import factories as make
from tests.alerts.receiver import listening
from tests.alerts.webhook_world import beat, happens, new_vendor, webhook
from web.api.reference import document

TEXT = Path("docs/webhooks.md").read_text(encoding="utf-8")
[EXAMPLE] = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)


def verified(*args: Any) -> bool:
    names: dict[str, Any] = {}
    exec(EXAMPLE, names)
    return bool(names["verified"](*args))


def test_the_example_has_at_most_20_lines() -> None:
    assert len(EXAMPLE.strip().splitlines()) <= 20


@pytest.mark.usefixtures("committed_db")
def test_the_example_takes_what_is_sent_and_nothing_else(settings: Any) -> None:
    settings.WEBHOOKS_TO_LOOPBACK = True
    secret = new_secret()
    with listening() as receiver:
        partner = make.PartnerFactory(vendor=new_vendor())
        webhook(partner.vendor, receiver.url, secret=secret)
        happens(partner)
        assert beat() == 1
    [(headers, body)] = receiver.got
    stale = {**headers, "webhook-timestamp": str(int(headers["webhook-timestamp"]) - 301)}
    assert verified(headers, body, secret)
    assert not verified(headers, body + b" ", secret)
    assert not verified(headers, body, new_secret())
    assert not verified({**headers, "webhook-id": "evt_0"}, body, secret)
    assert not verified(stale, body, secret)


def test_the_api_document_describes_what_is_pushed() -> None:
    described = json.loads(document())["webhooks"]
    body = described["authorization.revoked"]["post"]["requestBody"]["content"]["application/json"]
    assert set(described) == set(PUSHED)
    assert set(body["schema"]["properties"]["data"]["properties"]) == {
        "id",
        "partner",
        *PUSHED["authorization.revoked"],
    }


def test_the_page_names_every_pushed_kind_stage_and_wait() -> None:
    named = set(re.findall(r"`([a-z_.]+)`", TEXT))
    assert named >= {*PUSHED, *STRICTER}
    assert len(WAITS) == 9
    assert [int(wait.total_seconds()) // 3600 for wait in WAITS[3:]] == [2, 5, 10, 14, 20, 21]
