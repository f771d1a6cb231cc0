"""The image and the compose file, parsed: no container engine runs where the suite runs."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from runtime import bootstrap, services
from runtime.bootstrap import PROJECT

SERVICES: dict[str, dict[str, Any]] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text())[
    "services"
]
OURS = ["migrate", "web", "worker", "beat"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text()


def instructions() -> list[tuple[str, str]]:
    """The Dockerfile's instructions with continued lines joined and comments left out."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE, flags=re.MULTILINE).replace("\\\n", " ")
    return [(line.split()[0], line.split(None, 1)[1]) for line in text.splitlines() if line.strip()]


def final_stage() -> list[tuple[str, str]]:
    """What the image that is run is made of."""
    found = instructions()
    last = max(index for index, (name, _) in enumerate(found) if name == "FROM")
    return found[last:]


def test_compose_has_every_service() -> None:
    assert set(SERVICES) == {"postgres", "redis", *OURS}


@pytest.mark.parametrize("name", ["postgres", "redis", "web", "worker", "beat"])
def test_lasting_service_has_a_health_check(name: str) -> None:
    check = SERVICES[name]["healthcheck"]
    assert (check["test"][0], check["retries"] > 0) == ("CMD", True)


@pytest.mark.parametrize("name", OURS)
def test_our_container_is_not_root_and_gains_nothing(name: str) -> None:
    service = SERVICES[name]
    assert int(service["user"].split(":")[0]) > 0
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_service_runs_and_is_checked_by_the_commands_of_make_run(name: str) -> None:
    service = SERVICES[name]
    assert service["command"] == ["python", "-m", "runtime.services", name]
    assert service["healthcheck"]["test"][1:] == [
        "python", "-m", "runtime.services", "health", name,
    ]  # fmt: skip
    assert name in services.COMMANDS


def test_every_module_and_command_named_exists() -> None:
    text = DOCKERFILE + (PROJECT / "docker-compose.yml").read_text()
    words = re.sub(r'["\',\[\]]+', " ", text)
    modules = set(re.findall(r"python +-m +(runtime\.\w+)", words))
    missing = [name for name in modules if not (PROJECT / f"{name.replace('.', '/')}.py").exists()]
    commands = set(re.findall(r"python manage\.py (\w+)", words))
    assert (modules >= {"runtime.services", "runtime.provision"}, missing) == (True, [])
    assert commands == {"migrate", "collectstatic"}


def test_only_the_migration_holds_the_owner_and_the_administrator() -> None:
    holders = {
        key: [name for name in OURS if key in SERVICES[name]["environment"]]
        for key in (*bootstrap.DATABASE_KEYS, "MAINSTAY_ADMIN_URL")
    }
    assert holders == {
        "DATABASE_URL": OURS,
        "DATABASE_OPS_URL": ["migrate", "worker"],
        "DATABASE_OWNER_URL": ["migrate"],
        "MAINSTAY_ADMIN_URL": ["migrate"],
    }


@pytest.mark.parametrize("name", ["web", "worker", "beat"])
def test_service_waits_for_the_migration(name: str) -> None:
    assert SERVICES[name]["depends_on"]["migrate"] == {
        "condition": "service_completed_successfully"
    }


def test_no_secret_has_a_value_in_the_file() -> None:
    values = [
        (key, str(value))
        for service in SERVICES.values()
        for key, value in service.get("environment", {}).items()
        if re.search(r"PASSWORD|KEY|URL", key) and key != "REDIS_URL"
    ]
    secret = r"(?:postgresql://\w+:)?\$\{\w+(?:PASSWORD|KEY):\?[^}]+\}(?:@postgres/\w+)?"
    assert values
    assert [key for key, value in values if not re.fullmatch(secret, value)] == []


def test_containers_run_as_the_user_that_owns_their_folders() -> None:
    made = " ".join(words for name, words in final_stage() if name == "RUN")
    user = re.search(r"useradd .*--uid (\d+) .*--home-dir (\S+) mainstay", made)
    assert user is not None
    assert {SERVICES[name]["user"] for name in OURS} == {f"{user[1]}:{user[1]}"}
    mounts = {m.partition(":")[2] for name in OURS for m in SERVICES[name].get("volumes", [])}
    assert mounts == {"/files", user[2]}
    assert "install -d -o mainstay /files" in made


def test_only_the_web_port_is_published_and_on_loopback() -> None:
    published = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert published == {"web": ["127.0.0.1:${PORT:-8000}:8000"]}


def test_image_is_built_in_stages_and_runs_as_an_ordinary_user() -> None:
    bases = [words.split()[0] for name, words in instructions() if name == "FROM"]
    users = [words for name, words in final_stage() if name == "USER"]
    assert (len(bases), users) == (3, ["mainstay"])
    assert not any(name == "ADD" for name, _ in instructions())


def test_image_has_a_health_check_and_collects_static_files() -> None:
    names = [name for name, _ in final_stage()]
    assert "HEALTHCHECK" in names
    assert any("collectstatic" in words for name, words in final_stage() if name == "RUN")


def test_image_leaves_state_and_packages_of_the_machine_out() -> None:
    ignored = (PROJECT / ".dockerignore").read_text().split()
    assert {".git", ".venv", ".mainstay", "node_modules"} <= set(ignored)


def test_health_of_a_silent_worker_is_bad(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAINSTAY_HOME", str(tmp_path))
    before = services.is_healthy("worker")
    (tmp_path / bootstrap.HEARTBEAT_FILE).touch()
    assert (before, services.is_healthy("worker")) == (False, True)


def test_unknown_service_names_the_known_ones() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "runtime.services", "cook"],
        cwd=PROJECT,
        capture_output=True,
        text=True,
    )
    assert (done.returncode, "web|worker|beat" in done.stderr) == (1, True)
