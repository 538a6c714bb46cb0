"""How unevenly the classes are spread over the images, and how often images of rare ones are shown instead.

Repeat-factor sampling: Gupta, Dollár, Girshick 2019, "LVIS" (arXiv:1908.03195), section 5. A class on a share f
of the images has the factor r = max(1, sqrt(t / f)); an image has the largest factor of its classes.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from model.records import LabelClass, LabelledImage, TrainSettings
from model.records.words import named

RARE = 10  # times fewer images than the commonest class has: worth telling
PROPOSED = 1 / 3  # of the commonest class's share: from there on down classes are repeated, the rarest most
NAMED = 5  # classes named in a sentence, the rest is counted


@dataclass(frozen=True, slots=True)
class ClassShare:
    """How many of the images have a class."""

    name: str
    images: int
    boxes: int  # objects of it
    share: float  # of all images, 0..1

    def repeat(self, threshold: float) -> float:
        """How often its images are shown, at least once."""
        return repeat_factor(self.share, threshold)


def repeat_factor(share: float, threshold: float) -> float:
    """max(1, sqrt(t / f)); of a class that no image has, 1."""
    return max(1.0, math.sqrt(threshold / share)) if share else 1.0


def shares(
    classes: Sequence[LabelClass], images_of: Mapping[int, int], boxes_of: Mapping[int, int], images: int
) -> tuple[ClassShare, ...]:
    """In the order of the classes. images_of, boxes_of: by the class's id; images: how many there are."""
    return tuple(
        ClassShare(
            c.name, images_of.get(c.id, 0), boxes_of.get(c.id, 0), images_of.get(c.id, 0) / max(1, images)
        )
        for c in classes
    )


def shares_of(
    classes: Sequence[LabelClass], images: Sequence[LabelledImage], settings: TrainSettings
) -> tuple[ClassShare, ...]:
    """Those of images that train, by the boxes that are learned."""
    learned = [_learned(image, settings) for image in images]
    images_of = Counter(label for labels in learned for label in labels)
    boxes_of = Counter(label for labels in learned for label in labels.elements())
    return shares(classes, images_of, boxes_of, len(images))


def repeats(images: Sequence[LabelledImage], settings: TrainSettings) -> tuple[float, ...]:
    """The factor of each image: 1 where it has no rare class, and always while settings.repeat_rare is 0."""
    if not settings.repeat_rare:
        return (1.0,) * len(images)
    learned = [_learned(image, settings) for image in images]
    images_of = Counter(label for labels in learned for label in labels)
    factor = {
        label: repeat_factor(count / len(images), settings.repeat_rare) for label, count in images_of.items()
    }
    return tuple(max((factor[label] for label in labels), default=1.0) for labels in learned)


def rare(classes: Sequence[ClassShare]) -> tuple[ClassShare, ...]:
    """Those that RARE times fewer images have than have the commonest class, the rarest first."""
    most = max((c.images for c in classes), default=0)
    return tuple(sorted((c for c in classes if 0 < c.images * RARE <= most), key=lambda c: c.images))


def proposed(classes: Sequence[ClassShare]) -> float:
    """A threshold t that suits them, to two digits."""
    return float(f"{PROPOSED * max((c.share for c in classes), default=0.0):.2g}")


def in_words(classes: Sequence[ClassShare], images: int, threshold: float) -> str:
    """What a person should know of these shares of so many images, at this threshold; empty when all is even."""
    if threshold:
        repeated = sorted((c for c in classes if c.repeat(threshold) > 1), key=lambda c: c.images)
        if not repeated:
            return ""
        times = named([f"{c.name} {c.repeat(threshold):.1f} times" for c in repeated], NAMED)
        return f"Images of rare classes are shown more often: {times}."
    few = rare(classes)
    if not few:
        return ""
    first, *others = few
    on = named(
        [f"{first.name} is on {first.images:,}", *(f"{c.name} on {c.images:,}" for c in others)], NAMED
    )
    times = f"{first.repeat(proposed(classes)):.1f}".removesuffix(".0")
    those = f"those of {first.name}" if others else "them"
    return (
        f"{on} of {images:,} images. “Repeat rare classes” at {proposed(classes):g} shows {those} "
        f"{times} times as often."
    )


def _learned(image: LabelledImage, settings: TrainSettings) -> Counter[int]:
    """class id -> how many objects of it the image teaches."""
    ignores = settings.difficult == "ignore"
    return Counter(box.label for box in image.objects if not (box.difficult and ignores))
