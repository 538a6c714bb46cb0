"""How often an image is shown in an epoch, and that it is the same for whoever asks again."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from model.records import Box, LabelledImage, Labels
from model.training.sampling import LEAST_STEPS, order_of
from tests.model.training.scenes import DISC, SETTINGS, SQUARE

COMMON, RARE = 196, 4  # images with squares, images with discs
# discs are on 0.02 of the images: sqrt(0.125 / 0.02) = 2.5 times
SETTINGS = replace(SETTINGS, batch_size=4, repeat_rare=0.125)
IMAGES = tuple(
    LabelledImage(n, f"{n}.png", 128, 96, Labels((Box(0, 0, 9, 9, (DISC if n < RARE else SQUARE).id),)))
    for n in range(RARE + COMMON)
)


def shown(epoch: int, **changes: object) -> Counter[int]:
    settings = replace(SETTINGS, **changes)
    return Counter(image.id for batch in order_of(IMAGES, settings, epoch) for image, _ in batch)


def test_rare_images_come_more_often_and_others_once() -> None:
    counts = shown(epoch=0)
    assert {counts[n] for n in range(RARE, RARE + COMMON)} == {1}
    assert {counts[n] for n in range(RARE)} <= {2, 3}


def test_the_fraction_is_rounded_up_as_often_as_it_says() -> None:
    counts = [shown(epoch)[n] for epoch in range(60) for n in range(RARE)]
    assert set(counts) == {2, 3}
    assert sum(counts) / len(counts) == pytest.approx(2.5, abs=0.1)


def test_every_copy_is_drawn_differently() -> None:
    seeds = [seed for batch in order_of(IMAGES, SETTINGS, 0) for _, seed in batch]
    assert len(set(seeds)) == len(seeds) > len(IMAGES)


def test_all_follows_from_the_seed_the_epoch_and_the_image() -> None:
    assert order_of(IMAGES, SETTINGS, 3) == order_of(IMAGES, SETTINGS, 3)
    assert order_of(IMAGES, SETTINGS, 3) != order_of(IMAGES, SETTINGS, 4)
    assert order_of(IMAGES, SETTINGS, 3) != order_of(IMAGES, replace(SETTINGS, seed=1), 3)
    # how often an image comes does not depend on the others of the same classes
    apart = order_of(IMAGES[::-1], SETTINGS, 3)
    assert Counter(image.id for batch in apart for image, _ in batch) == shown(3)


def test_without_repeating_all_images_come_once() -> None:
    assert set(shown(epoch=0, repeat_rare=0.0).values()) == {1}


def test_few_images_are_repeated_within_an_epoch_of_a_few_steps() -> None:
    few = IMAGES[: RARE // 2] + IMAGES[-10:]  # discs are on 1/6: sqrt(1 / (1/6)) = 2.4 times
    settings = replace(SETTINGS, repeat_rare=1.0)
    order = order_of(few, settings, 0)
    assert [len(batch) for batch in order] == [settings.batch_size] * LEAST_STEPS
    counts = Counter(image.id < RARE for batch in order for image, _ in batch)
    # 2 * 2.45 of 2 * 2.45 + 10 * sqrt(6/5)
    assert counts[True] / counts.total() == pytest.approx(0.31, abs=0.06)
