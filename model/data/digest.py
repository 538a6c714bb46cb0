"""A short name for exactly these labels: who has the same digest has trained on the same."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence

from model.records import Box, LabelClass, LabelledImage


def digest(classes: Sequence[LabelClass], images: Sequence[LabelledImage]) -> str:
    """SHA-256, hexadecimal, over the images' paths, sizes, splits and boxes and the names of the classes.

    Neither the order of images, boxes and classes nor ids and colours change it: a project made anew from the
    same folder has the same. The pixels are not read.
    """
    names = {c.id: c.name for c in classes}
    rows = sorted(
        [i.path, i.width, i.height, i.split, sorted(_row(box, names) for box in i.boxes)] for i in images
    )
    data = [sorted(names.values()), rows]
    return hashlib.sha256(json.dumps(data, ensure_ascii=True).encode()).hexdigest()


def _row(box: Box, names: dict[int, str]) -> list[object]:
    # floats, so that 3 and 3.0 are one; a class that has been deleted has no name left
    return [names.get(box.label, ""), *map(float, box.xyxy), box.difficult, box.ignore]
