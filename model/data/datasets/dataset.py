"""What a layout of data sets is: one row of the registry. It knows its folders again, and reads them whole."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from model.records import Problem, Progress, Snapshot


class DatasetError(Exception):
    """A data set cannot be read: a sentence that names the file or folder and says why."""


@dataclass(frozen=True, slots=True)
class DatasetReport:
    """A data set as it was read. Boxes that are left out are among the problems, by file and object.

    Every image has an id, 1, 2 ... in natural order of the paths, and every box a uid, 1, 2 ... in that order:
    the same folder is the same snapshot, however often it is read. notes: sentences about the whole.
    """

    snapshot: Snapshot
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Dataset:
    """recognises(folder): whether the folder has this layout, by its names and the first bytes of a few files.

    read(folder) -> Progress, and last the DatasetReport. Nothing is written. Raises DatasetError.
    """

    name: str
    title: str
    recognises: Callable[[Path], bool]
    read: Callable[[Path], Iterator[Progress | DatasetReport]]
