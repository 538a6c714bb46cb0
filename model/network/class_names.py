"""Whether two names of a class mean the same thing, as people type them."""

from __future__ import annotations

from collections.abc import Sequence

# Pascal VOC's names of what COCO has under another one. Only where they are the same thing.
SAME = {
    "aeroplane": "airplane",
    "diningtable": "dining table",
    "motorbike": "motorcycle",
    "pottedplant": "potted plant",
    "sofa": "couch",
    "tvmonitor": "tv",
}


def folded(name: str) -> str:
    """The name without what does not matter: capitals, spaces around it, "_" and "-" for a space, VOC's words."""
    plain = " ".join(name.replace("_", " ").replace("-", " ").casefold().split())
    return SAME.get(plain, plain)


def matches(names: Sequence[str], known: Sequence[str]) -> dict[int, int]:
    """For each name that is known, by its place in names, the place in known; "" there stands for nothing.

    The very same name comes first: whoever tells “Nut” from “nut” gets each of them.
    """
    exactly = {name: place for place, name in reversed(list(enumerate(known))) if name}
    roughly = {folded(name): place for place, name in reversed(list(enumerate(known))) if name}
    found = {place: exactly.get(name, roughly.get(folded(name))) for place, name in enumerate(names)}
    return {place: where for place, where in found.items() if where is not None}
