"""Labels and classes as rows: checked, read and written. All within a transaction of the caller's."""

from __future__ import annotations

import math
import re
import sqlite3
import unicodedata
from collections import Counter
from collections.abc import Sequence
from typing import Any

from model.records import Box, LabelClass, Labels, State

BOX_COLUMNS = "xmin, ymin, xmax, ymax, label, uid, difficult, truncated, occluded, pose, ignored"
LARGEST_ID = 2**53 - 1  # a larger integer does not survive JSON in every reader
STATES = {state.value: state for state in State}

_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")

BoxValues = tuple[float, float, float, float, int, int, int, int, int, str, int]  # as BOX_COLUMNS says


# ------------------------------------------------------------------------------------------ one box


def values_of(box: Box) -> BoxValues:
    """The box in plain numbers, whatever kind of numbers it was made with. Floats are kept exactly."""
    return (
        *(float(value) for value in box.xyxy),
        int(box.label), int(box.uid),
        int(box.difficult), int(box.truncated), int(box.occluded), str(box.pose), int(box.ignore),
    )  # type: ignore[return-value]  # fmt: skip


def box_of(values: Sequence[Any]) -> Box:
    """The box that these values, as BOX_COLUMNS says, were written from. The first journals end at the pose."""
    xmin, ymin, xmax, ymax, label, uid, difficult, truncated, occluded, pose, *ignored = values
    if not math.isfinite(xmin + ymin + xmax + ymax):
        raise sqlite3.DatabaseError(f"box {uid} has a coordinate that is not a number")
    flags = bool(difficult), bool(truncated), bool(occluded)
    return Box(xmin, ymin, xmax, ymax, label, uid, *flags, pose, ignore=any(ignored))


# ------------------------------------------------------------------------------------------ labels


def check_labels(labels: Labels, where: str) -> None:
    """Raise ValueError, naming the box, for labels that cannot be true."""
    for index, box in enumerate(labels.boxes):
        place = f"{where}: box {index}"
        if not all(math.isfinite(value) for value in box.xyxy):
            raise ValueError(f"{place} has a coordinate that is not a finite number: {box.xyxy}")
        if not (box.xmax > box.xmin and box.ymax > box.ymin):
            raise ValueError(f"{place} is {box.width:g} × {box.height:g} px; both must be above 0")
        if not 0 <= box.uid <= LARGEST_ID:
            raise ValueError(f"{place} has the uid {box.uid}; it must be of 53 bits")
        _check_text(box.pose, f"{place}: its pose")
    if len({box.uid for box in labels.boxes}) < len(labels.boxes):
        raise ValueError(f"{where}: two boxes have the same uid")
    if labels.boxes and labels.state is State.EMPTY:
        raise ValueError(f"{where}: an image with boxes cannot be “{State.EMPTY}”")


def read_labels(db: sqlite3.Connection, image: int) -> Labels:
    """Raises ValueError when there is no such image."""
    row = db.execute("SELECT state FROM images WHERE id = ?", (image,)).fetchone()
    if row is None:
        raise ValueError(f"there is no image {image} in this project")
    rows = db.execute(f"SELECT {BOX_COLUMNS} FROM boxes WHERE image = ? ORDER BY position", (image,))
    return Labels(tuple(box_of(row) for row in rows), STATES[row[0]])


def write_labels(db: sqlite3.Connection, image: int, before: Labels, after: Labels) -> None:
    """Make `after` of what is stored, which is `before`; only the rows that differ are written."""
    replaced = [
        (image, position, *values_of(box))
        for position, box in enumerate(after.boxes)
        if position >= len(before.boxes) or before.boxes[position] != box
    ]
    db.executemany(
        f"INSERT OR REPLACE INTO boxes (image, position, {BOX_COLUMNS}) VALUES ({', '.join('?' * 13)})",
        replaced,
    )
    if len(after.boxes) < len(before.boxes):
        db.execute("DELETE FROM boxes WHERE image = ? AND position >= ?", (image, len(after.boxes)))
    was, now = (Counter(box.label for box in labels.objects) for labels in (before, after))
    db.executemany(
        "UPDATE classes SET box_count = box_count + ?, image_count = image_count + ? WHERE id = ?",
        [
            (now[label] - was[label], (label in now) - (label in was), label)
            for label in was | now
            if now[label] != was[label]
        ],
    )
    db.execute(
        "UPDATE images SET state = ?, box_count = ? WHERE id = ?", (after.state.value, now.total(), image)
    )


def check_known_classes(db: sqlite3.Connection, labels: Labels, where: str) -> None:
    """Raise ValueError for a box of a class that the project never had; a retired class is as good as any."""
    for label in {box.label for box in labels.boxes}:
        if db.execute("SELECT 1 FROM classes WHERE id = ?", (label,)).fetchone() is None:
            raise ValueError(f"{where}: a box has the class {label}, which this project does not have")


# ------------------------------------------------------------------------------------------ classes


def check_classes(db: sqlite3.Connection, classes: Sequence[LabelClass]) -> None:
    """Raise ValueError for a list of classes that cannot stand.

    An id once given belongs to its class for good. The class may be retired and come back; another cannot
    have its id.
    """
    for c in classes:
        _check_text(c.name, "the name of a class")
        if not c.name.strip():
            raise ValueError("a class needs a name")
        if not 0 < c.id <= LARGEST_ID:
            raise ValueError(f"class “{c.name}” has the id {c.id}; ids count from 1")
        if not _COLOUR.fullmatch(c.colour):
            raise ValueError(f"class “{c.name}” has the colour “{c.colour}”; colours are written #rrggbb")
        row = db.execute("SELECT name FROM classes WHERE id = ? AND position IS NULL", (c.id,)).fetchone()
        if row is not None and row[0] != c.name:
            raise ValueError(
                f"class “{c.name}” has the id {c.id}, which was that of “{row[0]}”; ids are never given twice"
            )
    for what, given in (("name", [c.name for c in classes]), ("id", [str(c.id) for c in classes])):
        if twice := [value for value, count in Counter(given).items() if count > 1]:
            raise ValueError(f"two classes have the {what} “{twice[0]}”")


def read_classes(db: sqlite3.Connection) -> tuple[LabelClass, ...]:
    """In the order shown, without those that are retired."""
    rows = db.execute("SELECT id, name, colour FROM classes WHERE position IS NOT NULL ORDER BY position")
    return tuple(LabelClass(*row) for row in rows)


def read_class_counts(db: sqlite3.Connection) -> dict[int, int]:
    """class id -> number of objects, also of retired classes that objects still have."""
    return dict(
        db.execute("SELECT id, box_count FROM classes WHERE position IS NOT NULL OR box_count > 0").fetchall()
    )


def read_class_images(db: sqlite3.Connection) -> dict[int, int]:
    """class id -> number of images with an object of it, of the classes shown."""
    return dict(db.execute("SELECT id, image_count FROM classes WHERE position IS NOT NULL").fetchall())


def next_class_id(db: sqlite3.Connection) -> int:
    """Above every id ever given: rows of classes are never deleted."""
    return int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM classes").fetchone()[0])


def write_classes(db: sqlite3.Connection, after: Sequence[LabelClass]) -> None:
    """Make `after` the classes shown. A class that is not in it is retired: its boxes and its id stay."""
    db.execute("UPDATE classes SET position = NULL")
    db.executemany(
        "INSERT INTO classes (id, name, colour, position) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (id)"
        " DO UPDATE SET name = excluded.name, colour = excluded.colour, position = excluded.position",
        [(c.id, c.name, c.colour, position) for position, c in enumerate(after)],
    )


def _check_text(text: str, what: str) -> None:
    """Half an emoji cannot be stored, and a control character cannot be written as XML."""
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise ValueError(f"{what} holds a character that cannot be written: {text!r}")
