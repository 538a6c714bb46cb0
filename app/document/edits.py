"""Pure functions that make an Edit: what a person does, as a value. No Qt, no project."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from model.data.palette import colour_for
from model.records import (
    Box,
    Change,
    ClassesChange,
    Detection,
    Edit,
    LabelClass,
    Labels,
    LabelsChange,
    State,
)


def change_boxes(image: int, before: Labels, boxes: Iterable[Box], text: str) -> Edit:
    """Other boxes for an image. It is to do again when it said "nothing here" and now has a box, and when it was done
    and has lost its last object: it would be learned as an image without objects, which nobody said."""
    boxes = tuple(boxes)
    is_contradicted = boxes and before.state is State.EMPTY
    is_emptied = before.objects and not Labels(boxes).objects and before.state is State.DONE
    state = State.TO_DO if is_contradicted or is_emptied else before.state
    return Edit(text, (LabelsChange(image, before, Labels(boxes, state)),))


def set_state(image: int, before: Labels, state: State) -> Edit:
    """Say how far one got. "Nothing here" takes the boxes away: both cannot be true."""
    boxes = () if state is State.EMPTY else before.boxes
    text = {State.TO_DO: "Mark as to do", State.DONE: "Mark as done", State.EMPTY: "Mark as nothing here"}[
        state
    ]
    return Edit(text, (LabelsChange(image, before, Labels(boxes, state)),))


def set_class(image: int, before: Labels, uids: frozenset[int], label: LabelClass) -> Edit:
    boxes = (replace(box, label=label.id) if box.uid in uids else box for box in before.boxes)
    return change_boxes(image, before, boxes, f"Change class to {label.name}")


MARKS = {  # a flag of a box -> in words, that it is set and that it is not
    "difficult": ("Mark as difficult", "Mark as not difficult"),
    "ignore": ("Mark as area to ignore", "Mark as object"),
}


def set_mark(image: int, before: Labels, uids: frozenset[int], flag: str, is_set: bool) -> Edit:
    """flag is one of MARKS."""
    changed = {flag: is_set}
    boxes = (replace(box, **changed) if box.uid in uids else box for box in before.boxes)  # type: ignore[arg-type]
    return change_boxes(image, before, boxes, MARKS[flag][0 if is_set else 1])


def delete_boxes(image: int, before: Labels, uids: frozenset[int]) -> Edit:
    text = "Delete box" if len(uids) == 1 else f"Delete {len(uids)} boxes"
    return change_boxes(image, before, (box for box in before.boxes if box.uid not in uids), text)


def new_class(classes: Sequence[LabelClass], next_id: int, name: str) -> LabelClass:
    """The class that would be added next. Raises ValueError when the name is empty or taken."""
    name = " ".join(name.split())
    if not name:
        raise ValueError("A class needs a name.")
    if any(c.name == name for c in classes):
        raise ValueError(f"There is a class “{name}” already.")
    if not name.isprintable():
        raise ValueError("A class name cannot hold control characters.")
    return LabelClass(next_id, name, colour_for(next_id))


def add_class(classes: tuple[LabelClass, ...], added: LabelClass) -> ClassesChange:
    return ClassesChange(classes, (*classes, added))


def accept(
    image: int, before: Labels, classes: tuple[LabelClass, ...], next_id: int, detections: Sequence[Detection]
) -> Edit:
    """Proposals become labels, in one step; a class that the project does not have yet comes with them."""
    known = {c.name: c for c in classes}
    added: list[LabelClass] = []
    boxes = list(before.boxes)
    for d in detections:
        if d.name not in known:
            known[d.name] = new_class((*classes, *added), next_id + len(added), d.name)
            added.append(known[d.name])
        boxes.append(Box(d.xmin, d.ymin, d.xmax, d.ymax, known[d.name].id))
    text = f"Accept {detections[0].name}" if len(detections) == 1 else f"Accept {len(detections)} proposals"
    changes: list[Change] = [ClassesChange(classes, (*classes, *added))] if added else []
    return Edit(text, (*changes, *change_boxes(image, before, boxes, text).changes))
