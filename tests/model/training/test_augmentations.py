"""What holds for every augmentation: boxes move with what is in them, and the same seed draws the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from operator import attrgetter
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from model.network.roles import Role
from model.records import TrainSettings, settings_with_options
from model.training.augmentations.augmentation import Augmentation, Sample, Stage
from model.training.augmentations.registry import augmentations
from model.training.augmentations.slivers import KEPT, LEARNED
from model.training.dataset import Loader
from model.training.pixels import PixelCache
from tests.model.training.pictures import ALWAYS, BLUE, GREEN, RED, apply, extent, picture
from tests.model.training.scenes import TINY, scenes

ALL = augmentations()
EACH = pytest.mark.parametrize("row", ALL, ids=attrgetter("name"))
NOT_LOOKS = pytest.mark.parametrize(
    "row", [row for row in ALL if row.stage is not Stage.LOOK], ids=attrgetter("name")
)
# An object's edge is known to a pixel, which scale makes 1.6 and crop 3.3 in each direction.
WITHIN_PX = 4.0


@st.composite
def boxes(draw: st.DrawFn, size: tuple[int, int] = (96, 128)) -> tuple[float, float, float, float]:
    """A box of 16 px or more within an image (H, W)."""
    wide, high = draw(st.integers(16, 60)), draw(st.integers(16, 60))
    left, top = draw(st.integers(0, size[1] - wide)), draw(st.integers(0, size[0] - high))
    return (left, top, left + wide, top + high)


def same(one: Sample, other: Sample) -> bool:
    return all(
        torch.equal(getattr(one, name), getattr(other, name))
        for name in ("image", "boxes", "labels", "roles", "seen")
    )


def assert_sound(sample: Sample) -> None:
    height, width = sample.size
    count = len(sample.boxes)
    assert sample.image.dtype is torch.uint8
    assert sample.image.shape == (3, height, width)
    assert sample.boxes.shape == (count, 4)
    assert sample.boxes.dtype is torch.float32
    assert sample.boxes.canvas_size == sample.size
    assert sample.labels.shape == sample.roles.shape == sample.seen.shape == (count,)
    assert sample.labels.dtype is sample.roles.dtype is torch.int64
    boxes = torch.as_tensor(sample.boxes)
    assert bool((boxes >= 0).all())
    assert bool((boxes <= torch.tensor([width, height, width, height])).all())
    assert bool((boxes[:, 2:] > boxes[:, :2]).all())
    things = sample.roles < Role.REGION
    assert bool((sample.seen[things] >= KEPT).all())
    assert bool((sample.seen[sample.roles == Role.OBJECT] >= LEARNED).all())


# ------------------------------------------------------------------------------------------ boxes


@NOT_LOOKS
@settings(max_examples=60, deadline=None)
@given(box=boxes(), seed=st.integers(0, 10**6), others=st.lists(boxes((120, 90)), max_size=3))
def test_a_box_stays_around_its_object(
    row: Augmentation,
    box: tuple[float, ...],
    seed: int,
    others: list[tuple[float, float, float, float]],
) -> None:
    after = apply(row, picture(box), seed, other=picture(*others, channel=GREEN, size=(120, 90)))
    assert_sound(after)
    mine = after.labels == RED
    seen = extent(after.image)
    if not bool(mine.any()):
        return  # cut off, but for a tenth: crop and scale are let to
    found, ((xmin, ymin, xmax, ymax),) = seen or [0.0, 0.0, 0.0, 0.0], after.boxes[mine].tolist()
    if float(after.seen[mine]) > 0.999:
        assert found == pytest.approx([xmin, ymin, xmax, ymax], abs=WITHIN_PX)
    elif seen:  # the ellipse of a box whose middle is covered may not show at all
        assert found[0] >= xmin - WITHIN_PX
        assert found[1] >= ymin - WITHIN_PX
        assert found[2] <= xmax + WITHIN_PX
        assert found[3] <= ymax + WITHIN_PX


@pytest.mark.parametrize("row", [row for row in ALL if row.stage is Stage.LOOK], ids=attrgetter("name"))
@settings(max_examples=20, deadline=None)
@given(box=boxes(), seed=st.integers(0, 10**6))
def test_what_changes_looks_alone_leaves_the_boxes(
    row: Augmentation, box: tuple[float, float, float, float], seed: int
) -> None:
    before = picture(box)
    after = apply(row, before, seed)
    assert_sound(after)
    assert not after.image.equal(before.image)
    assert same(replace(after, image=before.image), before)


@EACH
@pytest.mark.parametrize("seed", range(10))
def test_an_image_without_boxes_is_a_sample_too(row: Augmentation, seed: int) -> None:
    after = apply(row, picture(), seed, other=picture(channel=GREEN))
    assert_sound(after)
    assert len(after.boxes) == 0


@EACH
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (3, 3)], ids=str)
@pytest.mark.parametrize("seed", range(5))
def test_the_smallest_images_are_samples_too(row: Augmentation, size: tuple[int, int], seed: int) -> None:
    small = picture((0, 0, size[1], size[0]), size=size)
    for other in (small, picture((10, 10, 60, 60), channel=GREEN), None):
        assert_sound(apply(row, small, seed, other=other))
    assert_sound(apply(row, picture((10, 10, 60, 60)), seed, other=small))


@EACH
@settings(max_examples=20, deadline=None)
@given(
    roles=st.lists(st.sampled_from(Role), min_size=3, max_size=3),
    each=st.lists(boxes(), min_size=3, max_size=3),
    seed=st.integers(0, 10**6),
)
def test_boxes_of_every_role_stay_sound(
    row: Augmentation, roles: list[Role], each: list[tuple[float, float, float, float]], seed: int
) -> None:
    before = replace(picture(*each), roles=torch.tensor(roles))
    after = apply(row, before, seed, other=replace(before, labels=torch.full((3,), BLUE)))
    assert_sound(after)
    mine = after.roles[after.labels == RED].tolist()
    assert mine.count(Role.REGION) <= roles.count(Role.REGION)
    assert mine.count(Role.OBJECT) <= roles.count(Role.OBJECT)
    assert mine.count(Role.REJECTED) <= roles.count(Role.REJECTED)
    assert len(mine) <= 3


# ------------------------------------------------------------------------------------------ seeds


@EACH
def test_the_same_seed_draws_the_same_and_another_another(row: Augmentation) -> None:
    before, other = (
        picture((40, 30, 72, 54)),
        picture((10, 10, 30, 40), (50, 50, 80, 80), channel=GREEN),
    )
    assert same(apply(row, before, 7, other=other), apply(row, before, 7, other=other))
    if row.name != "flip":  # whose chances are certain here
        drawn = [apply(row, before, seed, other=other) for seed in range(8)]
        assert any(not same(drawn[0], each) for each in drawn)


@EACH
def test_nobody_writes_into_the_image_that_all_share(row: Augmentation) -> None:
    before, other = (
        picture((40, 30, 72, 54), size=(96, 128)),
        picture((10, 10, 30, 40), channel=GREEN),
    )
    kept = [tensor.clone() for each in (before, other) for tensor in (each.image, each.boxes, each.roles)]
    for seed in range(6):
        apply(row, before, seed, replace(ALWAYS, scale_jitter=(1.0, 1.0)), other)
    now = [tensor for each in (before, other) for tensor in (each.image, each.boxes, each.roles)]
    assert all(torch.equal(one, two) for one, two in zip(kept, now, strict=True))


@EACH
def test_off_draws_nothing(row: Augmentation) -> None:
    """With a setting at 0 the row does not run at all; scale always does, to the recipe's size."""
    off = replace(ALWAYS, **{name: 0.0 for name in row.settings if name != "scale_jitter"})
    assert row.is_on(ALWAYS)
    assert row.is_on(off) == (row.name == "scale")


def test_every_setting_of_augmentation_turns_one_on() -> None:
    named = [name for row in ALL for name in row.settings]
    options = [s.name for s in settings_with_options() if s.option.group == "Augmentation"]
    assert sorted(named) == sorted(options)


LOOKS = ("colour", "blur", "noise")
JOINS = ("mixup", "copy_paste")  # these add boxes at the end, and move none


@pytest.mark.parametrize("name", LOOKS)
def test_turning_looks_on_moves_no_box(name: str, tmp_path: Path) -> None:
    for more, fewer in with_and_without(name, ALWAYS, tmp_path):
        assert not more.image.equal(fewer.image)
        assert same(replace(more, image=fewer.image), fewer)


@pytest.mark.parametrize("name", JOINS)
def test_turning_joins_on_leaves_the_boxes_before_where_they_were(name: str, tmp_path: Path) -> None:
    alone = replace(ALWAYS, mosaic=0.0, mixup=0.0, cutmix=0.0, copy_paste=0.0, rotation=15.0)
    more_boxes = 0
    for more, fewer in with_and_without(name, alone, tmp_path):
        assert more.size == fewer.size
        before = fewer.boxes.tolist()
        assert [box for box in more.boxes.tolist() if box in before] == before
        more_boxes += len(more.boxes) - len(before)
    assert more_boxes > 0


def with_and_without(name: str, others: TrainSettings, folder: Path) -> Iterator[tuple[Sample, Sample]]:
    """Eight samples with a setting at 1 and at 0."""
    snapshot, cache = scenes(folder, train=3, val=0), PixelCache(TINY, 1 << 24)
    loads = [
        Loader(snapshot, replace(others, **{name: value}), cache, snapshot.images) for value in (1.0, 0.0)
    ]
    for seed in range(8):
        more, fewer = (load.sample(snapshot.images[seed % 3], str(seed)) for load in loads)
        yield more, fewer
