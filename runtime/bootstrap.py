"""Where this checkout keeps its state, its secrets, and the addresses of what runs.

Only files are read and written here: no network, no Django, no database.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path

SYSTEM_FOLDER = Path("/var/lib/mainstay")  # for root
PROJECT = Path(__file__).resolve().parent.parent
ENVIRONMENT_FILE = "environment.json"
SECRETS_FILE = "secrets.json"
HEARTBEAT_FILE = "heartbeat"  # touched by the worker for beat's heartbeat task
BEAT_FILE = "beat-ready"
OWNER_KEY = "DATABASE_OWNER_URL"
OPS_KEY = "DATABASE_OPS_URL"
APP_KEY = "DATABASE_URL"
DATABASE_KEYS = (APP_KEY, OPS_KEY, OWNER_KEY)
GIVEN_KEY = "given_database_digest"

# Commands that change the schema or load data as the owner. All others run without it.
OWNER_COMMANDS = frozenset(
    {"migrate", "makemigrations", "sqlmigrate", "showmigrations", "demo", "test", "vendor"}
)


def home() -> Path:
    """The folder for state: `MAINSTAY_HOME`, by default `.mainstay` in the checkout."""
    return PROJECT / (os.environ.get("MAINSTAY_HOME") or ".mainstay")


def cluster_folder(home: Path) -> Path:
    """Where the server of this home lives. As root outside of it: the other user that runs
    the server may not be able to enter a private checkout."""
    if os.geteuid() != 0:
        return home / "postgres"
    name = hashlib.sha256(os.fsencode(home.resolve())).hexdigest()[:8]
    return SYSTEM_FOLDER / name


def short_socket_folder(cluster: Path) -> Path:
    """Where the socket goes when the path of the cluster's own folder is too long for one."""
    return Path("/tmp") / f"mainstay-{hashlib.sha256(os.fsencode(cluster)).hexdigest()[:12]}"


def write_private(path: Path, text: str) -> None:
    """Write a file that only its owner can read, whole or not at all."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    temporary = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(text)
    temporary.replace(path)


def _read(path: Path) -> dict[str, str]:
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except PermissionError:
        return {}  # another user's home: the settings say what is missing
    except ValueError as error:
        raise SystemExit(f"{path} is damaged ({error}). Restore it, or delete it.") from None
    return {str(key): str(value) for key, value in content.items()}


def load_secrets(folder: Path, roles: Sequence[str]) -> dict[str, str]:
    """The secrets of this installation, made once: a password per role, the key that signs
    sessions, the Fernet key that encrypts secrets at rest."""
    path = folder / SECRETS_FILE
    kept = _read(path)
    fresh = dict(kept)
    for role in roles:
        fresh.setdefault(role, secrets.token_urlsafe(24))
    fresh.setdefault("MAINSTAY_SECRET_KEY", secrets.token_urlsafe(48))
    fernet = base64.urlsafe_b64encode(secrets.token_bytes(32)).decode()
    fresh.setdefault("MAINSTAY_ENCRYPTION_KEY", fernet)
    if fresh != kept:
        write_private(path, json.dumps(fresh, indent=1) + "\n")
    return fresh


def digest(text: str) -> str:
    """A short digest, to recognise an address without keeping its password."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def save_environment(folder: Path, values: dict[str, str]) -> None:
    """Keep the addresses of what runs now, for commands in a second terminal."""
    write_private(folder / ENVIRONMENT_FILE, json.dumps(values, indent=1) + "\n")


def load_environment(argv: Sequence[str] = ()) -> None:
    """Fill the environment with what `manage.py up` wrote; what is set already wins.

    Called first in manage.py, config/wsgi.py and config/celery.py. The owner's address is
    given only to the commands that need it. Nothing happens when nothing was written.
    """
    values = _read(home() / ENVIRONMENT_FILE)
    given = values.pop(GIVEN_KEY, "")
    asked = os.environ.get(APP_KEY, "")
    command = argv[1] if len(argv) > 1 else ""
    if os.environ.get("MAINSTAY_HOME"):
        os.environ["MAINSTAY_HOME"] = str(home())  # the same folder from wherever we are called
    if asked and digest(asked) == given:
        # The address of an administrator, from which `up` made the three roles.
        del os.environ[APP_KEY]
        asked = ""
    for key, value in values.items():
        if key in DATABASE_KEYS and asked:
            continue
        if key == OWNER_KEY and command not in OWNER_COMMANDS:
            continue
        os.environ.setdefault(key, value)
