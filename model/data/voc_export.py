"""A project's labels as a Pascal VOC data set that other programs load as it is.

OUT/VOCdevkit/VOC2012/{Annotations, JPEGImages, ImageSets/Main}: what torchvision's VOCDetection(OUT, "2012"),
Detectron2, MMDetection and keras-retinanet expect. They read JPEG only, and several do not apply Exif
orientation: upright JPEG files are copied as they are, and everything else is written as an upright JPEG.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path, PurePosixPath

from model.data.division import divide
from model.data.files import write_atomically
from model.data.formats import voc
from model.data.formats.format import Convention, FormatError
from model.data.image_sets import LISTS, listed, write_image_sets
from model.data.images import MOST_BYTES, ImageError, decode, encode_jpeg, is_cut, read_encoded
from model.data.naming import sort_key
from model.data.reading import ReadError, read_bytes, shown
from model.records import (
    VALIDATION_SHARE,
    ExportReport,
    LabelClass,
    LabelledImage,
    Problem,
    Progress,
    Snapshot,
)

PLACE = Path("VOCdevkit", "VOC2012")
ANNOTATIONS, PICTURES = Path("Annotations"), Path("JPEGImages")
QUALITY = 95
MARK = "README.txt"
MARK_TEXT = """Exported by Fovea as a Pascal VOC data set.

{counting}
All pictures are upright: none needs an Exif orientation.
"""
COUNTING = {
    Convention.ONE_BASED: """Coordinates are Pascal VOC's own: whole pixels counted from 1, the last pixel included; the
whole picture is (1, 1, width, height). Subtract 1 from xmin and ymin to get distances from the edges.""",
    Convention.ZERO_BASED: """Coordinates are labelImg's: distances from the left and upper edge in whole pixels; the
whole picture is (0, 0, width, height). Pascal VOC's own tools count from 1 instead.""",
}
UNSAFE = re.compile(r'[\s#%<>:"|?*\\/\x00-\x1f\x7f]+|[\ud800-\udfff]+')  # in a list of names, or on a disk
LONGEST_STEM = 200  # bytes


class ExportError(Exception):
    """The export cannot be made, or not to the end: a sentence that says why and what can be done."""


def export_voc(
    snapshot: Snapshot, out: Path, convention: Convention = Convention.ONE_BASED
) -> Iterator[Progress | ExportReport]:
    """Write the labelled images of a project below `out`; ends with the report.

    Every annotation is read back and compared before it counts as written. Images that cannot be read are
    left out and reported. Where an export was made before, the new one replaces it. Raises ExportError.
    """
    root = out / PLACE
    images = sorted(snapshot.labelled(), key=lambda image: sort_key(image.path))
    if not images:
        raise ExportError("There is nothing to export: no image has a box or is marked as done.")
    _refuse(snapshot.folder, out)
    stems = unique_stems([image.path for image in images])
    problems: list[Problem] = []
    exported: list[LabelledImage] = []
    converted: list[str] = []
    with_areas: list[str] = []
    try:
        before = listed(root)
        write_atomically(_made(root) / MARK, MARK_TEXT.format(counting=COUNTING[convention]).encode("utf-8"))
        for done, image in enumerate(images):
            yield Progress(done, len(images), image.path)
            stated = replace(image, labels=replace(image.labels, boxes=image.objects))
            try:
                size, was_copied = _write(stated, snapshot, root, stems[image.path], convention)
            except (ImageError, FormatError, ValueError) as error:
                problems.append(Problem(image.path, f"left out: {error}"))
                continue
            exported.append(replace(stated, width=size[0], height=size[1]))
            with_areas += [image.path] if len(stated.boxes) < len(image.boxes) else []
            converted += [] if was_copied else [image.path]
        write_image_sets(root, _splits(snapshot, exported, stems))
        _remove(root, before - {stems[image.path] for image in exported})
    except OSError as error:
        raise ExportError(
            f"The export to {out} stopped: {error.strerror or error}. "
            "What is there is not complete; export again once there is room and the folder can be written."
        ) from error
    if converted:
        others = f" and {len(converted) - 1:,} more" if len(converted) > 1 else ""
        what = f"no upright JPEG{others}: the copy in JPEGImages is a new JPEG of quality {QUALITY}"
        problems.append(Problem(converted[0], what))
    if with_areas:
        others = f", as in {len(with_areas) - 1:,} more" if len(with_areas) > 1 else ""
        what = f"areas to ignore{others}: left out, because Pascal VOC has no such thing"
        problems.append(Problem(with_areas[0], what))
    yield Progress(len(images), len(images))
    yield ExportReport(out, len(exported), sum(len(image.boxes) for image in exported), tuple(problems))


def unique_stems(paths: Sequence[str]) -> dict[str, str]:
    """A file name without suffix for each image path: its own, made safe; where two would share one, with the
    names of the folders before it. Names that differ in case only are the same on some disks.
    """
    own = {path: _safe(PurePosixPath(path).stem) for path in paths}
    counts = Counter(stem.casefold() for stem in own.values())
    stems = {path: stem for path, stem in own.items() if counts[stem.casefold()] == 1}
    taken = {stem.casefold() for stem in stems.values()}
    for path in paths:
        if path in stems:
            continue
        wanted = _safe("_".join(PurePosixPath(path).with_suffix("").parts))
        numbered = (wanted if number == 1 else f"{wanted}_{number}" for number in itertools.count(1))
        stems[path] = next(stem for stem in numbered if stem.casefold() not in taken)
        taken.add(stems[path].casefold())
    return stems


def _safe(stem: str) -> str:
    """A name that every disk takes and that readers of lists take whole: some end it at a space or at a #."""
    safe = UNSAFE.sub("_", stem).strip("._") or "image"
    return safe.encode("utf-8")[:LONGEST_STEM].decode("utf-8", "ignore")


def _refuse(folder: Path, out: Path) -> None:
    """Never among the person's own images, and never over a data set that somebody else has made."""
    root, own = (out / PLACE).resolve(), folder.resolve()
    if root.is_relative_to(own) or own.is_relative_to(root):
        raise ExportError(
            f"{out} lies in the folder with the images, where the copies would show as more images. "
            "Choose a folder beside it."
        )
    if out.exists() and not out.is_dir():
        raise ExportError(f"{out} is a file; choose a folder.")
    if root.is_dir() and any(root.iterdir()):
        try:
            ours = read_bytes(root / MARK, 1 << 20).startswith(MARK_TEXT.splitlines()[0].encode("utf-8"))
        except ReadError:
            ours = False
        if not ours:
            raise ExportError(
                f"{root} holds a data set that was not exported by Fovea. Choose another folder."
            )


def _made(root: Path) -> Path:
    for folder in (ANNOTATIONS, PICTURES, LISTS):
        (root / folder).mkdir(parents=True, exist_ok=True)
    return root


def _write(
    image: LabelledImage, snapshot: Snapshot, root: Path, stem: str, convention: Convention
) -> tuple[tuple[int, int], bool]:
    """Write one image and its annotation; its size, and whether the file was copied as it is.

    Raises ImageError, ValueError, FormatError for the image, OSError and ExportError for the disk.
    """
    source = snapshot.folder / image.path
    data, header = read_encoded(source)
    width, height = header.upright
    if image.width and (image.width, image.height) != (width, height):
        was = f"{image.width} × {image.height}"
        raise ValueError(f"it is {width} × {height} px, and was {was} px when it was labelled")
    is_plain = header.format == "JPEG" and header.orientation == 1 and header.channels in (1, 3)
    as_it_is = is_plain and not is_cut(data, header)
    if not as_it_is:
        data = encode_jpeg(decode(data, shown(source)).pixels, QUALITY)
    sized = replace(image, width=width, height=height)
    depth = 1 if as_it_is and header.channels == 1 else 3
    text = voc.write(
        sized, snapshot.classes, folder=root.name, filename=f"{stem}.jpg", depth=depth, convention=convention
    )
    write_atomically(root / PICTURES / f"{stem}.jpg", data)
    annotation = root / ANNOTATIONS / f"{stem}.xml"
    write_atomically(annotation, text)
    _compare(annotation, sized, snapshot.classes, convention)
    return (width, height), as_it_is


def _compare(
    annotation: Path, image: LabelledImage, classes: Sequence[LabelClass], convention: Convention
) -> None:
    """What lies on the disk says what the project says, or the export has failed."""
    names = {c.id: voc.clean(c.name) for c in classes}
    read = voc.read(read_bytes(annotation, MOST_BYTES), annotation.name)
    written = {(o.name, o.written, o.difficult, o.truncated, o.occluded) for o in read.objects}
    meant = {
        (
            names[b.label],
            voc.whole_pixels(b.xyxy, image.width, image.height, convention),
            b.difficult,
            b.truncated,
            b.occluded,
        )
        for b in image.boxes
    }
    if written != meant or (read.width, read.height) != (image.width, image.height):
        raise ExportError(f"{annotation} does not read back as it was written; is the disk sound?")


def _splits(snapshot: Snapshot, images: Sequence[LabelledImage], stems: dict[str, str]) -> dict[str, str]:
    """stem -> "train", "val" or "test", in the order of the images: as in training, to measure on the same."""
    validating = {image.path for image in divide(snapshot, VALIDATION_SHARE).val}
    names = ("val" if i.path in validating else "test" if i.split == "test" else "train" for i in images)
    return {stems[image.path]: name for image, name in zip(images, names, strict=True)}


def _remove(root: Path, stems: set[str]) -> None:
    """What an earlier export wrote and this one did not: its labels are gone."""
    for stem in stems:
        if stem == _safe(stem):  # lists can be edited, and this deletes
            (root / ANNOTATIONS / f"{stem}.xml").unlink(missing_ok=True)
            (root / PICTURES / f"{stem}.jpg").unlink(missing_ok=True)
