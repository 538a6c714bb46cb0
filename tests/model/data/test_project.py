"""What is stored in a project is what is read from it, also by others at the same time."""

from __future__ import annotations

import math
import os
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest

from model.data.project import Project, ProjectError, StaleEdit
from model.records import (
    Box,
    ClassesChange,
    Detection,
    Edit,
    LabelClass,
    Labels,
    LabelsChange,
    ModelRow,
    State,
    Verdict,
)

BOLT, NUT = LabelClass(1, "bolt", "#e69f00"), LabelClass(2, "nut", "#56b4e9")


@pytest.fixture
def project(tmp_path: Path):
    with Project.open(tmp_path) as project:
        project.add_images(["a.jpg", "b.jpg"])
        project.apply(Edit("Add classes", (ClassesChange((), (BOLT, NUT)),)))
        yield project


def set_labels(project: Project, image: int, labels: Labels, text: str = "Edit") -> None:
    project.apply(Edit(text, (LabelsChange(image, project.labels(image), labels),)))


# ------------------------------------------------------------------------------------------ images


def test_images_come_in_natural_order(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        ids = project.add_images(["img10.jpg", "img2.jpg", "IMG3.jpg"], [(1, 2), (3, 4), (5, 6)])
        assert [row.path for row in project.images()] == ["img2.jpg", "IMG3.jpg", "img10.jpg"]
        assert (project.image(ids[0]).width, project.image(ids[0]).height) == (1, 2)


def test_adding_an_image_again_leaves_it_as_it_is(project: Project) -> None:
    first = project.image_at("a.jpg")
    assert first is not None
    project.set_size(first.id, 640, 480)
    assert project.add_images(["c.jpg", "a.jpg"], [(9, 9), (9, 9)])[1] == first.id
    assert project.image(first.id) == replace(first, width=640, height=480)
    assert len(project.images()) == 3


def test_a_path_that_cannot_be_stored_adds_nothing(project: Project) -> None:
    with pytest.raises(ValueError, match="not UTF-8"):
        project.add_images(["c.jpg", "caf\udce9.jpg"])
    assert project.image_at("c.jpg") is None


def test_a_size_clears_the_problem(project: Project) -> None:
    project.set_problem(1, "It is cut off.")
    assert project.image(1).problem == "It is cut off."
    project.set_size(1, 10, 20)
    assert project.image(1).problem == ""


def test_splits_are_set_by_path(project: Project) -> None:
    project.set_splits({"b.jpg": "val", "elsewhere.jpg": "train"})
    assert [row.split for row in project.images()] == ["", "val"]
    with pytest.raises(ValueError, match="not a split"):
        project.set_splits({"a.jpg": "validation"})


def test_an_image_that_does_not_exist_is_wrong_input(project: Project) -> None:
    assert project.image_at("z.jpg") is None
    for ask in (project.image, project.labels):
        with pytest.raises(ValueError, match="no image 99"):
            ask(99)


# ------------------------------------------------------------------------------------------ labels


def test_every_field_of_a_box_and_the_order_of_boxes_are_kept(project: Project) -> None:
    boxes = (
        Box(0.1 + 0.2, 1 / 3, 1e9 + 0.1, math.pi, 2, 2**53 - 1, True, False, True, "Frontal"),
        Box(-5.0, -1e-300, 0.5, 5e-324, 1, 0, False, True, False, "“links” 左"),
        Box(1, 2, 3, 4, 1),
        Box(2, 2, 3, 4, 1, ignore=True),
    )
    set_labels(project, 1, Labels(boxes, State.DONE))
    set_labels(project, 1, Labels(boxes[::-1], State.DONE))
    assert project.labels(1) == Labels(boxes[::-1], State.DONE)
    assert project.snapshot().images[0].labels == Labels(boxes[::-1], State.DONE)
    assert (project.image(1).box_count, project.image(1).state) == (3, State.DONE)
    assert project.class_counts() == {1: 2, 2: 1}


@pytest.mark.parametrize(
    ("labels", "because"),
    [
        (Labels((Box(math.nan, 0, 1, 1, 1),)), "not a finite number"),
        (Labels((Box(0, 0, math.inf, 1, 1),)), "not a finite number"),
        (Labels((Box(0, 0, 0, 1, 1),)), "0 × 1 px"),
        (Labels((Box(0, 9, 1, 1, 1),)), "1 × -8 px"),
        (Labels((Box(0, 0, 1, 1, 7),)), "class 7, which this project does not have"),
        (Labels((Box(0, 0, 1, 1, 1, 5), Box(0, 0, 2, 2, 1, 5))), "same uid"),
        (Labels((Box(0, 0, 1, 1, 1, 2**63),)), "53 bits"),
        (Labels((Box(0, 0, 1, 1, 1, pose="half \ud83d"),)), "cannot be written"),
        (Labels((Box(0, 0, 1, 1, 1),), State.EMPTY), "cannot be"),
    ],
)
def test_labels_that_cannot_be_true_are_refused_and_nothing_is_stored(
    project: Project, labels: Labels, because: str
) -> None:
    before = project.sequence()
    good = LabelsChange(2, Labels(), Labels((), State.DONE))
    with pytest.raises(ValueError, match=because):
        project.apply(Edit("Bad", (good, LabelsChange(1, Labels(), labels))))
    assert project.labels(2) == Labels()
    assert project.sequence() == before


def test_an_edit_against_labels_that_are_gone_is_refused_and_nothing_is_stored(project: Project) -> None:
    set_labels(project, 1, Labels((Box(0, 0, 1, 1, 1),)))
    before = project.sequence()
    good = LabelsChange(2, Labels(), Labels((), State.DONE))
    with pytest.raises(StaleEdit, match=r"a\.jpg"):
        project.apply(Edit("Late", (good, LabelsChange(1, Labels(), Labels((), State.DONE)))))
    with pytest.raises(StaleEdit, match="classes"):
        project.apply(Edit("Late", (good, ClassesChange((BOLT,), (BOLT, NUT)))))
    assert project.labels(2) == Labels()
    assert project.sequence() == before


# ------------------------------------------------------------------------------------------ classes


def test_a_class_is_renamed_recoloured_and_moved_in_one_step(project: Project) -> None:
    after = (NUT, LabelClass(1, "screw", "#000000"))
    project.apply(Edit("Change classes", (ClassesChange((BOLT, NUT), after),)))
    assert project.classes() == after
    project.undo()
    assert project.classes() == (BOLT, NUT)


def test_names_may_be_swapped(project: Project) -> None:
    swapped = (replace(BOLT, name="nut"), replace(NUT, name="bolt"))
    project.apply(Edit("Swap", (ClassesChange((BOLT, NUT), swapped),)))
    assert project.classes() == swapped


def test_an_area_to_ignore_is_no_object_and_makes_no_image_one_to_learn_from(project: Project) -> None:
    area, thing = Box(0, 0, 90, 90, 1, ignore=True), Box(1, 1, 9, 9, 2)
    set_labels(project, 1, Labels((area,)))
    assert (project.image(1).box_count, project.class_counts()) == (0, {1: 0, 2: 0})
    assert project.snapshot().labelled() == ()
    set_labels(project, 1, Labels((area,), State.DONE))  # somebody looked: around it there is nothing
    assert len(project.snapshot().labelled()) == 1
    set_labels(project, 1, Labels((area, thing)))
    (labelled,) = project.snapshot().labelled()
    assert labelled.objects == (thing,)


def test_a_class_that_boxes_still_use_can_be_deleted_and_comes_back_with_its_boxes(project: Project) -> None:
    labels = Labels((Box(0, 0, 1, 1, 1), Box(0, 0, 1, 1, 2)))
    set_labels(project, 1, labels)
    project.apply(Edit("Delete class nut", (ClassesChange((BOLT, NUT), (BOLT,)),)))
    assert project.classes() == (BOLT,)
    assert project.labels(1) == labels
    assert project.class_counts() == {1: 1, 2: 1}
    assert project.next_class_id() == 3
    moved = Labels((labels.boxes[0], replace(labels.boxes[1], xmax=9.0)))
    set_labels(project, 1, moved)  # a box of a deleted class can still be moved
    project.undo()
    project.undo()
    assert project.classes() == (BOLT, NUT)


def test_a_class_id_is_never_given_twice(project: Project) -> None:
    washer = LabelClass(project.next_class_id(), "washer", "#009e73")
    project.apply(Edit("Add class washer", (ClassesChange((BOLT, NUT), (BOLT, NUT, washer)),)))
    project.undo()
    assert project.next_class_id() == washer.id + 1
    other = LabelClass(washer.id, "gear", "#009e73")
    with pytest.raises(ValueError, match="never given twice"):
        project.apply(Edit("Add class gear", (ClassesChange((BOLT, NUT), (BOLT, NUT, other)),)))
    with Project.open(project.folder) as reopened:
        assert reopened.next_class_id() == washer.id + 1


@pytest.mark.parametrize(
    ("added", "because"),
    [
        (LabelClass(3, "bolt", "#000000"), "two classes have the name"),
        (LabelClass(2, "gear", "#000000"), "two classes have the id"),
        (LabelClass(3, " ", "#000000"), "needs a name"),
        (LabelClass(3, "a\nb", "#000000"), "cannot be written"),
        (LabelClass(3, "gear", "red"), "colour"),
        (LabelClass(0, "gear", "#000000"), "from 1"),
    ],
)
def test_classes_that_cannot_stand_are_refused(project: Project, added: LabelClass, because: str) -> None:
    with pytest.raises(ValueError, match=because):
        project.apply(Edit("Add", (ClassesChange((BOLT, NUT), (BOLT, NUT, added)),)))
    assert project.classes() == (BOLT, NUT)


# ------------------------------------------------------------------------------------------ models, notes


def test_what_a_model_said_and_what_the_person_did_with_it_are_kept(project: Project) -> None:
    found = (Detection(1.5, 2, 3, 4, "bolt", 0.9), Detection(0.1, 0.2, 0.3, 0.4, "苹果", 1 / 3))
    project.add_predictions(1, "m", found)
    assert project.predictions(1, "m") == found
    project.add_predictions(1, "m", found[:1])
    assert project.predictions(1, "m") == found[:1]
    assert project.predictions(2, "m") == project.predictions(1, "other") == ()
    project.add_verdicts(1, found, Verdict.ACCEPTED)
    with pytest.raises(ValueError, match="not finite"):
        project.add_verdicts(1, (Detection(0, 0, 1, 1, "bolt", math.nan),), Verdict.REJECTED)
    with pytest.raises(ValueError, match="FOREIGN KEY"):
        project.add_predictions(99, "m", found)


def test_models_come_newest_first_and_a_resumed_run_keeps_its_name(project: Project) -> None:
    first = project.add_model("m1", "m1.safetensors", "fast", ("bolt", "nut"), 0.5, None)
    assert first == ModelRow(
        first.id, "m1", "m1.safetensors", first.created, "fast", ("bolt", "nut"), 0.5, None
    )
    time.sleep(0.002)
    project.add_model("m2", "m2.safetensors", "fast", ("bolt",), None, None)
    assert [model.name for model in project.models()] == ["m2", "m1"]
    time.sleep(0.002)
    again = project.add_model("m1", "m1.safetensors", "fast", ("bolt", "nut"), 0.7, 0.9)
    assert (again.id, again.ap) == (first.id, 0.7)
    assert [model.name for model in project.models()] == ["m1", "m2"]
    assert project.model("m1") == again
    assert project.model("m9") is None
    with pytest.raises(ValueError, match="already"):
        project.add_model("m1", "other.safetensors", "fast", (), None, None)
    with pytest.raises(ValueError, match="not a path inside"):
        project.add_model("m3", "../m3.safetensors", "fast", (), None, None)


def test_notes_are_kept(project: Project) -> None:
    assert project.note("voc convention") is None
    project.set_note("voc convention", "labelimg")
    project.set_note("voc convention", "voc")
    with Project.open(project.folder) as reopened:
        assert reopened.note("voc convention") == "voc"


# ------------------------------------------------------------------------------------------ others, meanwhile


def test_edits_and_a_scan_in_another_thread_do_not_disturb_each_other(project: Project) -> None:
    done = threading.Event()
    errors: list[Exception] = []

    def insert() -> None:
        try:
            with Project.open(project.folder) as other:
                for batch in range(30):
                    other.add_images([f"{batch}/{number}.jpg" for number in range(50)])
        except ProjectError as error:
            errors.append(error)
        done.set()

    thread = threading.Thread(target=insert)
    thread.start()
    edits = 0
    while not done.is_set() or edits < 10:
        set_labels(project, 1, Labels((Box(0, 0, 1, edits + 1, 1),)))
        edits += 1
    thread.join()
    assert errors == []
    assert len(project.images()) == 2 + 30 * 50
    assert project.sequence() == 1 + edits


def test_a_snapshot_is_of_one_moment(project: Project) -> None:
    """Both images get the same number of boxes in each edit; a snapshot never sees them differ."""
    stop = threading.Event()
    seen: list[tuple[int, int]] = []

    def read() -> None:
        with Project.open(project.folder) as other:
            while not stop.is_set():
                images = other.snapshot().images
                seen.append((len(images[0].boxes), len(images[1].boxes)))

    thread = threading.Thread(target=read)
    thread.start()
    for _ in range(30):
        changes = []
        for image in (1, 2):
            before = project.labels(image)
            changes.append(LabelsChange(image, before, Labels((*before.boxes, Box(0, 0, 1, 1, 1)))))
        project.apply(Edit("Both", tuple(changes)))
    stop.set()
    thread.join()
    assert seen
    assert all(one == other for one, other in seen)


def test_the_same_folder_open_twice_refuses_the_later_of_two_edits(project: Project) -> None:
    with Project.open(project.folder) as other:
        before = other.labels(1)
        set_labels(project, 1, Labels((Box(0, 0, 1, 1, 1),)))
        with pytest.raises(StaleEdit):
            other.apply(Edit("Late", (LabelsChange(1, before, Labels((), State.DONE)),)))
        assert other.undo_text() == "Edit"  # the journal is one, whoever wrote it
        assert other.undo() is not None
    assert project.labels(1) == Labels()


def test_a_hundred_thousand_images_open_and_list_at_once(tmp_path: Path) -> None:
    with Project.open(tmp_path) as project:
        project.add_images(f"folder {number % 37}/IMG_{number}.JPG" for number in range(100_000))
    began = os.times()
    with Project.open(tmp_path) as project:
        rows = project.images()
    took = os.times()
    assert [row.path for row in rows[:2]] == ["folder 0/IMG_0.JPG", "folder 0/IMG_37.JPG"]
    assert len(rows) == 100_000
    # the processor's time, for others may be using the machine; 0.45 s where this was written
    assert took.user + took.system - began.user - began.system < 2.0
