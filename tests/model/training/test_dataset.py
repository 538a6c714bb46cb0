"""From a snapshot to samples: what is learned, what is left out and said, and in which order."""

from __future__ import annotations

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch

from model.data.images import ImageError
from model.network.roles import Role
from model.records import Architecture, Box, LabelledImage, Labels, Snapshot, State
from model.training import dataset
from model.training.augmentations.augmentation import Sample
from model.training.dataset import Loader, Unreadable, batches
from model.training.errors import TrainingError
from model.training.pixels import PixelCache
from model.training.sampling import LEAST_STEPS, order_of
from model.training.selection import select
from tests.model.training.pictures import ALWAYS
from tests.model.training.scenes import BAR, DISC, SETTINGS, SQUARE, TINY, draw, relabelled, scenes

ROOM = 1 << 24  # bytes


def loader(snapshot: Snapshot, architecture: Architecture = TINY) -> Loader:
    settings = replace(SETTINGS, architecture=architecture, scale_jitter=(1.0, 1.0), flip=0.0)
    return Loader(snapshot, settings, PixelCache(architecture, ROOM), snapshot.images)


# ------------------------------------------------------------------------------------------ selection


def test_images_marked_empty_are_learned_and_untouched_ones_are_not(tmp_path: Path) -> None:
    boxed = draw(tmp_path, 1)
    empty = LabelledImage(2, "2.png", 128, 96, Labels((), State.EMPTY))
    untouched = LabelledImage(3, "3.png", 128, 96, Labels((), State.TO_DO))
    selection = select(Snapshot(tmp_path, (SQUARE, DISC), (boxed, empty, untouched)), SETTINGS)
    assert selection.train == (boxed, empty)


@pytest.mark.parametrize(
    "box", [(10, 10, 10, 40), (30, 10, 20, 40), (math.nan, 0, 10, 10), (0, 0, math.inf, 10)], ids=str
)
def test_a_box_without_area_is_left_out_and_named(tmp_path: Path, box: tuple[float, ...]) -> None:
    image = draw(tmp_path, 1)
    broken = relabelled(image, *image.boxes, Box(*box, label=SQUARE.id))
    snapshot = Snapshot(tmp_path, (SQUARE, DISC), (broken,))
    assert any("1.png: box 3" in note for note in select(snapshot, SETTINGS).notes)
    assert len(loader(snapshot).plain(broken).boxes) == 2


def test_a_box_too_thin_for_the_recipes_size_is_ignored_and_counted(tmp_path: Path) -> None:
    image = relabelled(draw(tmp_path, 1, size=(960, 1280)), Box(100, 100, 115, 200, SQUARE.id))
    snapshot = Snapshot(tmp_path, (SQUARE,), (image,))
    assert any(note.startswith("1 box is thinner") for note in select(snapshot, SETTINGS).notes)
    sample = loader(snapshot).sample(image, "0")  # 15 px become 1.5 at a tenth of the size
    assert sample.roles.tolist() == [Role.IGNORED]


def test_boxes_on_test_images_alone_are_nothing_to_learn_from(tmp_path: Path) -> None:
    snapshot = Snapshot(tmp_path, (SQUARE, DISC), (draw(tmp_path, 1, "test"),))
    with pytest.raises(TrainingError, match="kept for validation or test"):
        select(snapshot, SETTINGS)


# ------------------------------------------------------------------------------------------ samples


def test_boxes_are_in_pixels_of_the_resized_image(tmp_path: Path) -> None:
    image = relabelled(draw(tmp_path, 1, size=(192, 256)), Box(20, 40, 120, 80, DISC.id, difficult=True))
    sample = loader(Snapshot(tmp_path, (SQUARE, DISC), (image,))).sample(image, "0")
    assert sample.size == (96, 128)
    assert sample.boxes.tolist() == [[10, 20, 60, 40]]
    assert sample.labels.tolist() == [1]  # the position in the snapshot's classes
    assert sample.roles.tolist() == [Role.IGNORED]


def test_a_box_is_clipped_to_its_image(tmp_path: Path) -> None:
    image = relabelled(draw(tmp_path, 1), Box(-50, 10, 20, 900, SQUARE.id), Box(200, 0, 300, 50, SQUARE.id))
    sample = loader(Snapshot(tmp_path, (SQUARE,), (image,))).plain(image)
    assert sample.boxes.tolist() == [[0, 10, 20, 96]]


def test_labels_follow_the_order_of_the_classes(tmp_path: Path) -> None:
    image = draw(tmp_path, 1)
    sample = loader(Snapshot(tmp_path, (BAR, DISC, SQUARE), (image,))).plain(image)
    assert sample.labels.tolist() == [2, 1]


# ------------------------------------------------------------------------------------------ order


def images(count: int) -> list[LabelledImage]:
    return [LabelledImage(n, f"{n}.png", 128, 96, Labels((), State.EMPTY)) for n in range(count)]


def test_few_images_are_shown_several_times() -> None:
    order = order_of(images(3), replace(SETTINGS, batch_size=4), epoch=0)
    assert [len(batch) for batch in order] == [4] * LEAST_STEPS
    shown = [image.id for batch in order for image, _ in batch]
    assert {shown.count(number) for number in range(3)} <= {21, 22}
    seeds = [seed for batch in order for _, seed in batch]
    assert len(set(seeds)) == len(seeds)  # each time differently


def test_many_images_are_shown_once() -> None:
    order = order_of(images(101), replace(SETTINGS, batch_size=4), epoch=0)
    assert sorted(image.id for batch in order for image, _ in batch) == list(range(101))
    assert len(order) == 26


def test_an_epoch_has_the_same_order_again_and_another_epoch_another() -> None:
    first, again, next_one = (order_of(images(101), SETTINGS, epoch) for epoch in (0, 0, 1))
    assert first == again
    assert first != next_one
    assert first != order_of(images(101), replace(SETTINGS, seed=1), 0)


def test_batches_come_in_order_without_what_cannot_be_read(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=6, val=0)
    (tmp_path / "3.png").write_bytes(b"no image")
    order = [[(image, "0") for image in snapshot.images[start : start + 2]] for start in (0, 2, 4)]
    unreadable = Unreadable()
    read = list(batches(loader(snapshot), order, unreadable))
    assert [len(batch) for batch in read] == [2, 1, 2]
    (note,) = unreadable.take()
    assert "3.png" in note
    assert list(batches(loader(snapshot), order, unreadable))
    assert unreadable.take() == ()  # told once


def test_many_unreadable_images_are_counted() -> None:
    unreadable = Unreadable()
    for number in range(25):
        unreadable.add(ImageError(f"{number}.png is broken."))
    notes = unreadable.take()
    assert len(notes) == dataset.NAMED + 1
    assert notes[-1].startswith("And 15 more")


def test_batches_can_be_left_early(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=6, val=0)
    read = batches(loader(snapshot), [[(image, "0")] for image in snapshot.images] * 50, Unreadable())
    next(read)
    read.close()  # returns: the reading thread does not go on to the end


# ------------------------------------------------------------------------------------------ pixels


class Reader:
    """Counts what it reads."""

    def __init__(self) -> None:
        self.read: list[str] = []

    def __call__(self, path: Path) -> np.ndarray:
        self.read.append(path.name)
        return np.zeros((200, 400, 3), np.uint8)


def test_an_image_is_read_once_until_its_file_changes(tmp_path: Path) -> None:
    reader, path = Reader(), tmp_path / "1.png"
    cache = PixelCache(TINY, ROOM, read=reader)
    path.write_bytes(b"one")
    pixels = cache(path)
    assert pixels.image.shape == (64, 128, 3)
    assert pixels.size == (200, 400)
    assert cache(path) is pixels
    path.write_bytes(b"another")
    cache(path)
    assert reader.read == ["1.png", "1.png"]


def test_what_does_not_fit_the_budget_is_read_each_time(tmp_path: Path) -> None:
    reader = Reader()
    cache = PixelCache(TINY, budget=64 * 128 * 3, read=reader)
    for name in ("1.png", "2.png", "1.png", "2.png"):
        (tmp_path / name).touch()
        cache(tmp_path / name)
    assert reader.read.count("2.png") == 2
    assert len(reader.read) - reader.read.count("2.png") <= 2


def test_a_small_image_is_not_enlarged(tmp_path: Path) -> None:
    cache = PixelCache(replace(TINY, short_side=800, long_side=1333), ROOM, enlarge=1.25, read=Reader())
    assert cache(tmp_path / "1.png").image.shape == (200, 400, 3)


# ------------------------------------------------------------------------------------------ augmentation


def everything(snapshot: Snapshot, images: Sequence[LabelledImage] | None = None) -> Loader:
    """A loader with every augmentation on."""
    return Loader(snapshot, ALWAYS, PixelCache(TINY, ROOM), snapshot.images if images is None else images)


def same(one: Sample, other: Sample) -> bool:
    return all(
        torch.equal(getattr(one, name), getattr(other, name))
        for name in ("image", "boxes", "labels", "roles")
    )


def test_augmentation_draws_by_the_seed_alone(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=4, val=0)
    asked = [(image, seed) for image in snapshot.images for seed in ("a", "b")]
    drawn = [everything(snapshot).sample(*each) for each in asked]
    load = everything(snapshot)
    random.seed(1)  # the program's own generators play no part
    torch.manual_seed(1)
    again = [load.sample(*each) for each in reversed(asked)][::-1]  # nor what was drawn before
    assert all(same(one, other) for one, other in zip(drawn, again, strict=True))
    assert not same(drawn[0], drawn[1])


def test_batches_are_the_same_each_time(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=6, val=0)
    order = order_of(snapshot.images, ALWAYS, epoch=1)[:3]
    first, second = (
        [sample for batch in batches(everything(snapshot), order, Unreadable()) for sample in batch]
        for _ in range(2)
    )
    assert len(first) == 12
    assert all(same(one, other) for one, other in zip(first, second, strict=True))


def test_nothing_of_a_validation_image_is_ever_learned(tmp_path: Path) -> None:
    """Training images are grey with grey objects; the one that validates is blue."""
    snapshot = scenes(tmp_path, train=3, val=1)
    for image in snapshot.images:
        blue = image.split == "val"
        cv2.imwrite(str(tmp_path / image.path), np.full((96, 128, 3), (255, 0, 0) if blue else 128, np.uint8))
    train = snapshot.images[:3]
    colourless = replace(ALWAYS, rotation=0.0, mixup=0.0, colour=0.0, noise=0.0)

    def bluest(images: Sequence[LabelledImage]) -> int:
        load = Loader(snapshot, colourless, PixelCache(TINY, ROOM), images)
        samples = [load.sample(train[seed % 3], str(seed)) for seed in range(30)]
        return max(int((sample.image[2].int() - sample.image[0].int()).max()) for sample in samples)

    assert bluest(snapshot.images) > 100  # it would be seen
    assert bluest(train) <= 0


def test_an_image_to_join_that_cannot_be_read_is_told_and_another_taken(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=3, val=0)
    (tmp_path / "2.png").write_bytes(b"no image")
    mixing = replace(SETTINGS, mixup=1.0, flip=0.0, scale_jitter=(1.0, 1.0))
    load, unreadable = Loader(snapshot, mixing, PixelCache(TINY, ROOM), snapshot.images), Unreadable()
    for seed in range(8):
        assert len(load.sample(snapshot.images[0], str(seed), unreadable).boxes) == 4
    (note,) = unreadable.take()
    assert "2.png" in note


def test_where_no_other_image_can_be_read_an_image_stays_alone(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=2, val=0)
    (tmp_path / "2.png").write_bytes(b"no image")
    sample = everything(snapshot).sample(snapshot.images[0], "0")
    assert len(sample.boxes) <= 2


def test_the_only_image_is_joined_with_itself(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=1, val=0)
    mixing = replace(SETTINGS, mixup=1.0, flip=0.0, scale_jitter=(1.0, 1.0))
    sample = Loader(snapshot, mixing, PixelCache(TINY, ROOM), snapshot.images).sample(snapshot.images[0], "0")
    assert sample.labels.tolist() == [0, 1, 0, 1]


# ------------------------------------------------------------------------------------------ roles


def test_an_area_to_ignore_and_a_rejected_proposal_go_along(tmp_path: Path) -> None:
    """Whatever their class: it may be gone, or never have been one of the project's."""
    image = draw(tmp_path, 1)
    image = relabelled(image, Box(10, 10, 50, 50, 99, ignore=True), image.boxes[0])
    image = replace(image, rejected=(Box(60, 20, 100, 60, 99),))
    sample = loader(Snapshot(tmp_path, (SQUARE, DISC), (image,))).sample(image, "0")
    assert sample.roles.tolist() == [Role.REGION, Role.OBJECT, Role.REJECTED]
    assert sample.boxes[0].tolist() == [10, 10, 50, 50]
    assert sample.boxes[2].tolist() == [60, 20, 100, 60]


def test_an_image_of_another_size_than_its_labels_say_is_left_out(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=1, val=0)
    (image,) = snapshot.images
    load = Loader(snapshot, SETTINGS, PixelCache(TINY, 1 << 24), snapshot.images)
    assert len(load.plain(image).boxes) == 2
    with pytest.raises(ImageError, match=r"1\.png: it is 128 × 96 px, but its labels are for 256 × 192 px"):
        load.plain(replace(image, width=256, height=192))
