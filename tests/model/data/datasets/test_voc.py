"""Pascal VOC folders as they come."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from model.data.datasets.dataset import DatasetError, DatasetReport
from model.data.datasets.registry import dataset_of
from model.data.image_sets import LISTS
from model.data.project import Project
from model.records import State
from tests.model.data.folders import annotate, picture

DATA = Path(__file__).parents[5] / "shared" / "data"
real = pytest.mark.skipif(not DATA.is_dir(), reason="the data sets are not here")


def report_of(folder: Path) -> DatasetReport:
    dataset = dataset_of(folder)
    assert dataset is not None
    *_, report = dataset.read(folder)
    assert isinstance(report, DatasetReport)
    return report


def told(report: DatasetReport) -> list[str]:
    return [f"{problem.file}: {problem.reason}" for problem in report.problems]


def year(folder: Path, prefix: str, lists: dict[str, str]) -> None:
    """Images a to f of one class each; lists: name -> letters."""
    for letter, name in zip("abcdef", ("dog", "cat", "dog", "person", "dog", "cat"), strict=True):
        picture(folder / "JPEGImages" / f"{prefix}{letter}.jpg")
        annotate(folder / "Annotations" / f"{prefix}{letter}.xml", (name, 1, 1, 20, 10))
    (folder / LISTS).mkdir(parents=True)
    for name, letters in lists.items():
        (folder / LISTS / f"{name}.txt").write_text("".join(f"{prefix}{x}\n" for x in letters), "utf-8")


def test_a_devkit_of_two_years_is_one_data_set(tmp_path: Path) -> None:
    year(
        tmp_path / "VOCdevkit" / "VOC2007",
        "00000",
        {"train": "ab", "val": "c", "trainval": "abc", "test": "def"},
    )
    year(tmp_path / "VOCdevkit" / "VOC2012", "2012_", {"train": "abc", "val": "d", "trainval": "abcd"})
    for folder in (tmp_path, tmp_path / "VOCdevkit"):
        report = report_of(folder)
        images = report.snapshot.images
        assert Counter(i.split for i in images) == {"train": 5, "val": 2, "test": 3}
        assert [i.id for i in images] == list(range(1, 11))
        assert images[0].path.endswith("VOC2007/JPEGImages/00000a.jpg")
        assert (folder / images[0].path).is_file()
        (told_of,) = told(report)
        assert told_of.endswith(
            "VOC2012/ImageSets/Main: 2 images are in none of its lists and left out: "
            + images[0].path.replace("VOC2007/JPEGImages/00000a", "VOC2012/JPEGImages/2012_e")
        )
    one = report_of(tmp_path / "VOCdevkit" / "VOC2007").snapshot
    assert len(one.images) == 6


def test_the_classes_of_voc_have_their_usual_numbers_and_others_are_sorted(tmp_path: Path) -> None:
    year(tmp_path, "x", {})
    assert [(c.id, c.name) for c in report_of(tmp_path).snapshot.classes] == [
        (8, "cat"),
        (12, "dog"),
        (15, "person"),
    ]
    annotate(tmp_path / "Annotations" / "xa.xml", ("zebra", 1, 1, 20, 10))
    assert [(c.id, c.name) for c in report_of(tmp_path).snapshot.classes] == [
        (1, "cat"), (2, "dog"), (3, "person"), (4, "zebra"),
    ]  # fmt: skip


def test_pixels_are_counted_from_one_and_the_same_folder_is_the_same_snapshot(tmp_path: Path) -> None:
    year(tmp_path, "x", {"train": "abcdef"})
    first = report_of(tmp_path).snapshot
    assert [box.xyxy for box in first.images[0].boxes] == [(0, 0, 20, 10)]
    assert [box.uid for i in first.images for box in i.boxes] == [1, 2, 3, 4, 5, 6]
    assert report_of(tmp_path).snapshot == first


def test_boxes_that_cannot_be_used_are_told_by_file_and_object(tmp_path: Path) -> None:
    year(tmp_path, "x", {"train": "abcdef"})
    bad = (
        ("dog", 2, 2, 30, 30), ("dog", 5, 5, 5, 5), ("cat", "nan", 1, 9, 9),
        ("cat", 80, 50, 90, 60), ("cat", 50, 2, 75, 9),
    )  # fmt: skip
    annotate(tmp_path / "Annotations" / "xa.xml", *bad)
    annotate(tmp_path / "Annotations" / "xb.xml", ("dog", 5, 5, 5, 5))
    annotate(tmp_path / "Annotations" / "xc.xml")
    (tmp_path / "Annotations" / "xd.xml").write_text("<annotation><object>", "utf-8")
    report = report_of(tmp_path)
    a, b, c, d, *_ = report.snapshot.images
    assert [box.xyxy for box in a.boxes] == [(1, 1, 30, 30), (49, 1, 60, 9)]
    assert [i.labels.state for i in (a, b, c, d)] == [State.DONE, State.TO_DO, State.EMPTY, State.TO_DO]
    texts = told(report)
    assert "Annotations/xa.xml: object 2 (dog) was left out: it is a single point, 5, 5" in texts
    assert "Annotations/xa.xml: object 3 was left out: its xmin is “nan”" in texts
    assert "Annotations/xa.xml: object 4 (cat) was left out: it lies outside the picture" in texts
    assert (
        "Annotations/xa.xml: object 5 (cat) reached 15 px out of the picture and was cut at its edge" in texts
    )
    assert "Annotations/xb.xml: object 1 (dog) was left out: it is a single point, 5, 5" in texts
    assert any(text.startswith("Annotations/xd.xml: xd.xml, line") for text in texts)


def test_a_label_file_for_a_picture_on_its_side_is_left_out(tmp_path: Path) -> None:
    year(tmp_path, "x", {})
    annotate(tmp_path / "Annotations" / "xa.xml", ("dog", 1, 1, 20, 50), size=(40, 60))
    report = report_of(tmp_path)
    assert not report.snapshot.images[0].boxes
    assert told(report) == [
        "Annotations/xa.xml: left out: drawn on the picture lying on its side (40 × 60 px)"
    ]


def test_an_image_of_trainval_and_test_is_never_learned_from(tmp_path: Path) -> None:
    year(tmp_path, "x", {"trainval": "abcd", "test": "def"})
    report = report_of(tmp_path)
    assert [i.split for i in report.snapshot.images] == ["", "", "", "test", "test", "test"]
    assert (
        "ImageSets/Main/trainval.txt: 1 of its images are in another list too, which counts: JPEGImages/xd.jpg"
        in told(report)
    )


def test_a_folder_with_a_project_or_of_another_layout_is_no_data_set(tmp_path: Path) -> None:
    assert dataset_of(tmp_path) is None
    assert dataset_of(tmp_path / "nowhere") is None
    (tmp_path / "Annotations").mkdir()
    (tmp_path / "JPEGImages").mkdir()
    assert dataset_of(tmp_path) is None
    annotate(tmp_path / "Annotations" / "a.xml", ("dog", 1, 1, 20, 10))
    assert dataset_of(tmp_path) is not None
    with Project.open(tmp_path):
        assert dataset_of(tmp_path) is None


def test_lists_of_images_that_are_not_there_are_one_sentence(tmp_path: Path) -> None:
    annotate(tmp_path / "Annotations" / "a.xml", ("dog", 1, 1, 20, 10))
    (tmp_path / "JPEGImages").mkdir()
    with pytest.raises(DatasetError, match="no image of its lists is there"):
        report_of(tmp_path)


@real
def test_bccd_is_as_its_readme_says() -> None:
    report = report_of(DATA / "bccd")
    images = report.snapshot.images
    assert Counter(i.split for i in images) == {"train": 205, "val": 87, "test": 72}
    assert sum(len(i.boxes) for i in images) == 4_888 - 2
    assert told(report) == [
        "Annotations/BloodImage_00338.xml: object 13 (RBC) was left out: it is a single point, 504, 337",
        "Annotations/BloodImage_00343.xml: object 4 (RBC) was left out: it is a single point, 181, 329",
    ]


@real
def test_fod_part_is_as_its_readme_says() -> None:
    report = report_of(DATA / "fod_part")
    images = report.snapshot.images
    assert Counter(i.split for i in images) == {"": 549, "test": 194}
    assert len(report.snapshot.classes) == 31
    assert told(report) == [
        "ImageSets/Main: 1 image is in none of its lists and left out: JPEGImages/033739.jpg"
    ]
    assert sum(len(i.boxes) for i in images) == 755
    assert "distances from the picture's edges" in report.notes[0]
