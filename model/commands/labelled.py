"""Where a command finds labels: in a folder's project, or in a data set as it comes."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from model.commands.projects import open_and_scan
from model.data.division import draw
from model.data.project import Project
from model.records import VALIDATION_SHARE, ReadSnapshot
from model.terminal import finish, say, tell

MODELS = Path(".fovea", "models")  # of a data set, which has no project to say where


@dataclass(frozen=True, slots=True)
class Labelled:
    """A folder to train on and to measure on. project is None for a data set as it comes."""

    read: ReadSnapshot
    models: Path  # the folder of its models
    project: Project | None


@contextlib.contextmanager
def open_labelled(
    folder: Path, share: float = VALIDATION_SHARE, out: Path | None = None
) -> Generator[Labelled, None, None]:
    """The labels of a folder. Nothing is written into a data set but its models, or `out` is where they go.

    share: of a project's images to measure on; which these are is decided when they are first read, and kept.

    Raises ProjectError and DatasetError.
    """
    from model.data.datasets.registry import dataset_of

    dataset = dataset_of(folder)
    if dataset is None:
        with open_and_scan(folder) as project:
            yield Labelled(partial(draw, project, share), out or project.models_folder, project)
        return
    report: Any = finish(dataset.read(folder), f"reading {dataset.title}")
    tell(report.problems)
    for note in report.notes:
        say(f"  {note}")
    yield Labelled(lambda: report.snapshot, out or folder / MODELS, None)
