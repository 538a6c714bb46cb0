"""Measuring the averaged network on the validation images while it trains."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch

from model.data.images import ImageError
from model.network.anchors import level_ends
from model.network.postprocess import postprocess
from model.network.preprocess import boxes_to_image, collate, resize, resized_size
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

    The same steps as Detector's, so `evaluate` finds the same measures later. None where there is no image to measure on.
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
    resized = [
        resize(
            p.image,
            resized_size(
                (p.image.shape[0], p.image.shape[1]), architecture.short_side, architecture.long_side
            ),
        )
        for p in images
    ]
    batch = collate(resized, learner.device)
    size = (batch.pixels.shape[-2], batch.pixels.shape[-1])
    with torch.inference_mode():
        with learner.autocast():
            outputs = network(batch.pixels)
        every = postprocess(
            outputs, network.anchors(size, learner.device), level_ends(size, architecture), batch.sizes
        )
        return [
            tuple(
                Detection(*box, learner.classes[label].name, score)
                for box, score, label in zip(
                    boxes_to_image(found.boxes, size_resized, pixels.size).tolist(),
                    found.scores.tolist(),
                    found.labels.tolist(),
                    strict=True,
                )
            )
            for found, size_resized, pixels in zip(every, batch.sizes, images, strict=True)
        ]
