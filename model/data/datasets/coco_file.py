"""One COCO file, as it was written: images, classes and boxes, and what is wrong with each. No folder is looked at.

Lin et al. 2014 (arXiv:1405.0312); the format: cocodataset.org/#format-data. bbox is x, y, width, height in px from the
picture's corner.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple, TypeGuard

from model.data.datasets.dataset import DatasetError
from model.data.datasets.json_stream import elements
from model.data.formats.format import XYXY, FormatError
from model.data.formats.voc import LARGEST, clean
from model.data.naming import check_path, printable
from model.data.reading import shown
from model.records import Problem, Progress

LISTS = ("images", "annotations", "categories")
BETWEEN = 10_000  # elements from one word of progress to the next: a tenth of a second
Key = int | str  # ids are numbers, but some tools write them as text


class CocoObject(NamedTuple):
    """An annotation. box: xyxy px, or why there is none. number: its place in the file, from 1."""

    number: int
    category: Key
    box: XYXY | str
    crowd: bool
    difficult: bool


@dataclass(slots=True)
class CocoImage:
    """size: (width, height) px, (0, 0) where the file does not say."""

    name: str
    size: tuple[int, int]
    objects: list[CocoObject] = field(default_factory=list)


@dataclass(slots=True)
class CocoFile:
    """categories: id -> name. problems are of the file itself; those of objects stand in their boxes."""

    path: Path
    images: list[CocoImage]
    categories: dict[Key, str]
    problems: list[Problem]


def read_coco_file(path: Path) -> Generator[Progress, None, CocoFile]:
    """The file, returned at the end. Raises DatasetError: not JSON, or without images."""
    reading = _Reading(shown(path))
    try:
        for number, (key, element) in enumerate(elements(path, LISTS)):
            if number % BETWEEN == 0:
                yield Progress(0, 0, shown(path))
            reading.add(key, element)
    except FormatError as error:
        raise DatasetError(str(error)) from error
    return reading.file(path)


class _Reading:
    """What was read so far. COCO's lists stand in any order: objects wait for the image and class they name."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._images: dict[Key, CocoImage] = {}
        self._by_name: dict[str, CocoImage] = {}
        self._categories: dict[Key, str] = {}
        self._parents: set[str] = set()
        self._objects: dict[Key, list[CocoObject]] = {}
        self._counts = dict.fromkeys(LISTS, 0)
        self._problems: list[Problem] = []

    def add(self, key: str, element: Any) -> None:
        self._counts[key] += 1
        if not isinstance(element, dict):
            self._tell(f"{self._where(key)} was left out: it is no JSON object")
        elif key == "annotations":
            self._add_object(element)
        elif key == "images":
            self._add_image(element, self._where(key))
        else:
            self._add_category(element, self._where(key))

    def file(self, path: Path) -> CocoFile:
        if not self._images:
            raise DatasetError(f"{self._name} has no images: it is no file of COCO's instances.")
        if not self._categories:
            raise DatasetError(f"{self._name} has no categories, which COCO's files of instances have.")
        lost = [image for image in self._objects if image not in self._images]
        for image in lost:
            objects = self._objects.pop(image)
            self._tell(
                f"object {objects[0].number} ({self._class(objects[0])}) was left out: "
                f"the file has no image {_said(image)}"
                + (f"; so were {len(objects) - 1} more" if objects[1:] else "")
            )
        for key, objects in self._objects.items():
            self._images[key].objects += objects
        used = {one.category for image in self._images.values() for one in image.objects}
        # Roboflow writes a class above all the others, which nothing has
        categories = {
            key: name for key, name in self._categories.items() if key in used or name not in self._parents
        }
        return CocoFile(path, list(self._by_name.values()), categories, self._problems)

    def _add_image(self, element: dict[str, Any], where: str) -> None:
        key, name = element.get("id"), element.get("file_name")
        if not _is_key(key):
            return self._tell(f"{where} was left out: its id is {_said(key)}")
        if not isinstance(name, str) or not name.strip():
            return self._tell(f"{where} was left out: it has no file_name")
        name = name.replace("\\", "/").removeprefix("./")
        try:
            check_path(name)
        except ValueError:  # of another machine, or above the folder: only the name can be meant
            name = name.rpartition("/")[2]
            try:
                check_path(name)
            except ValueError as error:
                return self._tell(f"{where} was left out: {error}")
        known = self._images.get(key)
        if known is not None and known.name != name:
            return self._tell(
                f"{where} ({printable(name)}) was left out: {known.name} has the same id, {key}"
            )
        image = known or self._by_name.get(name)
        if image is not None:
            self._tell(f"{where} ({printable(name)}) is there twice")
        else:
            image = CocoImage(name, (_pixels(element.get("width")), _pixels(element.get("height"))))
        self._images[key] = self._by_name[name] = image
        return None

    def _add_category(self, element: dict[str, Any], where: str) -> None:
        key, name = element.get("id"), element.get("name")
        if not _is_key(key):
            return self._tell(f"{where} was left out: its id is {_said(key)}")
        name = clean(name) if isinstance(name, str) else ""
        if not name:
            self._tell(f"{where} has no name")
        known = self._categories.setdefault(key, name or f"class {key}")
        if known != (name or known):
            self._tell(f"{where} ({name}) was left out: {known} has the same id, {key}")
        if isinstance(parent := element.get("supercategory"), str) and parent != name:
            self._parents.add(clean(parent))
        return None

    def _add_object(self, element: dict[str, Any]) -> None:
        image, category = element.get("image_id"), element.get("category_id")
        if not _is_key(image):
            return self._tell(f"{self._where('annotations')} was left out: its image_id is {_said(image)}")
        found = CocoObject(
            self._counts["annotations"],
            category if _is_key(category) else str(category),
            _box(element.get("bbox")),
            bool(element.get("iscrowd")),
            bool(element.get("difficult") or element.get("ignore")),
        )
        self._objects.setdefault(image, []).append(found)
        return None

    def _where(self, key: str) -> str:
        """What a person calls the element that is read now."""
        return f"{WORDS[key]} {self._counts[key]:,}"

    def _class(self, found: CocoObject) -> str:
        return class_name(found, self._categories)

    def _tell(self, reason: str) -> None:
        self._problems.append(Problem(self._name, reason))


WORDS = {"images": "image", "annotations": "object", "categories": "category"}


def class_name(found: CocoObject, categories: Mapping[Key, str]) -> str:
    return categories.get(found.category, f"category {found.category}")


def _is_key(value: Any) -> TypeGuard[Key]:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _box(bbox: Any) -> XYXY | str:
    """xyxy px; or why there is no box, in words that follow "was left out:"."""
    if bbox is None or bbox == []:
        return "it has no box"
    if not isinstance(bbox, list) or len(bbox) != 4 or not all(type(value) in (int, float) for value in bbox):
        return f"its box is not four numbers: {_said(bbox)}"
    if not all(
        -LARGEST <= value <= LARGEST for value in bbox
    ):  # false for NaN, and for integers beyond floats
        return f"its box has a number that no picture has: {_said(bbox)}"
    x, y, width, height = map(float, bbox)
    if width <= 0 or height <= 0:
        return f"it is {width:g} × {height:g} px"
    return (x, y, x + width, y + height)


def _pixels(value: Any) -> int:
    """A width or height in px; 0 where it says nothing sensible."""
    return round(value) if type(value) in (int, float) and math.isfinite(value) and 0 < value < LARGEST else 0


def _said(value: Any) -> str:
    """What stands in the file, as far as it can be shown."""
    text = printable(repr(value))
    return text if len(text) <= 60 else f"{text[:60]} ..."
