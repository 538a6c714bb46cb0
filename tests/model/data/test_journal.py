"""Undo and redo: as a list of states with a finger on one of them, whatever happens in between."""

from __future__ import annotations

import sqlite3
import tempfile
from collections import Counter
from contextlib import closing
from dataclasses import replace
from itertools import chain
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from model.data.project import Project
from model.records import Box, ClassesChange, Edit, LabelClass, Labels, LabelsChange, State

A, B = LabelClass(1, "a", "#000000"), LabelClass(2, "b", "#ffffff")
IMAGES = (1, 2)


@pytest.fixture
def project(tmp_path: Path):
    with Project.open(tmp_path) as project:
        project.add_images(["a.jpg", "b.jpg"])
        project.apply(Edit("Add classes", (ClassesChange((), (A, B)),)))
        yield project


def draw(project: Project, text: str = "Draw box") -> Edit:
    before = project.labels(1)
    edit = Edit(text, (LabelsChange(1, before, Labels((*before.boxes, Box(0, 0, 1, 1, 1)))),))
    project.apply(edit)
    return edit


def test_undo_gives_the_inverse_and_redo_the_edit_itself(project: Project) -> None:
    edit = draw(project)
    assert project.undo_text() == "Draw box"
    assert project.undo() == edit.inverse()
    assert project.labels(1) == Labels()
    assert (project.undo_text(), project.redo_text()) == ("Add classes", "Draw box")
    assert project.redo() == edit
    assert project.labels(1) == edit.changes[0].after
    assert project.redo() is None
    assert project.redo_text() == ""


def test_there_is_nothing_to_undo_in_a_new_project(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        assert (project.undo(), project.redo(), project.undo_text(), project.sequence()) == (
            None,
            None,
            "",
            0,
        )
        assert project.history(10) == ()


def test_a_new_edit_ends_redoing(project: Project) -> None:
    draw(project, "one")
    project.undo()
    draw(project, "two")
    assert project.redo() is None
    project.undo()
    assert project.redo_text() == "two"


def test_many_steps_are_undone_and_redone_in_order(project: Project) -> None:
    for text in ("one", "two", "three"):
        draw(project, text)
    drawn = project.labels(1)
    assert [project.undo_text() for _ in range(3) if project.undo()] == ["two", "one", "Add classes"]
    assert [project.redo_text() for _ in range(3) if project.redo()] == ["two", "three", ""]
    assert project.labels(1) == drawn
    project.undo()
    project.undo()
    project.redo()
    assert (project.undo_text(), project.redo_text()) == ("two", "three")


def test_the_changes_of_one_edit_are_one_step(project: Project) -> None:
    one, two = Labels((Box(0, 0, 1, 1, 3),)), Labels((Box(0, 0, 2, 2, 3),), State.DONE)
    c = LabelClass(3, "c", "#123456")
    edit = Edit(
        "Accept 2 proposals",
        (
            ClassesChange((A, B), (A, B, c)),
            LabelsChange(1, Labels(), one),
            LabelsChange(2, Labels(), two),
            LabelsChange(1, one, two),  # the same image again
        ),
    )
    project.apply(edit)
    assert (project.labels(1), project.labels(2), project.classes()) == (two, two, (A, B, c))
    assert project.undo() == edit.inverse()
    assert (project.labels(1), project.labels(2), project.classes()) == (Labels(), Labels(), (A, B))
    assert project.redo() == edit


def test_an_edit_that_changes_nothing_is_no_step(project: Project) -> None:
    sequence = draw_and_sequence(project)
    before = project.labels(1)
    assert project.apply(Edit("Mark as to do", (LabelsChange(1, before, before),))) == sequence
    assert project.undo_text() == "Draw box"


def draw_and_sequence(project: Project) -> int:
    draw(project)
    return project.sequence()


def test_history_tells_what_stands_and_what_is_undone(project: Project) -> None:
    for text in ("one", "two"):
        draw(project, text)
    project.undo()
    draw(project, "three")
    project.undo()
    project.redo()
    draw(project, "four")
    project.undo()
    steps = project.history(4)
    assert [(step.text, step.undone) for step in steps] == [
        ("four", True), ("three", False), ("two", True), ("one", False),
    ]  # fmt: skip
    assert [step.text for step in project.history(1)] == ["four"]


def test_one_box_of_a_thousand_is_one_box_in_the_journal(project: Project) -> None:
    boxes = tuple(Box(0, 0, 1, 1 + number, 1) for number in range(1000))
    project.apply(Edit("Import", (LabelsChange(1, Labels(), Labels(boxes)),)))
    moved = (*boxes[:500], replace(boxes[500], xmax=7.0), *boxes[501:])
    project.apply(Edit("Move box", (LabelsChange(1, Labels(boxes), Labels(moved)),)))
    with closing(sqlite3.connect(project.file)) as db:
        size = db.execute("SELECT max(length(after)) FROM changes WHERE sequence = 3").fetchone()[0]
    assert size < 100
    project.undo()
    assert project.labels(1) == Labels(boxes)
    project.redo()
    assert project.labels(1) == Labels(moved)


# ------------------------------------------------------------------------------------------ against a model

boxes = st.builds(
    Box,
    xmin=st.floats(-1e6, 1e6, allow_nan=False),
    ymin=st.floats(-1e6, 1e6, allow_nan=False),
    xmax=st.floats(1e6 + 1, 1e7, allow_nan=False),
    ymax=st.floats(1e6 + 1, 1e7, allow_nan=False),
    label=st.sampled_from([1, 2]),
    uid=st.integers(0, 2**53 - 1),
    difficult=st.booleans(),
    ignore=st.booleans(),
    pose=st.sampled_from(["Unspecified", "Left", "“ü”"]),
)
labels = st.one_of(
    st.builds(
        Labels,
        st.lists(boxes, max_size=4, unique_by=lambda box: box.uid).map(tuple),
        st.sampled_from([State.TO_DO, State.DONE]),
    ),
    st.just(Labels((), State.EMPTY)),
)
classes = st.lists(st.sampled_from([A, B]), unique=True).map(tuple)
actions = st.lists(
    st.one_of(
        st.tuples(
            st.just("labels"), st.lists(st.tuples(st.sampled_from(IMAGES), labels), min_size=1, max_size=3)
        ),
        st.tuples(st.just("classes"), classes),
        st.tuples(st.just("keep"), st.sampled_from(IMAGES)),
        st.sampled_from([("undo",), ("reopen",)]),
        *[st.sampled_from([("undo",), ("redo",)])] * 3,  # often, so that stacks grow deep
    ),
    min_size=10,  # or Hypothesis makes lists of five
    max_size=40,
)

Everything = tuple[dict[int, Labels], tuple[LabelClass, ...]]


def everything(project: Project) -> Everything:
    return {image: project.labels(image) for image in IMAGES}, project.classes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(actions)
def test_any_sequence_of_edits_undo_and_redo_is_a_walk_along_a_list_of_states(steps: list[tuple]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        project = Project.open(Path(folder))
        project.add_images(["a.jpg", "b.jpg"])
        project.apply(Edit("0", (ClassesChange((), (A, B)),)))
        states: list[Everything] = [({image: Labels() for image in IMAGES}, ()), everything(project)]
        texts = ["", "0"]  # of the edit that led to each state
        at = 1
        for number, (action, *what) in enumerate(steps, start=1):
            if action == "undo":
                assert (project.undo() is not None) == (at > 0)
                at = max(at - 1, 0)
            elif action == "redo":
                assert (project.redo() is not None) == (at < len(states) - 1)
                at = min(at + 1, len(states) - 1)
            elif action == "reopen":
                project.close()
                project = Project.open(Path(folder))
            else:
                current, shown = dict(states[at][0]), states[at][1]
                changes: list[LabelsChange | ClassesChange] = []
                if action == "labels":
                    for image, after in what[0]:
                        changes.append(LabelsChange(image, current[image], after))
                        current[image] = after
                elif action == "classes":
                    changes.append(ClassesChange(shown, what[0]))
                    shown = what[0]
                else:
                    changes.append(LabelsChange(what[0], current[what[0]], current[what[0]]))
                project.apply(Edit(str(number), tuple(changes)))
                if any(change.before != change.after for change in changes):
                    states[at + 1 :] = [(current, shown)]
                    texts[at + 1 :] = [str(number)]
                    at += 1
            assert everything(project) == states[at]
            assert project.undo_text() == texts[at]
            assert project.redo_text() == (texts[at + 1] if at + 1 < len(states) else "")
            objects = [[b.label for b in states[at][0][i].boxes if not b.ignore] for i in IMAGES]
            assert Counter(project.class_counts()) == Counter(chain.from_iterable(objects))
            assert project.class_images() == {
                c.id: sum(c.id in labels for labels in objects) for c in states[at][1]
            }
            assert [row.box_count for row in project.images()] == [len(labels) for labels in objects]
            assert project.next_class_id() == 3
        project.close()
