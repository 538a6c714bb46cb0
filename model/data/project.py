"""The project of a folder: the one truth about its images, boxes, classes and states, and every edit ever made.

This file and those it is built on (opening, labels, journal, predictions) hold all the SQL of the program. Several
connections, in threads or programs, may be open at once: readers never wait, writers take turns, and an edit made
against labels that another has changed is refused.
"""

from __future__ import annotations

import contextlib
import itertools
import os
import sqlite3
from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from pathlib import Path
from types import TracebackType

from model.data import journal, labels, predictions
from model.data.journal import StaleEdit, Step
from model.data.naming import check_path, sort_key
from model.data.opening import FOLDER, NAME, ProjectError, find_home, in_words, open_database
from model.records import (
    Detection,
    Edit,
    ImageRow,
    LabelClass,
    LabelledImage,
    Labels,
    ModelRow,
    Snapshot,
    Verdict,
)

__all__ = ["Project", "ProjectError", "StaleEdit", "Step"]

IMAGE_COLUMNS = "id, path, width, height, state, box_count, split, problem"
SPLITS = ("", "train", "val", "test")

Stamp = tuple[int, int]  # bytes of a file, and when it was last written in ns: a moved file keeps both


class Project:
    """One connection to a project; it stays on the thread that opened it.

    Every method may raise ProjectError: a sentence for the person (the disk is full, the file is damaged ...).
    """

    def __init__(self, folder: Path, home: Path, connection: sqlite3.Connection) -> None:
        self.folder = folder
        self.home = home
        self._db = connection

    @classmethod
    def open(cls, folder: Path, *, create: bool = True) -> Project:
        """Open the project of a folder, made if need be and `create` allows.

        Raises ProjectError: no folder, no project, not ours, of a newer version, damaged, not to be written.
        """
        folder = Path(os.path.abspath(folder))
        home = find_home(folder, create=create)
        return cls(folder, home, open_database(home / NAME))

    def close(self) -> None:
        self._db.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def file(self) -> Path:
        return self.home / NAME

    @property
    def models_folder(self) -> Path:
        """Where the weights of this project's models lie."""
        folder = self.home / "models"
        folder.mkdir(exist_ok=True)
        return folder

    @property
    def is_elsewhere(self) -> bool:
        """Whether the folder could not be written, so that the project lies among the user's own data."""
        return self.home != self.folder / FOLDER

    # ------------------------------------------------------------------------------------------ images

    def images(self) -> tuple[ImageRow, ...]:
        """All of them, in natural order of their paths."""
        with self._read() as db:
            rows = db.execute(f"SELECT {IMAGE_COLUMNS}, sort_key FROM images").fetchall()
        rows.sort(key=itemgetter(8, 1))
        return tuple(_image_row(row) for row in rows)

    def image(self, image: int) -> ImageRow:
        """Raises ValueError when there is no such image."""
        with self._read() as db:
            row = db.execute(f"SELECT {IMAGE_COLUMNS} FROM images WHERE id = ?", (image,)).fetchone()
        if row is None:
            raise ValueError(f"there is no image {image} in this project")
        return _image_row(row)

    def image_at(self, path: str) -> ImageRow | None:
        """The image with this path, relative to the folder and with forward slashes."""
        with self._read() as db:
            row = db.execute(f"SELECT {IMAGE_COLUMNS} FROM images WHERE path = ?", (path,)).fetchone()
        return _image_row(row) if row else None

    def add_images(
        self,
        paths: Iterable[str],
        sizes: Iterable[tuple[int, int]] | None = None,
        stamps: Iterable[Stamp] | None = None,
    ) -> tuple[int, ...]:
        """Add images by path; their ids, in order. One that is there already is left as it is.

        paths: relative to the folder, with forward slashes. sizes: (width, height) px, upright. stamps: of the files.
        Raises ValueError for a path that cannot be stored.
        """
        paths = tuple(paths)
        known_sizes = tuple(sizes) if sizes is not None else ((0, 0),) * len(paths)
        known_stamps = tuple(stamps) if stamps is not None else ((None, None),) * len(paths)
        for path in paths:
            check_path(path)
        values = [
            (path, sort_key(path), int(width), int(height), *stamp)
            for path, (width, height), stamp in zip(paths, known_sizes, known_stamps, strict=True)
        ]
        with self._write(durable=False) as db:
            db.executemany(
                "INSERT INTO images (path, sort_key, width, height, bytes, time_ns) VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (path) DO NOTHING",
                values,
            )
            found = (db.execute("SELECT id FROM images WHERE path = ?", (path,)).fetchone() for path in paths)
            return tuple(row[0] for row in found)

    def stamps(self) -> dict[int, Stamp]:
        """What is known of the images' files: id -> stamp."""
        with self._read() as db:
            rows = db.execute("SELECT id, bytes, time_ns FROM images WHERE bytes IS NOT NULL")
            return {image: (size, time_ns) for image, size, time_ns in rows}

    def move_images(self, paths: Mapping[int, str]) -> None:
        """The files of these images are now at other paths: id -> path. Raises ValueError when one is taken."""
        for path in paths.values():
            check_path(path)
        with self._write() as db:
            db.executemany(
                "UPDATE images SET path = ?, sort_key = ? WHERE id = ?",
                [(path, sort_key(path), image) for image, path in paths.items()],
            )

    def set_size(self, image: int, width: int, height: int) -> None:
        """The file has been read: its upright size in px. What was wrong with it is so no longer."""
        with self._write(durable=False) as db:
            db.execute(
                "UPDATE images SET width = ?, height = ?, problem = '' WHERE id = ?",
                (int(width), int(height), image),
            )

    def set_problem(self, image: int, problem: str) -> None:
        """Why the file cannot be read, in words for a person; empty when it can."""
        self.set_problems({image: problem})

    def set_problems(self, problems: Mapping[int, str]) -> None:
        """set_problem for many images: id -> problem."""
        with self._write(durable=False) as db:
            db.executemany(
                "UPDATE images SET problem = ? WHERE id = ?",
                [(text, image) for image, text in problems.items()],
            )

    def set_splits(self, splits: Mapping[str, str]) -> None:
        """The split that the data set brought: path -> "train", "val", "test" or "". Unknown paths are passed over."""
        for split in splits.values():
            if split not in SPLITS:
                raise ValueError(f"“{split}” is not a split; there are train, val and test")
        with self._write() as db:
            db.executemany(
                "UPDATE images SET split = ? WHERE path = ?",
                [(split, path) for path, split in splits.items()],
            )

    # ------------------------------------------------------------------------------------------ labels

    def labels(self, image: int) -> Labels:
        """Raises ValueError when there is no such image."""
        with self._read("BEGIN") as db:
            return labels.read_labels(db, image)

    def classes(self) -> tuple[LabelClass, ...]:
        """In the order shown."""
        with self._read() as db:
            return labels.read_classes(db)

    def class_counts(self) -> dict[int, int]:
        """How many boxes each class has: id -> boxes. A retired class is among them while boxes still have it."""
        with self._read() as db:
            rows = db.execute("SELECT id, box_count FROM classes WHERE position IS NOT NULL OR box_count > 0")
            return dict(rows.fetchall())

    def next_class_id(self) -> int:
        """The id for the next new class: above every id ever given, also those of classes deleted or undone."""
        with self._read() as db:
            return int(db.execute("SELECT coalesce(max(id), 0) + 1 FROM classes").fetchone()[0])

    def snapshot(self) -> Snapshot:
        """All labels at one moment, images in natural order."""
        with self._read("BEGIN") as db:
            sequence = journal.sequence(db)
            classes = labels.read_classes(db)
            rows = db.execute(f"SELECT {IMAGE_COLUMNS}, sort_key FROM images").fetchall()
            boxes = db.execute(f"SELECT image, {labels.BOX_COLUMNS} FROM boxes ORDER BY image, position")
            of_image = {
                image: tuple(labels.box_of(box[1:]) for box in group)
                for image, group in itertools.groupby(boxes, key=itemgetter(0))
            }
        rows.sort(key=itemgetter(8, 1))
        images = (
            LabelledImage(
                row[0],
                row[1],
                row[2],
                row[3],
                Labels(of_image.get(row[0], ()), labels.STATES[row[4]]),
                row[6],
            )
            for row in rows
        )
        return Snapshot(self.folder, classes, tuple(images), sequence)

    # ------------------------------------------------------------------------------------------ edits

    def apply(self, edit: Edit) -> int:
        """Make an edit, whole or not at all, and journal it; its sequence. On the disk when this returns.

        Raises StaleEdit when `before` is not what is stored, ValueError for labels that cannot be true.
        """
        with self._write() as db:
            return journal.apply(db, edit)

    def undo(self) -> Edit | None:
        """Take back the newest edit that stands; the inverse edit as it was made, or None when there is nothing."""
        with self._write() as db:
            return journal.undo(db)

    def redo(self) -> Edit | None:
        """Make again what was undone last; the edit as it was made, or None when there is nothing."""
        with self._write() as db:
            return journal.redo(db)

    def undo_text(self) -> str:
        """What undo would take back, in words; empty when there is nothing."""
        with self._read("BEGIN") as db:
            return journal.undo_text(db)

    def redo_text(self) -> str:
        """What redo would make again, in words; empty when there is nothing."""
        with self._read("BEGIN") as db:
            return journal.redo_text(db)

    def history(self, limit: int) -> tuple[Step, ...]:
        """The newest edits, newest first."""
        with self._read("BEGIN") as db:
            return journal.history(db, limit)

    def sequence(self) -> int:
        """The newest entry of the journal; 0 while there is none. Another number: something was edited."""
        with self._read() as db:
            return journal.sequence(db)

    # ------------------------------------------------------------------------------------------ models, notes

    def add_model(
        self, name: str, file: str, preset: str, classes: Sequence[str], ap: float | None, ap50: float | None
    ) -> ModelRow:
        """file: relative to the models folder. Raises ValueError when the name is taken."""
        with self._write() as db:
            return predictions.add_model(db, name, file, preset, classes, ap, ap50)

    def models(self) -> tuple[ModelRow, ...]:
        """Newest first."""
        with self._read() as db:
            return predictions.read_models(db)

    def model(self, name: str) -> ModelRow | None:
        return next((model for model in self.models() if model.name == name), None)

    def add_predictions(self, image: int, model_name: str, detections: Sequence[Detection]) -> None:
        """What a model says about an image; it takes the place of what the same model said before."""
        with self._write(durable=False) as db:
            predictions.write_predictions(db, image, model_name, detections)

    def predictions(self, image: int, model_name: str) -> tuple[Detection, ...]:
        with self._read() as db:
            return predictions.read_predictions(db, image, model_name)

    def add_verdicts(self, image: int, detections: Sequence[Detection], verdict: Verdict) -> None:
        """What the person did with proposals, beside what the model had said."""
        with self._write() as db:
            predictions.write_verdicts(db, image, detections, verdict)

    def note(self, key: str) -> str | None:
        """A small fact about the project that was kept under this key."""
        with self._read() as db:
            row = db.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_note(self, key: str, value: str) -> None:
        with self._write() as db:
            db.execute("INSERT OR REPLACE INTO notes (key, value) VALUES (?, ?)", (key, value))

    # ------------------------------------------------------------------------------------------ transactions

    @contextlib.contextmanager
    def _read(self, begin: str = "") -> Iterator[sqlite3.Connection]:
        """begin: "BEGIN" where more than one statement must see the same moment."""
        try:
            if begin:
                self._db.execute(begin)
            try:
                yield self._db
            finally:
                if begin:
                    self._db.execute("COMMIT")
        except sqlite3.ProgrammingError:  # a closed project, or another's thread: our mistake, not the file's
            raise
        except sqlite3.Error as error:
            raise ProjectError(in_words(self.file, error)) from error

    @contextlib.contextmanager
    def _write(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        """All of it or nothing. durable: wait until it is on the disk, as for everything that a person did.

        What can be found out again is written without that wait: a power cut may lose it, nothing else can.
        """
        try:
            self._db.execute(f"PRAGMA synchronous = {'FULL' if durable else 'NORMAL'}")
            # IMMEDIATE: take the turn to write before reading, so that what was read still holds when writing
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
                self._db.execute("COMMIT")
            finally:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
        except sqlite3.ProgrammingError:
            raise
        except sqlite3.IntegrityError as error:
            raise ValueError(f"{self.file}: {error}") from error
        except sqlite3.Error as error:
            raise ProjectError(in_words(self.file, error)) from error


def _image_row(row: Sequence[object]) -> ImageRow:
    image, path, width, height, state, box_count, split, problem, *_ = row
    return ImageRow(image, path, width, height, labels.STATES[state], box_count, split, problem)  # type: ignore[index,arg-type]
