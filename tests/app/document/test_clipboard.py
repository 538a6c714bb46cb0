"""Boxes pasted: by class name, inside the image, beside their originals."""

from __future__ import annotations

import pytest

from app.document import clipboard
from model.records import Box, ClassesChange, LabelClass, Labels, LabelsChange, State

BOLT, NUT = LabelClass(1, "bolt", "#e69f00"), LabelClass(2, "nut", "#56b4e9")
SIZE = (100, 80)


def copied(*boxes: Box) -> tuple[tuple[str, Box], ...]:
    return clipboard.from_text(clipboard.to_text(boxes, (BOLT, NUT)))


def paste(before: Labels, named, classes=(BOLT, NUT), size=SIZE):
    edit, uids = clipboard.paste(7, before, classes, 3, named, size, "Paste")
    labels = next(change for change in edit.changes if isinstance(change, LabelsChange))
    return edit, uids, labels.after.boxes


def test_what_is_copied_is_what_is_read():
    box = Box(1.5, 2, 30, 40, 2, difficult=True, occluded=True, pose="Left", ignore=True)
    ((name, read),) = copied(box)
    assert name == "nut"
    assert read.xyxy == box.xyxy
    assert (read.difficult, read.truncated, read.occluded, read.pose) == (True, False, True, "Left")
    assert read.ignore


@pytest.mark.parametrize("data", [b"", b"\xff\xfe", b"[]", b'{"boxes": [{}]}', b'{"boxes": 3}'])
def test_anything_else_in_the_clipboard_is_refused(data):
    with pytest.raises(ValueError, match="clipboard"):
        clipboard.from_text(data)


@pytest.mark.parametrize("xyxy", ["[1, 1, 1, 9]", "[1, 1, NaN, 9]", "[5, 5, 1, 9]", "[1, 2, 3]"])
def test_a_box_without_an_area_is_refused(xyxy):
    row = f'{{"class": "nut", "xyxy": {xyxy}, "flags": [0, 0, 0], "pose": ""}}'
    with pytest.raises(ValueError):
        clipboard.from_text(f'{{"boxes": [{row}]}}'.encode())


def test_a_pasted_box_is_another_box_at_the_same_place():
    box = Box(10, 10, 20, 20, 1)
    _, uids, boxes = paste(Labels(), copied(box))
    assert boxes[0].xyxy == box.xyxy
    assert boxes[0].uid != box.uid
    assert uids == {boxes[0].uid}


def test_beside_its_original_it_stands_aside():
    box = Box(10, 10, 20, 20, 1)
    _, _, boxes = paste(Labels((box,)), copied(box))
    assert boxes[1].xyxy == (20, 20, 30, 30)


def test_in_the_last_corner_it_stays_where_it_is():
    box = Box(90, 70, 100, 80, 1)
    _, _, boxes = paste(Labels((box,)), copied(box))
    assert boxes[1].xyxy == box.xyxy


def test_it_is_cut_at_the_edge_and_left_out_beyond_it():
    _, uids, boxes = paste(Labels(), copied(Box(90, 10, 150, 20, 1), Box(120, 10, 150, 20, 1)))
    assert [box.xyxy for box in boxes] == [(90, 10, 100, 20)]
    assert len(uids) == 1


def test_a_class_the_project_lacks_comes_with_it_in_one_step():
    edit, _, boxes = paste(Labels(), copied(Box(1, 1, 9, 9, 2), Box(20, 1, 29, 9, 2)), classes=(BOLT,))
    (classes,) = (change for change in edit.changes if isinstance(change, ClassesChange))
    assert [(c.id, c.name) for c in classes.after] == [(1, "bolt"), (3, "nut")]
    assert {box.label for box in boxes} == {3}


def test_an_image_that_held_nothing_is_to_do_again():
    edit, _, _ = paste(Labels((), State.EMPTY), copied(Box(1, 1, 9, 9, 1)))
    assert edit.changes[0].after.state is State.TO_DO
