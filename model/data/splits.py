"""Which labelled images train and which validate: stable and stratified, or the data set's own split."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

from model.records import LabelledImage

FEWEST_TO_SPLIT = (
    5  # below that every image is worth more in training than any measure on one or two would be
)
NOTHING = -1  # stands for the class of an image without objects: backgrounds are shared out too

Split = tuple[tuple[LabelledImage, ...], tuple[LabelledImage, ...]]


def split(images: Sequence[LabelledImage], share: float, seed: int = 0) -> Split:
    """(train, val), each in the order given; about `share` (0..1) of the images of each class are in val.

    The data set's own split is kept: its "val" validates and the rest trains, "test" does neither. One that
    names no validation images gives some of its training images away.

    Otherwise the images are gone through in the order of their ids, in which they came, and each goes where the
    rarest of its classes so far lacks images: Sechidis et al. 2011 ("On the stratification of multi-label data"),
    one image at a time. Images are counted, as there, not boxes: counting those would leave crowded images to
    training, and the share of the boxes follows. What comes later changes nothing for those before. Where an
    image was drawn to train it stays (LabelledImage.drawn), whatever has been labelled, relabelled or added since:
    none goes from training into validation, where it would flatter the result. Images of one group are on one side.

    The exceptions are what a small set needs: each class has an image that trains before one validates; a class
    of two units (groups, or images alone) or more without one in val gives its newest; and of five images one
    validates.
    """
    usable = [image for image in images if image.split != "test"]
    own = {image.path for image in usable if image.split == "val"}
    val = own if has_own_split(images) else _drawn(usable, share, seed)
    return (
        tuple(image for image in usable if image.path not in val),
        tuple(image for image in usable if image.path in val),
    )


def has_own_split(images: Iterable[LabelledImage]) -> bool:
    """Whether the data set says itself which of its images validate."""
    sides = Counter(image.split == "val" for image in images if image.split != "test")
    return bool(sides[True] and sides[False])


def _drawn(images: Sequence[LabelledImage], share: float, seed: int) -> set[str]:
    """The paths that validate."""
    if share <= 0 or len(images) < FEWEST_TO_SPLIT:
        return set()
    units: dict[str, list[LabelledImage]] = defaultdict(list)
    for image in sorted(images, key=lambda image: (image.id, image.path)):
        units[unit_of(image)].append(image)
    draw = _Draw(units, share, seed)
    draw.keep()
    draw.share_out()
    draw.give_each_class_one()
    draw.leave_neither_empty()
    return {image.path for name in draw.val for image in units[name]}


def unit_of(image: LabelledImage) -> str:
    """What goes to one side as a whole: the group of an image, or the image. A path holds no NUL."""
    return f"\0{image.group}" if image.group else image.path


class _Draw:
    """A split in the making. Counts are of images by class: of all so far, and of those that validate."""

    def __init__(self, units: dict[str, list[LabelledImage]], share: float, seed: int) -> None:
        self.val: set[str] = set()
        self._units = units
        self._share = share
        self._seed = seed
        self._train: set[str] = set()
        self._fixed = {name for name, unit in units.items() if any(i.drawn == "train" for i in unit)}
        self._all: Counter[int] = Counter()
        self._in_val: Counter[int] = Counter()
        self._classes = {image.path: _classes(image) for unit in units.values() for image in unit}

    def keep(self) -> None:
        """Put everything where it was drawn before; a group of both sides trains."""
        for name, unit in self._units.items():
            if any(image.drawn for image in unit):
                side = self._train if name in self._fixed else self.val
                side.add(name)
                for image in unit:
                    self._count(image, name)

    def share_out(self) -> None:
        """Put all others on a side, in their order; a group goes with its first."""
        drawn = self._train | self.val
        waiting = [(image, name) for name, unit in self._units.items() if name not in drawn for image in unit]
        for image, name in sorted(waiting, key=lambda each: (each[0].id, each[0].path)):
            if name not in self._train and name not in self.val:
                (self.val if self._validates(image, name) else self._train).add(name)
            self._count(image, name)

    def give_each_class_one(self) -> None:
        """A class that only trains, and has two units or more, gives its newest, unless a class would lose its
        last."""
        holders: dict[int, list[str]] = defaultdict(list)
        for name, unit in self._units.items():
            for label in {label for image in unit for label in self._classes[image.path]}:
                holders[label].append(name)
        holders.pop(NOTHING, None)
        for label in sorted(holders, key=lambda label: (len(holders[label]), label)):
            if len(holders[label]) > 1 and not self.val.intersection(holders[label]):
                spared = (name for name in self._newest(holders[label]) if self._can_be_spared(name))
                self._move(next(spared, None))

    def leave_neither_empty(self) -> None:
        if not self.val and len(self._units) > 1:
            newest = self._newest(self._units)
            self._move(next(filter(self._can_be_spared, newest), next(iter(newest), None)))
        if not self._train:
            oldest = next(iter(self._units))
            self.val.discard(oldest)

    def _validates(self, image: LabelledImage, name: str) -> bool:
        classes = self._classes[image.path]
        if any(self._trained(label) == 0 for label in classes):
            return False
        rarest = min(classes, key=lambda label: (self._all[label], label))
        lacking = self._share * (self._all[rarest] + 1) - self._in_val[rarest]
        # a half would be the nearest share; the hash keeps rhythms of the camera and of the rule apart
        return lacking > 0.25 + 0.5 * _place(name, self._seed)

    def _trained(self, label: int) -> int:
        return self._all[label] - self._in_val[label]

    def _count(self, image: LabelledImage, name: str, times: int = 1) -> None:
        for label in self._classes[image.path]:
            self._all[label] += times
            self._in_val[label] += times * (name in self.val)

    def _newest(self, names: Iterable[str]) -> list[str]:
        """Those that may go into validation, newest first."""
        free = [name for name in names if name in self._train and name not in self._fixed]
        return sorted(free, key=lambda name: (self._units[name][0].id, name), reverse=True)

    def _can_be_spared(self, name: str) -> bool:
        """Whether each class of a unit that trains has another image that trains."""
        held = Counter(label for image in self._units[name] for label in self._classes[image.path])
        return all(self._trained(label) > images for label, images in held.items())

    def _move(self, name: str | None) -> None:
        """Into validation."""
        if name is None:
            return
        for image in self._units[name]:
            self._count(image, name, -1)
        self._train.discard(name)
        self.val.add(name)
        for image in self._units[name]:
            self._count(image, name)


def _classes(image: LabelledImage) -> frozenset[int]:
    """The classes of an image; areas to ignore are no objects."""
    return frozenset(box.label for box in image.objects) or frozenset({NOTHING})


def _place(name: str, seed: int) -> float:
    """A number in 0..1, the same for this name and seed on every machine."""
    digest = hashlib.blake2b(
        name.encode("utf-8"), digest_size=8, salt=seed.to_bytes(8, "little", signed=True)
    )
    return int.from_bytes(digest.digest(), "little") / 2**64
