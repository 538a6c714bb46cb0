"""Reading a file that a stranger made: no pipe that never ends, no device, nothing larger than expected."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from model.data.naming import printable


class ReadError(Exception):
    """A file cannot be read. The message is a clause that follows the file's name: "is empty"."""


def shown(path: Path) -> str:
    """The name of a file as text for a person, also where the name is not UTF-8."""
    return printable(path.name or str(path))


def read_bytes(path: Path, most: int, head: int | None = None) -> bytes:
    """The content of a regular file of at most `most` bytes, or its first `head` bytes.

    Asks what the file is before opening it: opening a FIFO would wait for ever. Raises ReadError.
    """
    try:
        _refuse_what_is_no_file(os.stat(path), most)
        # not blocking, and asked again once open: it may have been replaced in between
        flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0)
        with open(os.open(path, flags), "rb") as file:
            _refuse_what_is_no_file(os.fstat(file.fileno()), most)
            return file.read(most if head is None else head)
    except FileNotFoundError:
        raise ReadError("is gone") from None
    except OSError as error:
        raise ReadError(f"cannot be read: {error.strerror or error}") from error
    except ValueError:  # a NUL in the name
        raise ReadError("has a name that no file can have") from None


def _refuse_what_is_no_file(status: os.stat_result, most: int) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise ReadError("is a folder, not a file")
    if not stat.S_ISREG(status.st_mode):
        raise ReadError("is not a regular file (a pipe, a socket or a device)")
    if status.st_size == 0:
        raise ReadError("is empty")
    if status.st_size > most:
        size_mb, most_mb = status.st_size / 1e6, most / 1e6
        raise ReadError(f"is too large: {size_mb:,.0f} MB, where at most {most_mb:,.0f} MB are read")
