"""From a folder to a connection: where the project file lies, whether it is ours and sound, its migrations.

SQLite trusts what it opens: it runs triggers it finds, takes an empty file for a new database, and deletes
the log beside a database that is gone. A folder may come from anyone, so all of that is looked at first.
"""

from __future__ import annotations

import contextlib
import errno
import functools
import hashlib
import os
import secrets
import sqlite3
import stat
from collections.abc import Iterator
from importlib import resources
from pathlib import Path
from urllib.parse import quote

import platformdirs

from model.data.files import flush_folder
from model.data.naming import check_path

APPLICATION_ID = 0x466F7665  # "Fove"; at offset 68 of the file, where file(1) finds it too
BUSY_TIMEOUT_S = 10.0
NAME = "project.db"
FOLDER = ".fovea"


class ProjectError(Exception):
    """The project cannot be opened, read or written: in a sentence the file, the reason, what can be done."""


# ------------------------------------------------------------------------------------------ where it lies


def find_home(folder: Path, *, create: bool) -> Path:
    """What holds the project of `folder`: folder/.fovea, or a folder of the user's where that cannot be made.

    Raises ProjectError: no such folder, or no project and create is False.
    """
    if not folder.is_dir():
        raise ProjectError(
            f"{folder} is not a folder" if folder.exists() else f"There is no folder {folder}."
        )
    beside, elsewhere = folder / FOLDER, home_elsewhere(folder)
    for home in (beside, elsewhere):
        if os.path.lexists(home / NAME) or os.path.lexists(home / f"{NAME}-wal"):
            return home
    if not create:
        raise ProjectError(f"{folder} has no project yet: open it in the window, or import labels into it")
    try:
        beside.mkdir(exist_ok=True)
        trial = beside / f".{secrets.token_hex(6)}.tmp"
        trial.touch()  # a folder that is there may still be read-only
        trial.unlink()
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise ProjectError(f"{beside} cannot be made: {error.strerror or error}") from error
        return _made(elsewhere)
    return beside


def home_elsewhere(folder: Path) -> Path:
    """Where a folder that cannot be written has its project: among the user's data, by name and place."""
    place = hashlib.sha256(os.fsencode(folder)).hexdigest()[:12]
    name = folder.name.encode("utf-8", "replace").decode("utf-8")
    return Path(platformdirs.user_data_path("Fovea", appauthor=False)) / "projects" / f"{name}-{place}"


def _made(home: Path) -> Path:
    try:
        home.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ProjectError(f"{home} cannot be made: {error.strerror or error}") from error
    return home


# ------------------------------------------------------------------------------------------ opening


def open_database(file: Path) -> sqlite3.Connection:
    """A connection to the project in `file`, made if it is not there, brought up to the newest version.

    Raises ProjectError; a file that is refused is left as it was, and so is the log beside it.
    """
    connection: sqlite3.Connection | None = None
    try:
        if not os.path.lexists(file):
            _create(file)
        _look_at(file)
        connection = _connect(file)
        _check_schema(connection, file)
        migrate(connection, file)
        _check_paths(connection, file)
        with contextlib.suppress(
            sqlite3.OperationalError
        ):  # of use after a backup was put back, and never needed
            connection.execute("PRAGMA journal_mode = WAL")
        sound, connection = connection, None
        return sound
    except OSError as error:
        raise ProjectError(f"{file} cannot be opened: {error.strerror or error}") from error
    except sqlite3.Error as error:
        raise ProjectError(in_words(file, error)) from error
    finally:
        if connection is not None:
            connection.close()


def in_words(file: Path, error: sqlite3.Error) -> str:
    """What a person can make of an error of SQLite's."""
    text = str(error)
    if "readonly" in text or "unable to open" in text:
        return f"{file} cannot be written ({text}); copy the folder to a place where you may write"
    if "locked" in text or "busy" in text:
        return (
            f"{file} is held by another program, for {BUSY_TIMEOUT_S:.0f} s now; close it there and try again"
        )
    if "full" in text:
        return f"{file} could not be written: the disk is full; make room and try again, nothing is lost"
    if isinstance(error, sqlite3.OperationalError) and "UTF-8" not in text and "schema" not in text:
        return f"{file} could not be read or written: {text}"
    return f"{file} is damaged ({text}); restore it from a backup, with no {file.name}-wal beside it"


def _create(file: Path) -> None:
    """Make a new project under another name, then give it its own: a kill never leaves half a database."""
    log = file.with_name(f"{file.name}-wal")
    if os.path.lexists(log):
        raise ProjectError(
            f"{file} is gone, but {log.name}, which may hold its newest labels, is still there; "
            f"put {file.name} back, or move {log.name} away to start anew"
        )
    temporary = file.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        connection = sqlite3.connect(temporary, isolation_level=None)
        try:
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            migrate(connection, file)
            # now, while nobody else can hold it: changing the mode later needs the file to oneself
            connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        try:
            os.link(temporary, file)  # fails if another process was quicker; then theirs is used
        except FileExistsError:
            pass
        except OSError:  # a file system without links
            if not os.path.lexists(file):
                os.replace(temporary, file)
        flush_folder(file.parent)
    finally:
        for suffix in ("", "-wal", "-shm", "-journal"):
            temporary.with_name(temporary.name + suffix).unlink(missing_ok=True)


def _look_at(file: Path) -> None:
    """Refuse, before SQLite touches it, what is no project file of ours. Raises ProjectError, OSError."""
    if not stat.S_ISREG(file.stat().st_mode):
        raise ProjectError(f"{file} is not a regular file, so it is not a project")
    if not os.access(file, os.W_OK):
        raise ProjectError(f"{file} cannot be written; copy the folder to a place where you may write")
    with open(file, "rb") as opened:
        header = opened.read(100)
    if not header:
        raise ProjectError(f"{file} is empty: restore it from a backup, or delete it to start anew")
    if len(header) < 100 or not header.startswith(b"SQLite format 3\0"):
        raise ProjectError(f"{file} is not a project of Fovea's: it is no SQLite database")
    if int.from_bytes(header[68:72], "big") != APPLICATION_ID:
        raise ProjectError(f"{file} is a database of some other program, not a project of Fovea's")
    _check_version(file, int.from_bytes(header[60:64], "big"))


def _connect(file: Path) -> sqlite3.Connection:
    # mode=rw: sqlite3 would make a file that vanished a moment ago anew, and throw away its log
    path = file.absolute().as_posix()
    uri = "file://" + ("" if path.startswith("/") else "/") + quote(os.fsencode(path)) + "?mode=rw"
    connection = sqlite3.connect(uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None)
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA foreign_keys = ON")
    connection.execute("PRAGMA synchronous = FULL")
    return connection


def _check_version(file: Path, version: int) -> None:
    if version > len(migrations()):
        raise ProjectError(
            f"{file} was written by a newer Fovea (version {version}; this one knows {len(migrations())}); "
            "install the newer Fovea to open it"
        )


def _check_schema(connection: sqlite3.Connection, file: Path) -> None:
    """Refuse a schema that is not ours word for word: a trigger or a view of other making would run."""
    version = connection.execute("PRAGMA user_version").fetchone()[0]
    _check_version(file, version)
    if foreign := sorted({name for _, name, _ in schema(connection) ^ expected_schema(version)}):
        raise ProjectError(
            f"{file} has been changed by another program ({', '.join(foreign)}), so it is not opened"
        )


def _check_paths(connection: sqlite3.Connection, file: Path) -> None:
    """Refuse a project that reaches out of its folder: somebody else may have written it."""
    suspects = "path GLOB '/*' OR instr(path, '..') OR instr(path, char(92)) OR instr(path, ':')"
    paths = [path for (path,) in connection.execute(f"SELECT path FROM images WHERE {suspects}")]
    paths += [path for (path,) in connection.execute("SELECT file FROM models")]
    try:
        for path in paths:
            check_path(path)
    except ValueError as error:
        raise ProjectError(f"{file} is not opened: {error}") from error


# ------------------------------------------------------------------------------------------ migrations


@functools.cache
def migrations() -> tuple[str, ...]:
    """The texts of 0001.sql, 0002.sql ...; a project that has had the first n is of version n."""
    folder = resources.files("model.data.migrations")
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1)), names
    return tuple(folder.joinpath(name).read_text("utf-8") for name in names)


def migrate(connection: sqlite3.Connection, file: Path) -> None:
    """Bring a project up to the newest version; each migration is one transaction."""
    while (version := connection.execute("PRAGMA user_version").fetchone()[0]) < len(migrations()):
        connection.execute("BEGIN IMMEDIATE")
        with connection:  # commits, or rolls back
            if connection.execute("PRAGMA user_version").fetchone()[0] != version:
                continue  # another process was quicker
            for statement in statements(migrations()[version]):
                connection.execute(statement)
            connection.execute(f"PRAGMA user_version = {version + 1}")
    _check_version(file, version)


def statements(script: str) -> Iterator[str]:
    """The statements of a script, one by one: executescript() would commit before the first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), statement


def schema(connection: sqlite3.Connection) -> frozenset[tuple[str, str, str]]:
    """(type, name, text) of everything that the database defines."""
    rows = connection.execute("SELECT type, name, coalesce(sql, '') FROM sqlite_master")
    return frozenset(
        row for row in rows if not row[1].startswith("sqlite_")
    )  # SQLite's own; nobody else may use it


@functools.cache
def expected_schema(version: int) -> frozenset[tuple[str, str, str]]:
    with contextlib.closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for script in migrations()[:version]:
            for statement in statements(script):
                connection.execute(statement)
        return schema(connection)
