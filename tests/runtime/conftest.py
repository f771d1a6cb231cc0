"""Servers of this folder's own: these tests need neither the product nor its database."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from runtime import roles
from runtime.postgres import Cluster, throwaway_parent
from tests.runtime.checkout import Checkout

PASSWORDS = {role: f"secret of {role}" for role in roles.ROLES}


@pytest.fixture(scope="session")
def own_cluster() -> Iterator[Cluster]:
    """A throw-away server with the three roles and the database `mainstay`."""
    server = Cluster(throwaway=True, in_memory=True)
    server.start()
    roles.provision(server.superuser_url(), "mainstay", PASSWORDS)
    yield server
    server.stop()


@pytest.fixture
def reachable() -> Iterator[Path]:
    """A fresh folder that the server's own user can enter, which pytest's `tmp_path` is not."""
    parent = throwaway_parent()
    folder = Path(tempfile.mkdtemp(prefix=f"mainstay-test-{os.getpid()}-", dir=parent))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    """A stand-in checkout in a folder that only its owner can enter."""
    folder = tmp_path / "clone"
    folder.mkdir(mode=0o700)
    made = Checkout(folder)
    yield made
    made.remove()
