"""Boxes as text for the clipboard, and the edit that puts them on an image. No Qt, no project.

Classes go by name, so that boxes can be pasted into another project.
"""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import replace

from app.document import edits
from model.records import Box, Change, ClassesChange, Edit, LabelClass, Labels, new_uid

MIME = "application/x-fovea-boxes"
SHIFT_PX = 10.0  # how far a copy stands from its original on the same image
LEAST_PX = 1.0  # what is left of a box inside a smaller image must be at least this wide and high

NamedBox = tuple[str, Box]


def to_text(boxes: Sequence[Box], classes: Sequence[LabelClass]) -> bytes:
    """UTF-8 JSON that from_text reads."""
    names = {label_class.id: label_class.name for label_class in classes}
    rows = [
        {
            "class": names[box.label],
            "xyxy": box.xyxy,
            "flags": [box.difficult, box.truncated, box.occluded, box.ignore],
            "pose": box.pose,
        }
        for box in boxes
        if box.label in names
    ]
    return json.dumps({"boxes": rows}, ensure_ascii=False).encode("utf-8")


def from_text(data: bytes) -> tuple[NamedBox, ...]:
    """What to_text wrote. Anyone may write to the clipboard: raises ValueError on anything else."""
    try:
        return tuple(_read(row) for row in json.loads(data.decode("utf-8"))["boxes"])
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise ValueError("What is in the clipboard are not boxes.") from error


def paste(
    image: int,
    before: Labels,
    classes: tuple[LabelClass, ...],
    next_id: int,
    copied: Sequence[NamedBox],
    size: tuple[int, int],
    text: str,
) -> tuple[Edit, frozenset[int]]:
    """The edit, and the uids of the boxes it adds. size (width, height) of the image, px; 0: unknown.

    Boxes are cut at the image's edges, those outside are left out, and they are moved aside where one of
    their class stands at the same place. Classes that the project does not have come with them.
    """
    known = {label_class.name: label_class for label_class in classes}
    added: list[LabelClass] = []
    boxes: list[Box] = []
    taken = {(box.label, box.xyxy) for box in before.boxes}
    for name, box in copied:
        label_class = known.get(name) or edits.new_class((*classes, *added), next_id + len(added), name)
        inside = _cut(replace(box, label=label_class.id, uid=new_uid()), size)
        if inside is None:
            continue
        inside = _beside(inside, taken, size)
        if name not in known:
            known[name] = label_class
            added.append(label_class)
        taken.add((inside.label, inside.xyxy))
        boxes.append(inside)
    changes: list[Change] = [ClassesChange(classes, (*classes, *added))] if added else []
    edit = edits.change_boxes(image, before, (*before.boxes, *boxes), text)
    return Edit(text, (*changes, *edit.changes)), frozenset(box.uid for box in boxes)


def _read(row: dict[str, object]) -> NamedBox:
    xmin, ymin, xmax, ymax = (float(value) for value in row["xyxy"])  # type: ignore[attr-defined]
    difficult, truncated, occluded, *ignore = (bool(flag) for flag in row["flags"])  # type: ignore[attr-defined]
    if not all(map(math.isfinite, (xmin, ymin, xmax, ymax))) or xmax <= xmin or ymax <= ymin:
        raise ValueError("A box in the clipboard has no area.")
    box = Box(xmin, ymin, xmax, ymax, 0, 0, difficult, truncated, occluded, str(row["pose"]), any(ignore))
    return str(row["class"]), box


def _beside(
    box: Box, taken: set[tuple[int, tuple[float, float, float, float]]], size: tuple[int, int]
) -> Box:
    """The box, moved down and right until no box of its class has its place, or as far as the image goes."""
    width, height = size
    while (box.label, box.xyxy) in taken:
        dx = min(SHIFT_PX, width - box.xmax) if width else SHIFT_PX
        dy = min(SHIFT_PX, height - box.ymax) if height else SHIFT_PX
        if dx == dy == 0:
            break
        box = replace(box, xmin=box.xmin + dx, ymin=box.ymin + dy, xmax=box.xmax + dx, ymax=box.ymax + dy)
    return box


def _cut(box: Box, size: tuple[int, int]) -> Box | None:
    width, height = (float(side) if side else math.inf for side in size)
    xmin, ymin = max(0.0, box.xmin), max(0.0, box.ymin)
    xmax, ymax = min(width, box.xmax), min(height, box.ymax)
    if xmax - xmin < LEAST_PX or ymax - ymin < LEAST_PX:
        return None
    return replace(box, xmin=xmin, ymin=ymin, xmax=xmax, ymax=ymax)
