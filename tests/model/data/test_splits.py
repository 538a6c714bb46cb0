"""Training and validation: stable, stratified, and never mixed."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.splits import split
from model.records import Box, LabelledImage, Labels, State


def image(number: int, *labels: int, own: str = "") -> LabelledImage:
    boxes = tuple(Box(0, 0, 1, 1, label) for label in labels)
    return LabelledImage(number, f"img{number}.jpg", 10, 10, Labels(boxes, State.DONE), own)


def paths(images: tuple[LabelledImage, ...]) -> set[str]:
    return {image.path for image in images}


def test_the_share_is_about_what_was_asked() -> None:
    train, val = split([image(n, n % 3) for n in range(1000)], 0.2)
    assert len(train) + len(val) == 1000
    assert 160 < len(val) < 240


def test_the_same_images_are_split_the_same_way_in_any_order() -> None:
    images = [image(n, n % 3) for n in range(50)]
    assert paths(split(images, 0.2)[1]) == paths(split(images[::-1], 0.2)[1])
    assert paths(split(images, 0.2, seed=1)[1]) != paths(split(images, 0.2)[1])


def test_the_order_given_is_kept() -> None:
    images = [image(n, 1) for n in range(50)]
    for side in split(images, 0.2):
        assert [i.id for i in side] == sorted(i.id for i in side)


@given(st.integers(30, 80), st.integers(1, 40))
def test_more_images_move_none_from_training_into_validation(before: int, more: int) -> None:
    images = [image(n, 1 + n % 3) for n in range(before + more)]
    trained = paths(split(images[:before], 0.2)[0])
    assert not trained & paths(split(images, 0.2)[1])


@given(st.lists(st.lists(st.integers(1, 6), max_size=3), min_size=5, max_size=40), st.integers(0, 9))
def test_every_image_is_on_one_side_and_both_sides_have_some(labels: list[list[int]], seed: int) -> None:
    images = [image(number, *has) for number, has in enumerate(labels)]
    train, val = split(images, 0.2, seed)
    assert len(train) + len(val) == len(images)
    assert not paths(train) & paths(val)
    assert train
    assert val


@given(st.lists(st.integers(1, 8), min_size=5, max_size=40), st.floats(0.05, 0.6), st.integers(0, 9))
def test_a_class_of_two_images_is_on_both_sides(labels: list[int], share: float, seed: int) -> None:
    """One class an image: then it can always be."""
    train, val = split([image(number, label) for number, label in enumerate(labels)], share, seed)
    held = [{box.label for i in side for box in i.boxes} for side in (train, val)]
    for label in set(labels):
        if labels.count(label) >= 2:
            assert label in held[0]
            assert label in held[1]


def test_a_rare_class_beside_a_common_one_is_on_both_sides() -> None:
    images = [image(n, 1) for n in range(20)] + [image(20 + n, 1, 2) for n in range(3)]
    for seed in range(20):
        for side in split(images, 0.2, seed):
            assert {box.label for i in side for box in i.boxes} == {1, 2}


@pytest.mark.parametrize("count", [0, 1, 4])
def test_of_fewer_than_five_images_all_train(count: int) -> None:
    images = tuple(image(n, 1) for n in range(count))
    assert split(images, 0.5) == (images, ())


def test_of_five_images_one_validates_whatever_the_share() -> None:
    train, val = split([image(n) for n in range(5)], 1e-9)
    assert (len(train), len(val)) == (4, 1)
    assert split([image(n) for n in range(5)], 0.0)[1] == ()


def test_one_image_trains_even_when_all_should_validate() -> None:
    assert len(split([image(n) for n in range(5)], 1.0)[0]) == 1


def test_the_split_of_the_data_set_is_kept() -> None:
    images = [image(n, 1, own=own) for n, own in enumerate(["train", "val", "test", "", "train", "", ""])]
    train, val = split(images, 0.9)
    assert [i.id for i in val] == [1]
    assert [i.id for i in train] == [0, 3, 4, 5, 6]  # test is in neither


def test_a_data_set_that_names_no_validation_images_gives_some_away_but_none_to_test() -> None:
    images = [image(n, 1, own="test" if n < 3 else "train") for n in range(30)]
    train, val = split(images, 0.2)
    assert val
    assert len(train) + len(val) == 27
    assert {i.split for i in (*train, *val)} == {"train"}
    everything_val = [replace(i, split="val") for i in images]
    assert split(everything_val, 0.2)[0]
