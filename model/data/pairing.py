"""Which label file belongs to which image, in the layouts that tools leave behind."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from model.records import ImageRow, Problem

LABEL_FOLDERS = {"annotations", "annotation", "annots", "labels", "label", "xml", "xmls", "voc"}
IMAGE_FOLDERS = {"jpegimages", "images", "image", "imgs", "img", "pictures", "photos"}


@dataclass(frozen=True, slots=True)
class LabelPath:
    """place: where it lies, relative as the images' paths are; filename: what it calls its image."""

    path: Path
    place: PurePosixPath
    filename: str


def pair(
    labels: Sequence[LabelPath], images: Iterable[ImageRow]
) -> tuple[list[tuple[LabelPath, ImageRow]], list[Problem]]:
    """Each label file with its image; and those without one, or that came second for the same image.

    Names decide first: x.xml and x.jpg.xml belong to x.jpg. Of images of one name, the one that lies where
    the label file lies, or where the layout has its images: Annotations/a/x.xml and JPEGImages/a/x.jpg. Only
    where no file of a folder finds its image so, a name that occurs once is enough.
    """
    named = _by_name(images)
    found: dict[LabelPath, ImageRow] = {}
    for label in labels:
        match = _best(label, [i for i in _candidates(label, named) if _in_place(label, i)])
        if match is not None:
            found[label] = match
    settled = {label.path.parent for label in found}
    for label in labels:
        candidates = _candidates(label, named) if label not in found else []
        if len(candidates) == 1 and label.path.parent not in settled:
            found[label] = candidates[0]
    return _one_each(labels, found)


def key(name: str) -> str:
    """Names that people take for the same: whatever the case, and however accents are composed."""
    return unicodedata.normalize("NFC", name).casefold()


def _by_name(images: Iterable[ImageRow]) -> dict[str, list[ImageRow]]:
    named: dict[str, list[ImageRow]] = defaultdict(list)
    for image in images:
        path = PurePosixPath(image.path)
        for name in {key(path.name), key(path.stem)}:
            named[name].append(image)
    return named


def _candidates(label: LabelPath, named: dict[str, list[ImageRow]]) -> list[ImageRow]:
    said = label.filename.replace("\\", "/").rpartition("/")[2]
    return named.get(key(label.path.stem)) or named.get(key(said)) or []


def _in_place(label: LabelPath, image: ImageRow) -> bool:
    place = PurePosixPath(image.path).parent
    return place == label.place or _without(place, IMAGE_FOLDERS) == _without(label.place, LABEL_FOLDERS)


def _without(place: PurePosixPath, names: set[str]) -> list[str]:
    """The parts of a place, less the last one that only says what kind of file lies there."""
    parts = list(place.parts)
    for index in reversed(range(len(parts))):
        if parts[index].lower() in names:
            del parts[index]
            break
    return parts


def _best(label: LabelPath, candidates: list[ImageRow]) -> ImageRow | None:
    """Of x.jpg and x.png beside x.xml, the one that the file names; else the first."""
    beside = [i for i in candidates if PurePosixPath(i.path).parent == label.place] or candidates
    said = [i for i in beside if PurePosixPath(i.path).name == label.filename]
    return next(iter(said or beside), None)


def _one_each(
    labels: Sequence[LabelPath], found: dict[LabelPath, ImageRow]
) -> tuple[list[tuple[LabelPath, ImageRow]], list[Problem]]:
    pairs: list[tuple[LabelPath, ImageRow]] = []
    problems: list[Problem] = []
    taken: dict[int, LabelPath] = {}
    for label in labels:
        name = (label.place / label.path.name).as_posix()
        if label not in found:
            problems.append(Problem(name, f"there is no image for it ({label.filename or label.path.stem})"))
        elif (first := taken.setdefault(found[label].id, label)) is not label:
            other = (first.place / first.path.name).as_posix()
            problems.append(
                Problem(name, f"it was left out: {found[label].path} has its labels from {other}")
            )
        else:
            pairs.append((label, found[label]))
    return pairs, problems
