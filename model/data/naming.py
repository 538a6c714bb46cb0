"""Paths inside a project: which can be kept, and the order in which people expect them."""

from __future__ import annotations

import os
import re
import unicodedata

_NUMBER = re.compile(r"0*([0-9]+)")


def sort_key(path: str) -> str:
    """A text whose plain order is the natural order of paths: by folder, ignoring case, img2 before img10.

    A number becomes "0", how many digits it has, and its digits, so that a longer one comes after a shorter.
    Accents are taken off their letters first, so that é stands beside e.
    """
    folded = unicodedata.normalize("NFD", path).casefold()
    return _NUMBER.sub(lambda number: f"0{len(number[1]):03d}{number[1]}", folded).replace("/", "\x01")


def check_path(path: str) -> None:
    """Raise ValueError, in words for a person, when a path cannot stand in a project.

    path is relative to the project's folder, with forward slashes.
    """
    try:
        path.encode("utf-8")
    except (
        UnicodeEncodeError
    ):  # a surrogate escape: SQLite keeps text as UTF-8, and has no place for other bytes
        raise ValueError(f"{printable(path)}: the name is not UTF-8; rename the file to use it") from None
    parts = path.replace(os.sep, "/").split("/")
    if "\0" in path or not all(parts) or {".", ".."} & set(parts) or os.path.splitdrive(path)[0]:
        raise ValueError(f"{path!r} is not a path inside the project's folder")


def printable(path: str) -> str:
    """The path as it can be shown and logged: bytes that are no UTF-8 become \\xe9 and the like."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8").replace("\\udc", "\\x")
