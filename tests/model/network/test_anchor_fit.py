"""Anchors fitted to boxes: the best anchor is the one that matching finds, and no fit is a step back."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from model.network.anchor_fit import (
    FEWEST_BOXES,
    LEAST_STRIDES,
    MOST_STRIDES,
    best_ious,
    clusters,
    place,
    propose,
    recall,
    shape_ious,
    shapes,
)
from model.network.anchors import anchors_for
from model.network.boxes import pairwise_iou
from model.records import Architecture
from model.records.anchors import AnchorRecall
from model.training.presets import ACCURATE, FAST

SMALL = FAST.architecture  # sizes 16 to 256 px, ratios 0.5, 1, 2


def boxes_around(
    shapes_px: list[tuple[float, float]], each: int, size: tuple[int, int], seed: int, spread: float = 0.05
) -> Tensor:
    """Boxes (M, 4) of about these shapes (width, height), anywhere in an image of this size (H, W)."""
    chance = random.Random(seed)
    boxes = []
    for width, height in shapes_px * each:
        w, h = (side * chance.uniform(1 - spread, 1 + spread) for side in (width, height))
        x, y = chance.uniform(0, size[1] - w), chance.uniform(0, size[0] - h)
        boxes.append((x, y, x + w, y + h))
    return torch.tensor(boxes)


@pytest.mark.parametrize("size", [(320, 320), (213, 320), (320, 150), (37, 320)], ids=str)
@pytest.mark.parametrize("architecture", [FAST.architecture, ACCURATE.architecture], ids=["fast", "accurate"])
def test_the_best_anchor_is_the_one_that_matching_finds(size: tuple[int, int], architecture: Architecture):
    torch.manual_seed(0)
    corners = torch.rand(400, 2, 2) * torch.tensor([size[1], size[0]])
    boxes = torch.cat((corners.amin(dim=1), corners.amax(dim=1) + 1), dim=1)
    padded = tuple(-(-side // 32) * 32 for side in size)
    iou = pairwise_iou(boxes[None], anchors_for(padded, architecture))[0].amax(dim=1)
    torch.testing.assert_close(best_ious(place([boxes], [size]), architecture), iou, rtol=0, atol=1e-5)


def test_boxes_of_several_images_each_meet_their_own_grid():
    sizes = [(320, 320), (37, 320), (320, 150)]
    boxes = [boxes_around([(30, 20)], 7, (37, 150), seed) for seed in range(3)]
    together = best_ious(place(boxes, sizes), SMALL)
    alone = [best_ious(place([b], [s]), SMALL) for b, s in zip(boxes, sizes, strict=True)]
    assert torch.equal(together, torch.cat(alone))


def test_recall_counts_the_boxes_that_matching_calls_foreground():
    # around (128, 128), a place of the grids: a square of 64 px is an anchor; 64 x 32 px lies within one of
    # 70 x 36, so 64 * 32 / (70 * 36) = 0.813; and 8 x 128 px is thinner than anchors of that height
    boxes = torch.tensor([[96, 96, 160, 160], [96, 112, 160, 144], [124, 64, 132, 192]], dtype=torch.float32)
    assert best_ious(place([boxes[:1]], [(320, 320)]), SMALL).tolist() == [1.0]
    assert best_ious(place([boxes[1:2]], [(320, 320)]), SMALL).tolist() == [
        pytest.approx(64 * 32 / (70 * 36))
    ]
    found = recall(place([boxes], [(320, 320)]), SMALL)
    assert (found.boxes, found.met, found.unmet) == (3, 2, 1)
    assert found.share == pytest.approx(2 / 3)


def test_no_box_is_no_recall():
    assert recall(place([], []), SMALL) == AnchorRecall(0, 0, 0.0)
    assert recall(place([torch.empty(0, 4)], [(320, 320)]), SMALL).share == 0.0


def test_the_iou_of_shapes_is_that_of_boxes_with_one_centre():
    # 2 x 4 in 4 x 4: 8 / 16; 2 x 8 across 8 x 2: 4 / 28
    found = shape_ious(torch.tensor([[2.0, 4.0], [2.0, 8.0]]), torch.tensor([[4.0, 4.0], [8.0, 2.0]]))
    torch.testing.assert_close(found, torch.tensor([[8 / 16, 4 / 20], [8 / 24, 4 / 28]]))


def test_k_means_finds_the_shapes_that_boxes_gather_around():
    known = [(20, 20), (60, 30), (40, 160), (200, 220)]
    boxes = boxes_around(known, 50, (320, 320), 1)
    found = clusters(boxes[:, 2:] - boxes[:, :2], 4)
    found = found[found.prod(dim=1).argsort()]
    torch.testing.assert_close(found, torch.tensor(known, dtype=torch.float32), rtol=0.03, atol=0)


def test_equal_boxes_are_one_cluster():
    assert clusters(torch.tensor([[30.0, 20.0]]).repeat(50, 1), 15).tolist() == [[30.0, 20.0]]


def test_the_shapes_of_long_thin_boxes_are_found():
    """12 x 72 and 30 x 180 px: their ratio is 6, and no anchor of ratio 2 comes to IoU 0.5 with them."""
    boxes = boxes_around([(12, 72), (30, 180)], 150, (320, 320), 2, spread=0.02)
    placed = place([boxes], [(320, 320)])
    assert recall(placed, SMALL).share < 0.3
    fitted = propose(placed, SMALL)
    assert recall(placed, fitted).share > 0.95
    # an anchor of each shape, to a tenth of its octave
    near = shape_ious(torch.tensor([[12.0, 72.0], [30.0, 180.0]]), shapes(fitted)).amax(dim=1)
    assert (near > 0.8).all()


def test_only_sizes_and_ratios_change_and_they_are_sane():
    for seed, known in enumerate(([(9, 9), (14, 10)], [(300, 310), (310, 250)], [(5, 200), (200, 5)])):
        boxes = boxes_around(known, 60, (320, 320), seed)
        fitted = propose(place([boxes], [(320, 320)]), SMALL)
        assert replace(fitted, anchor_sizes=SMALL.anchor_sizes, anchor_ratios=SMALL.anchor_ratios) == SMALL
        assert list(fitted.anchor_sizes) == sorted(set(fitted.anchor_sizes))
        assert list(fitted.anchor_ratios) == sorted(set(fitted.anchor_ratios))
        assert fitted.anchors_per_place == 9
        for level, size in enumerate(fitted.anchor_sizes):
            assert isinstance(size, int)
            assert LEAST_STRIDES * 8 * 2**level <= size <= MOST_STRIDES * 8 * 2**level
        assert all(ratio == round(ratio, 2) for ratio in fitted.anchor_ratios)


def test_the_order_of_the_boxes_does_not_matter():
    sizes = [(320, 320), (240, 320)]
    boxes = [boxes_around([(25, 60), (90, 40), (17, 17)], 700, size, n) for n, size in enumerate(sizes)]
    turned = [b[torch.randperm(len(b), generator=torch.Generator().manual_seed(3))] for b in boxes[::-1]]
    assert propose(place(boxes, sizes), SMALL) == propose(place(turned, sizes[::-1]), SMALL)


@pytest.mark.parametrize("seed", range(6))
def test_a_fit_is_never_worse(seed: int):
    chance = random.Random(seed)
    known = [(chance.uniform(4, 300), chance.uniform(4, 300)) for _ in range(chance.randint(1, 12))]
    placed = place([boxes_around(known, 25, (320, 320), seed, spread=0.5)], [(640, 640)])
    before, after = recall(placed, SMALL), recall(placed, propose(placed, SMALL))
    assert after.met >= before.met
    assert after.mean_iou >= before.mean_iou


def test_anchors_fitted_once_stay():
    placed = place([boxes_around([(25, 60), (90, 40)], 100, (320, 320), 5)], [(320, 320)])
    fitted = propose(placed, SMALL)
    assert fitted != SMALL
    assert propose(placed, fitted) == fitted


def test_numbers_that_no_box_needs_stay_as_they_are():
    fitted = propose(place([boxes_around([(20, 27)], 200, (320, 320), 6)], [(320, 320)]), SMALL)
    assert fitted != SMALL
    assert fitted.anchor_sizes[2:] == SMALL.anchor_sizes[2:]


def test_few_boxes_change_nothing():
    boxes = boxes_around([(12, 72)], FEWEST_BOXES, (320, 320), 7)
    assert propose(place([boxes[:-1]], [(320, 320)]), SMALL) is SMALL
    assert propose(place([boxes], [(320, 320)]), SMALL) != SMALL


def test_five_thousand_boxes_take_seconds():
    sizes = [(800, 1333), (1333, 800), (800, 800)] * 100
    known = [(20, 30), (45, 20), (100, 260), (400, 300), (33, 90)]
    boxes = [boxes_around(known, 4, size, n, spread=0.4) for n, size in enumerate(sizes)]
    began = time.thread_time()
    fitted = propose(place(boxes, sizes), ACCURATE.architecture)
    assert time.thread_time() - began < 15  # 1 s where nothing else runs
    assert fitted != ACCURATE.architecture
