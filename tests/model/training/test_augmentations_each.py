"""What single augmentations do: to the pixel where they are exact, against torchvision where it has the same."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torchvision.ops import box_iou
from torchvision.transforms.v2 import functional as F

from model.network.roles import Role
from model.training.augmentations.arrays import to_array, to_image
from model.training.augmentations.augmentation import Draw, Sample, bounding_boxes
from model.training.augmentations.blur import blurred
from model.training.augmentations.colour import colour, other_hue, toned
from model.training.augmentations.copy_paste import TOUCHING, copy_paste
from model.training.augmentations.crop import crop
from model.training.augmentations.cutmix import cutmix
from model.training.augmentations.flip import flip
from model.training.augmentations.mixup import LEAST, mixup
from model.training.augmentations.mosaic import mosaic
from model.training.augmentations.noise import noise
from model.training.augmentations.quarter_turns import quarter_turns
from model.training.augmentations.rotation import rotation, turned, turned_image
from model.training.augmentations.scale import scale
from model.training.augmentations.slivers import LEARNED
from tests.model.training.pictures import ALWAYS, GREEN, RED, extent, picture
from tests.model.training.scenes import SETTINGS


def draws(seed: object = 0, other: Sample | None = None) -> Draw:
    return Draw(random.Random(str(seed)), lambda: other)


def photo(size: tuple[int, int] = (96, 128)) -> Tensor:
    """Soft shapes of many colours (3, H, W)."""
    coarse = torch.rand(1, 3, 6, 8, generator=torch.Generator().manual_seed(0)) * 255
    return torch.nn.functional.interpolate(coarse, size, mode="bicubic").clamp(0, 255)[0].to(torch.uint8)


# ------------------------------------------------------------------------------------------ flip, turns, scale


def test_a_flip_mirrors_boxes() -> None:
    after = flip(picture((10, 20, 30, 50)), replace(SETTINGS, flip=1.0, vertical_flip=1.0), draws())
    assert after.boxes.tolist() == [[128 - 30, 96 - 50, 128 - 10, 96 - 20]]


@pytest.mark.parametrize("seed", range(6))
def test_a_quarter_turn_is_exact(seed: int) -> None:
    after = quarter_turns(picture((10, 20, 30, 50)), ALWAYS, draws(seed))
    assert after.size in ((128, 96), (96, 128))
    assert after.boxes.tolist() == [extent(after.image)]


def test_all_quarter_turns_are_drawn() -> None:
    found = {
        tuple(quarter_turns(picture((10, 20, 30, 50)), ALWAYS, draws(n)).boxes[0].tolist()) for n in range(20)
    }
    # counter-clockwise: what was right is up; the width of 128 px becomes the height
    assert found == {(20, 98, 50, 118), (98, 46, 118, 76), (46, 10, 76, 30)}


def test_without_jitter_the_image_gets_the_recipes_size() -> None:
    still = replace(SETTINGS, scale_jitter=(1.0, 1.0))  # 96 short, 128 long
    after = scale(picture((64, 64, 128, 128), size=(192, 256)), still, draws())
    assert after.size == (96, 128)
    assert after.boxes.tolist() == [[32, 32, 64, 64]]


def test_a_larger_scale_is_cut_to_the_recipes_size_and_a_smaller_one_is_not() -> None:
    larger = scale(picture(), replace(SETTINGS, scale_jitter=(1.5, 1.5)), draws())
    smaller = scale(picture(), replace(SETTINGS, scale_jitter=(0.5, 0.5)), draws())
    assert (larger.size, smaller.size) == ((96, 128), (48, 64))


# ------------------------------------------------------------------------------------------ rotation


def test_the_box_of_a_disc_keeps_its_size_at_any_angle() -> None:
    box = torch.tensor([[40.0, 30.0, 60.0, 50.0]])  # its corners would make 28 px of 20 at 45 degrees
    for angle in (10.0, 45.0, -170.0):
        after = turned(box, angle, (96, 128))
        assert (after[:, 2:] - after[:, :2]).tolist() == [pytest.approx([20, 20], abs=1e-4)]


def test_a_quarter_by_rotation_is_a_quarter_turn() -> None:
    after = turned(torch.tensor([[10.0, 20.0, 30.0, 50.0]]), 90, (100, 100))
    assert after.tolist() == [pytest.approx([20, 70, 50, 90], abs=1e-4)]


def test_half_the_axes_of_a_turned_ellipse() -> None:
    # 40 x 20 px in the middle, at 30 degrees: sqrt(20^2 cos^2 + 10^2 sin^2), sqrt(20^2 sin^2 + 10^2 cos^2)
    after = turned(torch.tensor([[30.0, 40.0, 70.0, 60.0]]), 30, (100, 100))
    wide, high = math.sqrt(325), math.sqrt(175)
    assert after.tolist() == [pytest.approx([50 - wide, 50 - high, 50 + wide, 50 + high], abs=1e-4)]


def test_the_ellipses_box_lies_closer_than_that_of_the_corners() -> None:
    before, angle = picture((30, 35, 90, 55)), 35.0
    seen = torch.tensor([extent(turned_image(before.image, angle))])
    of_corners = F.rotate(before.boxes, angle).as_subclass(Tensor)
    assert float(box_iou(turned(before.boxes.as_subclass(Tensor), angle, before.size), seen)) > 0.93
    assert float(box_iou(of_corners, seen)) < 0.8


def test_what_turns_out_of_the_image_is_dealt_with_as_a_sliver() -> None:
    away = picture((0, 0, 24, 24))
    settings = replace(SETTINGS, rotation=60.0)
    after = [rotation(away, settings, draws(seed)) for seed in range(40)]
    assert {tuple(each.roles.tolist()) for each in after} == {(), (Role.OBJECT,), (Role.IGNORED,)}
    assert all(each.size == (96, 128) for each in after)


# ------------------------------------------------------------------------------------------ crop


@pytest.mark.parametrize("seed", range(30))
def test_a_crop_keeps_an_object_to_learn(seed: int) -> None:
    before = picture((20, 20, 60, 60), (70, 30, 100, 90))
    after = crop(before, ALWAYS, draws(seed))
    assert (after.roles == Role.OBJECT).any()
    assert after.seen.max() >= LEARNED
    assert after.size[0] >= 0.3 * 96 - 1
    assert after.size[1] >= 0.3 * 128 - 1


def test_crops_differ_in_size_and_place() -> None:
    sizes = {crop(picture((20, 20, 60, 60)), ALWAYS, draws(seed)).size for seed in range(20)}
    assert len(sizes) > 10


# ------------------------------------------------------------------------------------------ looks


def test_a_blur_is_torchvisions() -> None:
    image, sigma_px = photo(), 1.3
    theirs = F.gaussian_blur(image, [9, 9], [sigma_px, sigma_px])  # three sigmas to each side
    assert (blurred(image, sigma_px).int() - theirs.int()).abs().max() <= 2


@pytest.mark.parametrize("turn", [-0.05, -0.01, 0.02, 0.05])
def test_a_change_of_hue_is_torchvisions(turn: float) -> None:
    image = photo()
    theirs = F.adjust_hue(image, turn)
    difference = (to_image(other_hue(to_array(image), turn)).int() - theirs.int()).abs()
    assert float(difference.float().mean()) < 2.0  # hues of two degrees
    assert (image.int() - theirs.int()).abs().float().mean() > float(difference.float().mean())


@pytest.mark.parametrize(
    "factors", [(1.2, 1.0, 1.0), (1.0, 0.6, 1.0), (1.0, 1.0, 0.4), (0.8, 1.3, 1.5)], ids=str
)
def test_brightness_contrast_and_saturation_are_torchvisions(factors: tuple[float, float, float]) -> None:
    image = (
        100 + photo() // 5
    )  # no value comes near black or white, where torchvision cuts after each of the three
    theirs = F.adjust_brightness(image, factors[0])
    theirs = F.adjust_saturation(F.adjust_contrast(theirs, factors[1]), factors[2])
    assert (to_image(toned(to_array(image), *factors)).int() - theirs.int()).abs().max() <= 3


@pytest.mark.parametrize("angle", [7.0, -33.0, 90.0, 180.0])
def test_a_turned_image_is_torchvisions(angle: float) -> None:
    image = photo((97, 128))
    theirs = F.rotate(image, angle, F.InterpolationMode.BILINEAR, fill=[124.0, 116.0, 104.0])
    difference = (turned_image(image, angle).int() - theirs.int()).abs().float()
    assert float(difference.mean()) < 1.0
    assert (
        float((difference > 8).float().mean()) < 0.02
    )  # along the edge, which OpenCV blends with what is beyond


def test_stronger_colour_changes_more() -> None:
    before = replace(picture(), image=photo())

    def change(strength: float) -> float:
        settings = replace(SETTINGS, colour=strength)
        each = [colour(before, settings, draws(seed)).image.float() for seed in range(20)]
        return float(torch.stack([(image - before.image.float()).abs().mean() for image in each]).mean())

    assert change(1.0) > 2 * change(0.3) > 0


def test_noise_has_no_bias_and_is_not_the_programs_own() -> None:
    before = picture()
    after = noise(before, ALWAYS, draws(3))
    torch.manual_seed(1)
    again = noise(before, ALWAYS, draws(3))
    difference = after.image.float() - before.image.float()
    assert after.image.equal(again.image)
    assert abs(float(difference.mean())) < 0.2
    assert 1.5 < float(difference.std()) < 16


# ------------------------------------------------------------------------------------------ several in one


def test_a_mosaic_shows_four_images_each_in_its_quarter() -> None:
    before, other = picture((10, 10, 60, 60)), picture((30, 20, 90, 70), channel=GREEN)
    labels = [mosaic(before, ALWAYS, draws(seed, other)).labels.tolist() for seed in range(20)]
    assert max(each.count(GREEN) for each in labels) == 3
    assert max(each.count(RED) for each in labels) == 1
    after = mosaic(before, ALWAYS, draws(0, other))
    assert after.size == before.size
    assert mosaic(before, ALWAYS, draws(0, None)) is before


def test_mixup_keeps_all_boxes_and_shows_both_images() -> None:
    before, other = picture((10, 10, 60, 60)), picture((70, 40, 110, 80), channel=GREEN)
    shares = []
    for seed in range(30):
        after = mixup(before, ALWAYS, draws(seed, other))
        assert after.boxes.tolist() == [[10, 10, 60, 60], [70, 40, 110, 80]]
        assert after.roles.tolist() == [Role.OBJECT, Role.OBJECT]
        shares.append((int(after.image[RED, 35, 35]) - 124) / (255 - 124))
    assert min(shares) >= LEAST - 0.01
    assert max(shares) <= 1 - LEAST + 0.01
    assert max(shares) - min(shares) > 0.2


def test_mixup_distorts_neither_image() -> None:
    other = picture((5, 5, 45, 25), channel=GREEN, size=(40, 60))  # 40 x 20 px
    after = mixup(picture(), ALWAYS, draws(1, other))
    ((xmin, ymin, xmax, ymax),) = after.boxes.tolist()
    assert (xmax - xmin, ymax - ymin) == (40, 20)
    assert extent(after.image, GREEN) == [xmin, ymin, xmax, ymax]


def test_cutmix_takes_away_what_it_covers() -> None:
    everywhere = [(x, y, x + 16, y + 16) for x in range(0, 128, 16) for y in range(0, 96, 16)]
    before, other = picture(*everywhere), picture(*everywhere, channel=GREEN)
    after = cutmix(before, ALWAYS, draws(2, other))
    share = float((after.image[GREEN] == 255).sum()) / float((other.image[GREEN] == 255).sum())
    assert 0.08 < share < 0.52
    mine = after.labels == RED
    assert 0 < int(mine.sum()) < len(everywhere)
    assert after.labels.tolist().count(GREEN) > 0
    # an object that is learned shows in the pixels of its box, in its colour
    for (xmin, ymin, xmax, ymax), label, role in zip(
        after.boxes.tolist(), after.labels.tolist(), after.roles.tolist(), strict=True
    ):
        if role == Role.OBJECT:
            assert (after.image[label, round(ymin) : round(ymax), round(xmin) : round(xmax)] == 255).any()


@pytest.mark.parametrize("seed", range(20))
def test_boxes_are_pasted_into_free_places_alone(seed: int) -> None:
    before = picture((0, 0, 60, 96), (100, 0, 128, 20))
    before = replace(before, roles=torch.tensor([Role.REGION, Role.REJECTED]))
    other = picture((10, 10, 30, 40), (50, 50, 80, 80), channel=GREEN)
    after = copy_paste(before, ALWAYS, draws(seed, other))
    assert after.boxes[:2].tolist() == before.boxes.tolist()
    pasted = after.boxes[2:].as_subclass(Tensor)
    for box in pasted:
        shared = torch.minimum(box[2:], before.boxes[:, 2:]) - torch.maximum(box[:2], before.boxes[:, :2])
        smaller = min(float((box[2:] - box[:2]).prod()), 28 * 20)
        assert bool((shared.as_subclass(Tensor).clamp(min=0).prod(dim=1) <= TOUCHING * smaller + 1e-3).all())
    assert (after.labels[2:] == GREEN).all()


def test_what_is_pasted_is_whole_scaled_and_has_soft_edges() -> None:
    grey = picture((20, 20, 60, 60), channel=GREEN)
    dark = replace(grey, image=grey.image.clone())
    dark.image[:, :20], dark.image[:, 60:], dark.image[:, :, :20], dark.image[:, :, 60:] = 0, 0, 0, 0
    sizes = set()
    for seed in range(10):
        after = copy_paste(picture(), ALWAYS, draws(seed, dark))
        ((xmin, ymin, xmax, ymax),) = after.boxes.tolist()
        sizes.add(round(xmax - xmin))
        assert extent(after.image, GREEN) == pytest.approx([xmin, ymin, xmax, ymax], abs=1.5)
        # beside the box the black around it fades into the mean colour: no step is as high as from one to the other
        beside = after.image[RED, round((ymin + ymax) / 2), : math.floor(xmin)].int()
        assert beside.min() < 100
        assert beside.diff().abs().max() < 80
    assert len(sizes) > 2
    assert min(sizes) >= 0.7 * 40 - 1


def test_a_box_comes_with_the_boxes_in_it() -> None:
    other = picture((10, 10, 70, 80), channel=GREEN)
    inner = picture((10, 10, 70, 80), (30, 30, 50, 50), channel=GREEN)
    other = replace(inner, image=other.image, labels=torch.tensor([GREEN, 2]))
    seen = [sorted(copy_paste(picture(), ALWAYS, draws(n, other)).labels.tolist()) for n in range(20)]
    assert [1, 2] in seen  # the larger one
    assert [1] not in seen  # never without the one in it


def test_only_whole_objects_are_pasted() -> None:
    other = picture((10, 10, 40, 40), (60, 20, 90, 50), (60, 60, 64, 90), channel=GREEN)
    other = replace(
        other,
        roles=torch.tensor([Role.IGNORED, Role.OBJECT, Role.OBJECT]),
        seen=torch.tensor([1.0, 0.6, 1.0]),  # the last is 4 px wide
    )
    assert all(len(copy_paste(picture(), ALWAYS, draws(n, other)).boxes) == 0 for n in range(10))


def test_an_image_full_of_boxes_has_no_free_place() -> None:
    full = picture((0, 0, 128, 96))
    after = copy_paste(full, ALWAYS, draws(0, picture((10, 10, 40, 40), channel=GREEN)))
    assert after.image.equal(full.image)
    assert bounding_boxes(after.boxes, (96, 128)).tolist() == full.boxes.tolist()
