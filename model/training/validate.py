"""Measuring the averaged network on the validation images while it trains."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch

from model.data.images import ImageError
from model.network.anchors import level_ends
from model.network.postprocess import postprocess
from model.network.preprocess import prepare
from model.network.results import named
from model.records import Detection, LabelledImage, Metrics, Snapshot
from model.training.dataset import Unreadable
from model.training.evaluate import measure
from model.training.learner import Learner
from model.training.pixels import PixelCache, Pixels

AT_ONCE = 8  # images


def validate(
    learner: Learner,
    snapshot: Snapshot,
    images: Sequence[LabelledImage],
    cache: PixelCache,
    unreadable: Unreadable,
) -> Generator[None, None, Metrics | None]:
    """Detect in the images and compare with their labels. Yields after each batch, so that it can be left.

    The same steps as Detector's, so `evaluate` finds the same measures later. None where there is no image to
    measure on.
    """
    measured: list[LabelledImage] = []
    found: list[tuple[Detection, ...]] = []
    waiting: list[Pixels] = []
    for number, image in enumerate(images, 1):
        try:
            waiting.append(cache(snapshot.folder / image.path))
            measured.append(image)
        except ImageError as error:
            unreadable.add(error)
        if waiting and (len(waiting) == AT_ONCE or number == len(images)):
            found += detect(learner, waiting)
            waiting = []
            yield
    return measure(snapshot, measured, found) if measured else None


def detect(learner: Learner, images: Sequence[Pixels]) -> list[tuple[Detection, ...]]:
    """What the averaged network sees in each image, in px of the image's file."""
    network, architecture = learner.averages.network, learner.settings.architecture
    names = tuple(c.name for c in learner.classes)
    batch = prepare([pixels.image for pixels in images], architecture, learner.device)
    with torch.inference_mode():
        with learner.autocast():
            outputs = network(batch.pixels)
        anchors = network.anchors(batch.size, learner.device)
        every = postprocess(outputs, anchors, level_ends(batch.size, architecture), batch.sizes)
        return [
            named(found, resized, pixels.size, names)
            for found, resized, pixels in zip(every, batch.sizes, images, strict=True)
        ]
