"""Measuring the averaged network on the validation images while it trains."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch

from model.data.images import ImageError
from model.network.anchors import level_ends
from model.network.postprocess import postprocess
from model.network.preprocess import prepare
from model.network.results import named
from model.records import Detection, LabelledImage, Snapshot
from model.training.dataset import Unreadable
from model.training.evaluate import Findings
from model.training.learner import Learner
from model.training.pixels import PixelCache, Pixels, pixels_of
from model.training.world import World

AT_ONCE = 8  # images


def look(
    learner: Learner,
    snapshot: Snapshot,
    images: Sequence[LabelledImage],
    cache: PixelCache,
    unreadable: Unreadable,
    world: World,
) -> Generator[None, None, Findings]:
    """Detect in the images, each process in its part. Yields after each batch, so that it can be left.

    The same steps as Detector's, so `evaluate` finds the same measures later. Images that cannot be read are
    not among the findings. All processes have all findings.
    """
    seen: list[LabelledImage] = []
    found: list[tuple[Detection, ...]] = []
    waiting: list[Pixels] = []
    mine = world.part(images)
    for number, image in enumerate(mine, 1):
        try:
            waiting.append(pixels_of(cache, snapshot.folder, image))
            seen.append(image)
        except ImageError as error:
            unreadable.add(error)
        if waiting and (len(waiting) == AT_ONCE or number == len(mine)):
            found += detect(learner, waiting)
            waiting = []
            yield
    place = {image.id: position for position, image in enumerate(images)}
    every = [pair for part in world.gather(list(zip(seen, found, strict=True))) for pair in part]
    every.sort(key=lambda pair: place[pair[0].id])  # as one process would have them
    return Findings(
        snapshot, tuple(i for i, _ in every), tuple(d for _, d in every), learner.settings.difficult
    )


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
