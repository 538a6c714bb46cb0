"""A file is written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from model.data.files import write_atomically


def test_what_is_written_is_there(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.bin", b"one")
    write_atomically(tmp_path / "a.bin", b"two")
    assert (tmp_path / "a.bin").read_bytes() == b"two"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"old")

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.bin"]


def test_a_name_as_long_as_the_file_system_allows_is_written(tmp_path: Path) -> None:
    path = tmp_path / ("n" * 251 + ".xml")
    write_atomically(path, b"x")
    assert path.read_bytes() == b"x"


@pytest.mark.skipif(os.name == "nt", reason="links and modes are POSIX's")
def test_a_link_stays_a_link_and_the_mode_stays(tmp_path: Path) -> None:
    target, link = tmp_path / "target", tmp_path / "link"
    target.write_bytes(b"old")
    target.chmod(0o640)
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"
    assert target.stat().st_mode & 0o777 == 0o640


def test_what_a_function_writes_is_put_in_place_whole_or_not_at_all(tmp_path):
    target = tmp_path / "weights"
    target.write_bytes(b"old")

    def half(temporary: Path) -> None:
        temporary.write_bytes(b"ha")
        raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        write_atomically(target, half)
    assert [file.name for file in tmp_path.iterdir()] == ["weights"]
    assert target.read_bytes() == b"old"
    write_atomically(target, lambda temporary: temporary.write_bytes(b"new"))
    assert target.read_bytes() == b"new"
    assert [file.name for file in tmp_path.iterdir()] == ["weights"]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such modes")
def test_a_file_that_another_library_writes_is_as_readable_as_any_other(tmp_path: Path) -> None:
    def privately(path: Path) -> None:
        path.unlink(missing_ok=True)
        with open(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600), "wb") as file:
            file.write(b"weights")

    write_atomically(tmp_path / "plain", b"plain")
    write_atomically(tmp_path / "other", privately)
    assert (tmp_path / "other").read_bytes() == b"weights"
    assert (tmp_path / "other").stat().st_mode == (tmp_path / "plain").stat().st_mode
