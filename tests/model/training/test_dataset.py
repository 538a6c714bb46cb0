"""From a snapshot to samples: what is learned, what is left out and said, and in which order."""

from __future__ import annotations

import math
import random
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from model.data.images import ImageError
from model.network.roles import Role
from model.records import Architecture, Box, LabelledImage, Labels, Snapshot, State
from model.training import dataset
from model.training.dataset import Loader, Unreadable, batches
from model.training.errors import TrainingError
from model.training.pixels import PixelCache
from model.training.sampling import LEAST_STEPS, order_of
from model.training.selection import select
from tests.model.training.scenes import BAR, DISC, SETTINGS, SQUARE, TINY, draw, relabelled, scenes

ROOM = 1 << 24  # bytes


def loader(snapshot: Snapshot, architecture: Architecture = TINY) -> Loader:
    settings = replace(SETTINGS, architecture=architecture, scale_jitter=(1.0, 1.0), flip=0.0)
    return Loader(snapshot, settings, PixelCache(architecture, ROOM))


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


def test_augmentation_draws_by_the_seed(tmp_path: Path) -> None:
    snapshot = scenes(tmp_path, train=1, val=0)
    cache = PixelCache(TINY, ROOM)
    settings = replace(SETTINGS, scale_jitter=(0.8, 1.25))
    drawn = [Loader(snapshot, settings, cache).sample(snapshot.images[0], seed) for seed in ("a", "a", "b")]
    assert drawn[0].image.equal(drawn[1].image)
    assert drawn[0].image.shape != drawn[2].image.shape
    random.random()  # the program's own generator plays no part
    assert torch.equal(drawn[0].boxes, drawn[1].boxes)
