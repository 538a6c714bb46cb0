"""COCO as it comes: annotations/instances_train2017.json beside train2017; Roboflow's, CVAT's and a single file too.

A file says by its name, or its folder's, what its images are for: train, val (also "valid"), test. An image of its list
that has no object is background. Crowds are areas to ignore. The numbers of the categories are kept.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import attrgetter
from pathlib import Path

from model.data.datasets.coco_file import CocoFile, CocoImage, Key, class_name, read_coco_file
from model.data.datasets.dataset import Dataset, DatasetError, DatasetReport
from model.data.datasets.pictures import Files, checked, size_of
from model.data.naming import sort_key
from model.data.palette import colour_for
from model.data.reading import ReadError, read_bytes
from model.data.usable import SLACK, cut, inside
from model.records import Box, LabelClass, LabelledImage, Labels, Problem, Progress, Snapshot, State

SNIFFED_BYTES = 64 << 10  # COCO's own begin with 2 kB about the licences
MOST_BYTES = 1 << 40
LISTS = re.compile(rb'"(images|annotations|categories)"\s*:\s*\[')
SPLIT_WORDS = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "minival": "val",
    "test": "test", "testing": "test",
}  # fmt: skip
ORDER = ("test", "val", "train", "")  # an image in two files goes where it harms least, as in image_sets.py
TRIED = 100  # images looked for in each place where they may be
WORD = re.compile("[a-z]+")


@dataclass(slots=True)
class _Labelled:
    """An image that is there. path is below the data set's folder; file is where its objects stand."""

    path: str
    image: CocoImage
    file: CocoFile
    split: str


def label_files(folder: Path) -> tuple[Path, ...]:
    """The COCO files of a folder, where the layouts have them."""
    own = _json(folder / "annotations")
    instances = [path for path in own if path.name.startswith("instances")]  # beside captions, keypoints ...
    roboflow = [
        path for child in _folders(folder) for path in _json(child) if path.name == "_annotations.coco.json"
    ]
    for files in (instances or own, roboflow, _json(folder)):
        if found := tuple(path for path in files if _looks_like_coco(path)):
            return found
    return ()


def read(folder: Path) -> Iterator[Progress | DatasetReport]:
    """All files of a folder as one snapshot. Raises DatasetError."""
    folder = Path(os.path.abspath(folder))
    problems: list[Problem] = []
    files = Files(folder)
    classes = _Classes(problems)
    images: dict[str, _Labelled] = {}
    paths = sorted(label_files(folder), key=lambda path: (ORDER.index(split_of(path, folder)), path))
    for done, path in enumerate(paths):
        yield Progress(done, len(paths), path.relative_to(folder).as_posix())
        file = yield from read_coco_file(path)
        classes.add(file)
        problems += file.problems
        _place(folder, file, files, images, problems)
    if not images:
        raise DatasetError(f"{folder}: none of the images that its COCO files name is there.")
    yield Progress(len(paths), len(paths), "boxes")
    labelled = [images.pop(path) for path in sorted(images, key=lambda path: (sort_key(path), path))]
    yield DatasetReport(_snapshot(folder, labelled, classes, problems), tuple(problems))


def split_of(path: Path, folder: Path) -> str:
    """What a file's images are for: instances_val2017.json, valid/_annotations.coco.json."""
    for name in (path.stem, path.parent.name if path.parent != folder else ""):
        for word in WORD.findall(name.lower()):
            if word in SPLIT_WORDS:
                return SPLIT_WORDS[word]
    return ""


class _Classes:
    """The classes of all files: by name, each with the number that the first file gives it."""

    def __init__(self, problems: list[Problem]) -> None:
        self.ids: dict[str, int] = {}
        self._problems = problems

    def add(self, file: CocoFile) -> None:
        for key, name in file.categories.items():
            if name in self.ids:
                continue
            taken = set(self.ids.values())
            number = key if isinstance(key, int) and key >= 0 else max(taken, default=0) + 1
            if number in taken:
                other = next(name for name, number_ in self.ids.items() if number_ == number)
                number = max(taken) + 1
                self._problems.append(
                    Problem(
                        file.path.name,
                        f"its category {key} is {name}, which is {other} elsewhere; it is {number}",
                    )
                )
            self.ids[name] = number

    def id_of(self, key: Key, file: CocoFile) -> int | None:
        return self.ids.get(file.categories.get(key, ""))

    def records(self) -> tuple[LabelClass, ...]:
        classes = (LabelClass(number, name, colour_for(number)) for name, number in self.ids.items())
        return tuple(sorted(classes, key=attrgetter("id")))


# ------------------------------------------------------------------------------------------ where images are


def _place(
    folder: Path, file: CocoFile, files: Files, images: dict[str, _Labelled], problems: list[Problem]
) -> None:
    """Add the images of a file that are there, by path."""
    name = file.path.relative_to(folder).as_posix()
    places = _places(folder, file.path)
    tried = file.images[:: max(1, len(file.images) // TRIED)]
    place = max(places, key=lambda place: sum(files.has(_join(place, image.name)) for image in tried))
    missing: list[str] = []
    twice: list[str] = []
    split = split_of(file.path, folder)
    for image in file.images:
        path = _join(place, image.name)
        if not files.has(path):
            path = _join(place, image.name.rpartition("/")[2])
        if not files.has(path):
            missing.append(image.name)
        elif path in images:
            twice.append(path)
        else:
            images[path] = _Labelled(path, image, file, split)
    total = len(file.images)
    if missing:
        problems.append(
            Problem(name, f"{len(missing):,} of its {total:,} images are not here, as {missing[0]}")
        )
    if twice:
        problems.append(
            Problem(name, f"{len(twice):,} of its images are in another file too, which counts: {twice[0]}")
        )


def _places(folder: Path, path: Path) -> list[str]:
    """Where the images of a file may be, below the folder: beside it, or where layouts and tools have them."""
    word = path.stem.rpartition("_")[2]  # train2017
    beside = path.parent.relative_to(folder).as_posix()
    split = split_of(path, folder)
    names = [
        "" if beside == "." else beside,
        word,
        f"images/{word}",
        "images",
        split,
        f"images/{split}",
        "data",
        "",
    ]
    return list(dict.fromkeys(name.rstrip("/") for name in names))


def _join(place: str, name: str) -> str:
    return f"{place}/{name}" if place else name


# ------------------------------------------------------------------------------------------ boxes


def _snapshot(
    folder: Path, labelled: Sequence[_Labelled], classes: _Classes, problems: list[Problem]
) -> Snapshot:
    check = checked([one.path for one in labelled])
    uids = itertools.count(1)
    images: list[LabelledImage] = []
    for one in labelled:
        size, wrong = size_of(folder / one.path, one.image.size, one.path in check)
        if wrong:
            problems.append(Problem(one.path, wrong))
        elif all(one.image.size) and size != one.image.size:
            problems.append(Problem(one.path, _other_size(size, one.image.size)))
            if size == one.image.size[::-1]:
                size = (0, 0)
        if not all(size):
            continue
        had = len(one.image.objects)
        boxes = _boxes(one, size, classes, uids, problems)
        # an image whose objects are all unusable says nothing; taken by its word it would say "nothing here"
        state = State.DONE if boxes else State.TO_DO if had else State.EMPTY
        images.append(LabelledImage(len(images) + 1, one.path, *size, Labels(boxes, state), one.split))
        one.image.objects.clear()  # as boxes are made, what they were made of goes: both would be twice the memory
    return Snapshot(folder, classes.records(), tuple(images))


def _boxes(
    one: _Labelled, size: tuple[int, int], classes: _Classes, uids: Iterator[int], problems: list[Problem]
) -> tuple[Box, ...]:
    boxes: list[Box] = []
    seen: set[tuple[object, ...]] = set()
    for number, found in enumerate(one.image.objects, 1):
        label = classes.id_of(found.category, one.file)
        reason, outside = "", 0.0
        if isinstance(found.box, str):
            reason = found.box
        elif label is None:
            reason = "the file has no such category"
        elif (label, *found.box) in seen:
            reason = "it is there twice"
        else:
            seen.add((label, *found.box))
            try:
                xyxy, outside = inside(found.box, size)
                boxes.append(Box(*xyxy, label, next(uids), difficult=found.difficult, ignore=found.crowd))
            except ValueError as error:
                reason = str(error)
        if reason or outside > SLACK:
            name = f"object {number} ({class_name(found, one.file.categories)})"
            what = f"{name} was left out: {reason}" if reason else cut(name, outside)
            problems.append(
                Problem(one.path, f"{what} (annotation {found.number:,} of {one.file.path.name})")
            )
    return tuple(boxes)


def _other_size(size: tuple[int, int], said: tuple[int, int]) -> str:
    sizes = f"{said[0]} × {said[1]} px", f"{size[0]} × {size[1]} px"
    if size == said[::-1]:
        return f"left out: drawn on the picture lying on its side ({sizes[0]})"
    return f"its labels say {sizes[0]}, but the picture is {sizes[1]}"


# ------------------------------------------------------------------------------------------ files


def _looks_like_coco(path: Path) -> bool:
    try:
        head = read_bytes(path, MOST_BYTES, SNIFFED_BYTES).replace(b"\0", b"")  # UTF-16 is half zeros
    except ReadError:
        return False
    start = head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n")
    return start.startswith(b"{") and LISTS.search(head) is not None


def _json(folder: Path) -> list[Path]:
    try:
        return sorted(
            p for p in folder.iterdir() if p.suffix.lower() == ".json" and not p.name.startswith(".")
        )
    except OSError:
        return []


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(
            child for child in folder.iterdir() if child.is_dir() and not child.name.startswith(".")
        )
    except OSError:
        return []


DATASET = Dataset(
    "coco", "COCO: instances JSON beside its images", lambda folder: bool(label_files(folder)), read
)
