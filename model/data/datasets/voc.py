"""Pascal VOC as it comes: a year's folder with Annotations, JPEGImages and ImageSets, or the devkit of several.

Everingham et al. 2010, "The Pascal Visual Object Classes (VOC) Challenge"; the devkits of 2007 and 2012. The lists
of ImageSets/Main say which images take part and where; the other images of VOC2012 have labels for other tasks, in
which only people are boxed, and are left out.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from operator import attrgetter
from pathlib import Path, PurePosixPath

from model.data.datasets.dataset import Dataset, DatasetError, DatasetReport
from model.data.datasets.pictures import checked, size_of
from model.data.formats import voc
from model.data.formats.format import Convention
from model.data.image_sets import LISTS, read_image_sets
from model.data.naming import check_path, sort_key
from model.data.pairing import key, pair
from model.data.palette import colour_for
from model.data.reading import shown
from model.data.suffixes import IMAGE_SUFFIXES
from model.data.usable import Usable, usable_boxes
from model.data.voc_files import VocFile, find_voc, looks_like_voc, read_voc_file
from model.records import ImageRow, LabelClass, LabelledImage, Labels, Problem, Progress, Snapshot, State

ANNOTATIONS, PICTURES, DEVKIT = "Annotations", "JPEGImages", "VOCdevkit"
VOC_CLASSES = (
    "aeroplane", "bicycle", "bird", "boat", "bottle", "bus", "car", "cat", "chair", "cow", "diningtable", "dog",
    "horse", "motorbike", "person", "pottedplant", "sheep", "sofa", "train", "tvmonitor",
)  # fmt: skip


COUNTED = {
    Convention.ONE_BASED: "as VOC's pixel numbers, counted from 1, though",
    Convention.ZERO_BASED: "as distances from the picture's edges, not as VOC's pixel numbers:",
}


@dataclass(slots=True)
class _Image:
    """An image that takes part. size (width, height) px; usable is None where it has no label file."""

    path: str
    size: tuple[int, int]
    usable: Usable | None
    split: str = ""


def years(folder: Path) -> tuple[Path, ...]:
    """The folders with the layout of one year: this one, or those in it or in its VOCdevkit."""
    for place in (folder, folder / DEVKIT):
        if _is_year(place):
            return (place,)
        if found := tuple(child for child in _folders(place) if _is_year(child)):
            return found
    return ()


def read(folder: Path) -> Iterator[Progress | DatasetReport]:
    """All years below a folder as one snapshot. Raises DatasetError."""
    folder = Path(os.path.abspath(folder))
    problems: list[Problem] = []
    notes: list[str] = []
    images: list[_Image] = []
    for year in years(folder):
        images += yield from _read_year(folder, year, problems, notes)
    if not images:
        raise DatasetError(f"{folder} has the folders of Pascal VOC, but no image of its lists is there.")
    yield DatasetReport(_snapshot(folder, images), tuple(problems), tuple(notes))


def _read_year(
    folder: Path, year: Path, problems: list[Problem], notes: list[str]
) -> Generator[Progress, None, list[_Image]]:
    """The images of one year that take part, in natural order of their paths."""
    yield Progress(0, 0, f"looking for the files of {shown(year)}")
    rows = _pictures(folder, year, problems)
    splits, listed = read_image_sets(year, {key(PurePosixPath(row.path).stem): row.path for row in rows})
    problems += [replace(problem, file=_below(folder, year / problem.file)) for problem in listed]
    if splits:
        if others := [row.path for row in rows if row.path not in splits]:
            lists = _below(folder, year / LISTS)
            count = "1 image is" if len(others) == 1 else f"{len(others):,} images are"
            problems.append(Problem(lists, f"{count} in none of its lists and left out: {others[0]}"))
        rows = [row for row in rows if row.path in splits]
    # of the lists' images alone: VOC2012 has half as many label files again that are for other tasks
    stems = {
        key(name) for row in rows for name in (PurePosixPath(row.path).stem, PurePosixPath(row.path).name)
    }
    files = [path for path in find_voc(year / ANNOTATIONS) if not splits or key(path.stem) in stems]

    labels: list[VocFile] = []
    for done, path in enumerate(files):
        yield Progress(done, len(files), shown(path))
        one = read_voc_file(path, folder)
        if isinstance(one, Problem):
            problems.append(one)
        else:
            labels.append(one)
            problems += one.told(one.file.problems)
    convention, evidence = voc.guess_convention(one.file for one in labels)
    if evidence:
        notes.append(f"The boxes of {shown(year)} were read {COUNTED[convention]} {evidence}.")
    pairs, unpaired = pair([one.label for one in labels], rows)
    problems += unpaired
    yield Progress(len(files), len(files))
    file_of = {one.label: one for one in labels}
    images = _images(folder, rows, {row.path: file_of[label] for label, row in pairs}, convention, problems)
    for image in images:
        image.split = splits.get(image.path, "")
    return images


def _images(
    folder: Path,
    rows: Sequence[ImageRow],
    labels: Mapping[str, VocFile],
    convention: Convention,
    problems: list[Problem],
) -> list[_Image]:
    """labels: by the path of their image."""
    check = checked([row.path for row in rows])
    images: list[_Image] = []
    bare = [row.path for row in rows if row.path not in labels]
    if bare:
        problems.append(
            Problem(bare[0], f"it has no label file, as {len(bare):,} of {len(rows):,} images have none")
        )
    for row in rows:
        if row.path not in labels:
            images.append(_Image(row.path, (0, 0), None))
            continue
        label = labels[row.path]
        said = (label.file.width, label.file.height)
        size, wrong = size_of(folder / row.path, said, row.path in check)
        if wrong:
            problems.append(Problem(row.path, wrong))
        if not all(size):
            continue
        usable = usable_boxes(label.file, size, convention)
        problems += label.told(usable.problems)
        images.append(_Image(row.path, size, usable))
    return images


def _pictures(folder: Path, year: Path, problems: list[Problem]) -> list[ImageRow]:
    """The image files of a year, in natural order."""
    paths: list[str] = []
    for place, folders, names in os.walk(year / PICTURES):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in names:
            if os.path.splitext(name)[1].lower() in IMAGE_SUFFIXES and not name.startswith("."):
                path = Path(place, name).relative_to(folder).as_posix()
                try:
                    check_path(path)
                except ValueError as error:
                    problems.append(Problem(shown(Path(name)), str(error)))
                    continue
                paths.append(path)
    return [ImageRow(number, path) for number, path in enumerate(sorted(paths, key=sort_key), 1)]


def _snapshot(folder: Path, images: Sequence[_Image]) -> Snapshot:
    """VOC's own classes have their usual numbers, also where some of the twenty do not occur."""
    names = sorted({name for image in images if image.usable for name, _ in image.usable.objects})
    if set(names) <= set(VOC_CLASSES):
        ids = {name: VOC_CLASSES.index(name) + 1 for name in names}
    else:
        ids = {name: number for number, name in enumerate(names, 1)}
    uids = itertools.count(1)
    labelled: list[LabelledImage] = []
    for number, image in enumerate(images, 1):
        labels = Labels()
        if image.usable is not None and image.usable.counts:
            boxes = tuple(replace(box, label=ids[name], uid=next(uids)) for name, box in image.usable.objects)
            labels = Labels(boxes, State.DONE if boxes else State.EMPTY)
        labelled.append(LabelledImage(number, image.path, *image.size, labels, image.split))
    classes = tuple(LabelClass(number, name, colour_for(number)) for name, number in ids.items())
    return Snapshot(folder, tuple(sorted(classes, key=attrgetter("id"))), tuple(labelled))


def _is_year(folder: Path) -> bool:
    annotations = folder / ANNOTATIONS
    if not annotations.is_dir() or not (folder / PICTURES).is_dir():
        return False
    return looks_like_voc(path for path in annotations.iterdir() if path.suffix.lower() == ".xml")


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(child for child in folder.iterdir() if child.is_dir() and child.name[0] != ".")
    except OSError:
        return []


def _below(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


DATASET = Dataset(
    "voc", "Pascal VOC: Annotations, JPEGImages and ImageSets", lambda folder: bool(years(folder)), read
)
