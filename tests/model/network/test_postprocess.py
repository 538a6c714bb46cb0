"""From logits and deltas to detections, on anchors that the reader can see."""

from __future__ import annotations

import math

import pytest
import torch

from model.network.postprocess import Found, postprocess
from model.network.results import named
from model.network.retinanet import Outputs

SIZE = (100, 100)
ANCHORS = torch.tensor(
    [
        [0.0, 0.0, 20.0, 20.0],
        [1.0, 0.0, 21.0, 20.0],  # IoU 0.905 with the first
        [50.0, 50.0, 70.0, 70.0],
        [90.0, 90.0, 110.0, 110.0],  # half outside the image
        [120.0, 0.0, 140.0, 20.0],  # in the padding
    ]
)
NOTHING = [0.001, 0.001]


def found(scores: list[list[float]], **options: object) -> Found:
    p = torch.tensor(scores)
    outputs = Outputs((p / (1 - p)).log()[None], torch.zeros(1, len(p), 4))
    (of_image,) = postprocess(outputs, ANCHORS, (3, 5), [SIZE], **options)  # type: ignore[arg-type]
    return of_image


def test_what_is_above_the_floor_is_found_best_first():
    of_image = found([[0.3, 0.001], NOTHING, [0.001, 0.8], NOTHING, NOTHING])
    assert of_image.boxes.tolist() == [[50, 50, 70, 70], [0, 0, 20, 20]]
    torch.testing.assert_close(of_image.scores, torch.tensor([0.8, 0.3]))
    assert of_image.labels.tolist() == [1, 0]


def test_the_floor_is_a_hundredth():
    of_image = found([[0.0101, 0.0099], NOTHING, NOTHING, NOTHING, NOTHING])
    assert of_image.labels.tolist() == [0]


def test_of_two_boxes_of_one_class_on_one_place_the_better_stays():
    of_image = found([[0.6, 0.001], [0.7, 0.001], NOTHING, NOTHING, NOTHING])
    assert of_image.boxes.tolist() == [[1, 0, 21, 20]]


def test_two_classes_on_one_place_both_stay():
    of_image = found([[0.6, 0.001], [0.001, 0.7], NOTHING, NOTHING, NOTHING])
    assert of_image.labels.tolist() == [1, 0]


def test_one_anchor_may_speak_for_two_classes():
    assert found([[0.6, 0.5], NOTHING, NOTHING, NOTHING, NOTHING]).labels.tolist() == [0, 1]


def test_boxes_end_at_the_edge_of_the_image():
    of_image = found([NOTHING, NOTHING, NOTHING, [0.9, 0.001], NOTHING])
    assert of_image.boxes.tolist() == [[90, 90, 100, 100]]


def test_a_box_in_the_padding_is_no_detection():
    of_image = found([NOTHING, NOTHING, NOTHING, NOTHING, [0.9, 0.001]])
    assert len(of_image.scores) == 1  # torchvision returns it, clipped to a line
    assert named(of_image, SIZE, SIZE, ("cat", "dog")) == ()


def test_nothing_found_is_empty_not_missing():
    of_image = found([NOTHING] * 5)
    assert of_image.boxes.shape == (0, 4)
    assert of_image.scores.shape == of_image.labels.shape == (0,)


def test_top_k_binds_on_each_level_by_itself():
    # the first level holds anchors 0 to 2, the second 3 and 4
    scores = [[0.9, 0.001], NOTHING, [0.8, 0.001], [0.2, 0.001], NOTHING]
    torch.testing.assert_close(found(scores, top_k=1).scores, torch.tensor([0.9, 0.2]))


def test_no_more_than_so_many_of_an_image_the_best():
    scores = [[0.9, 0.001], NOTHING, [0.8, 0.001], [0.2, 0.001], NOTHING]
    torch.testing.assert_close(found(scores, per_image=2).scores, torch.tensor([0.9, 0.8]))


def test_images_of_a_batch_are_clipped_each_to_its_own_size():
    logits = torch.full((2, 5, 1), -9.0)
    logits[:, 2] = 2.0
    both = postprocess(Outputs(logits, torch.zeros(2, 5, 4)), ANCHORS, (3, 5), [(100, 100), (60, 55)])
    assert [of_image.boxes.tolist() for of_image in both] == [[[50, 50, 70, 70]], [[50, 50, 55, 60]]]


def test_deltas_move_the_box():
    deltas = torch.zeros(1, 5, 4)
    deltas[0, 2] = torch.tensor([0.5, 0.0, math.log(0.5), 0.0])  # centre 60 -> 70, 20 -> 10 px wide
    logits = torch.full((1, 5, 1), -9.0)
    logits[0, 2] = 2.0
    (of_image,) = postprocess(Outputs(logits, deltas), ANCHORS, (3, 5), [SIZE])
    torch.testing.assert_close(of_image.boxes, torch.tensor([[65.0, 50.0, 75.0, 70.0]]))


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_network_that_has_lost_its_numbers_finds_nothing(value):
    outputs = Outputs(torch.full((1, 5, 2), 3.0), torch.full((1, 5, 4), value))
    (of_image,) = postprocess(outputs, ANCHORS, (3, 5), [SIZE])
    assert all(math.isfinite(side) for d in named(of_image, SIZE, SIZE, ("cat", "dog")) for side in d.xyxy)


def test_bfloat16_outputs_give_float32_boxes():
    outputs = Outputs(torch.full((1, 5, 1), 1.0).bfloat16(), torch.zeros(1, 5, 4).bfloat16())
    (of_image,) = postprocess(outputs, ANCHORS, (3, 5), [SIZE])
    assert of_image.boxes.dtype is of_image.scores.dtype is torch.float32
    assert of_image.boxes.tolist()[0][2:] == [20, 20] or len(of_image.boxes) == 3
