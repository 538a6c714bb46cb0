"""From the folder to the project's images: new files are added, moved ones known again, missing ones marked.

Only names are read, never pixels, so that a folder of 100,000 images takes seconds.
"""

from __future__ import annotations

import os
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import PurePosixPath

from model.data.naming import check_path, printable, sort_key
from model.data.project import Project, Stamp
from model.data.suffixes import IMAGE_SUFFIXES
from model.records import ImageRow, Problem, Progress

GONE = "The file is gone."
NOT_UTF_8 = "its name is not UTF-8, so it cannot be listed; rename it to use it"
BATCH_S = 0.2  # between writes while the list fills: often enough to watch it grow
SKIPPED_FOLDERS = {
    "__MACOSX",
    "$RECYCLE.BIN",
    "System Volume Information",
    "@eaDir",
}  # of systems, not of people


@dataclass(frozen=True, slots=True)
class FolderReport:
    """What a scan found. problems: files and folders that could not be taken in."""

    images: int
    added: int
    moved: int
    gone: int
    problems: tuple[Problem, ...] = ()


def scan(project: Project) -> Iterator[Progress | FolderReport]:
    """Bring the project's images up to date with its folder; the last item is the report.

    Hidden files and folders are passed over. A new project fills while the scan runs. In one that has images,
    the new files wait until the missing ones are known, for a file that only moved is the same image with its
    labels. What a folder that cannot be read may hold is left as it was. Stopping early leaves what was
    written so far.
    """
    rows = {row.path: row for row in project.images()}
    walk = _Walk(project)
    new: dict[str, Stamp] = {}
    written = 0
    told_s = time.monotonic()
    for path, entry in walk.files():
        if path not in rows:
            new[path] = _stamp(entry)
        if time.monotonic() - told_s >= BATCH_S:
            if not rows:
                written += _add(project, new)
                new.clear()
            yield Progress(len(walk.found), 0, "looking for images")
            told_s = time.monotonic()
    gone = {path: row for path, row in rows.items() if path not in walk.found and not walk.may_hold(path)}
    moved = _moved(gone, new, project.stamps()) if gone and new else {}
    if moved:
        project.move_images({rows[old].id: path for old, path in moved.items()})
    written += _add(project, {path: stamp for path, stamp in new.items() if path not in moved.values()})
    problems = {row.id: GONE for path, row in gone.items() if row.problem != GONE and path not in moved}
    problems |= {row.id: "" for path, row in rows.items() if row.problem == GONE and path in walk.found}
    if problems:
        project.set_problems(problems)
    yield Progress(len(walk.found), len(walk.found), "looking for images")
    yield FolderReport(len(walk.found), written, len(moved), len(gone) - len(moved), tuple(walk.problems))


class _Walk:
    """One pass over a folder and those below it, in the order of the image list."""

    def __init__(self, project: Project) -> None:
        self.found: set[str] = set()
        self.problems: list[Problem] = []
        self._root = os.fspath(project.folder)
        self._unread: list[str] = []  # folders, as prefixes of paths
        self._visited: set[tuple[int, int]] = set()  # a link may lead back to a folder above itself

    def files(self) -> Iterator[tuple[str, os.DirEntry[str]]]:
        """(path, entry) of each image file."""
        waiting: list[tuple[str, os.DirEntry[str] | None]] = [("", None)]
        while waiting:
            path, entry = waiting.pop()
            if entry is None or self._is_folder(entry):
                waiting.extend(reversed(self._entries(path)))
            elif self._is_image(path, entry):
                self.found.add(path)
                yield path, entry

    def may_hold(self, path: str) -> bool:
        """Whether the path lies in a folder that could not be read: then nobody knows whether it is there."""
        return any(path.startswith(prefix) for prefix in self._unread)

    def _entries(self, folder: str) -> list[tuple[str, os.DirEntry[str] | None]]:
        where = os.path.join(self._root, folder)
        try:
            status = os.stat(where)
            if (status.st_dev, status.st_ino) in self._visited:
                return []
            self._visited.add((status.st_dev, status.st_ino))
            with os.scandir(where) as entries:
                shown = [e for e in entries if not e.name.startswith(".") and e.name not in SKIPPED_FOLDERS]
        except OSError as error:
            self._unread.append(f"{folder}/" if folder else "")
            self.problems.append(
                Problem(printable(folder or self._root), f"cannot be read: {error.strerror}")
            )
            return []
        shown.sort(key=lambda entry: (sort_key(entry.name), entry.name))
        return [(f"{folder}/{entry.name}" if folder else entry.name, entry) for entry in shown]

    def _is_folder(self, entry: os.DirEntry[str]) -> bool:
        try:
            return entry.is_dir()
        except OSError:  # a link in a circle
            return False

    def _is_image(self, path: str, entry: os.DirEntry[str]) -> bool:
        """A regular file, or a link to one: a pipe of that name would never end."""
        if os.path.splitext(entry.name)[1].lower() not in IMAGE_SUFFIXES:
            return False
        try:
            check_path(path)
            return entry.is_file()
        except ValueError:
            self.problems.append(Problem(printable(path), NOT_UTF_8))
            return False
        except OSError:
            return False


def _stamp(entry: os.DirEntry[str]) -> Stamp:
    try:
        status = entry.stat()
    except OSError:  # gone between two looks; the next scan will say so
        return (0, 0)
    return (status.st_size, status.st_mtime_ns)


def _add(project: Project, new: Mapping[str, Stamp]) -> int:
    if new:
        project.add_images(new.keys(), stamps=new.values())
    return len(new)


def _moved(
    gone: Mapping[str, ImageRow], new: Mapping[str, Stamp], stamps: Mapping[int, Stamp]
) -> dict[str, str]:
    """Which missing file is which new one: old path -> new path.

    The same size and time, and no other file with these on either side. A file that was renamed, not only
    moved to another folder, must also have a time finer than a second: unpacked archives give many files the
    same whole one.
    """
    times_gone = Counter(stamps.get(row.id) for row in gone.values())
    times_new = Counter(new.values())
    at = {stamp: path for path, stamp in new.items()}
    moved: dict[str, str] = {}
    for path, row in gone.items():
        stamp = stamps.get(row.id)
        if stamp is None or stamp == (0, 0) or times_gone[stamp] > 1 or times_new[stamp] != 1:
            continue
        same_name = PurePosixPath(path).name == PurePosixPath(at[stamp]).name
        if same_name or stamp[1] % 1_000_000_000:
            moved[path] = at[stamp]
    return moved
