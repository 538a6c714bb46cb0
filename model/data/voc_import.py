"""Pascal VOC files into a project: every box that can be used, and a word about every one that cannot."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from model.data.formats import voc
from model.data.formats.format import Convention
from model.data.image_sets import LISTS, read_image_sets
from model.data.images import ImageError, read_size
from model.data.naming import printable
from model.data.pairing import LabelPath, key, pair
from model.data.palette import colour_for
from model.data.project import Project, StaleEdit
from model.data.reading import shown
from model.data.usable import usable_boxes
from model.data.voc_files import VocFile, find_voc, read_voc_file
from model.records import (
    Box,
    Change,
    ClassesChange,
    Doubt,
    Edit,
    ImageRow,
    ImportReport,
    LabelClass,
    Labels,
    LabelsChange,
    Problem,
    Progress,
    State,
)

CONVENTION_NOTE = "voc convention of {}"  # a note in the project, by the folder of the label files


class LabelsError(Exception):
    """There is nothing to import: a sentence that names the folder and says why."""


@dataclass(frozen=True, slots=True)
class _Found:
    """What the files say about an image."""

    row: ImageRow
    objects: tuple[tuple[str, Box], ...]


def import_voc(
    project: Project, source: Path | None = None, convention: Convention | None = None
) -> Iterator[Progress | ImportReport]:
    """Read Pascal VOC files, from `source` or the project's own folder, into the project; ends with a report.

    convention: how the files count pixels, which is kept for this source; None: as it was kept, or else as the
    boxes themselves show. A guess that a person should see is in the report, as its doubt.

    Nothing that a person did is changed: an image with other labels keeps them, and the report says so. All
    labels are one edit, undone in one step. Importing twice is importing once. Stopped, it changed nothing.
    Raises LabelsError, ProjectError.
    """
    source = project.folder if source is None else Path(os.path.abspath(source))
    yield Progress(0, 0, "Looking for label files")
    files = (source,) if source.is_file() else find_voc(source)
    if not files:
        raise LabelsError(f"There are no Pascal VOC files in {source}.")
    total = 2 * len(files)
    base = source if source.is_dir() else source.parent
    problems: list[Problem] = []
    read: list[VocFile] = []
    unread = 0
    for done, path in enumerate(files):
        yield Progress(done, total, shown(path))
        one = read_voc_file(path, project.folder if path.is_relative_to(project.folder) else base)
        if isinstance(one, Problem):
            problems.append(one)
            unread += 1
        else:
            read.append(one)
            problems += one.told(one.file.problems)
    taken, told = _convention(project, source, read, convention)
    rows = project.images()
    pairs, unpaired = pair([one.label for one in read], rows)
    problems += unpaired

    file_of = {one.label: one for one in read}
    sizes: dict[int, tuple[int, int]] = {}
    found: list[_Found] = []
    for done, (label, row) in enumerate(pairs, len(files)):
        yield Progress(done, total, row.path)
        try:
            size = (row.width, row.height) if row.width else read_size(project.folder / row.path)
        except ImageError as error:
            problems.append(Problem(row.path, str(error)))
            continue
        sizes[row.id] = size
        usable = usable_boxes(file_of[label].file, size, taken)
        problems += file_of[label].told(usable.problems)
        if usable.counts:
            found.append(_Found(row, usable.objects))
    splits, listed = _splits(project.folder, source, pairs, rows)
    yield Progress(total, total)

    for row in rows:
        if row.id in sizes and not row.width:
            project.set_size(row.id, *sizes[row.id])
    edit, counts, kept = _apply(project, found)
    problems += (*listed, *kept)
    project.set_splits(splits)
    if counts or convention:  # a guess that nothing came of binds nobody
        keep_convention(project, source, taken)
    is_zero = taken is Convention.ZERO_BASED
    doubt = Doubt(project.folder, source, edit, is_zero, told) if counts and told else None
    yield ImportReport(len(counts), sum(counts), _by_frequency(found), tuple(problems), doubt, unread)


def keep_convention(project: Project, source: Path, convention: Convention) -> None:
    """Every later import from this source reads its files so, without asking."""
    project.set_note(_convention_note(project, source), convention.value)


# ------------------------------------------------------------------------------------------ reading


def _convention(
    project: Project, source: Path, read: Sequence[VocFile], said: Convention | None
) -> tuple[Convention, str]:
    """How this folder counts pixels: as the person says, as it was taken the last time, else by what its boxes
    show; and a sentence where that guess is not a plain one.
    """
    if known := said or project.note(_convention_note(project, source)):
        return Convention(known), ""
    guess, evidence = voc.guess_convention(one.file for one in read)
    if not evidence:
        return guess, ""
    if guess is Convention.ONE_BASED:
        return guess, f"The boxes were read as VOC's pixel numbers, counted from 1, though {evidence}."
    return guess, f"The boxes were read as distances from the edge, not as VOC's pixel numbers: {evidence}."


def _convention_note(project: Project, source: Path) -> str:
    return CONVENTION_NOTE.format("." if source == project.folder else printable(str(source)))


def _splits(
    folder: Path, source: Path, pairs: Sequence[tuple[LabelPath, ImageRow]], rows: Sequence[ImageRow]
) -> tuple[dict[str, str], list[Problem]]:
    """What the data set's own lists say, for the images that they differ from: path -> split."""
    top = source if source.is_dir() else source.parent
    parents = {parent for label, _ in pairs for parent in label.path.parents if parent.is_relative_to(top)}
    splits: dict[str, str] = {}
    problems: list[Problem] = []
    for root in sorted(parent for parent in parents if (parent / LISTS).is_dir()):
        meant: dict[str, str] = {}
        if root.is_relative_to(folder):  # an image may be in a list and have no label file
            below = PurePosixPath(root.relative_to(folder).as_posix())
            paths = (PurePosixPath(row.path) for row in rows)
            meant = {key(path.stem): str(path) for path in paths if path.is_relative_to(below)}
        meant |= {key(label.path.stem): row.path for label, row in pairs if root in label.path.parents}
        found, odd = read_image_sets(root, meant)
        splits |= found
        problems += odd
    present = {row.path: row.split for row in rows}
    return {path: split for path, split in splits.items() if present[path] != split}, problems


# ------------------------------------------------------------------------------------------ deciding


def _apply(project: Project, found: Sequence[_Found]) -> tuple[int, list[int], list[Problem]]:
    """Bring the labels in; the edit, how many boxes each image got, and the images that have other labels."""
    while True:
        changes, counts, problems = _changes(project, found)
        if not counts:
            return 0, counts, problems
        try:
            edit = project.apply(Edit(f"Import {len(counts):,} VOC files", changes))
        except StaleEdit:  # a person drew a box between our reading and our writing: it counts, so look again
            continue
        return edit, counts, problems


def _changes(
    project: Project, found: Sequence[_Found]
) -> tuple[tuple[Change, ...], list[int], list[Problem]]:
    snapshot = project.snapshot()
    present = {image.id: image for image in snapshot.images}
    names = {c.id: c.name for c in snapshot.classes}
    problems: list[Problem] = []
    new: list[_Found] = []
    for one in found:
        image = present[one.row.id]
        if not image.boxes and image.labels.state is State.TO_DO:
            new.append(one)
        elif _comparable((names.get(box.label, "?"), box) for box in image.boxes) != _comparable(one.objects):
            problems.append(Problem(one.row.path, "it has other labels already, which were kept"))

    added = [name for name in _by_frequency(new) if name not in names.values()]
    classes = (
        *snapshot.classes,
        *(LabelClass(n, name, colour_for(n)) for n, name in enumerate(added, project.next_class_id())),
    )
    ids = {c.name: c.id for c in classes}
    changes: list[Change] = [ClassesChange(snapshot.classes, classes)] if added else []
    for one in new:
        boxes = tuple(replace(box, label=ids[name]) for name, box in one.objects)
        labels = Labels(boxes, State.DONE if boxes else State.EMPTY)
        changes.append(LabelsChange(one.row.id, present[one.row.id].labels, labels))
    return tuple(changes), [len(one.objects) for one in new], problems


def _by_frequency(found: Sequence[_Found]) -> tuple[str, ...]:
    """Names of classes, the most frequent first: new classes get the keys 1 to 9 in this order."""
    counts = Counter(name for one in found for name, _ in one.objects)
    return tuple(sorted(counts, key=lambda name: (-counts[name], name)))


def _comparable(objects: Iterable[tuple[str, Box]]) -> set[tuple[object, ...]]:
    return {(name, *(round(value, 2) for value in box.xyxy)) for name, box in objects}
