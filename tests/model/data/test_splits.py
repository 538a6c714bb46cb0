"""Training and validation: stable, stratified, and never mixed."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from model.data.splits import split
from model.records import Box, LabelledImage, Labels, State


def image(number: int, *labels: int, own: str = "", group: str = "") -> LabelledImage:
    boxes = tuple(Box(0, 0, 1, 1, label) for label in labels)
    return LabelledImage(number, f"img{number}.jpg", 10, 10, Labels(boxes, State.DONE), own, group=group)


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


# ------------------------------------------------------------------------------------------ shares of classes


def random_images(number: int, classes: int, seed: int) -> list[LabelledImage]:
    """Images of one to three boxes; class k is as frequent as 1 / k, as classes are."""
    rng = random.Random(seed)
    names, weights = range(1, classes + 1), [1 / k for k in range(1, classes + 1)]
    return [image(n, *rng.choices(names, weights, k=rng.choice((1, 1, 2, 3)))) for n in range(number)]


def shares(images: Sequence[LabelledImage], share: float, unit: type = set) -> dict[int, tuple[int, float]]:
    """class -> (how many images have it, the share of them that validates); of boxes where unit is list."""
    both, val = (
        Counter(label for i in side for label in unit(box.label for box in i.boxes))
        for side in (images, split(images, share)[1])
    )
    return {label: (count, val[label] / count) for label, count in both.items()}


@given(st.integers(0, 10**6), st.sampled_from((0.1, 0.2, 0.3, 0.5)))
def test_about_the_share_asked_for_of_each_class_validates(seed: int, share: float) -> None:
    for count, found in shares(random_images(300, 8, seed), share).values():
        # one image, and what the rarer classes on its images cost a common class
        assert abs(found - share) * count <= 2 + 0.05 * count


@pytest.mark.parametrize(("unit", "chance"), [(set, 0.057), (list, 0.058)], ids=["images", "boxes"])
def test_shares_are_three_times_as_near_as_chance_leaves_them(unit: type, chance: float) -> None:
    """Of 12 classes on 400 images, over 20 draws; chance: what is missed where each image is drawn by itself."""
    misses = [
        abs(found - 0.2)
        for seed in range(20)
        for count, found in shares(random_images(400, 12, seed), 0.2, unit).values()
        if count >= 10
    ]
    assert sum(misses) / len(misses) < chance / 3


def test_crowded_images_validate_as_often_as_others() -> None:
    images = [image(n, *([1] * (9 if n % 7 in (0, 3) else 1))) for n in range(700)]
    train, val = split(images, 0.2)
    assert sum(len(i.boxes) for i in val) / len(val) == pytest.approx(
        sum(len(i.boxes) for i in train) / len(train), rel=0.1
    )


# ------------------------------------------------------------------------------------------ kept for ever


def kept(images: Iterable[LabelledImage], share: float) -> list[LabelledImage]:
    """The images as the project has them after a run: each where it was drawn."""
    images = list(images)
    train, val = split(images, share)
    drawn = dict.fromkeys(paths(train), "train") | dict.fromkeys(paths(val), "val")
    return [replace(i, drawn=drawn.get(i.path, i.drawn)) for i in images]


@given(st.integers(0, 10**6), st.floats(0.1, 0.5), st.integers(2, 5))
def test_what_has_trained_never_validates_whatever_is_labelled_and_corrected_between_runs(
    seed: int, share: float, rounds: int
) -> None:
    """Images are labelled in any order, and labels of old ones change: all that a rule without memory trips over."""
    rng = random.Random(seed)
    waiting = [replace(i, group=rng.choice(("", "", "a", "b"))) for i in random_images(80, 5, seed)]
    rng.shuffle(waiting)
    labelled: list[LabelledImage] = []
    trained: set[str] = set()
    for _ in range(rounds):
        labelled = [*labelled, *(waiting.pop() for _ in range(15))]
        labelled = [
            i if rng.random() > 0.1 else replace(i, labels=random_images(1, 5, rng.randrange(999))[0].labels)
            for i in labelled
        ]
        labelled = kept(labelled, rng.choice((share, 0.2)))
        train, val = split(labelled, share)
        assert not trained & paths(val)
        trained |= paths(train)


def test_new_images_make_up_for_what_the_kept_ones_lack() -> None:
    images = kept([image(n, 1) for n in range(20)], 0.1)
    assert len(split(images, 0.1)[1]) == 2
    more = [*images, *(image(n, 1) for n in range(20, 60))]
    assert len(split(more, 0.4)[1]) == pytest.approx(24, abs=1)


# ------------------------------------------------------------------------------------------ groups


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 9)), min_size=10, max_size=60), st.integers(0, 5))
def test_a_group_is_on_one_side_also_as_images_are_added(labels: list[tuple[int, int]], seed: int) -> None:
    images = [image(n, label, group=f"clip {g}" if g < 6 else "") for n, (label, g) in enumerate(labels)]
    for some in (images[: len(images) // 2], images):
        train, val = split(some, 0.3, seed)
        assert not {i.group for i in train if i.group} & {i.group for i in val if i.group}
        assert len(train) + len(val) == len(some)


def test_a_new_frame_goes_where_its_video_was_drawn() -> None:
    images = kept((image(n, 1, group=f"clip {n // 4}") for n in range(40)), 0.3)
    sides = {i.group: i.drawn for i in images}
    assert set(sides.values()) == {"train", "val"}
    new = [image(40 + n, 1, group=group) for n, group in enumerate(sides)]
    train, _ = split([*images, *new], 0.3)
    assert {i.group: "train" if i in train else "val" for i in new} == sides


def test_a_group_found_out_later_trains_where_any_of_it_has_trained() -> None:
    images = kept((image(n, 1) for n in range(20)), 0.3)
    halves = [next(i for i in images if i.drawn == side) for side in ("train", "val")]
    joined = [replace(i, group="burst") if i in halves else i for i in images]
    assert {i.path for i in halves} <= paths(split(joined, 0.3)[0])


def test_one_group_alone_trains() -> None:
    images = [image(n, 1, group="v") for n in range(20)]
    assert split(images, 0.2) == (tuple(images), ())
