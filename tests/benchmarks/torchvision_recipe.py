"""torchvision's RetinaNet, trained as its own references/detection/train.py trains it, by the clock.

The recipe is that of retinanet_resnet50_fpn in the README there: torchrun --nproc-per-node=8 train.py --epochs 26
--lr-steps 16 22 --aspect-ratio-group-factor 3 --lr 0.01, all else by default. The rate, made for 16 images a step, is
scaled to the batch; the milestones are kept as shares of the run. Frozen batch norms and the first two of five
stages frozen, as when it starts from trained weights; float32, as without --amp.

It is given what its script would have to wait for: images decoded once and kept at the network's size, in a
thread that reads ahead and never stops at the end of an epoch. The logging and the saving are left out.
"""

from __future__ import annotations

import math
import random
import time
from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Generator, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torchvision.models.detection import RetinaNet as TorchvisionRetinaNet
from torchvision.transforms.v2 import functional as F

from model.network.postprocess import Found
from model.network.preprocess import boxes_to_resized, resize, resized_size
from model.network.results import named
from model.network.retinanet import backbone
from model.network.weights import Weights
from model.records import Architecture, Detection, LabelledImage, Snapshot, TrainSettings
from model.training.augmentations.augmentation import bounding_boxes
from model.training.pixels import PixelCache, budget_bytes
from tests.benchmarks.rivals import Standing, torchvision_retinanet

RATE, IMAGES = 0.01, 16  # 8 GPUs with 2 images each
MOMENTUM, WEIGHT_DECAY = 0.9, 1e-4
MILESTONES, DROP = (16 / 26, 22 / 26), 0.1  # epochs 16 and 22 of 26
WARMUP_STEPS, WARMUP_START = 1000, 1 / 1000  # in the first epoch alone, and no longer than that
FLIP = 0.5
AHEAD = 3  # batches
FROZEN_STAGES = 2  # trainable_backbone_layers is 3 of 5
GROUP_EDGES = tuple(
    2 ** (third / 3) for third in range(-3, 4)
)  # of width / height: aspect-ratio-group-factor 3


def twin(start: Weights) -> TorchvisionRetinaNet:
    """torchvision's network with these weights, as the recipe trains it. Of a ResNet: names are the same."""
    architecture = start.architecture
    theirs = torchvision_retinanet(
        architecture, (architecture.short_side, architecture.long_side), start.classes
    )
    theirs.load_state_dict(start.tensors)
    for stage in backbone(architecture.backbone).stages[:FROZEN_STAGES]:
        for part in stage:
            theirs.backbone.body.get_submodule(part).requires_grad_(False)
    return theirs.train()


def train_as_torchvision(
    snapshot: Snapshot, settings: TrainSettings, start: Weights, seconds: float
) -> Iterator[Standing]:
    """Learn all images of the snapshot for these seconds; where it stands before the first step and after each.

    Of the settings count the architecture, the batch size and the seed. The clock stands still while whoever
    asked holds a standing. A loss that is not finite ends the run, as it ends their script. Raises ValueError.
    """
    size = settings.batch_size
    if len(snapshot.images) < size:
        raise ValueError(f"{len(snapshot.images)} images are fewer than a batch of {size}")
    torch.manual_seed(settings.seed)
    theirs = twin(start)
    learned = [parameter for parameter in theirs.parameters() if parameter.requires_grad]
    optimizer = torch.optim.SGD(learned, RATE, MOMENTUM, weight_decay=WEIGHT_DECAY)
    see = partial(partial, detect, theirs, settings.architecture, start.classes)
    yield Standing(0.0, 0, see)
    spent, began = 0.0, time.perf_counter()
    with closing(read_ahead(Feed(snapshot, settings), endless(snapshot.images, settings))) as read:
        for step, batch in enumerate(read):
            rate = learning_rate(step, spent / seconds, len(snapshot.images) // size, size)
            loss = learn(theirs, optimizer, batch, rate)
            spent += time.perf_counter() - began
            if not math.isfinite(loss):
                note = f"The loss of step {step} was {loss}: their script ends there."
                yield Standing(spent, step, see, (note,))
                break
            yield Standing(spent, step + 1, see)
            if spent >= seconds:
                break
            began = time.perf_counter()


def learn(
    theirs: TorchvisionRetinaNet, optimizer: torch.optim.Optimizer, batch: Sequence[Learned], rate: float
) -> float:
    """One step of engine.py's train_one_epoch. Returns the loss; one that is not finite is not learned."""
    images = [each.pixels.float() / 255 for each in batch]
    targets = [{"boxes": each.boxes, "labels": each.labels} for each in batch]
    loss = torch.stack(tuple(theirs(images, targets).values())).sum()
    if loss.isfinite():
        optimizer.param_groups[0]["lr"] = rate
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return loss.item()


def learning_rate(step: int, share: float, epoch_steps: int, batch_size: int) -> float:
    """The rate of a step, which counts from 0. share: how much of the run is over, 0..1."""
    warmup_steps = min(WARMUP_STEPS, epoch_steps - 1)
    warm = 1.0 if step >= warmup_steps else WARMUP_START + (1 - WARMUP_START) * step / warmup_steps
    return RATE * batch_size / IMAGES * warm * DROP ** sum(share >= milestone for milestone in MILESTONES)


def detect(
    theirs: TorchvisionRetinaNet, architecture: Architecture, classes: Sequence[str], image: np.ndarray
) -> tuple[Detection, ...]:
    """What their network, post-processing included, finds in an image (H, W, 3) uint8 RGB: in px of it."""
    size = (image.shape[0], image.shape[1])
    resized = resized_size(size, architecture.short_side, architecture.long_side)
    pixels = torch.from_numpy(resize(image, resized)).permute(2, 0, 1).float() / 255
    theirs.eval()
    with torch.inference_mode():
        (found,) = theirs([pixels])
    theirs.train()
    return named(Found(found["boxes"], found["scores"], found["labels"]), resized, size, classes)


# ------------------------------------------------------------------------------------------ what it learns from


class Learned(NamedTuple):
    """One image as the recipe's loader gives it, but for the division by 255."""

    pixels: Tensor  # (3, H, W) uint8, at the network's size
    boxes: Tensor  # (M, 4) xyxy px of pixels
    labels: Tensor  # (M,) int64: positions in the snapshot's classes


class Feed:
    """Images at the network's size, decoded once, mirrored as the recipe says."""

    def __init__(self, snapshot: Snapshot, settings: TrainSettings) -> None:
        self._folder, self._architecture = snapshot.folder, settings.architecture
        self._index = {c.id: position for position, c in enumerate(snapshot.classes)}
        self._cache = PixelCache(settings.architecture, budget_bytes())

    def __call__(self, image: LabelledImage, seed: str) -> Learned:
        """seed decides whether it is mirrored. Raises ImageError."""
        held, seen = self._cache(self._folder / image.path)
        size = resized_size(seen, self._architecture.short_side, self._architecture.long_side)
        pixels = torch.from_numpy(resize(held, size)).permute(2, 0, 1)
        objects = [box for box in image.objects if not box.difficult and box.label in self._index]
        corners = torch.tensor([box.xyxy for box in objects]).reshape(-1, 4)
        boxes = F.clamp_bounding_boxes(bounding_boxes(boxes_to_resized(corners, seen, size), size))
        labels = torch.tensor([self._index[box.label] for box in objects], dtype=torch.int64)
        if random.Random(seed).random() < FLIP:
            pixels, boxes = F.horizontal_flip(pixels), F.horizontal_flip(boxes)
        corners = boxes.as_subclass(Tensor)
        kept = (corners[:, 2:] > corners[:, :2]).all(dim=1)  # as their ConvertCocoPolysToMask
        return Learned(pixels, corners[kept], labels[kept])


def read_ahead(
    feed: Feed, order: Iterator[Sequence[tuple[LabelledImage, str]]]
) -> Generator[list[Learned], None, None]:
    """The batches of an order without end, read by a thread while others are learned."""

    def read(batch: Sequence[tuple[LabelledImage, str]]) -> list[Learned]:
        return [feed(image, seed) for image, seed in batch]

    pool = ThreadPoolExecutor(1, "reading ahead")
    try:
        waiting: deque[Future[list[Learned]]] = deque()
        for batch in order:
            waiting.append(pool.submit(read, batch))
            if len(waiting) > AHEAD:
                yield waiting.popleft().result()
    finally:
        pool.shutdown(cancel_futures=True)


def endless(
    images: Sequence[LabelledImage], settings: TrainSettings
) -> Iterator[list[tuple[LabelledImage, str]]]:
    """The batches of one epoch after the other: images, each with the seed of its flip."""
    epoch = 0
    while True:
        rng = random.Random(f"{settings.seed} {epoch}")
        for batch in epoch_of(images, settings.batch_size, rng):
            yield [(image, f"{settings.seed} {epoch} {image.id}") for image in batch]
        epoch += 1


def epoch_of(
    images: Sequence[LabelledImage], batch_size: int, rng: random.Random
) -> list[list[LabelledImage]]:
    """As many batches as are full, each of images of about one shape, so that little is padded.

    As group_by_aspect_ratio.py: what remains of a group is filled up with images of it that were shown.
    """
    shuffled = rng.sample(images, len(images))
    shown: dict[int, list[LabelledImage]] = defaultdict(list)
    found = []
    for image in shuffled:
        group = shown[bisect_right(GROUP_EDGES, image.width / image.height)]
        group.append(image)
        if len(group) % batch_size == 0:
            found.append(group[-batch_size:])
    rests = sorted(shown.values(), key=lambda group: len(group) % batch_size, reverse=True)
    for group in rests[: len(images) // batch_size - len(found)]:
        rest = group[-(len(group) % batch_size) :]
        found.append((rest + group * batch_size)[:batch_size])
    return found
