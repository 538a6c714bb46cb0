"""Geometry of boxes, and boxes as offsets from anchors."""

from __future__ import annotations

import math

import pytest
import torch
from torchvision.ops import box_iou

from model.network.boxes import area, clip, pairwise_iou
from model.network.deltas import LARGEST_GROWTH, decode, encode
from tests.model.network.twins import random_boxes


def test_a_box_is_cut_at_the_edges_of_the_image():
    boxes = torch.tensor([[-5.0, -1.0, 30.0, 10.0], [2.0, 3.0, 4.0, 5.0]])
    assert clip(boxes, (8, 20)).tolist() == [[0, 0, 20, 8], [2, 3, 4, 5]]


def test_width_is_xmax_minus_xmin():  # no pixel added: VOC's inclusive corners are the importer's business
    assert area(torch.tensor([1.0, 2.0, 4.0, 4.0])) == 6


def test_overlap_is_torchvisions():
    boxes, anchors = random_boxes(12, (80, 80), 1)[0], random_boxes(40, (80, 80), 2)[0]
    iou = pairwise_iou(boxes.reshape(3, 4, 4), anchors)
    torch.testing.assert_close(iou.reshape(12, 40), box_iou(boxes, anchors))


def test_an_empty_box_overlaps_nothing():
    assert pairwise_iou(torch.zeros(1, 1, 4), torch.tensor([[-4.0, -4.0, 4.0, 4.0]])).item() == 0


def test_the_anchor_itself_has_no_offset():
    anchors = torch.tensor([[10.0, 20.0, 50.0, 100.0]])
    assert encode(anchors, anchors).tolist() == [[0, 0, 0, 0]]


def test_offsets_are_shifts_in_anchor_sizes_and_logs_of_growth():
    anchor, box = torch.tensor([0.0, 0.0, 10.0, 20.0]), torch.tensor([5.0, 5.0, 25.0, 25.0])
    # centre (5, 10) -> (15, 15): 10 / 10 and 5 / 20; 10 -> 20 wide and 20 -> 20 high
    assert encode(box, anchor).tolist() == [1.0, 0.25, torch.tensor(2.0).log().item(), 0.0]


def test_decoding_undoes_encoding():
    boxes, anchors = random_boxes(50, (90, 90), 1)[0], random_boxes(50, (90, 90), 2)[0]
    torch.testing.assert_close(decode(encode(boxes, anchors), anchors), boxes, rtol=0, atol=1e-3)


def test_an_untrained_head_cannot_make_an_endless_box():
    assert math.exp(LARGEST_GROWTH) == pytest.approx(62.5)  # x 16 px = 1000 px
    box = decode(torch.tensor([0.0, 0.0, 1e4, 1e4]), torch.tensor([0.0, 0.0, 16.0, 16.0]))
    torch.testing.assert_close(box, torch.tensor([-492.0, -492.0, 508.0, 508.0]))
