"""Which project files are opened, which are refused, and that refusing leaves everything as it was."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from model.data import opening
from model.data.project import Project, ProjectError


def files_of(home: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in home.iterdir() if path.is_file()}


@pytest.fixture
def file(tmp_path: Path) -> Path:
    with Project.open(tmp_path) as project:
        project.add_images(["a.jpg"])
        return project.file


def refused(folder: Path, because: str) -> None:
    with pytest.raises(ProjectError, match=because) as error:
        Project.open(folder)
    assert opening.NAME in str(error.value)


def change(file: Path, *statements: str) -> None:
    with closing(sqlite3.connect(file, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def test_a_new_project_is_one_file_of_ours(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        assert project.images() == ()
        assert not project.is_elsewhere
        assert project.models_folder.is_dir()
    header = (tmp_path / ".fovea" / "project.db").read_bytes()[:100]
    assert header[68:72] == b"Fove"
    assert set(files_of(tmp_path / ".fovea")) == {"project.db"}
    with closing(sqlite3.connect(project.file)) as db:
        assert db.execute("PRAGMA journal_mode").fetchone()[0] == "wal"
        assert db.execute("PRAGMA user_version").fetchone()[0] == len(opening.migrations())
        assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_many_threads_may_make_the_same_project_at_once(tmp_path: Path) -> None:
    errors: list[ProjectError] = []

    def make(number: int) -> None:
        try:
            with Project.open(tmp_path) as project:
                project.add_images([f"{number}.jpg"])
        except ProjectError as error:
            errors.append(error)

    threads = [threading.Thread(target=make, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    with Project.open(tmp_path) as project:
        assert [row.path for row in project.images()] == [f"{number}.jpg" for number in range(8)]
    assert set(files_of(tmp_path / ".fovea")) == {"project.db"}


def test_what_is_not_a_folder_or_has_no_project_is_told_so(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="There is no folder"):
        Project.open(tmp_path / "gone")
    (tmp_path / "picture.jpg").touch()
    with pytest.raises(ProjectError, match="is not a folder"):
        Project.open(tmp_path / "picture.jpg")
    with pytest.raises(ProjectError, match="has no project yet"):
        Project.open(tmp_path, create=False)
    assert os.listdir(tmp_path) == ["picture.jpg"]


@pytest.mark.parametrize(
    ("content", "because"),
    [
        (b"", "is empty"),
        (b"GIF89a" + bytes(200), "no SQLite database"),
        (b"SQLite format 3\0", "no SQLite database"),
    ],
)
def test_a_file_that_is_no_database_is_refused(file: Path, content: bytes, because: str) -> None:
    file.write_bytes(content)
    before = files_of(file.parent)
    refused(file.parents[1], because)
    assert files_of(file.parent) == before


def test_a_database_of_another_program_is_refused_and_left_alone(file: Path) -> None:
    file.unlink()
    change(file, "PRAGMA journal_mode = DELETE", "CREATE TABLE messages (text)")
    before = files_of(file.parent)
    refused(file.parents[1], "of some other program")
    assert files_of(file.parent) == before


def test_a_project_of_a_newer_version_is_refused(file: Path) -> None:
    change(file, "PRAGMA user_version = 99")
    refused(file.parents[1], "newer Fovea")


@pytest.mark.parametrize("wal_beside", ["nothing", "an empty file"])
def test_a_log_without_its_database_is_never_thrown_away(file: Path, wal_beside: str) -> None:
    log = file.with_name("project.db-wal")
    log.write_bytes(b"committed labels")
    file.unlink()
    if wal_beside == "an empty file":
        file.touch()
    refused(file.parents[1], "gone" if wal_beside == "nothing" else "is empty")
    assert log.read_bytes() == b"committed labels"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no pipes in this file system")
def test_a_pipe_in_the_project_s_place_does_not_hang(file: Path) -> None:
    file.unlink()
    os.mkfifo(file)
    refused(file.parents[1], "not a regular file")


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TRIGGER t AFTER INSERT ON boxes BEGIN DELETE FROM boxes; END",
        "CREATE VIEW v AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n",
        "CREATE TABLE more (x)",
        "DROP TABLE notes",
        "CREATE INDEX i ON boxes (label)",
    ],
)
def test_a_schema_that_is_not_ours_is_refused(file: Path, statement: str) -> None:
    change(file, statement)
    refused(file.parents[1], "changed by another program")


def test_a_view_in_a_table_s_place_is_refused(file: Path) -> None:
    change(file, "ALTER TABLE notes RENAME TO n", "CREATE VIEW notes AS SELECT * FROM n")
    refused(file.parents[1], r"\(n, notes\)")


@pytest.mark.parametrize("path", ["/etc/passwd", "../../other.jpg", "a/../../b.jpg"])
def test_a_project_that_reaches_out_of_its_folder_is_refused(file: Path, path: str) -> None:
    change(file, f"UPDATE images SET path = '{path}'")
    refused(file.parents[1], "not a path inside")


def test_a_damaged_project_is_refused_in_a_sentence(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[100:4096] = os.urandom(3996)  # the table of tables
    file.write_bytes(data)
    refused(file.parents[1], "is damaged")


def test_damage_met_while_reading_is_told_in_a_sentence(file: Path) -> None:
    change(file, "UPDATE images SET path = CAST(x'ff' AS TEXT)")
    with Project.open(file.parents[1]) as project, pytest.raises(ProjectError, match="is damaged"):
        project.images()


def test_a_folder_that_cannot_be_written_has_its_project_among_the_user_s_data(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "disc"
    folder.mkdir()
    monkeypatch.setattr(opening.platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    make = Path.mkdir

    def read_only(path: Path, *args: int, **options: bool) -> None:
        if path.is_relative_to(folder):
            raise OSError(30, "Read-only file system")
        make(path, *args, **options)

    monkeypatch.setattr(Path, "mkdir", read_only)
    with Project.open(folder) as project:
        assert project.is_elsewhere
        assert project.home.parent == tmp_path / "data" / "projects"
        project.set_note("k", "v")
    monkeypatch.undo()
    monkeypatch.setattr(opening.platformdirs, "user_data_path", lambda *_, **__: tmp_path / "data")
    with Project.open(folder) as project:  # found again, also once the folder can be written
        assert project.note("k") == "v"
    assert os.listdir(folder) == []


def test_a_migration_that_fails_leaves_the_project_as_it_was(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = opening.migrations()
    broken = (*first, "CREATE TABLE later (x);\nINSERT INTO nowhere VALUES (1);\n")
    monkeypatch.setattr(opening, "migrations", lambda: broken)
    refused(file.parents[1], "nowhere")
    monkeypatch.setattr(opening, "migrations", lambda: first)
    with Project.open(file.parents[1]) as project:
        assert [row.path for row in project.images()] == ["a.jpg"]


def test_a_migration_brings_an_old_project_up_to_date(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    newer = (*opening.migrations(), "CREATE TABLE later (x);\n")
    monkeypatch.setattr(opening, "migrations", lambda: newer)
    opening.expected_schema.cache_clear()
    try:
        for _ in range(2):
            with Project.open(file.parents[1]) as project:
                assert [row.path for row in project.images()] == ["a.jpg"]
        with closing(sqlite3.connect(file)) as db:
            assert db.execute("PRAGMA user_version").fetchone()[0] == len(newer)
            assert db.execute("SELECT count(*) FROM later").fetchone()[0] == 0
    finally:
        opening.expected_schema.cache_clear()


def test_a_full_disk_is_told_in_a_sentence_and_nothing_is_half_stored(file: Path) -> None:
    with Project.open(file.parents[1]) as project:
        db = project._database._connection
        db.execute(f"PRAGMA max_page_count = {db.execute('PRAGMA page_count').fetchone()[0] + 2}")
        with pytest.raises(ProjectError, match="the disk is full"):
            project.add_images(f"{number}.jpg" for number in range(10_000))
        assert [row.path for row in project.images()] == ["a.jpg"]
        project.set_note("k", "v")  # what fits is still stored


def test_a_program_that_never_lets_go_is_told_of(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(opening, "BUSY_TIMEOUT_S", 0.05)
    with (
        closing(sqlite3.connect(file, isolation_level=None)) as other,
        Project.open(file.parents[1]) as project,
    ):
        other.execute("BEGIN IMMEDIATE")
        assert len(project.images()) == 1  # readers never wait
        with pytest.raises(ProjectError, match="held by another program"):
            project.set_note("k", "v")
        other.execute("ROLLBACK")
        project.set_note("k", "v")
