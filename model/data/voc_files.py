"""Pascal VOC files as they lie in folders: found, and read with a word about each that cannot be."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from model.data.formats import voc
from model.data.formats.format import FormatError, LabelFile
from model.data.naming import printable, sort_key
from model.data.pairing import LabelPath
from model.data.reading import ReadError, read_bytes, shown
from model.records import Problem

MOST_BYTES = 32 << 20  # of one file; 100,000 objects take 30 MB
SNIFFED_BYTES = 4096
SNIFFED_FILES = 3  # of each folder


@dataclass(frozen=True, slots=True)
class VocFile:
    """A label file that was read. name is how problems call it."""

    label: LabelPath
    name: str
    file: LabelFile

    def told(self, problems: Iterable[str]) -> list[Problem]:
        return [Problem(self.name, problem) for problem in problems]


def find_voc(folder: Path) -> tuple[Path, ...]:
    """The Pascal VOC files below a folder, in natural order; hidden folders are passed over.

    Cheap: of each folder's XML files a few are opened, to see that they are annotations.
    """
    found: list[Path] = []
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        xml = [Path(place, name) for name in names if name.lower().endswith(".xml") and name[0] != "."]
        if looks_like_voc(xml):
            found += xml
    return tuple(sorted(found, key=lambda path: sort_key(path.as_posix())))


def looks_like_voc(files: Iterable[Path]) -> bool:
    """Whether one of the first files is an annotation, by how it begins."""
    return any(_begins_like_voc(path) for path, _ in zip(files, range(SNIFFED_FILES), strict=False))


def read_voc_file(path: Path, base: Path) -> VocFile | Problem:
    """A label file; the problem, where it cannot be read. Its name in problems is relative to `base`."""
    relative = PurePosixPath(path.relative_to(base).as_posix())
    name = printable(str(relative))
    try:
        file = voc.read(read_bytes(path, MOST_BYTES), shown(path))
    except ReadError as error:
        return Problem(name, f"{shown(path)} {error}.")
    except FormatError as error:
        return Problem(name, str(error))
    return VocFile(LabelPath(path, relative.parent, file.filename), name, file)


def _begins_like_voc(path: Path) -> bool:
    try:
        return b"<annotation" in read_bytes(path, MOST_BYTES, SNIFFED_BYTES).replace(b"\0", b"")
    except ReadError:
        return False
