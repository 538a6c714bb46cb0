"""The pictures of a data set: which are there, and whether they are as large as the labels say."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from model.data.images import ImageError, read_size

SIZES_CHECKED = 1000  # files opened, evenly spread: 0.1 s. One mistake in a size is mostly a mistake in all


class Files:
    """Which files lie below a folder. Each folder is listed once: asking for 100,000 files one by one takes seconds."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._names: dict[str, set[str]] = {}

    def has(self, path: str) -> bool:
        """path: relative to the root, with forward slashes."""
        folder, _, name = path.rpartition("/")
        if folder not in self._names:
            try:
                with os.scandir(self._root / folder) as entries:
                    self._names[folder] = {entry.name for entry in entries}
            except (OSError, ValueError):
                self._names[folder] = set()
        return name in self._names[folder]


def checked(paths: Sequence[str]) -> set[str]:
    """The images whose size is looked up in their files: all of a small set, a sample of a large one."""
    step = max(1, -(-len(paths) // SIZES_CHECKED))
    return set(paths[::step])


def size_of(file: Path, said: tuple[int, int], check: bool) -> tuple[tuple[int, int], str]:
    """(width, height) px of the upright image, (0, 0) where nobody knows it; and what is wrong, as a clause.

    said: by the labels, (0, 0) where they do not say. The file is opened if `check`, or where they do not.
    """
    if all(said) and not check:
        return said, ""
    try:
        return read_size(file), ""
    except ImageError as error:
        return said, str(error)
