"""A project's split, once drawn, is kept with its images."""

from __future__ import annotations

from pathlib import Path

import pytest

from model.data.division import divide, draw
from model.data.project import Project
from model.records import Box, Edit, LabelClass, Labels, LabelsChange, Snapshot, State
from model.records.labels import ClassesChange


@pytest.fixture
def project(tmp_path: Path):
    with Project.open(tmp_path) as project:
        project.add_images([f"{n:03d}.jpg" for n in range(60)])
        project.apply(Edit("Add class", (ClassesChange((), (LabelClass(1, "cat", "#000000"),)),)))
        yield project


def label(project: Project, *images: int) -> None:
    for image in images:
        after = Labels((Box(0, 0, 5, 5, 1),), State.DONE)
        project.apply(Edit("Draw", (LabelsChange(image, project.labels(image), after),)))


def drawn(snapshot: Snapshot) -> dict[int, str]:
    return {image.id: image.drawn for image in snapshot.images if image.drawn}


def test_what_a_run_drew_is_kept_in_the_project(project: Project) -> None:
    label(project, *range(31, 61))
    first = drawn(draw(project, 0.2))
    assert set(first) == set(range(31, 61))
    assert list(first.values()).count("val") == pytest.approx(6, abs=1)
    label(project, *range(1, 31))  # before them in the order of the folder
    with Project.open(project.folder) as again:
        second = drawn(draw(again, 0.2))
    assert set(second) == set(range(1, 61))
    assert {image: second[image] for image in first} == first
    assert drawn(project.snapshot()) == second
    assert {image.id for image in divide(project.snapshot(), 0.2).val} == {
        image for image, side in second.items() if side == "val"
    }


def test_nothing_is_written_where_nothing_is_new(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    label(project, *range(1, 21))
    before = draw(project, 0.2)
    monkeypatch.setattr(project, "keep_drawn", lambda _: pytest.fail("there was nothing to keep"))
    assert draw(project, 0.2) == before
    assert draw(project, 0.0) == before


def test_what_has_trained_is_never_put_into_validation(project: Project) -> None:
    project.keep_drawn({1: "train", 2: "val"})
    project.keep_drawn({1: "val", 2: "train"})
    assert drawn(project.snapshot()) == {1: "train", 2: "train"}


def test_the_split_of_the_data_set_needs_no_keeping(project: Project) -> None:
    label(project, *range(1, 21))
    project.set_splits({"000.jpg": "val", "001.jpg": "train"})
    assert not drawn(draw(project, 0.2))
    assert [image.path for image in divide(project.snapshot(), 0.2).val] == ["000.jpg"]


def test_groups_are_told_and_kept_together(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.add_images([f"clip{n % 6}_frame_{n:03d}.jpg" for n in range(60)])
        project.apply(Edit("Add class", (ClassesChange((), (LabelClass(1, "cat", "#000000"),)),)))
        label(project, *range(1, 61))
        division = divide(project.snapshot(), 0.3)
    assert not {i.group for i in division.train} & {i.group for i in division.val}
    assert division.notes[0].startswith("6 groups of frames, copies or bursts are kept together, 60 images")
