from __future__ import annotations

import pytest
from django.test import Client

from tenants.models import Vendor
from tests.programs.drafts.editor import DRAFT, admin_of
from tests.programs.world import new_vendor


@pytest.fixture
def vendor() -> Vendor:
    return new_vendor()


@pytest.fixture
def ada(vendor: Vendor) -> Client:
    client = admin_of(vendor)
    client.post(f"{DRAFT}start/", {"from": "version:1"})
    return client


@pytest.fixture
def ben(vendor: Vendor) -> Client:
    return admin_of(vendor)
