"""Label files into a project, on folders made here: what comes in, what is left out, and what is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from model.data.exchange import LabelsError, find_voc, import_voc
from model.data.formats.format import Convention
from model.data.image_sets import LISTS
from model.data.project import Project
from model.records import (
    Box,
    ClassesChange,
    Doubt,
    Edit,
    ImportReport,
    LabelClass,
    Labels,
    LabelsChange,
    State,
)
from tests.model.data.folders import annotate, boxes_of, imported, opened, picture, reasons

CAT = LabelClass(1, "cat", "#e69f00")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    return made


# ------------------------------------------------------------------------------------------ finding


def test_annotations_are_found_and_other_xml_is_not(folder: Path) -> None:
    annotate(folder / "a" / "img10.xml")
    annotate(folder / "a" / "img2.XML")
    annotate(folder / ".hidden" / "x.xml")
    (folder / "b").mkdir()
    (folder / "b" / "settings.xml").write_text("<settings/>", "utf-8")
    assert [path.name for path in find_voc(folder)] == ["img2.XML", "img10.xml"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no FIFOs")
def test_a_fifo_among_the_label_files_holds_nothing_up(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 1, 1, 9, 9))
    os.mkfifo(folder / "b.xml")
    with opened(folder) as project:
        report = imported(project)
    assert report.images == 1
    assert reasons(report) == ["b.xml: b.xml is not a regular file (a pipe, a socket or a device)."]


def test_a_folder_without_annotations_is_told(folder: Path) -> None:
    with opened(folder) as project, pytest.raises(LabelsError, match="There are no Pascal VOC files in"):
        list(import_voc(project))


# ------------------------------------------------------------------------------------------ import


def test_boxes_classes_states_and_sizes_come_in(folder: Path) -> None:
    for name in ("a", "b", "c"):
        picture(folder / f"{name}.jpg")
    annotate(folder / "a.xml", ("dog", 1, 1, 60, 40), ("cat", 11, 6, 20, 30), ("cat", 5, 5, 9, 9))
    annotate(folder / "b.xml")
    with opened(folder) as project:
        report = imported(project)
        assert (report.images, report.boxes, report.classes) == (2, 3, ("cat", "dog"))
        assert report.problems == ()
        assert boxes_of(project, "a.jpg") == [
            ("dog", (0, 0, 60, 40)),
            ("cat", (10, 5, 20, 30)),
            ("cat", (4, 4, 9, 9)),
        ]
        assert [(i.state, i.width, i.height) for i in project.images()] == [
            (State.DONE, 60, 40), (State.EMPTY, 60, 40), (State.TO_DO, 0, 0),
        ]  # fmt: skip
        assert [c.name for c in project.classes()] == ["cat", "dog"]  # the most frequent gets key 1


def test_an_import_is_one_step_to_undo(folder: Path) -> None:
    for name in ("a", "b"):
        picture(folder / f"{name}.jpg")
        annotate(folder / f"{name}.xml", ("cat", 1, 1, 9, 9))
    with opened(folder) as project:
        imported(project)
        assert project.undo_text() == "Import 2 VOC files"
        project.undo()
        assert project.classes() == ()
        assert project.snapshot().labelled() == ()


def test_importing_twice_is_importing_once(folder: Path) -> None:
    picture(folder / "a.jpg")
    picture(folder / "b.jpg")
    annotate(folder / "a.xml", ("cat", 1.5, 0, 9.25, 9), ("cat", 0, 3, 8, 8))
    annotate(folder / "b.xml")
    with opened(folder) as project:
        imported(project)
        before = project.snapshot()
        report = imported(project)
        assert (report.images, report.boxes, report.problems) == (0, 0, ())
        assert project.snapshot() == before


def test_labels_that_a_person_made_are_kept_and_told(folder: Path) -> None:
    for name in ("a", "b"):
        picture(folder / f"{name}.jpg")
        annotate(folder / f"{name}.xml", ("cat", 1, 1, 9, 9))
    with opened(folder) as project:
        image = project.image_at("a.jpg")
        assert image is not None
        mine = Labels((Box(3, 3, 30, 30, CAT.id),))
        project.apply(Edit("Draw", (ClassesChange((), (CAT,)), LabelsChange(image.id, Labels(), mine))))
        report = imported(project)
        assert project.labels(image.id) == mine
        assert boxes_of(project, "b.jpg") == [("cat", (0, 0, 9, 9))]
        assert reasons(report) == ["a.jpg: it has other labels already, which were kept"]
        assert project.classes() == (CAT,)


def test_an_edit_made_meanwhile_wins(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("dog", 1, 1, 9, 9))
    with opened(folder) as project, Project.open(folder) as other:
        apply = project.apply

        def draw_first(edit: Edit) -> int:
            monkeypatch.undo()
            image = other.images()[0].id
            mine = Labels((Box(3, 3, 30, 30, CAT.id),))
            other.apply(Edit("Draw", (ClassesChange((), (CAT,)), LabelsChange(image, Labels(), mine))))
            return apply(edit)

        monkeypatch.setattr(project, "apply", draw_first)
        assert reasons(imported(project)) == ["a.jpg: it has other labels already, which were kept"]
        assert boxes_of(project, "a.jpg") == [("cat", (3, 3, 30, 30))]


def test_an_import_that_is_stopped_has_changed_nothing(folder: Path) -> None:
    for number in range(5):
        picture(folder / f"{number}.jpg")
        annotate(folder / f"{number}.xml", ("cat", 1, 1, 9, 9))
    with opened(folder) as project:
        before = project.snapshot()
        for stop_after in (1, 4, 9, 11):
            steps: Iterator[object] = import_voc(project)
            for _ in range(stop_after):
                next(steps)
            steps.close()  # type: ignore[attr-defined]
            assert project.snapshot() == before


@pytest.mark.parametrize(
    ("box", "problem"),
    [
        ((20, 20, 20, 20), "it is a single point, 20, 20"),
        ((70, 1, 90, 20), "it lies outside the picture"),
        ((10.0, 1, 10.5, 20), "it is less than a pixel wide or high"),
        (("nan", 1, 10.5, 20), "its xmin is “nan”"),
    ],
)
def test_boxes_that_no_training_survives_are_left_out_and_told(
    folder: Path, box: tuple, problem: str
) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 0, 0, 10, 10), ("dog", *box))
    with opened(folder) as project:
        report = imported(project)
        assert report.boxes == 1
        assert any(
            reason.startswith("a.xml: object 2") and reason.endswith(problem) for reason in reasons(report)
        )


def test_a_box_that_reaches_out_is_cut_at_the_edge_and_told(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 1, 1, 61, 41), ("dog", 31, 1, 90, 20))
    with opened(folder) as project:
        report = imported(project)
        assert boxes_of(project, "a.jpg") == [("cat", (0, 0, 60, 40)), ("dog", (30, 0, 60, 20))]
        assert reasons(report) == [
            "a.xml: object 2 (dog) reached 30 px out of the picture and was cut at its edge"
        ]


def test_a_file_whose_boxes_are_all_unusable_does_not_say_nothing_here(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 5, 5, 5, 5))
    with opened(folder) as project:
        imported(project)
        assert project.images()[0].state is State.TO_DO


def test_labels_of_a_picture_lying_on_its_side_are_left_out_and_told(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 5, 5, 9, 9), size=(40, 60))
    with opened(folder) as project:
        report = imported(project)
        assert report.images == 0
        assert reasons(report) == ["a.xml: left out: drawn on the picture lying on its side (40 × 60 px)"]


def test_one_broken_file_does_not_stop_the_others(folder: Path) -> None:
    for name in ("a", "b", "c"):
        picture(folder / f"{name}.jpg")
    annotate(folder / "a.xml", ("cat", 1, 1, 9, 9))
    (folder / "b.xml").write_text("<annotation>\n<object>\n", "utf-8")
    (folder / "c.jpg").write_bytes(b"no picture")
    annotate(folder / "c.xml", ("cat", 1, 1, 9, 9))
    annotate(folder / "d.xml", ("cat", 1, 1, 9, 9), filename="d.jpg")
    with opened(folder) as project:
        report = imported(project)
    assert report.images == 1
    told = " | ".join(reasons(report))
    assert "b.xml: b.xml, line" in told
    assert "d.xml: there is no image for it (d.jpg)" in told
    assert "c.jpg: c.jpg is not an image" in told


def test_a_folder_that_counts_from_the_edge_is_read_so_and_stays_so(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 0, 0, 60, 40))
    with opened(folder) as project:
        report = imported(project)
        assert boxes_of(project, "a.jpg") == [("cat", (0, 0, 60, 40))]
        assert report.doubt == Doubt(
            folder, folder, project.sequence(), True,
            "The boxes were read as distances from the edge, not as VOC's pixel numbers: 2 edges lie at 0.",
        )  # fmt: skip
        picture(folder / "b.jpg")
        for name in ("b1", "b2", "b3"):
            picture(folder / f"{name}.jpg")
            annotate(folder / f"{name}.xml", ("cat", 1, 1, 60, 40))
        project.add_images(["b1.jpg", "b2.jpg", "b3.jpg"])
        assert imported(project).doubt is None  # the answer is kept
        assert boxes_of(project, "b1.jpg") == [("cat", (1, 1, 60, 40))]


def test_what_the_person_says_of_a_folder_counts_more_than_what_its_boxes_show(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 10.5, 10.5, 60, 40))
    with opened(folder) as project:
        *_, report = import_voc(project, convention=Convention.ONE_BASED)
        assert isinstance(report, ImportReport)
        assert report.doubt is None
        assert boxes_of(project, "a.jpg") == [("cat", (9.5, 9.5, 60, 40))]


def test_mixed_evidence_is_read_as_vocs_own_and_is_in_doubt(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 0, 6, 20, 20), ("cat", 1, 1, 9, 9))
    with opened(folder) as project:
        doubt = imported(project).doubt
        assert boxes_of(project, "a.jpg") == [("cat", (0, 5, 20, 20)), ("cat", (0, 0, 9, 9))]
    assert doubt is not None
    assert not doubt.from_zero
    assert doubt.text.endswith("counted from 1, though 1 edge lies at 0, and 2 at 1.")


def test_a_guess_that_nothing_came_of_is_not_kept(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "other.xml", ("cat", 0, 0, 60, 40))
    with opened(folder) as project:
        assert imported(project).doubt is None
        annotate(folder / "a.xml", ("cat", 1, 1, 60, 40), ("dog", 1, 1, 8, 8))
        (folder / "other.xml").unlink()
        imported(project)
        assert boxes_of(project, "a.jpg") == [("cat", (0, 0, 60, 40)), ("dog", (0, 0, 8, 8))]


def test_label_files_that_cannot_be_read_are_counted(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.xml", ("cat", 5, 5, 5, 5), ("cat", 1, 1, 9, 9))
    (folder / "b.xml").write_text("<annotation>\n<object>\n", "utf-8")
    with opened(folder) as project:
        report = imported(project)
    assert (report.boxes, report.unread, len(report.problems)) == (1, 1, 2)


# ------------------------------------------------------------------------------------------ pairing


def layout(folder: Path, pairs: dict[str, str]) -> dict[str, list[tuple[str, tuple[float, ...]]]]:
    """Import label files (label path -> image path), each with a class named like its image; what came in."""
    for number, (label, image) in enumerate(pairs.items()):
        picture(folder / image)
        annotate(folder / label, (f"of {image}", 1 + number, 1, 20, 20), filename=Path(image).name)
    with opened(folder) as project:
        report = imported(project)
        assert report.problems == ()
        return {image: boxes_of(project, image) for image in pairs.values()}


@pytest.mark.parametrize(
    "pairs",
    [
        {"a.xml": "a.jpg", "sub/a.xml": "sub/a.jpg"},
        {"Annotations/a.xml": "JPEGImages/a.jpg", "Annotations/s/a.xml": "JPEGImages/s/a.jpg"},
        {"train/xml/a.xml": "train/images/a.jpg", "test/xml/a.xml": "test/images/a.jpg"},
        {"annots/a.mp4#t=1.xml": "images/a.mp4#t=1.jpg", "annots/a.mp4#t=2.xml": "images/a.mp4#t=2.jpg"},
        {"out/a.jpg.xml": "in/a.jpg", "out/b.jpg.xml": "in/b.jpg"},
        {"labels/ü 苹果.xml": "ü 苹果.jpg"},
        {"x/1.xml": "pictures of x/IMG_1.jpg"},
    ],
    ids=["beside", "devkit", "halves", "odd names", "whole names", "above", "by what the file says"],
)
def test_label_files_find_their_images(folder: Path, pairs: dict[str, str]) -> None:
    for image, boxes in layout(folder, pairs).items():
        assert [name for name, _ in boxes] == [f"of {image}"]


def test_labels_from_another_folder_find_their_images(folder: Path, tmp_path: Path) -> None:
    picture(folder / "s" / "a.jpg")
    annotate(tmp_path / "labels elsewhere" / "s" / "a.xml", ("cat", 1, 1, 9, 9))
    with opened(folder) as project:
        assert imported(project, tmp_path / "labels elsewhere").images == 1


def test_a_single_file_can_be_imported(folder: Path, tmp_path: Path) -> None:
    picture(folder / "a.jpg")
    annotate(tmp_path / "a.xml", ("cat", 1, 1, 9, 9))
    with opened(folder) as project:
        assert imported(project, tmp_path / "a.xml").boxes == 1


def test_a_label_file_without_its_image_takes_no_other_of_the_same_name(folder: Path) -> None:
    picture(folder / "train" / "b.jpg")
    picture(folder / "test" / "a.jpg")
    annotate(folder / "train" / "a.xml", ("cat", 1, 1, 9, 9), filename="a.jpg")
    annotate(folder / "train" / "b.xml", ("cat", 1, 1, 9, 9), filename="b.jpg")
    with opened(folder) as project:
        report = imported(project)
        assert boxes_of(project, "test/a.jpg") == []
        assert reasons(report) == ["train/a.xml: there is no image for it (a.jpg)"]


def test_two_label_files_for_one_image_are_told(folder: Path) -> None:
    picture(folder / "a.jpg")
    annotate(folder / "a.jpg.xml", ("cat", 1, 1, 9, 9))
    annotate(folder / "a.xml", ("dog", 1, 1, 9, 9))
    with opened(folder) as project:
        report = imported(project)
        assert reasons(report) == ["a.xml: it was left out: a.jpg has its labels from a.jpg.xml"]


# ------------------------------------------------------------------------------------------ splits


def test_the_lists_of_a_data_set_become_splits(folder: Path) -> None:
    for name in ("a", "b", "c", "d"):
        picture(folder / "JPEGImages" / f"{name}.jpg")
        annotate(folder / "Annotations" / f"{name}.xml", ("cat", 1, 1, 9, 9))
    lists = folder / LISTS
    lists.mkdir(parents=True)
    (lists / "train.txt").write_bytes(b"a\r\nb\r\n")
    (lists / "val.txt").write_text("c.jpg\n", "utf-8")
    (lists / "trainval.txt").write_text("a\nb\nc\n", "utf-8")
    (lists / "test.txt").write_text("d\nc\nx\n", "utf-8")
    with opened(folder) as project:
        report = imported(project)
        assert [image.split for image in project.images()] == ["train", "train", "test", "test"]
    assert reasons(report) == [
        "ImageSets/Main/test.txt: 1 of its 3 images are not here, as x",
        "ImageSets/Main/val.txt: 1 of its images are in another list too, which counts: JPEGImages/c.jpg",
    ]
