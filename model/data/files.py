"""Writing a file so that a reader finds the old one or the new one, never half of either."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Callable
from pathlib import Path


def write_atomically(path: Path, data: bytes | Callable[[Path], object]) -> None:
    """Write data to a temporary file beside path, flush it to the disk, then put it in path's place.

    data may be a function that writes the file it is given: what is large need not be in memory twice.
    A link is followed and stays a link; the mode of a file that was there is kept. Raises OSError; path is
    then as it was, and no temporary file is left.
    """
    path = Path(os.path.realpath(path))
    # a short name of its own: path's name may already be as long as the file system allows
    temporary = path.with_name(f".{secrets.token_hex(6)}.tmp")
    try:
        with open(temporary, "xb") as file:
            if not callable(data):
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
        if callable(data):
            mode = temporary.stat().st_mode & 0o777  # as this person makes files; data() may be more private
            data(temporary)
            os.chmod(temporary, mode)
            with open(temporary, "r+b") as file:
                os.fsync(file.fileno())
        with contextlib.suppress(FileNotFoundError):
            os.chmod(temporary, path.stat().st_mode & 0o777)
        os.replace(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)  # gone already, unless something failed
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut. Windows cannot open a folder, and needs no such thing."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError:  # some network file systems refuse; the file itself has been flushed
        pass
    finally:
        os.close(descriptor)
