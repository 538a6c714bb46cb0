"""Which labelled images train and which validate: stable and stratified, or the data set's own split."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Sequence

from model.records import LabelledImage

FEWEST_TO_SPLIT = (
    5  # below that every image is worth more in training than any measure on one or two would be
)

Split = tuple[tuple[LabelledImage, ...], tuple[LabelledImage, ...]]


def split(images: Sequence[LabelledImage], share: float, seed: int = 0) -> Split:
    """(train, val), each in the order given; about `share` (0..1) of the images are in val.

    The data set's own split is kept: its "val" validates and the rest trains, "test" does neither. One that
    names no validation images gives some of its training images away.

    Otherwise an image is drawn by a hash of its path, so that more images do not shuffle those that are
    there: none goes from training into validation, where it would flatter the result. The exceptions are what
    a small set needs: each class of two images or more is on both sides where that can be, and of five images
    one validates.
    """
    usable = [image for image in images if image.split != "test"]
    own = {image.path for image in usable if image.split == "val"}
    val = own if 0 < len(own) < len(usable) else _drawn(usable, share, seed)
    return (
        tuple(image for image in usable if image.path not in val),
        tuple(image for image in usable if image.path in val),
    )


def _drawn(images: Sequence[LabelledImage], share: float, seed: int) -> set[str]:
    """The paths that validate."""
    if share <= 0 or len(images) < FEWEST_TO_SPLIT:
        return set()
    place = {image.path: _place(image.path, seed) for image in images}
    paths = sorted(place, key=lambda path: place[path])
    val = {path for path in paths if place[path] < share}
    holders = _holders(images)
    # rarest first: a class of two images has no choice, a common one finds another image
    for holding in sorted(holders.values(), key=len):
        if len(holding) > 1 and not holding & val:
            val.add(_spared(holding, paths, val, holders))
        elif len(holding) > 1 and holding <= val:
            val.discard(_spared(holding, paths[::-1], set(place) - val, holders))
    if len(val) == len(paths):
        val.discard(paths[-1])
    return val or {paths[0]}


def _holders(images: Sequence[LabelledImage]) -> dict[int, set[str]]:
    """class id -> the paths of the images that hold it."""
    holders: dict[int, set[str]] = defaultdict(set)
    for image in images:
        for box in image.boxes:
            holders[box.label].add(image.path)
    return holders


def _spared(holding: set[str], paths: Sequence[str], there: set[str], holders: dict[int, set[str]]) -> str:
    """The first of `paths` in `holding` that can go over to `there` without taking a class's last image.

    Where there is no such image, the first in `holding`.
    """
    candidates = [path for path in paths if path in holding]
    for path in candidates:
        if all(len(other - there) > 1 for other in holders.values() if path in other and len(other) > 1):
            return path
    return candidates[0]


def _place(path: str, seed: int) -> float:
    """A number in 0..1, the same for this path and seed on every machine."""
    digest = hashlib.blake2b(
        path.encode("utf-8"), digest_size=8, salt=seed.to_bytes(8, "little", signed=True)
    )
    return int.from_bytes(digest.digest(), "little") / 2**64
