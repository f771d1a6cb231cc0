"""State, secrets and addresses: kept private, made once, given to those who need them."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from runtime import bootstrap
from runtime.roles import ROLES

ADDRESSES = {key: f"postgresql://{key}@/mainstay" for key in bootstrap.DATABASE_KEYS}


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home that `up` has written, and an environment that knows nothing of it."""
    monkeypatch.setattr(os, "environ", {"MAINSTAY_HOME": str(tmp_path)})
    saved = ADDRESSES | {"REDIS_URL": "redis://kept", bootstrap.GIVEN_KEY: ""}
    bootstrap.save_environment(tmp_path, saved)
    return tmp_path


def test_secrets_are_made_once_and_private(tmp_path: Path) -> None:
    first = bootstrap.load_secrets(tmp_path / "new", ROLES)
    file = tmp_path / "new" / bootstrap.SECRETS_FILE
    assert bootstrap.load_secrets(tmp_path / "new", ROLES) == first
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)


def test_secrets_hold_a_password_per_role_and_two_keys(tmp_path: Path) -> None:
    made = bootstrap.load_secrets(tmp_path, ROLES)
    assert set(made) == {*ROLES, "MAINSTAY_SECRET_KEY", "MAINSTAY_ENCRYPTION_KEY"}
    assert len(set(made.values())) == len(made)
    Fernet(made["MAINSTAY_ENCRYPTION_KEY"])


def test_damaged_secrets_are_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / bootstrap.SECRETS_FILE).write_text('{"torn": ')
    with pytest.raises(SystemExit, match=r"secrets\.json is damaged.*Restore it, or delete it"):
        bootstrap.load_secrets(tmp_path, ROLES)


def test_nothing_written_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {"MAINSTAY_HOME": str(tmp_path)}
    monkeypatch.setattr(os, "environ", dict(before))
    bootstrap.load_environment(["manage.py", "migrate"])
    assert os.environ == before


@pytest.mark.parametrize("command", ["shell", "check", "runserver", ""])
def test_ordinary_commands_do_not_get_the_owner(state: Path, command: str) -> None:
    bootstrap.load_environment(["manage.py", command])
    found = {key: os.environ.get(key) for key in bootstrap.DATABASE_KEYS}
    assert found == ADDRESSES | {"DATABASE_OWNER_URL": None}


@pytest.mark.parametrize("command", sorted(bootstrap.OWNER_COMMANDS))
def test_commands_on_the_schema_get_the_owner(state: Path, command: str) -> None:
    bootstrap.load_environment(["manage.py", command])
    assert os.environ["DATABASE_OWNER_URL"] == ADDRESSES["DATABASE_OWNER_URL"]


def test_given_address_wins_and_brings_no_other(state: Path) -> None:
    os.environ["DATABASE_URL"] = "postgresql://given@/elsewhere"
    bootstrap.load_environment(["manage.py", "migrate"])
    found = [os.environ.get(key) for key in bootstrap.DATABASE_KEYS]
    assert found == ["postgresql://given@/elsewhere", None, None]
    assert os.environ["REDIS_URL"] == "redis://kept"


def test_address_of_the_administrator_is_replaced_by_the_roles_made_from_it(state: Path) -> None:
    admin = "postgresql://admin@/postgres"
    bootstrap.save_environment(state, ADDRESSES | {bootstrap.GIVEN_KEY: bootstrap.digest(admin)})
    os.environ["DATABASE_URL"] = admin
    bootstrap.load_environment(["manage.py", "shell"])
    assert os.environ["DATABASE_URL"] == ADDRESSES["DATABASE_URL"]


def test_written_environment_is_private_and_whole(state: Path) -> None:
    file = state / bootstrap.ENVIRONMENT_FILE
    assert file.stat().st_mode & 0o777 == 0o600
    assert json.loads(file.read_text())["REDIS_URL"] == "redis://kept"
    assert [path.name for path in state.iterdir()] == [bootstrap.ENVIRONMENT_FILE]


def test_relative_home_lies_in_the_checkout(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINSTAY_HOME", "elsewhere")
    assert bootstrap.home() == bootstrap.PROJECT / "elsewhere"
