"""What a person refused is told with the labels, until something else is said about the place."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from model.data.project import Project
from model.records import Box, ClassesChange, Detection, Edit, LabelClass, Labels, LabelsChange, Verdict

BOLT, NUT = LabelClass(1, "bolt", "#e69f00"), LabelClass(2, "nut", "#56b4e9")
FOUND = Detection(10, 10, 50, 50, "bolt", 0.6)
MOVED = replace(FOUND, xmin=18, xmax=58)  # IoU 32 / 48 with FOUND
BELOW = replace(FOUND, ymin=30, ymax=70)  # IoU 1 / 3, with MOVED 1 / 4


@pytest.fixture
def project(tmp_path: Path):
    with Project.open(tmp_path) as project:
        project.add_images(["a.jpg", "b.jpg"])
        project.apply(Edit("Add classes", (ClassesChange((), (BOLT, NUT)),)))
        yield project


def rejected(project: Project, image: int = 1) -> list[tuple[tuple[float, ...], int]]:
    of_image = next(each for each in project.snapshot().images if each.id == image)
    return [(box.xyxy, box.label) for box in of_image.rejected]


def label(project: Project, *boxes: Box) -> None:
    project.apply(Edit("Draw", (LabelsChange(1, project.labels(1), Labels(boxes)),)))


def test_a_rejected_proposal_is_told_with_its_image_and_class(project: Project) -> None:
    project.add_verdicts(1, (FOUND, replace(FOUND, name="nut")), Verdict.REJECTED)
    assert sorted(rejected(project)) == [(FOUND.xyxy, BOLT.id), (FOUND.xyxy, NUT.id)]
    assert rejected(project, 2) == []
    assert project.snapshot() == project.snapshot()


def test_of_many_rejections_of_one_place_the_newest_is_told(project: Project) -> None:
    for proposal in (FOUND, BELOW, MOVED):
        project.add_verdicts(1, (proposal,), Verdict.REJECTED)
    assert rejected(project) == [(MOVED.xyxy, BOLT.id), (BELOW.xyxy, BOLT.id)]


def test_what_is_accepted_later_is_no_longer_rejected(project: Project) -> None:
    project.add_verdicts(1, (FOUND, BELOW), Verdict.REJECTED)
    project.add_verdicts(1, (MOVED,), Verdict.ACCEPTED)
    assert rejected(project) == [(BELOW.xyxy, BOLT.id)]
    project.add_verdicts(1, (FOUND,), Verdict.REJECTED)
    assert rejected(project) == [(FOUND.xyxy, BOLT.id), (BELOW.xyxy, BOLT.id)]


def test_another_class_or_another_image_accepts_nothing(project: Project) -> None:
    project.add_verdicts(1, (FOUND,), Verdict.REJECTED)
    project.add_verdicts(1, (replace(FOUND, name="nut"),), Verdict.ACCEPTED)
    project.add_verdicts(2, (FOUND,), Verdict.ACCEPTED)
    assert rejected(project) == [(FOUND.xyxy, BOLT.id)]


def test_a_label_of_its_class_that_covers_it_overrules_a_rejection(project: Project) -> None:
    project.add_verdicts(1, (FOUND,), Verdict.REJECTED)
    for box, still in (
        (Box(*MOVED.xyxy, BOLT.id), False),
        (Box(*BELOW.xyxy, BOLT.id), True),
        (Box(*MOVED.xyxy, NUT.id), True),
        (Box(*MOVED.xyxy, BOLT.id, ignore=True), True),
    ):
        label(project, box)
        assert bool(rejected(project)) == still


def test_a_proposal_of_a_class_that_the_project_does_not_have_says_nothing(project: Project) -> None:
    project.add_verdicts(1, (replace(FOUND, name="washer"),), Verdict.REJECTED)
    assert rejected(project) == []


def test_a_rejection_taken_back_has_never_been(project: Project) -> None:
    project.add_verdicts(1, (FOUND,), Verdict.REJECTED)
    project.add_verdicts(1, (FOUND,), Verdict.REJECTED)
    for left in ([(FOUND.xyxy, BOLT.id)], [], []):
        project.take_back_rejection(1, FOUND)
        assert rejected(project) == left


def test_taking_back_leaves_every_other_verdict(project: Project) -> None:
    project.add_verdicts(1, (FOUND, BELOW), Verdict.REJECTED)
    project.add_verdicts(2, (FOUND,), Verdict.REJECTED)
    project.take_back_rejection(1, FOUND)
    assert rejected(project) == [(BELOW.xyxy, BOLT.id)]
    assert rejected(project, 2) == [(FOUND.xyxy, BOLT.id)]
    project.take_back_rejection(1, MOVED)  # never rejected
    assert rejected(project) == [(BELOW.xyxy, BOLT.id)]
