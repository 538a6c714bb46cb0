"""Augmentations move boxes with what is in them."""

from __future__ import annotations

import random
from dataclasses import replace
from operator import attrgetter

import pytest
import torch
from torch import Tensor

from model.discover import discover
from model.network.roles import Role
from model.training import augmentations
from model.training.augmentations.augmentation import Augmentation, Sample, bounding_boxes
from model.training.augmentations.flip import flip
from model.training.augmentations.scale import cut, scale
from tests.model.training.scenes import SETTINGS

ALL = discover(augmentations, "AUGMENTATION")


def sample(*boxes: tuple[float, float, float, float], size: tuple[int, int] = (96, 128)) -> Sample:
    """A black image whose boxes are white inside, or grey, light to dark."""
    image = torch.zeros(3, *size, dtype=torch.uint8)
    for number, (xmin, ymin, xmax, ymax) in enumerate(boxes):
        image[:, int(ymin) : int(ymax), int(xmin) : int(xmax)] = 255 - 60 * number
    return Sample(
        image,
        bounding_boxes(torch.tensor(boxes).reshape(-1, 4), size),
        torch.arange(len(boxes)),
        torch.zeros(len(boxes), dtype=torch.int64),
    )


def extent(image: Tensor) -> list[float]:
    """The box of what is brighter than half: xyxy px."""
    rows, columns = (image[0] > 127).nonzero(as_tuple=True)
    return [float(v) for v in (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)]


@pytest.mark.parametrize("augmentation", ALL, ids=attrgetter("name"))
@pytest.mark.parametrize("seed", range(8))
def test_a_box_stays_around_its_object(augmentation: Augmentation, seed: int) -> None:
    settings = replace(SETTINGS, flip=0.5, vertical_flip=0.5, scale_jitter=(0.7, 1.6))
    after = augmentation.apply(sample((40, 30, 72, 54)), settings, random.Random(seed))
    assert after.boxes[0].tolist() == pytest.approx(extent(after.image), abs=1)
    assert after.image.dtype is torch.uint8
    assert after.boxes.canvas_size == after.size


@pytest.mark.parametrize("augmentation", ALL, ids=attrgetter("name"))
def test_the_same_seed_draws_the_same(augmentation: Augmentation) -> None:
    first, second = (
        augmentation.apply(sample((40, 30, 72, 54)), SETTINGS, random.Random(7)) for _ in range(2)
    )
    assert first.image.equal(second.image)
    assert first.boxes.equal(second.boxes)


@pytest.mark.parametrize("augmentation", ALL, ids=attrgetter("name"))
def test_an_image_without_boxes_is_a_sample_too(augmentation: Augmentation) -> None:
    after = augmentation.apply(sample(), replace(SETTINGS, scale_jitter=(1.5, 1.5)), random.Random(0))
    assert after.boxes.shape == (0, 4)
    assert after.labels.shape == after.roles.shape == (0,)


def test_a_flip_mirrors_boxes() -> None:
    always = replace(SETTINGS, flip=1.0, vertical_flip=1.0)
    after = flip(sample((10, 20, 30, 50)), always, random.Random(0))
    assert after.boxes.tolist() == [[128 - 30, 96 - 50, 128 - 10, 96 - 20]]


def test_without_jitter_the_image_gets_the_recipes_size() -> None:
    still = replace(SETTINGS, scale_jitter=(1.0, 1.0))  # 96 short, 128 long
    after = scale(sample((64, 64, 128, 128), size=(192, 256)), still, random.Random(0))
    assert after.size == (96, 128)
    assert after.boxes.tolist() == [[32, 32, 64, 64]]


def test_a_larger_scale_is_cut_to_the_recipes_size_and_a_smaller_one_is_not() -> None:
    larger = scale(sample(), replace(SETTINGS, scale_jitter=(1.5, 1.5)), random.Random(0))
    smaller = scale(sample(), replace(SETTINGS, scale_jitter=(0.5, 0.5)), random.Random(0))
    assert (larger.size, smaller.size) == ((96, 128), (48, 64))


def test_a_cut_clips_boxes_and_forgets_those_outside() -> None:
    after = cut(
        sample((0, 0, 20, 20), (30, 30, 50, 50), (90, 60, 110, 90)), top=0, left=40, height=96, width=60
    )
    assert after.boxes.tolist() == [[0, 30, 10, 50], [50, 60, 60, 90]]
    assert after.labels.tolist() == [1, 2]
    assert after.roles.tolist() == [Role.OBJECT, Role.OBJECT]  # half of each is left


def test_a_sliver_is_ignored() -> None:
    # 7 of 20 px are left: 0.35 of its area
    after = cut(sample((27, 30, 47, 50)), top=0, left=40, height=96, width=60)
    assert after.boxes.tolist() == [[0, 30, 7, 50]]
    assert after.roles.tolist() == [Role.IGNORED]
