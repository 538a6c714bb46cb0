"""What the commands do alike with a project's folder and with measures."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from model.commands.command import Result
from model.data.project import Project
from model.records import Metrics
from model.terminal import finish, plain, tell


def open_and_scan(folder: Path) -> Project:
    """The project of a folder, its list of images up to date. Raises ProjectError."""
    from model.data.scan import scan

    project = Project.open(folder)
    report: Any = finish(scan(project), "looking for images")
    tell(report.problems)
    return project


def measures(metrics: Metrics | None) -> Result:
    """Metrics as they stand in the result of a command."""
    if metrics is None:
        return {"ap": None, "ap50": None, "ap75": None, "ar100": None, "per_class": []}
    return {
        "ap": metrics.ap, "ap50": metrics.ap50, "ap75": metrics.ap75, "ar100": metrics.ar100,
        "per_class": plain(metrics.per_class),
    }  # fmt: skip
