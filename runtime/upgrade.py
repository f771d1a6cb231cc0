"""`manage.py db upgrade`: data that another version of PostgreSQL made, moved to this one's.

The old server and a new one run side by side; the one's dump goes straight into the other. Every
table's rows are counted on both sides before the folders change places, and the old one is kept.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg2
from psycopg2 import sql

from . import lock, postgres, roles
from .bootstrap import SYSTEM_FOLDER, cluster_folder, digest, home, load_secrets
from .database import NAME
from .postgres import PASSWORD_FILE, Cluster, ClusterError


def upgrade(folder: Path, passwords: Mapping[str, str], old_bin: Path | None = None) -> Path:
    """Move the data below `folder` to this release's version; returns where the old data is kept.

    `old_bin` holds the programs of the version that made the data; by default they are looked for
    in this release's wheel and among the copies of earlier ones. Raises ClusterError with the
    reason; then the data is as it was.
    """
    data = folder / "data"
    found = _version(data)
    if found == postgres.MAJOR:
        raise ClusterError(f"{data} is PostgreSQL {found} already. Nothing was changed.")
    kept = folder / f"data-{found}"
    if kept.exists():
        raise ClusterError(f"{kept} is in the way: move the data of an earlier upgrade elsewhere.")
    programs = _programs(found, old_bin)
    work = folder / "upgrading"
    shutil.rmtree(work, ignore_errors=True)  # of an upgrade that was killed
    work.mkdir(mode=0o700)
    shutil.copy2(folder / PASSWORD_FILE, work)  # so that only one thing changes places
    old, new = Cluster(folder, programs=programs), Cluster(work)
    try:
        with _running(old), _running(new):
            roles.provision(new.superuser_url(), NAME, passwords)
            _copy(old, new)
        # In this order: a start that finds no data, but data put aside, refuses to make any.
        data.rename(kept)
        new.data.rename(data)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return kept


def _version(data: Path) -> int:
    try:
        return int((data / "PG_VERSION").read_text())
    except FileNotFoundError:
        raise ClusterError(f"There is no data in {data}.") from None


def _programs(major: int, given: Path | None) -> Path:
    account = postgres.run_account()
    places = [given] if given else _known_places()
    for place in places:
        if postgres.major_of(place) == major:
            copy = SYSTEM_FOLDER / f"pg-{major}-{digest(str(place.resolve()))}"
            return postgres.runnable(place.resolve(), account, copy)
    if given:
        has = postgres.major_of(given)
        what = f"is PostgreSQL {has}" if has else "holds no postgres that runs here"
        raise ClusterError(f"{given} {what}; the data was made by PostgreSQL {major}.")
    raise ClusterError(
        f"The data was made by PostgreSQL {major}, whose programs are not here. Name the folder of "
        f"its postgres: `manage.py db upgrade --old-bin DIR`. An earlier {postgres.PACKAGE} wheel, "
        f"unpacked, or your distribution's package postgresql-{major} has one."
    )


def _known_places() -> list[Path]:
    package = postgres.package_folder()
    copies = SYSTEM_FOLDER.glob(f"pg-*/{package.name}")
    return [bin for place in (package, *copies) for bin in sorted(place.glob("pginstall*/bin"))]


@contextmanager
def _running(cluster: Cluster) -> Iterator[None]:
    cluster.start()
    try:
        yield
    finally:
        cluster.stop()


def _copy(old: Cluster, new: Cluster) -> None:
    """Dump with the new programs, which know the old version, and restore what they wrote."""
    programs = postgres.binaries(new.account)
    dump = subprocess.Popen(
        [programs / "pg_dump", "--format=custom", "--compress=0"],
        env=_login(old), stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    restored = subprocess.run(
        [programs / "pg_restore", "--exit-on-error", "--dbname", NAME],
        env=_login(new), stdin=dump.stdout, capture_output=True, text=True,
    )  # fmt: skip
    said = dump.communicate()[1].decode(errors="replace")
    if dump.returncode or restored.returncode:
        raise ClusterError(f"The data could not be moved:\n{said}{restored.stderr}".strip())
    before, after = _counts(old), _counts(new)
    if before != after:
        wrong = sorted(name for name in before | after if before.get(name) != after.get(name))
        raise ClusterError(f"Rows were lost in {', '.join(wrong)}. Nothing was changed.")
    with closing(psycopg2.connect(new.superuser_url(NAME))) as connection:
        connection.autocommit = True
        connection.cursor().execute("ANALYZE")


def _login(cluster: Cluster) -> dict[str, str]:
    return {
        "PATH": os.defpath,
        "PGHOST": str(cluster.socket_folder),
        "PGUSER": postgres.SUPERUSER,
        "PGPASSWORD": cluster.password_file.read_text().strip(),
        "PGDATABASE": NAME,
    }


_TABLES = """
SELECT schemaname, tablename FROM pg_tables
WHERE schemaname NOT LIKE 'pg\\_%' AND schemaname <> 'information_schema'
"""


def _counts(cluster: Cluster) -> dict[str, int]:
    """Rows per table of the database."""
    found = {}
    with closing(psycopg2.connect(cluster.superuser_url(NAME))) as connection:
        cursor = connection.cursor()
        cursor.execute(_TABLES)
        for schema, table in cursor.fetchall():
            cursor.execute(sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(schema, table)))
            found[f"{schema}.{table}"] = int(cursor.fetchone()[0])
    return found


def main(arguments: list[str]) -> None:
    """The command; 1 with the reason when the data was not moved."""
    parser = argparse.ArgumentParser("manage.py db", description=__doc__)
    upgrading = parser.add_subparsers(required=True).add_parser("upgrade")
    upgrading.add_argument(
        "--old-bin", type=Path, metavar="DIR", help="where the old version's postgres is"
    )
    old_bin = parser.parse_args(arguments).old_bin
    state = home()
    if not state.is_dir():
        raise SystemExit(f"There is no {state}: nothing was started here yet.")
    try:
        with lock.hold(state):
            kept = upgrade(cluster_folder(state), load_secrets(state, roles.ROLES), old_bin)
    except (lock.AlreadyRuns, ClusterError, roles.RoleError) as error:
        raise SystemExit(str(error)) from None
    print(f"The data is PostgreSQL {postgres.MAJOR} now. The old data is kept in {kept}: delete it")
    print("when you have seen that everything is there. `make run` starts as usual.")
