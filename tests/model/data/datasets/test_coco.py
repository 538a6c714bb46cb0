"""COCO folders as they come."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.datasets import json_stream
from model.data.datasets.dataset import DatasetError
from model.data.datasets.json_stream import elements
from model.data.datasets.registry import dataset_of
from model.records import State
from tests.model.data.datasets.test_voc import DATA, real, report_of, told
from tests.model.data.folders import picture

INSTANCES, TWO = "annotations/instances", ["train", "val"]
CATEGORIES = [{"id": 1, "name": "person"}, {"id": 18, "name": "dog"}]


def content(names: Sequence[str], annotations: Sequence[Any] = (), **more: Any) -> dict[str, Any]:
    """Images 1, 2 ... of 60 x 40 px. An annotation is (image, bbox), of a dog, or as it stands."""
    images = [{"id": n, "file_name": name, "width": 60, "height": 40} for n, name in enumerate(names, 1)]
    full = [
        {"id": n, "image_id": a[0], "category_id": 18, "bbox": a[1]} if isinstance(a, tuple) else a
        for n, a in enumerate(annotations, 1)
    ]
    return {"info": {}, "images": images, "annotations": full, "categories": CATEGORIES} | more


def write(path: Path, what: Any, encoding: str = "utf-8") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(what if isinstance(what, str) else json.dumps(what), encoding)


def pictures(folder: Path, *names: str) -> None:
    for name in names:
        picture(folder / name)


@pytest.mark.parametrize(
    ("files", "splits"),
    [
        ({f"{INSTANCES}_train2017.json": "train2017/a.jpg", f"{INSTANCES}_val2017.json": "val2017/b.jpg"}, TWO),
        ({f"{INSTANCES}_train17.json": "images/train17/a.jpg", f"{INSTANCES}_val17.json": "images/val17/b.jpg"}, TWO),
        ({"train/_annotations.coco.json": "train/a.jpg", "valid/_annotations.coco.json": "valid/b.jpg"}, TWO),
        ({"annotations/instances_default.json": "images/a.jpg"}, [""]),
        ({"annotations/instances_default.json": "images/default/a.jpg"}, [""]),
        ({"annotations/train.json": "images/a.jpg", "annotations/test.json": "images/b.jpg"}, ["train", "test"]),
        ({"instances_train.json": "images/a.jpg", "instances_val.json": "images/b.jpg"}, TWO),
        ({"labels.json": "data/a.jpg"}, [""]),
        ({"result.json": "a.jpg"}, [""]),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)  # fmt: skip
def test_the_layouts_of_tools_are_read(tmp_path: Path, files: dict[str, str], splits: list[str]) -> None:
    for file, image in files.items():
        pictures(tmp_path, image)
        write(tmp_path / file, content([image.rpartition("/")[2]], [(1, [1, 2, 30, 20])]))
    report = report_of(tmp_path)
    assert told(report) == []
    assert {i.path: i.split for i in report.snapshot.images} == dict(zip(files.values(), splits, strict=True))
    assert all(i.boxes[0].xyxy == (1, 2, 31, 22) for i in report.snapshot.images)
    assert [(c.id, c.name) for c in report.snapshot.classes] == [(1, "person"), (18, "dog")]


def test_names_with_folders_and_of_other_machines_are_found(tmp_path: Path) -> None:
    pictures(tmp_path, "images/sub/a.jpg", "images/b.jpg", "images/c.jpg")
    names = ["sub/a.jpg", "C:\\data\\b.jpg", "../../etc/c.jpg", "gone.jpg"]
    write(tmp_path / "instances.json", content(names))
    report = report_of(tmp_path)
    assert [i.path for i in report.snapshot.images] == ["images/b.jpg", "images/c.jpg", "images/sub/a.jpg"]
    assert [i.labels.state for i in report.snapshot.images] == [State.EMPTY] * 3
    assert told(report) == ["instances.json: 1 of its 4 images are not here, as gone.jpg"]


def test_a_crowd_is_an_area_to_ignore_and_ignore_is_difficult(tmp_path: Path) -> None:
    pictures(tmp_path, "a.jpg")
    box = {"image_id": 1, "category_id": 18}
    write(
        tmp_path / "coco.json",
        content(
            ["a.jpg"], [box | {"bbox": [0, 0, 9, 9], "iscrowd": 1}, box | {"bbox": [5, 5, 9, 9], "ignore": 1}]
        ),
    )
    boxes = report_of(tmp_path).snapshot.images[0].boxes
    assert [(box.ignore, box.difficult) for box in boxes] == [(True, False), (False, True)]


BAD_BOXES = {
    "[5, 5, 0, 9]": "it is 0 × 9 px",
    "[5, 5, -3, 9]": "it is -3 × 9 px",
    "[NaN, 5, 3, 9]": "its box has a number that no picture has: [nan, 5, 3, 9]",
    "[5, 5, Infinity, 9]": "its box has a number that no picture has: [5, 5, inf, 9]",
    "[5, 5, 1e999, 9]": "its box has a number that no picture has: [5, 5, inf, 9]",
    "[5, 5, 9]": "its box is not four numbers: [5, 5, 9]",
    '["5", 5, 9, 9]': "its box is not four numbers: ['5', 5, 9, 9]",
    "[true, 5, 9, 9]": "its box is not four numbers: [True, 5, 9, 9]",
    "null": "it has no box",
    "[]": "it has no box",
    "[70, 5, 9, 9]": "it lies outside the picture",
    "[5, 5, 0.4, 9]": "it is less than a pixel wide or high",
    "[1, 1, 20, 20]": "it is there twice",
}


@pytest.mark.parametrize(("bbox", "reason"), BAD_BOXES.items(), ids=list(BAD_BOXES))
def test_boxes_that_cannot_be_used_are_told_by_file_and_object(
    tmp_path: Path, bbox: str, reason: str
) -> None:
    pictures(tmp_path, "a.jpg", "b.jpg")
    text = json.dumps(content(["a.jpg", "b.jpg"], [(1, [1, 1, 20, 20]), (1, "HERE"), (2, [1, 1, 20, 20])]))
    write(tmp_path / "coco.json", text.replace('"HERE"', bbox))
    report = report_of(tmp_path)
    assert [len(i.boxes) for i in report.snapshot.images] == [1, 1]
    assert told(report) == [f"a.jpg: object 2 (dog) was left out: {reason} (annotation 2 of coco.json)"]


def test_a_box_that_reaches_out_is_cut_and_told_beyond_a_pixel(tmp_path: Path) -> None:
    pictures(tmp_path, "a.jpg")
    write(tmp_path / "coco.json", content(["a.jpg"], [(1, [-1, 0, 21, 41]), (1, [40, 0, 40, 20])]))
    report = report_of(tmp_path)
    assert [box.xyxy for box in report.snapshot.images[0].boxes] == [(0, 0, 20, 40), (40, 0, 60, 20)]
    assert told(report) == [
        "a.jpg: object 2 (dog) reached 20 px out of the picture and was cut at its edge (annotation 2 of coco.json)"
    ]


def test_an_image_whose_objects_are_all_unusable_is_no_background(tmp_path: Path) -> None:
    pictures(tmp_path, "a.jpg", "b.jpg")
    write(tmp_path / "coco.json", content(["a.jpg", "b.jpg"], [(1, [5, 5, 0, 0])]))
    assert [i.labels.state for i in report_of(tmp_path).snapshot.images] == [State.TO_DO, State.EMPTY]


def test_what_points_nowhere_or_is_there_twice_is_told(tmp_path: Path) -> None:
    pictures(tmp_path, "a.jpg", "b.jpg")
    what = content(
        ["a.jpg", "b.jpg"],
        [
            (99, [1, 1, 9, 9]), {"image_id": 1, "category_id": 5, "bbox": [1, 1, 9, 9]}, 7,
            {"image_id": None, "category_id": 18, "bbox": [1, 1, 9, 9]}, (3, [1, 1, 9, 9]),
        ],
    )  # fmt: skip
    what["images"] += [{"id": 3, "file_name": "a.jpg"}, {"id": 2, "file_name": "c.jpg"}, {"id": 4}]
    what["categories"] = [*CATEGORIES, {"id": 18, "name": "cat"}, "horse"]
    write(tmp_path / "coco.json", what)
    report = report_of(tmp_path)
    assert [len(i.boxes) for i in report.snapshot.images] == [1, 0]
    assert sorted(told(report)) == [
        "a.jpg: object 1 (category 5) was left out: the file has no such category (annotation 2 of coco.json)",
        "coco.json: category 3 (cat) was left out: dog has the same id, 18",
        "coco.json: category 4 was left out: it is no JSON object",
        "coco.json: image 3 (a.jpg) is there twice",
        "coco.json: image 4 (c.jpg) was left out: b.jpg has the same id, 2",
        "coco.json: image 5 was left out: it has no file_name",
        "coco.json: object 1 (dog) was left out: the file has no image 99",
        "coco.json: object 3 was left out: it is no JSON object",
        "coco.json: object 4 was left out: its image_id is None",
    ]


def test_an_image_of_two_files_validates_once(tmp_path: Path) -> None:
    pictures(tmp_path, "images/a.jpg", "images/b.jpg")
    write(tmp_path / "instances_train.json", content(["a.jpg", "b.jpg"], [(2, [1, 1, 9, 9])]))
    write(tmp_path / "instances_val.json", content(["b.jpg"], [(1, [1, 1, 20, 9])]))
    report = report_of(tmp_path)
    assert [(i.path, i.split) for i in report.snapshot.images] == [
        ("images/a.jpg", "train"),
        ("images/b.jpg", "val"),
    ]
    assert report.snapshot.images[1].boxes[0].width == 20
    assert told(report) == [
        "instances_train.json: 1 of its images are in another file too, which counts: images/b.jpg"
    ]


def test_a_class_above_the_others_that_nothing_has_is_none(tmp_path: Path) -> None:
    pictures(tmp_path, "train/a.jpg")
    names = ("cells", "RBC", "WBC")
    categories = [
        {"id": n, "name": name, "supercategory": "cells" if n else "none"} for n, name in enumerate(names)
    ]
    box = {"image_id": 1, "category_id": 2, "bbox": [1, 1, 9, 9]}
    write(tmp_path / "train/_annotations.coco.json", content(["a.jpg"], [box], categories=categories))
    assert [(c.id, c.name) for c in report_of(tmp_path).snapshot.classes] == [(1, "RBC"), (2, "WBC")]


def test_two_files_that_number_classes_differently_agree_by_name(tmp_path: Path) -> None:
    pictures(tmp_path, "images/a.jpg", "images/b.jpg")
    other = [{"id": 1, "name": "dog"}, {"id": 2, "name": "cat"}]
    box = {"image_id": 1, "category_id": 1, "bbox": [1, 1, 9, 9]}
    write(tmp_path / "instances_val.json", content(["a.jpg"], [box]))
    write(tmp_path / "instances_train.json", content(["b.jpg"], [box], categories=other))
    snapshot = report_of(tmp_path).snapshot
    assert [(c.id, c.name) for c in snapshot.classes] == [(1, "person"), (2, "cat"), (18, "dog")]
    assert [i.boxes[0].label for i in snapshot.images] == [1, 18]


def test_a_size_that_the_picture_has_not_is_told_and_the_pictures_own_counts(tmp_path: Path) -> None:
    pictures(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    what = content(["a.jpg", "b.jpg", "c.jpg"], [(1, [1, 1, 100, 9]), (2, [1, 1, 20, 9]), (3, [1, 1, 9, 9])])
    what["images"][0] |= {"width": 120, "height": 80}
    what["images"][1] |= {"width": None, "height": float("nan")}
    what["images"][2] |= {"width": 40, "height": 60}
    write(tmp_path / "coco.json", what)
    report = report_of(tmp_path)
    assert [(i.path, i.width, i.height) for i in report.snapshot.images] == [
        ("a.jpg", 60, 40),
        ("b.jpg", 60, 40),
    ]
    assert told(report)[0] == "a.jpg: its labels say 120 × 80 px, but the picture is 60 × 40 px"
    assert told(report)[-1] == "c.jpg: left out: drawn on the picture lying on its side (40 × 60 px)"


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ('{"images": [{"id": 1, "file_name": "a.jpg"}', "well-formed JSON at character 44: it breaks off"),
        ('{"images": [}', "coco.json is not well-formed JSON at character 13: expecting value"),
        ('{"images": []}', "coco.json has no images"),
        ('{"images": [{"id": 1, "file_name": "a.jpg"}]}', "coco.json has no categories"),
        ('{"images": [' + "[" * 100_000, "nested too deeply"),
        ('{"images": [{"id": ' + "1" * 5000 + "}]}", "too many digits"),
        ('{"images": [1], "annotations": 5, "categories": {}}', "coco.json has no images"),
        ('{"images": [] "annotations"', "“,” or “}” was expected"),
        ('{"images": [{"id": 1, "file_name": "a\\ud800.jpg"}]}', "coco.json has no images"),
    ],
)  # fmt: skip
def test_json_of_bad_shape_is_one_sentence(tmp_path: Path, text: str, sentence: str) -> None:
    pictures(tmp_path, "a.jpg")
    write(tmp_path / "coco.json", text)
    with pytest.raises(DatasetError) as error:
        report_of(tmp_path)
    assert sentence in str(error.value)


def test_bytes_that_are_no_utf_8_and_images_that_are_gone_are_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "coco.json").write_bytes(b'{"images": [{"file_name": "caf\xe9"}]}')
    with pytest.raises(DatasetError, match="not text in UTF-8"):
        report_of(tmp_path)
    write(tmp_path / "coco.json", content(["a.jpg"]))
    with pytest.raises(DatasetError, match="none of the images"):
        report_of(tmp_path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_every_encoding_is_read_and_a_list_that_is_there_twice_is_not_lost(
    tmp_path: Path, encoding: str
) -> None:
    pictures(tmp_path, "é.jpg")
    text = json.dumps(content(["é.jpg"], [(1, [1, 1, 9, 9])]), ensure_ascii=False)
    write(tmp_path / "coco.json", text[:-1] + ', "annotations": []}', encoding)
    assert len(report_of(tmp_path).snapshot.images[0].boxes) == 1


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(st.lists(JSON), st.lists(JSON), JSON, st.integers(1, 40))
def test_the_elements_of_lists_are_what_json_reads_whatever_the_chunks(
    tmp_path_factory: pytest.TempPathFactory, first: list[Any], second: list[Any], other: Any, chunk: int
) -> None:
    path = tmp_path_factory.mktemp("json") / "x.json"
    write(path, {"a": first, "other": other, "b": second})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(json_stream, "CHUNK", chunk)
        found = list(elements(path, ("a", "b")))
    assert found == [("a", each) for each in first] + [("b", each) for each in second]


def test_yolo_and_other_json_are_not_taken_for_coco(tmp_path: Path) -> None:
    pictures(tmp_path, "a.jpg")
    write(tmp_path / "package.json", {"name": "x", "version": 1})
    write(tmp_path / "a.json", {"shapes": [], "imagePath": "a.jpg"})
    write(tmp_path / "results.json", [{"image_id": 1, "bbox": [1, 1, 9, 9]}])
    assert dataset_of(tmp_path) is None


@real
def test_real_sets_are_as_their_readmes_say() -> None:
    coco = report_of(DATA / "coco_open")
    all_boxes = [box for i in coco.snapshot.images for box in i.boxes]
    assert (len(coco.snapshot.images), len(all_boxes), sum(box.ignore for box in all_boxes)) == (
        175,
        1_479,
        14,
    )
    assert (len(coco.snapshot.classes), len({box.label for box in all_boxes})) == (80, 76)
    assert Counter(i.labels.state for i in coco.snapshot.images)[State.EMPTY] == 2
    voc = report_of(DATA / "voc_small")
    sides = {s: [b for i in voc.snapshot.images if i.split == s for b in i.boxes] for s in ("train", "val")}
    assert {s: (len(b), sum(x.difficult for x in b)) for s, b in sides.items()} == {
        "train": (6_760, 702),
        "val": (799, 75),
    }
    assert told(coco) == told(voc) == []
    assert dataset_of(DATA / "coco_yolo_quirks") is None
