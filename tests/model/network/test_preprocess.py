"""Pixels to batches, and boxes there and back."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from model.network.preprocess import (
    MEAN,
    STD,
    boxes_to_image,
    boxes_to_resized,
    collate,
    prepare,
    resize,
    resized_size,
)
from model.records import Architecture
from tests.model.network.twins import pictures, random_boxes


@pytest.mark.parametrize(
    ("size", "short", "long", "expected"),
    [
        ((480, 640), 800, 1333, (800, 1067)),  # by the short side: 800 / 480
        ((1000, 4000), 800, 1333, (333, 1333)),  # by the long side: 1333 / 4000
        ((480, 640), 320, 320, (240, 320)),  # equal: the long side decides
        ((640, 480), 320, 320, (320, 240)),
        ((320, 240), 320, 320, (320, 240)),
        ((1, 5000), 320, 320, (1, 320)),  # never less than a pixel
    ],
)
def test_the_side_that_comes_first_decides(size, short, long, expected):
    assert resized_size(size, short, long) == expected


def test_growing_is_bilinear_as_in_torchvision():
    (image,) = pictures([(40, 50)])
    theirs = F.interpolate(
        torch.from_numpy(image).permute(2, 0, 1)[None].float(),
        size=(96, 120),
        mode="bilinear",
        align_corners=False,
    )
    ours = torch.from_numpy(resize(image, (96, 120))).permute(2, 0, 1)[None].float()
    assert (ours - theirs).abs().max() <= 1.0  # grey levels: rounding


def test_shrinking_takes_the_mean_of_the_area():  # bilinear would see only the black stripes
    stripes = np.zeros((64, 64, 3), np.uint8)
    stripes[:, ::4] = 200
    assert (resize(stripes, (16, 16)) == 50).all()


def test_an_image_that_has_the_size_is_not_touched():
    (image,) = pictures([(32, 48)])
    assert resize(image, (32, 48)) is image


def test_pixels_are_normalised_by_imagenets_mean_and_deviation():
    image = np.full((32, 32, 3), 255, np.uint8)
    pixels = collate([image]).pixels
    for channel in range(3):
        torch.testing.assert_close(
            pixels[0, channel, 5, 5].item(), (1 - MEAN[channel]) / STD[channel], rtol=1e-5, atol=0
        )


def test_channels_stay_in_order():
    red = np.zeros((32, 32, 3), np.uint8)
    red[..., 0] = 255
    means = collate([red]).pixels.mean(dim=(0, 2, 3))
    assert means[0] > 0 > means[1:].max()


def test_images_of_several_sizes_are_padded_with_nothing_to_a_multiple_of_32():
    images = pictures([(40, 70), (65, 33)])
    batch = collate(images)
    assert batch.pixels.shape == (2, 3, 96, 96)
    assert batch.size == (96, 96)
    assert batch.sizes == ((40, 70), (65, 33))
    for pixels, (height, width) in zip(batch.pixels, batch.sizes, strict=True):
        assert (pixels[:, height:] == 0).all()
        assert (pixels[:, :, width:] == 0).all()
        assert (pixels[:, :height, :width] != 0).all()


def test_a_batch_is_channels_last():
    assert collate(pictures([(40, 70), (65, 33)])).pixels.is_contiguous(memory_format=torch.channels_last)


def test_a_read_only_image_is_taken_and_left_alone():
    (image,) = pictures([(40, 40)])
    image.flags.writeable = False
    before = image.copy()
    collate([image])
    assert (image == before).all()


def test_prepare_resizes_by_the_architecture():
    batch = prepare(pictures([(100, 200), (50, 50)]), Architecture(short_side=64, long_side=96))
    assert batch.sizes == ((48, 96), (64, 64))


def test_boxes_come_back_where_they_were():
    boxes, size, resized = random_boxes(20, (480, 640))[0], (480, 640), (240, 320)
    there = boxes_to_resized(boxes, size, resized)
    torch.testing.assert_close(there, boxes / 2)
    torch.testing.assert_close(boxes_to_image(there, resized, size), boxes)


def test_width_and_height_scale_each_by_their_own_rounding():
    # 333 -> 107 px is not the scale of 1000 -> 320
    there = boxes_to_resized(torch.tensor([[0.0, 0.0, 1000.0, 333.0]]), (333, 1000), (107, 320))
    torch.testing.assert_close(there, torch.tensor([[0.0, 0.0, 320.0, 107.0]]))


def test_a_narrow_batch_is_at_least_64_px_wide():  # C5 one column wide has no sound gradient in bfloat16
    assert collate([np.zeros((320, 20, 3), np.uint8)]).size == (320, 64)
    assert collate([np.zeros((20, 320, 3), np.uint8)]).size == (32, 320)
