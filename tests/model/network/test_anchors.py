"""Anchors: the paper's nine, placed and rounded as torchvision does."""

from __future__ import annotations

import pytest
import torch

from model.network.anchors import anchors_for, cells, grids, level_ends
from model.records import Architecture

PAPER = Architecture()


def centres(boxes: torch.Tensor) -> torch.Tensor:
    return (boxes[:, :2] + boxes[:, 2:]) / 2


def test_there_are_nine_at_each_place():
    assert PAPER.anchors_per_place == 9
    places = sum(rows * columns for rows, columns in ((8, 16), (4, 8), (2, 4), (1, 2), (1, 1)))
    assert anchors_for((64, 128), PAPER).shape == (9 * places, 4)


def test_the_first_anchor_stands_on_the_grids_corner():  # keras-retinanet: half a stride in, (4, 4)
    first_places = centres(anchors_for((64, 64), PAPER))
    assert torch.equal(first_places[:9], torch.zeros(9, 2))
    assert torch.equal(first_places[9:18], torch.tensor([[8.0, 0.0]]).expand(9, 2))


def test_sizes_are_truncated_and_corners_rounded():
    # size 32: octaves 32, 40.3 -> 40, 50.8 -> 50
    # ratio 1:2 of 32 is 45.25 x 22.63 px: corners 22.6 -> 23 and 11.3 -> 11
    wide, square, tall = cells(PAPER)[0].reshape(3, 3, 4)
    assert square[:, 2].tolist() == [16, 20, 25]
    assert wide[0].tolist() == [-23, -11, 23, 11]
    assert tall[0].tolist() == [-11, -23, 11, 23]


def test_ratios_and_octaves_are_the_papers():
    for size, level in zip(PAPER.anchor_sizes, cells(PAPER), strict=True):
        width, height = (level[:, 2] - level[:, 0]).reshape(3, 3), (level[:, 3] - level[:, 1]).reshape(3, 3)
        for row, ratio in enumerate((0.5, 1.0, 2.0)):
            torch.testing.assert_close(height[row] / width[row], torch.full((3,), ratio), rtol=0.08, atol=0)
        for column, octave in enumerate((0, 1 / 3, 2 / 3)):
            area = (width * height)[:, column].sqrt()
            torch.testing.assert_close(area, torch.full((3,), float(size * 2**octave)), rtol=0.04, atol=0)


@pytest.mark.parametrize(("level", "stride"), [(0, 8), (1, 16), (2, 32), (3, 64), (4, 128)])
def test_strides_are_8_to_128(level, stride):
    size = (512, 640)
    ends = (0, *level_ends(size, PAPER))
    of_level = centres(anchors_for(size, PAPER)[ends[level] : ends[level + 1]])
    assert of_level[:, 0].unique().diff().unique().tolist() == [stride]
    assert of_level[:, 1].unique().diff().unique().tolist() == [stride]


def test_grids_round_up():
    assert grids((96, 160)) == ((12, 20), (6, 10), (3, 5), (2, 3), (1, 2))


def test_the_last_level_ends_where_the_anchors_do():
    assert level_ends((96, 160), PAPER)[-1] == len(anchors_for((96, 160), PAPER))


def test_other_sizes_and_octaves_are_used():
    two = Architecture(anchor_sizes=(16, 32, 64, 128, 256), anchor_octaves=(0.0, 0.5), anchor_ratios=(1.0,))
    assert cells(two)[0].tolist() == [[-8, -8, 8, 8], [-11, -11, 11, 11]]  # int(16 * sqrt 2) = 22
    assert len(anchors_for((32, 32), two)) == 2 * (16 + 4 + 1 + 1 + 1)
