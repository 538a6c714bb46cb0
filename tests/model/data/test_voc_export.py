"""A project's labels as a data set: what other programs read, and what is never written over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from model.data.exchange import ExportError, export_voc
from model.data.formats import voc
from model.data.image_sets import LISTS
from model.data.images import read_image, read_size
from model.data.project import Project
from model.data.voc_export import unique_stems
from model.records import Box, Change, ClassesChange, Edit, LabelClass, Labels, LabelsChange, State
from tests.model.data.folders import detection_set, exported, imported, opened, picture, reasons

CAT, DOG = LabelClass(1, "cat", "#e69f00"), LabelClass(2, "dog", "#56b4e9")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "pictures"
    made.mkdir()
    return made


def project_with(folder: Path, labels: dict[str, Labels]) -> Project:
    project = opened(folder)
    changes: list[Change] = []
    for path, after in labels.items():
        row = project.image_at(path)
        assert row is not None, path
        changes.append(LabelsChange(row.id, Labels(), after))
    project.apply(Edit("Draw", (ClassesChange((), (CAT, DOG)), *changes)))
    return project


def one_box(*xyxy: float, label: int = 1) -> Labels:
    return Labels((Box(*xyxy, label),), State.DONE)


def test_areas_to_ignore_are_left_out_and_told(folder: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        picture(folder / name)
    area = Box(0, 0, 30, 30, 2, ignore=True)
    labels = {
        "a.jpg": Labels((area, Box(10, 5, 20, 30, 1)), State.DONE), "b.jpg": Labels((area,), State.DONE),
        "c.jpg": Labels((area,)),
    }  # fmt: skip
    with project_with(folder, labels) as project:
        report = exported(project, tmp_path / "out")
    assert (report.files, report.boxes) == (2, 1)  # c says nothing but what to leave out
    (problem,) = report.problems
    assert problem.file == "a.jpg"
    assert problem.reason == "areas to ignore, as in 1 more: left out, because Pascal VOC has no such thing"
    found = {
        t["annotation"]["filename"]: t["annotation"].get("object", [])
        for _, t in detection_set(tmp_path / "out")
    }
    assert [o["name"] for o in found["a.jpg"]] == ["cat"]
    assert found["b.jpg"] == []


def test_an_export_loads_in_torchvision(folder: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "sub/b.jpg", "c.jpg", "d.jpg"):
        picture(folder / name)
    labels = {
        "a.jpg": Labels((Box(0, 0, 60, 40, 1), Box(10, 5, 20, 30, 2, difficult=True)), State.DONE),
        "sub/b.jpg": one_box(3, 4, 5, 6), "c.jpg": Labels((), State.EMPTY),
    }  # fmt: skip
    with project_with(folder, labels) as project:
        report = exported(project, tmp_path / "out")
    assert (report.folder, report.files, report.boxes, report.problems) == (tmp_path / "out", 3, 3, ())
    found = detection_set(tmp_path / "out")
    assert [image.size for image, _ in found] == [(60, 40)] * 3  # not d, which nobody has labelled
    annotation = {target["annotation"]["filename"]: target["annotation"] for _, target in found}
    assert annotation["c.jpg"].get("object", []) == []
    first, second = annotation["a.jpg"]["object"]
    assert (first["name"], first["bndbox"]) == ("cat", {"xmin": "1", "ymin": "1", "xmax": "60", "ymax": "40"})
    assert (second["name"], second["difficult"]) == ("dog", "1")
    assert second["bndbox"] == {"xmin": "11", "ymin": "6", "xmax": "20", "ymax": "30"}


def test_what_is_exported_is_what_is_imported(folder: Path, tmp_path: Path) -> None:
    picture(folder / "a.jpg")
    box = Box(1, 2, 30, 40, 2, truncated=True, occluded=True, difficult=True, pose="Left")
    with project_with(folder, {"a.jpg": Labels((box, Box(0, 0, 60, 40, 1)), State.DONE)}) as project:
        exported(project, tmp_path / "out")
    again = tmp_path / "out" / "VOCdevkit" / "VOC2012"
    with opened(again) as project:
        assert imported(project).problems == ()
        names = {c.id: c.name for c in project.classes()}
        read = [
            (names[b.label], b.xyxy, b.truncated, b.occluded, b.difficult, b.pose)
            for b in project.labels(project.images()[0].id).boxes
        ]
    assert read == [
        ("dog", (1, 2, 30, 40), True, True, True, "Left"),
        ("cat", (0, 0, 60, 40), False, False, False, "Unspecified"),
    ]


def test_upright_jpegs_are_copied_byte_for_byte_and_others_become_upright_jpegs(
    folder: Path, tmp_path: Path
) -> None:
    picture(folder / "plain.jpg")
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :30] = 255
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(pixels).save(folder / "turned.jpg", exif=exif, quality=95)
    Image.fromarray(pixels).save(folder / "lossless.png")
    (folder / "cut.jpg").write_bytes((folder / "plain.jpg").read_bytes()[:-2])
    labels = {name: one_box(0, 0, 10, 10) for name in ("plain.jpg", "turned.jpg", "lossless.png", "cut.jpg")}
    with project_with(folder, labels) as project:
        report = exported(project, tmp_path / "out")
    copies = tmp_path / "out" / "VOCdevkit" / "VOC2012" / "JPEGImages"
    assert (copies / "plain.jpg").read_bytes() == (folder / "plain.jpg").read_bytes()
    assert Image.open(copies / "turned.jpg").size == (40, 60)  # Pillow does not apply Exif by itself
    assert (
        np.abs(read_image(copies / "turned.jpg").astype(int) - read_image(folder / "turned.jpg")).max() < 12
    )
    Image.open(copies / "cut.jpg").load()  # Pillow refuses cut files
    assert Image.open(copies / "lossless.jpg").format == "JPEG"
    assert len(detection_set(tmp_path / "out")) == 4
    assert len(report.problems) == 1
    assert report.problems[0].reason.startswith("no upright JPEG and 2 more: ")


def test_images_of_one_name_in_several_folders_keep_apart(folder: Path, tmp_path: Path) -> None:
    names = ("a/x.jpg", "b/x.jpg", "b/X.png", "a_x.jpg", "y z#1.jpg")
    for number, name in enumerate(names):
        picture(folder / name, width=60 + number)
    with project_with(folder, {name: one_box(0, 0, 10 + n, 10) for n, name in enumerate(names)}) as project:
        exported(project, tmp_path / "out")
    root = tmp_path / "out" / "VOCdevkit" / "VOC2012"
    assert sorted(path.stem for path in (root / "Annotations").iterdir()) == [
        "a_x",
        "a_x_2",
        "b_X_2",
        "b_x",
        "y_z_1",
    ]
    for path in (root / "Annotations").iterdir():
        read = voc.read(path.read_bytes(), path.name)
        assert read_size(root / "JPEGImages" / read.filename) == (read.width, read.height)
        assert read.objects[0].written[2] - 10 == read.width - 60


def test_stems_are_unique_whatever_the_case_and_safe_everywhere() -> None:
    stems = unique_stems(["A.jpg", "a.png", "s/a.jpg", "s_a.jpg", 'q?"<.jpg', " .jpg", "é" * 200 + ".jpg"])
    assert len({stem.casefold() for stem in stems.values()}) == 7
    assert stems["s_a.jpg"] == "s_a"
    assert stems[" .jpg"] == "image"
    assert all(len(stem.encode()) <= 210 for stem in stems.values())


def test_the_lists_are_those_that_training_uses(folder: Path, tmp_path: Path) -> None:
    for number in range(10):
        picture(folder / f"{number}.jpg")
    with project_with(folder, {f"{n}.jpg": one_box(0, 0, 9, 9) for n in range(10)}) as project:
        project.set_splits({"0.jpg": "test", "1.jpg": "val", "2.jpg": "val"})
        exported(project, tmp_path / "out")
    lists = tmp_path / "out" / "VOCdevkit" / "VOC2012" / LISTS
    read = {path.stem: path.read_text("utf-8").split() for path in lists.iterdir()}
    assert read["val"] == ["1", "2"]
    assert read["test"] == ["0"]
    assert read["train"] == [str(n) for n in range(3, 10)]
    assert read["trainval"] == [str(n) for n in range(1, 10)]


def test_what_cannot_be_exported_is_told_and_the_rest_goes_on(folder: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg", "c.jpg"):
        picture(folder / name)
    with project_with(folder, {name: one_box(0, 0, 9, 9) for name in ("a.jpg", "b.jpg", "c.jpg")}) as project:
        image = project.image_at("c.jpg")
        assert image is not None
        project.set_size(image.id, 60, 40)
        (folder / "b.jpg").unlink()
        picture(folder / "c.jpg", width=50)
        report = exported(project, tmp_path / "out")
    assert report.files == 1
    assert reasons(report) == [
        "b.jpg: left out: b.jpg is gone.",
        "c.jpg: left out: it is 50 × 40 px, and was 60 × 40 px when it was labelled",
    ]
    assert len(detection_set(tmp_path / "out")) == 1


def test_an_export_takes_the_place_of_an_earlier_one(folder: Path, tmp_path: Path) -> None:
    for name in ("a.jpg", "b.jpg"):
        picture(folder / name)
    labels = {"a.jpg": one_box(0, 0, 9, 9), "b.jpg": one_box(0, 0, 9, 9)}
    with project_with(folder, labels) as project:
        exported(project, tmp_path / "out")
        image = project.image_at("b.jpg")
        assert image is not None
        project.apply(Edit("Delete", (LabelsChange(image.id, labels["b.jpg"], Labels()),)))
        exported(project, tmp_path / "out")
    root = tmp_path / "out" / "VOCdevkit" / "VOC2012"
    for folder_name in ("Annotations", "JPEGImages"):
        assert [path.stem for path in (root / folder_name).iterdir()] == ["a"]


def test_an_export_never_writes_over_what_is_not_its_own(folder: Path, tmp_path: Path) -> None:
    picture(folder / "a.jpg")
    with project_with(folder, {"a.jpg": one_box(0, 0, 9, 9)}) as project:
        with pytest.raises(ExportError, match="lies in the folder with the images"):
            list(export_voc(project.snapshot(), folder / "out"))
        foreign = tmp_path / "devkit" / "VOCdevkit" / "VOC2012" / LISTS
        foreign.mkdir(parents=True)
        (foreign / "train.txt").write_text("mine\n", "utf-8")
        with pytest.raises(ExportError, match="not exported by Fovea"):
            list(export_voc(project.snapshot(), tmp_path / "devkit"))
        assert (foreign / "train.txt").read_text("utf-8") == "mine\n"
        (tmp_path / "file").touch()
        with pytest.raises(ExportError, match="is a file"):
            list(export_voc(project.snapshot(), tmp_path / "file"))


def test_nothing_to_export_is_told(folder: Path, tmp_path: Path) -> None:
    picture(folder / "a.jpg")
    with opened(folder) as project, pytest.raises(ExportError, match="nothing to export"):
        list(export_voc(project.snapshot(), tmp_path / "out"))
    assert not (tmp_path / "out").exists()
