"""What long work tells: how far it is, and what it found out about files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a long task has come. total is 0 while it is not known."""

    done: int
    total: int
    text: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Something about one file that a person should know. Never raised: the work goes on without that file."""

    file: str
    reason: str


@dataclass(frozen=True, slots=True)
class Doubt:
    """Label files that could be read in two ways, how they were, and what speaks for or against it."""

    folder: Path  # of the project
    source: Path  # of the label files
    edit: int  # the import, in the project's journal
    from_zero: bool  # how their pixels were taken to be counted
    text: str  # a sentence


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import read and what it could not."""

    images: int
    boxes: int
    classes: tuple[str, ...]
    problems: tuple[Problem, ...] = ()
    doubt: Doubt | None = None  # for the person to settle
    unread: int = 0  # label files that could not be read at all


@dataclass(frozen=True, slots=True)
class ExportReport:
    """What an export wrote."""

    folder: Path
    files: int
    boxes: int
    problems: tuple[Problem, ...] = ()
