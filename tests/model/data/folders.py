"""Folders of pictures and label files for the tests of import and export."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from model.data.exchange import export_voc, import_voc
from model.data.images import encode_jpeg
from model.data.project import Project
from model.records import ExportReport, ImportReport, Progress


def picture(path: Path, width: int = 60, height: int = 40) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(encode_jpeg(np.full((height, width, 3), 90, np.uint8)))


def annotate(
    path: Path, *boxes: Sequence[object], size: tuple[int, int] | None = (60, 40), filename: str = ""
) -> None:
    """boxes: (name, xmin, ymin, xmax, ymax) as they stand in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tags = ("xmin", "ymin", "xmax", "ymax")
    objects = ""
    for name, *corners in boxes:
        inside = "".join(f"<{tag}>{value}</{tag}>" for tag, value in zip(tags, corners, strict=True))
        objects += f"<object><name>{name}</name><bndbox>{inside}</bndbox></object>"
    said = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>" if size else ""
    path.write_text(f"<annotation><filename>{filename}</filename>{said}{objects}</annotation>", "utf-8")


def opened(folder: Path) -> Project:
    """The project of a folder, with the images that lie in it."""
    project = Project.open(folder)
    suffixes = {".jpg", ".png"}
    paths = (path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.suffix in suffixes)
    project.add_images(sorted(paths))
    return project


def imported(project: Project, source: Path | None = None) -> ImportReport:
    *steps, report = import_voc(project, source)
    assert all(isinstance(step, Progress) for step in steps)
    assert isinstance(report, ImportReport)
    return report


def exported(project: Project, out: Path) -> ExportReport:
    *steps, report = export_voc(project.snapshot(), out)
    assert all(isinstance(step, Progress) for step in steps)
    assert isinstance(report, ExportReport)
    return report


def boxes_of(project: Project, path: str) -> list[tuple[str, tuple[float, ...]]]:
    names = {c.id: c.name for c in project.classes()}
    row = project.image_at(path)
    assert row is not None
    return [(names[box.label], box.xyxy) for box in project.labels(row.id).boxes]


def reasons(report: ImportReport | ExportReport) -> list[str]:
    return [f"{problem.file}: {problem.reason}" for problem in report.problems]


def detection_set(out: Path, image_set: str = "trainval") -> Any:
    """The export as torchvision reads it."""
    from torchvision.datasets import VOCDetection

    return VOCDetection(str(out), year="2012", image_set=image_set)
