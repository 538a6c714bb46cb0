"""Images as rows: their paths, sizes, problems and splits. All within a transaction of the caller's."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from operator import itemgetter
from typing import Any

from model.data.labels import BOX_COLUMNS, STATES, box_of
from model.data.naming import check_path, sort_key
from model.data.predictions import read_rejected
from model.records import ImageRow, LabelClass, LabelledImage, Labels

SPLITS = ("", "train", "val", "test")

Stamp = tuple[int, int]  # bytes of a file, and when it was last written in ns: a moved file keeps both

_COLUMNS = "id, path, width, height, state, box_count, split, problem"
_NATURAL_ORDER = itemgetter(
    8, 1
)  # of rows of _sorted_rows: by sort_key; ties (img02, img2) by the path itself


def read_images(db: sqlite3.Connection) -> tuple[ImageRow, ...]:
    """All images in natural order of their paths."""
    return tuple(_image_row(row) for row in _sorted_rows(db))


def read_image(db: sqlite3.Connection, column: str, value: int | str) -> ImageRow | None:
    """The image whose id or path (column) is this."""
    row = db.execute(f"SELECT {_COLUMNS} FROM images WHERE {column} = ?", (value,)).fetchone()
    return _image_row(row) if row else None


def read_labelled_images(db: sqlite3.Connection, classes: Sequence[LabelClass]) -> tuple[LabelledImage, ...]:
    """All images with their boxes and the proposals rejected of these classes, in natural order of their paths."""
    boxes = db.execute(f"SELECT image, {BOX_COLUMNS} FROM boxes ORDER BY image, position")
    of_image = {
        image: tuple(box_of(values) for _, *values in group)
        for image, group in itertools.groupby(boxes, key=itemgetter(0))
    }
    rejected = read_rejected(db, classes, of_image)
    return tuple(
        LabelledImage(
            image,
            path,
            width,
            height,
            Labels(of_image.get(image, ()), STATES[state]),
            split,
            rejected.get(image, ()),
            drawn,
        )
        for image, path, width, height, state, _, split, _, _, drawn in _sorted_rows(db)
    )


def add_images(
    db: sqlite3.Connection,
    paths: Iterable[str],
    sizes: Iterable[tuple[int, int]] | None,
    stamps: Iterable[Stamp] | None,
) -> tuple[int, ...]:
    """The ids, in order; an image that is there is left as it is. Raises ValueError for a bad path."""
    paths = tuple(paths)
    for path in paths:
        check_path(path)
    known_sizes = sizes if sizes is not None else itertools.repeat((0, 0), len(paths))
    known_stamps = stamps if stamps is not None else itertools.repeat((None, None), len(paths))
    db.executemany(
        "INSERT INTO images (path, sort_key, width, height, bytes, time_ns) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (path) DO NOTHING",
        [
            (path, sort_key(path), int(width), int(height), *stamp)
            for path, (width, height), stamp in zip(paths, known_sizes, known_stamps, strict=True)
        ],
    )
    found = (db.execute("SELECT id FROM images WHERE path = ?", (path,)).fetchone() for path in paths)
    return tuple(row[0] for row in found)


def read_stamps(db: sqlite3.Connection) -> dict[int, Stamp]:
    rows = db.execute("SELECT id, bytes, time_ns FROM images WHERE bytes IS NOT NULL AND time_ns IS NOT NULL")
    return {image: (size, time_ns) for image, size, time_ns in rows}


def move_images(db: sqlite3.Connection, paths: Mapping[int, str]) -> None:
    """Raises ValueError for an impossible path, IntegrityError for one that is taken."""
    for path in paths.values():
        check_path(path)
    db.executemany(
        "UPDATE images SET path = ?, sort_key = ?, problem = '' WHERE id = ?",
        [(path, sort_key(path), image) for image, path in paths.items()],
    )


def write_size(db: sqlite3.Connection, image: int, width: int, height: int) -> None:
    db.execute(
        "UPDATE images SET width = ?, height = ?, problem = '' WHERE id = ?", (int(width), int(height), image)
    )


def write_problems(db: sqlite3.Connection, problems: Mapping[int, str]) -> None:
    rows = [(text, image) for image, text in problems.items()]
    db.executemany("UPDATE images SET problem = ? WHERE id = ?", rows)


def write_splits(db: sqlite3.Connection, splits: Mapping[str, str]) -> None:
    """Raises ValueError for a split of another name."""
    for split in splits.values():
        if split not in SPLITS:
            raise ValueError(f"“{split}” is not a split; there are train, val and test")
    rows = [(split, path) for path, split in splits.items()]
    db.executemany("UPDATE images SET split = ? WHERE path = ?", rows)


def write_drawn(db: sqlite3.Connection, drawn: Mapping[int, str]) -> None:
    """image id -> "train" or "val". Nothing that has trained goes into validation, whoever says so."""
    rows = [(side, image) for image, side in drawn.items()]
    db.executemany("UPDATE images SET drawn = ? WHERE id = ? AND drawn <> 'train'", rows)


def _sorted_rows(db: sqlite3.Connection) -> list[Any]:
    # sorted here: Python's sort of 100,000 rows takes half the time of SQLite's
    return sorted(db.execute(f"SELECT {_COLUMNS}, sort_key, drawn FROM images"), key=_NATURAL_ORDER)


def _image_row(row: Any) -> ImageRow:
    image, path, width, height, state, box_count, split, problem, *_ = row
    return ImageRow(image, path, width, height, STATES[state], box_count, split, problem)
