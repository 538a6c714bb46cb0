"""One name for the same labels, another for others."""

from __future__ import annotations

from dataclasses import replace

import pytest

from model.data.digest import digest
from model.records import Box, LabelClass, LabelledImage, Labels, State

CAT, DOG = LabelClass(1, "cat", "#111111"), LabelClass(2, "dog", "#222222")
FIRST = LabelledImage(1, "a.png", 64, 48, Labels((Box(1, 2, 3, 4, 1), Box(5, 6, 7, 8, 2)), State.DONE))
SECOND = LabelledImage(2, "b.png", 64, 48, Labels((), State.EMPTY))


def test_order_ids_and_colours_do_not_change_it() -> None:
    ids = {CAT.id: 70, DOG.id: 30}
    boxes = tuple(replace(box, label=ids[box.label], uid=9) for box in reversed(FIRST.boxes))
    again = replace(FIRST, id=44, labels=Labels(boxes, State.DONE))
    classes = (replace(DOG, id=30), replace(CAT, id=70, colour="#ffffff"))
    assert digest((CAT, DOG), (FIRST, SECOND)) == digest(classes, (SECOND, again))


def other(**changes: object) -> LabelledImage:
    box = replace(FIRST.boxes[0], **changes)
    return replace(FIRST, labels=Labels((box, FIRST.boxes[1]), State.DONE))


@pytest.mark.parametrize(
    "changed",
    [
        replace(FIRST, path="c.png"), replace(FIRST, width=65), replace(FIRST, split="val"),
        other(xmin=1.5), other(label=2), other(difficult=True), other(ignore=True),
    ],
    ids=["path", "size", "split", "edge", "class", "difficult", "ignore"],
)  # fmt: skip
def test_every_change_of_a_label_changes_it(changed: LabelledImage) -> None:
    assert digest((CAT, DOG), (changed, SECOND)) != digest((CAT, DOG), (FIRST, SECOND))


def test_an_image_that_shows_nothing_is_part_of_the_data() -> None:
    assert digest((CAT, DOG), (FIRST,)) != digest((CAT, DOG), (FIRST, SECOND))


def test_a_class_by_another_name_is_other_data() -> None:
    assert digest((CAT, DOG), (FIRST,)) != digest((replace(CAT, name="lion"), DOG), (FIRST,))
