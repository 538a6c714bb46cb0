"""Features of frozen stages: looked at once, and the same as if they were looked at each time."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from model.network.preprocess import collate
from model.network.retinanet import RetinaNet
from model.training.augmentations.augmentation import Sample
from model.training.augmentations.registry import augmentations
from model.training.dataset import Loader
from model.training.features import FeatureCache, are_worth_keeping
from model.training.learner import Learner
from model.training.pixels import PixelCache
from tests.model.training.pictures import GREEN, apply, picture
from tests.model.training.scenes import DISC, SETTINGS, SQUARE, TINY, scenes

CPU = torch.device("cpu")
LARGE = 1 << 30


class Counting:
    """A network of which is known on how many images its frozen stages have run."""

    def __init__(self, frozen_stages: int = 3) -> None:
        torch.manual_seed(0)
        self.network = RetinaNet(TINY, 2, frozen_stages=frozen_stages).train()
        self.images = 0

    def frozen_features(self, pixels: torch.Tensor) -> tuple[torch.Tensor, ...]:
        self.images += len(pixels)
        return self.network.frozen_features(pixels)


def pictures(*seeds: int, size: tuple[int, int] = (64, 96)) -> list[np.ndarray]:
    return [np.random.default_rng(seed).integers(0, 256, (*size, 3), np.uint8) for seed in seeds]


def of(cache: FeatureCache, counting: Counting, images: list[np.ndarray]) -> tuple[torch.Tensor, ...]:
    return cache(counting, collate(images), images)  # type: ignore[arg-type]


@pytest.mark.parametrize("frozen_stages", [1, 2, 3, 4, 5])
def test_each_image_is_looked_at_once_and_answered_the_same(frozen_stages: int) -> None:
    counting, cache = Counting(frozen_stages), FeatureCache(LARGE)
    for seeds, looked_at in (((1, 2), 2), ((1, 2), 2), ((2, 1), 2), ((3, 1), 3), ((2, 4, 3), 4), ((5, 5), 6)):
        images = pictures(*seeds)
        got = of(cache, counting, images)
        expected = counting.network.frozen_features(collate(images).pixels)
        assert counting.images == looked_at
        for mine, theirs in zip(got, expected, strict=True):
            torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-4)
            assert mine.is_contiguous(memory_format=torch.channels_last)


def test_an_image_padded_to_another_batch_is_another_image() -> None:
    counting, cache = Counting(), FeatureCache(LARGE)
    alone, wide = pictures(1), pictures(2, size=(64, 192))
    of(cache, counting, alone)
    of(cache, counting, [*alone, *wide])
    assert counting.images == 3


def test_what_does_not_fit_the_budget_is_looked_at_again() -> None:
    counting = Counting()
    first = of(FeatureCache(LARGE), counting, pictures(1))
    counting.images = 0
    cache = FeatureCache(sum(level.nbytes for level in first))
    for _ in range(2):
        of(cache, counting, pictures(1, 2))
    assert counting.images == 3


STILL = replace(SETTINGS, frozen_stages=3, scale_jitter=(1.0, 1.0), flip=0.0)


def test_only_pixels_that_come_again_are_worth_it() -> None:
    assert are_worth_keeping(STILL)
    assert are_worth_keeping(replace(STILL, scale_jitter=(0.8, 0.8)))
    assert not are_worth_keeping(replace(STILL, scale_jitter=(0.8, 1.25)))
    assert not are_worth_keeping(replace(STILL, frozen_stages=0))


@pytest.mark.parametrize("name", [name for row in augmentations() for name in row.settings])
def test_an_image_that_is_new_each_time_is_not_worth_it(name: str) -> None:
    """Asked of the pixels themselves: whether twelve draws have few outcomes."""
    if name == "scale_jitter":
        return
    (row,) = (row for row in augmentations() if name in row.settings)
    on = replace(STILL, **{name: 1.0})
    before, other = picture((50, 30, 80, 50)), picture((10, 30, 26, 46), channel=GREEN)
    outcomes = {apply(row, before, seed, on, other).image.numpy().tobytes() for seed in range(12)}
    assert are_worth_keeping(on) == (len(outcomes) <= 4)


# ------------------------------------------------------------------------------------------ in training


@pytest.fixture
def samples(tmp_path: Path) -> list[Sample]:
    snapshot = scenes(tmp_path, train=4, val=0)
    settings = replace(SETTINGS, scale_jitter=(1.0, 1.0))
    load = Loader(snapshot, settings, PixelCache(TINY, 1 << 24), snapshot.images)
    return [load.sample(image, "0") for image in snapshot.images]


def learner(**changes: Any) -> Learner:
    settings = replace(SETTINGS, norm="frozen", frozen_stages=3, optimizer="sgd", **changes)
    return Learner(settings, (SQUARE, DISC), CPU, torch.float32)


def test_learning_from_kept_features_is_learning_from_pixels(samples: list[Sample]) -> None:
    kept, plain = learner(scale_jitter=(1.0, 1.0)), learner(scale_jitter=(1.0, 1.01))
    runs: list[int] = []
    frozen_features = kept.network.frozen_features
    kept.network.frozen_features = lambda pixels: runs.append(len(pixels)) or frozen_features(pixels)  # type: ignore[method-assign]
    for part in (samples[:2], samples[2:], samples, samples[::-1]):
        mine, theirs = kept.step(part, 1e-2), plain.step(part, 1e-2)
        for name, loss in theirs.items():
            assert float(mine[name]) == pytest.approx(float(loss), rel=1e-4)
    assert runs == [2, 2]
    for mine, theirs in zip(kept.network.parameters(), plain.network.parameters(), strict=True):
        torch.testing.assert_close(mine, theirs, rtol=1e-4, atol=1e-6)


def test_other_weights_are_other_features(samples: list[Sample]) -> None:
    one, other = learner(scale_jitter=(1.0, 1.0)), learner(scale_jitter=(1.0, 1.0), seed=1)
    one.step(samples, 1e-2)
    expected = other.step(samples, 0.0)
    one.load(other.state(), 0, 0.0)
    got = one.step(samples, 0.0)
    for name, loss in expected.items():
        assert float(got[name]) == pytest.approx(float(loss), rel=1e-4)
