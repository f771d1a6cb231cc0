from __future__ import annotations

from collections.abc import Iterator

import pytest

from tenants import messages
from tenants.models import Membership, Vendor
from tests.tenants.inviting import Sent
from tests.tenants.world import make_member, make_vendor


@pytest.fixture
def sent() -> Iterator[Sent]:
    """What the base handed to the sender during the test."""
    collected = Sent()
    replaced = messages.register_sender(collected)
    yield collected
    messages.register_sender(replaced)


@pytest.fixture
def aurora() -> Vendor:
    return make_vendor("aurora", name="Aurora Cloud")


@pytest.fixture
def admin(aurora: Vendor) -> Membership:
    """The vendor's channel admin."""
    return make_member(aurora)
