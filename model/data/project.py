"""The project of a folder: the one truth about its images, boxes, classes and states, and every edit made.

This file and those that it is built on (opening, database, image_rows, labels, journal, predictions) hold all
the SQL of the program. Several connections, in threads or programs, may be open at once: readers never wait,
writers take turns, and an edit made against labels that another has changed meanwhile is refused.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType

from model.data import image_rows, journal, labels, predictions
from model.data.database import Database
from model.data.image_rows import Stamp
from model.data.journal import StaleEdit, Step
from model.data.opening import FOLDER, NAME, ProjectError, find_home
from model.records import Detection, Edit, ImageRow, LabelClass, Labels, ModelRow, Snapshot, Verdict

__all__ = ["Project", "ProjectError", "StaleEdit", "Stamp", "Step"]


class Project:
    """One connection to a project; it stays on the thread that opened it.

    Every method may raise ProjectError: a sentence for the person (the disk is full, the file is damaged
    ...).
    """

    def __init__(self, folder: Path, home: Path) -> None:
        self.folder = folder
        self.home = home
        self._database = Database(home / NAME)

    @classmethod
    def open(cls, folder: Path, *, create: bool = True) -> Project:
        """Open the project of a folder, made if need be and `create` allows.

        Raises ProjectError: no folder, no project, not ours, of a newer version, damaged, not to be written.
        """
        folder = Path(os.path.abspath(folder))
        return cls(folder, find_home(folder, create=create))

    def close(self) -> None:
        self._database.close()

    def __enter__(self) -> Project:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def file(self) -> Path:
        return self._database.file

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

    # -------------------------------------------------------------------------------------- images

    def images(self) -> tuple[ImageRow, ...]:
        """All of them, in natural order of their paths."""
        with self._database.read() as db:
            return image_rows.read_images(db)

    def image(self, image: int) -> ImageRow:
        """Raises ValueError when there is no such image."""
        with self._database.read() as db:
            row = image_rows.read_image(db, "id", image)
        if row is None:
            raise ValueError(f"there is no image {image} in this project")
        return row

    def image_at(self, path: str) -> ImageRow | None:
        """The image with this path, relative to the folder and with forward slashes."""
        with self._database.read() as db:
            return image_rows.read_image(db, "path", path)

    def add_images(
        self,
        paths: Iterable[str],
        sizes: Iterable[tuple[int, int]] | None = None,
        stamps: Iterable[Stamp] | None = None,
    ) -> tuple[int, ...]:
        """Add images by path; their ids, in order. One that is there already is left as it is.

        paths are relative to the folder, with forward slashes; sizes (width, height) px, upright; stamps of
        the files, to know them again when they are moved. Raises ValueError for a path that cannot be stored.
        """
        with self._database.write(durable=False) as db:
            return image_rows.add_images(db, paths, sizes, stamps)

    def stamps(self) -> dict[int, Stamp]:
        """image id -> stamp of its file when it was found, where that is known."""
        with self._database.read() as db:
            return image_rows.read_stamps(db)

    def move_images(self, paths: Mapping[int, str]) -> None:
        """The files of these images have moved: image id -> new path. Raises ValueError when one is taken."""
        with self._database.write() as db:
            image_rows.move_images(db, paths)

    def set_size(self, image: int, width: int, height: int) -> None:
        """The file has been read: its upright size in px. What was wrong with it is so no longer."""
        with self._database.write(durable=False) as db:
            image_rows.write_size(db, image, width, height)

    def set_problem(self, image: int, problem: str) -> None:
        """Why the file cannot be read, in words for a person; empty when it can."""
        self.set_problems({image: problem})

    def set_problems(self, problems: Mapping[int, str]) -> None:
        """set_problem for many images in one transaction: image id -> problem."""
        with self._database.write(durable=False) as db:
            image_rows.write_problems(db, problems)

    def set_splits(self, splits: Mapping[str, str]) -> None:
        """The split that the data set brought: path -> "train", "val", "test", or "" for none.

        Paths that the project does not have are passed over. Raises ValueError for another split.
        """
        with self._database.write() as db:
            image_rows.write_splits(db, splits)

    def keep_drawn(self, drawn: Mapping[int, str]) -> None:
        """The side on which a run put images: image id -> "train" or "val". What was in train stays there."""
        with self._database.write(durable=False) as db:
            image_rows.write_drawn(db, drawn)

    # -------------------------------------------------------------------------------------- labels, classes

    def labels(self, image: int) -> Labels:
        """Raises ValueError when there is no such image."""
        with self._database.read() as db:
            return labels.read_labels(db, image)

    def classes(self) -> tuple[LabelClass, ...]:
        """In the order shown."""
        with self._database.read() as db:
            return labels.read_classes(db)

    def class_counts(self) -> dict[int, int]:
        """class id -> number of objects. A deleted class is among them while objects still have it."""
        with self._database.read() as db:
            return labels.read_class_counts(db)

    def class_images(self) -> dict[int, int]:
        """class id -> number of images with an object of it, of the classes shown."""
        with self._database.read() as db:
            return labels.read_class_images(db)

    def next_class_id(self) -> int:
        """The id of the next new class: above every id ever given, be its class deleted or undone since."""
        with self._database.read() as db:
            return labels.next_class_id(db)

    def snapshot(self) -> Snapshot:
        """All labels at one moment, images in natural order."""
        with self._database.read() as db:
            classes = labels.read_classes(db)
            return Snapshot(
                self.folder,
                classes,
                image_rows.read_labelled_images(db, classes),
                journal.sequence(db),
            )

    # -------------------------------------------------------------------------------------- edits

    def apply(self, edit: Edit) -> int:
        """Make an edit, whole or not at all, and journal it; its sequence. On the disk when this returns.

        An edit that changes nothing is not journaled: undo would then seem to do nothing.
        Raises StaleEdit when `before` is not what is stored, ValueError for labels that cannot be true.
        """
        with self._database.write() as db:
            return journal.apply(db, edit)

    def undo(self) -> Edit | None:
        """Take back the newest edit that stands; the inverse edit as made, or None if there is nothing."""
        with self._database.write() as db:
            return journal.undo(db)

    def redo(self) -> Edit | None:
        """Make again what was undone last; the edit as it was made, or None if there is nothing."""
        with self._database.write() as db:
            return journal.redo(db)

    def undo_sequence(self) -> int | None:
        """The edit that undo would take back: the newest that stands."""
        with self._database.read() as db:
            return journal.undo_sequence(db)

    def undo_text(self) -> str:
        """What undo would take back, in words; empty when there is nothing."""
        with self._database.read() as db:
            return journal.undo_text(db)

    def redo_text(self) -> str:
        """What redo would make again, in words; empty when there is nothing."""
        with self._database.read() as db:
            return journal.redo_text(db)

    def history(self, limit: int) -> tuple[Step, ...]:
        """The newest edits, newest first, and whether each is undone at present."""
        with self._database.read() as db:
            return journal.history(db, limit)

    def sequence(self) -> int:
        """The newest entry of the journal; 0 while there is none. It grows with every edit, undo and redo."""
        with self._database.read() as db:
            return journal.sequence(db)

    # -------------------------------------------------------------------------------------- models, notes

    def add_model(
        self, name: str, file: str, preset: str, classes: Sequence[str], ap: float | None, ap50: float | None
    ) -> ModelRow:
        """file: relative to the models folder. The same name and file again: newer facts of a resumed run.

        Raises ValueError when the name is taken by another file.
        """
        with self._database.write() as db:
            return predictions.add_model(db, name, file, preset, classes, ap, ap50)

    def models(self) -> tuple[ModelRow, ...]:
        """Newest first."""
        with self._database.read() as db:
            return predictions.read_models(db)

    def model(self, name: str) -> ModelRow | None:
        return next((model for model in self.models() if model.name == name), None)

    def add_predictions(self, image: int, model_name: str, detections: Sequence[Detection]) -> None:
        """What a model says about an image; it takes the place of what the same model said before."""
        with self._database.write(durable=False) as db:
            predictions.write_predictions(db, image, model_name, detections)

    def predictions(self, image: int, model_name: str) -> tuple[Detection, ...]:
        """What the model last said; empty where it was not asked."""
        with self._database.read() as db:
            return predictions.read_predictions(db, image, model_name)

    def add_verdicts(self, image: int, detections: Sequence[Detection], verdict: Verdict) -> None:
        """What the person did with proposals, beside what the model had said."""
        with self._database.write() as db:
            predictions.write_verdicts(db, image, detections, verdict)

    def take_back_rejection(self, image: int, proposal: Detection) -> None:
        """The person undid what they did with a proposal: its newest rejection is as if it had never been."""
        with self._database.write() as db:
            predictions.remove_rejection(db, image, proposal)

    def note(self, key: str) -> str | None:
        """A small fact about the project that was kept under this key."""
        with self._database.read() as db:
            row = db.execute("SELECT value FROM notes WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    def set_note(self, key: str, value: str) -> None:
        with self._database.write() as db:
            db.execute("INSERT OR REPLACE INTO notes (key, value) VALUES (?, ?)", (key, value))
