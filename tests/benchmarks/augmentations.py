"""What each augmentation costs beside torchvision's own: python -m tests.benchmarks.augmentations [SIDE]

Milliseconds of one thread's own time, medians of 100 draws; the image is noise of SIDE px (320) with ten boxes,
held as training holds it. An operation that joins images is given the others ready; the last rows read them.
"""

from __future__ import annotations

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import cv2
import torch
from torchvision.transforms import v2
from torchvision.tv_tensors import Image

from model.records import Box, LabelClass, LabelledImage, Labels, Snapshot, State, TrainSettings
from model.training.augmentations.augmentation import Augmentation, Draw, Sample, Stage
from model.training.augmentations.registry import augmentations
from model.training.dataset import Loader
from model.training.pixels import PixelCache
from model.training.presets import FAST

DRAWS = 100
IMAGES = 8
BOXES = 10
CHANCES = ("quarter_turns", "crop", "blur", "noise", "mosaic", "mixup", "cutmix", "copy_paste")

Theirs = Callable[[Sample], object]


def settings_at(side: int) -> TrainSettings:
    """Everything on, every time."""
    return replace(
        FAST, architecture=replace(FAST.architecture, short_side=side, long_side=side),
        flip=0.5, vertical_flip=0.5, quarter_turns=1.0, rotation=15.0, scale_jitter=(0.8, 1.25), crop=1.0,
        colour=1.0, blur=1.0, noise=1.0, mosaic=1.0, mixup=1.0, cutmix=1.0, copy_paste=1.0,
    )  # fmt: skip


def theirs_for(side: int) -> dict[str, v2.Transform]:
    bilinear = v2.InterpolationMode.BILINEAR
    return {
        "flip": v2.Compose([v2.RandomHorizontalFlip(0.5), v2.RandomVerticalFlip(0.5)]),
        "rotation": v2.RandomRotation(15, bilinear, fill=(124, 116, 104)),
        "quarter turns": v2.RandomChoice([v2.RandomRotation((a, a), expand=True) for a in (90, 180, 270)]),
        "scale": v2.ScaleJitter((side, side), (0.8, 1.25)),
        "crop": v2.RandomIoUCrop(),
        "colour": v2.ColorJitter(0.5, 0.5, 0.7, 0.05),
        "blur": v2.GaussianBlur(9, (0.5, 1.9)),
        "noise": v2.GaussianNoise(sigma=0.03),
    }


def folder_of_noise(folder: Path, side: int) -> Snapshot:
    rng = random.Random(0)
    images = []
    for number in range(IMAGES):
        pixels = torch.randint(0, 256, (side, side, 3), dtype=torch.uint8).numpy()
        cv2.imwrite(str(folder / f"{number}.png"), cv2.GaussianBlur(pixels, (9, 9), 3))
        boxes = []
        for _ in range(BOXES):
            width, height = rng.uniform(side / 16, side / 4), rng.uniform(side / 16, side / 4)
            x, y = rng.uniform(0, side - width), rng.uniform(0, side - height)
            boxes.append(Box(x, y, x + width, y + height, 1))
        images.append(LabelledImage(number, f"{number}.png", side, side, Labels(tuple(boxes), State.DONE)))
    return Snapshot(folder, (LabelClass(1, "thing", "#808080"),), tuple(images))


def median_ms(run: Callable[[int], object]) -> float:
    for number in range(5):
        run(number)
    seconds = []
    for number in range(DRAWS):
        start = time.thread_time()
        run(number)
        seconds.append(time.thread_time() - start)
    return 1000 * statistics.median(seconds)


def ours_of(
    row: Augmentation, sample: Sample, settings: TrainSettings, other: Sample
) -> Callable[[int], object]:
    return lambda number: row.apply(sample, settings, Draw(random.Random(str(number)), lambda: other))


def theirs_of(transform: v2.Transform, sample: Sample) -> Callable[[int], object]:
    whole = {"image": Image(sample.image), "boxes": sample.boxes, "labels": sample.labels}
    return lambda number: transform(whole)


def main(side: int) -> None:
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    torch.manual_seed(0)
    settings = settings_at(side)
    with tempfile.TemporaryDirectory() as name:
        snapshot = folder_of_noise(Path(name), round(1.25 * side))
        cache = PixelCache(settings.architecture, 1 << 30, enlarge=1.25)
        whole = Loader(snapshot, settings, cache, snapshot.images)
        cached = whole.plain(snapshot.images[0])
        still = replace(settings, scale_jitter=(1.0, 1.0))
        scale = next(row for row in augmentations() if row.name == "scale")
        sample, other = (
            scale.apply(whole.plain(snapshot.images[n]), still, Draw(random.Random(0), lambda: None))
            for n in (0, 1)
        )
        print(f"{side} px, {BOXES} boxes, ms for an image\n")
        print("| operation | ours | torchvision's v2 |\n|---|---|---|")
        theirs = theirs_for(side)
        for row in augmentations():
            # what comes before scale works on the image as it is cached, 1.25 times as large
            subject = cached if row.stage is Stage.PLACE and row.order <= scale.order else sample
            ours = median_ms(ours_of(row, subject, settings, other))
            transform = theirs.get(row.name)
            their = f"{median_ms(theirs_of(transform, subject)):.2f}" if transform else ""
            print(f"| {row.name} | {ours:.2f} | {their} |")
        recipes = {
            "the preset fast": replace(FAST, architecture=settings.architecture),
            "everything but what joins images": replace(
                settings, mosaic=0.0, mixup=0.0, cutmix=0.0, copy_paste=0.0
            ),
            "everything, every time": settings,
            "everything, every second time": replace(settings, **dict.fromkeys(CHANCES, 0.5)),
        }
        for title, recipe in recipes.items():
            load = Loader(snapshot, recipe, cache, snapshot.images)
            ms = median_ms(lambda n, load=load: load.sample(snapshot.images[n % IMAGES], str(n)))
            print(f"| **{title}** | {ms:.2f} | |")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 320)
