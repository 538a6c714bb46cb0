"""Dropped files become images of the project; what is no picture is told and left out."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from app.work.adopt import AdoptReport, adopt
from model.data.project import Project
from model.records import Progress


def picture(path: Path, width: int = 12, height: int = 8) -> Path:
    path.parent.mkdir(exist_ok=True)
    coded, data = cv2.imencode(".png", np.full((height, width, 3), 90, np.uint8))
    assert coded
    path.write_bytes(data.tobytes())
    return path


@pytest.fixture
def project(tmp_path):
    (tmp_path / "project").mkdir()
    with Project.open(tmp_path / "project") as project:
        yield project


def report_of(project: Project, *paths: Path) -> AdoptReport:
    *progress, report = adopt(project, paths)
    assert all(isinstance(step, Progress) for step in progress)
    assert isinstance(report, AdoptReport)
    return report


def test_files_from_outside_are_copied_and_known_with_their_size(project, tmp_path):
    outside = picture(tmp_path / "outside" / "a.png", 12, 8)
    report = report_of(project, outside)
    row = project.image(report.images[0])
    assert (row.path, row.width, row.height) == ("a.png", 12, 8)
    assert (project.folder / "a.png").read_bytes() == outside.read_bytes()
    assert (report.copied, report.folder) == (1, project.folder)


def test_files_inside_are_shown_and_not_copied(project):
    inside = picture(project.folder / "sub" / "b.png")
    report = report_of(project, inside)
    assert project.image(report.images[0]).path == "sub/b.png"
    assert report.copied == 0
    assert [file.name for file in project.folder.rglob("*.png")] == ["b.png"]


def test_what_is_no_picture_is_told_and_the_rest_goes_on(project, tmp_path):
    fake = tmp_path / "notes.png"
    fake.write_text("not a picture", "utf-8")
    gone = tmp_path / "gone.png"
    report = report_of(project, fake, gone, picture(tmp_path / "outside" / "a.png"))
    assert [Path(problem.file).name for problem in report.problems] == ["notes.png", "gone.png"]
    assert all(problem.reason for problem in report.problems)
    assert len(report.images) == 1
    assert not (project.folder / "notes.png").exists()


def test_dropped_twice_it_is_one_image(project, tmp_path):
    outside = picture(tmp_path / "outside" / "a.png")
    first, second = report_of(project, outside), report_of(project, outside)
    assert first.images == second.images
    assert len(project.images()) == 1
