"""What training is going to see: augmented pictures from the very loader that training reads."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count, islice

import numpy as np

from model.data.images import ImageError
from model.network.roles import Role
from model.records import LabelClass, LabelledImage, Snapshot, TrainSettings
from model.records.preview import PICTURES, Picture, PreviewBox
from model.training.augmentations.augmentation import Sample
from model.training.dataset import Loader, Unreadable
from model.training.errors import TrainingError
from model.training.pixels import pixels_to_learn
from model.training.recipe import effective
from model.training.sampling import order_of
from model.training.selection import select

CACHE_BYTES = 1 << 28  # for images that are joined with several of the pictures
NOTES = {Role.IGNORED: "ignored", Role.REGION: "area to ignore", Role.REJECTED: "rejected"}


def preview(
    snapshot: Snapshot, settings: TrainSettings, start: int = 0, pictures: int = PICTURES
) -> Iterator[Picture | str]:
    """Pictures as a run with these settings sees them, from number `start` on; the first of epoch 0 is number 0.

    Images that cannot be read are skipped, and told in sentences among the pictures. Raises TrainingError where
    there is nothing to learn from or nothing can be read, ValueError for settings that make no sense.
    """
    settings, _ = effective(settings)
    images = select(snapshot, settings).train
    cache = pixels_to_learn(settings, CACHE_BYTES)
    loader, unreadable = Loader(snapshot, settings, cache, images), Unreadable()
    made = 0
    for tried, (number, image, seed) in enumerate(_seen(images, settings, start)):
        if made == pictures:
            return
        if tried == made + len(images) and not made:
            raise TrainingError("None of the images could be read. " + " ".join(unreadable.take()))
        try:
            sample = loader.sample(image, seed, unreadable)
        except ImageError as error:
            unreadable.add(error)
        else:
            made += 1
            yield _picture(number, image, sample, snapshot.classes)
        yield from unreadable.take()


def _seen(
    images: tuple[LabelledImage, ...], settings: TrainSettings, start: int
) -> Iterator[tuple[int, LabelledImage, str]]:
    """What training sees, epoch after epoch, without end: number, image, seed."""
    every = (each for epoch in count() for batch in order_of(images, settings, epoch) for each in batch)
    return ((number, image, seed) for number, (image, seed) in islice(enumerate(every), start, None))


def _picture(number: int, image: LabelledImage, sample: Sample, classes: tuple[LabelClass, ...]) -> Picture:
    height, width = sample.size
    boxes = []
    rows = zip(sample.boxes.tolist(), sample.labels.tolist(), sample.roles.tolist(), strict=True)
    for (xmin, ymin, xmax, ymax), label, role in rows:
        of_class = classes[label]
        boxes.append(
            PreviewBox((xmin, ymin, xmax, ymax), of_class.name, of_class.colour, NOTES.get(Role(role), ""))
        )
    rgb = np.ascontiguousarray(sample.image.permute(1, 2, 0).numpy()).tobytes()
    return Picture(number, image.path, width, height, rgb, tuple(boxes))
