"""Pascal VOC XML: read as tools really write it, written so that every reader takes it.

Coordinates. VOC's own are whole numbers from 1, the last pixel included; many tools write distances from the
edge instead. Written here are VOC's own: xmin = round(x0) + 1, xmax = round(x1), and read back as (xmin - 1,
xmax), which is Detectron2's reading and the identity for boxes on whole pixels.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence

from lxml import etree

from model.data.formats.format import (
    XYXY,
    Convention,
    Format,
    FormatError,
    LabelFile,
    LabelObject,
)
from model.records import Box, LabelClass, LabelledImage

# ASCII only, and nothing that float() takes besides: no "nan", "1_0" or full-width digits
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
LARGEST = 1e6  # px; no image is wider
SLIPS = 0.05  # the share of odd values that says nothing: VOC2012 itself has a few fractions
CORNERS = ("xmin", "ymin", "xmax", "ymax")
TRUE, FALSE = {"1", "1.0", "true", "yes"}, {"", "0", "0.0", "false", "no"}
DATABASE = "Fovea"
ENTITIES = "declares XML entities, which annotations never need and attacks do; it is not read"
WRONG_ENCODING = {
    etree.ErrorTypes.ERR_INVALID_CHAR,
    etree.ErrorTypes.ERR_INVALID_ENCODING,
    etree.ErrorTypes.ERR_UNKNOWN_ENCODING,
    etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING,
}


# ------------------------------------------------------------------------------------------------ reading


def read(data: bytes, source: str) -> LabelFile:
    """What a file says; source is its name, for messages.

    Only direct children count: a person's head is a `part` with a name and a box of its own. Any tag may be
    missing, empty, or in another order. Objects without usable name or box are left out, as `problems` says.
    Raises FormatError.
    """
    root, problems = _parse(data, source)
    if root.tag != "annotation":
        raise FormatError(f"{source} is XML, but no Pascal VOC annotation: it begins with <{root.tag}>.")
    size = root.find("size")
    objects: list[LabelObject] = []
    seen: set[tuple[str, XYXY]] = set()
    for number, element in enumerate(root.findall("object"), 1):
        try:
            found, notes = _object(element, number)
        except ValueError as error:
            problems.append(f"object {number} was left out: {error}")
            continue
        problems += [f"object {number} ({found.name}): {note}" for note in notes]
        if (found.name, found.written) in seen:
            problems.append(f"object {number} ({found.name}) was left out: it is there twice")
            continue
        seen.add((found.name, found.written))
        objects.append(found)
    return LabelFile(
        filename=_text(root, "filename"),
        width=_pixels(size, "width"),
        height=_pixels(size, "height"),
        objects=tuple(objects),
        problems=tuple(problems),
    )


def guess_convention(files: Iterable[LabelFile]) -> tuple[Convention, str]:
    """How the boxes of a folder were counted, by what they show, and what a person should know of it: a clause
    for another convention than VOC's own or against VOC's own, empty where nothing is in doubt.

    VOC's own tools never write a 0; tools that count from the edge write 0 where VOC's write 1, and they
    alone write fractions. Without evidence: VOC's own.
    """
    zeros = ones = fractions = boxes = 0
    for file in files:
        for found in file.objects:
            boxes += 1
            zeros += sum(value < 1 for value in found.written[:2])
            ones += sum(value == 1 for value in found.written[:2])
            fractions += any(value != int(value) for value in found.written)
    at_zero = "1 edge lies at 0" if zeros == 1 else f"{zeros:,} edges lie at 0"
    if zeros > ones:
        return Convention.ZERO_BASED, at_zero
    if fractions > boxes / 2:
        return Convention.ZERO_BASED, f"{fractions:,} of {boxes:,} boxes have fractions of pixels"
    if zeros > SLIPS * (zeros + ones):
        return Convention.ONE_BASED, f"{at_zero}, and {ones:,} at 1"
    if fractions > SLIPS * boxes:
        return Convention.ONE_BASED, f"{fractions:,} of {boxes:,} boxes have fractions of pixels"
    return Convention.ONE_BASED, ""


def clean(text: str) -> str:
    """A name on one line, without what cannot be seen."""
    return "".join(character for character in " ".join(text.split()) if character.isprintable())


def _parse(data: bytes, source: str) -> tuple[etree._Element, list[str]]:
    if b"<!ENTITY" in data.replace(b"\0", b""):  # before the parser sees them; also in UTF-16
        raise FormatError(f"{source} {ENTITIES}.")
    try:
        root = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        if error.code not in WRONG_ENCODING:
            raise _not_well_formed(error, source) from error
        # not in the encoding it claims: Windows tools write their own and say UTF-8, or nothing
        for encoding, name in (("utf-8", "UTF-8"), ("cp1252", "Windows-1252")):
            try:
                root = etree.fromstring(data, _parser(encoding))
            except etree.XMLSyntaxError:
                continue
            return _plain(root, source), [f"is not in the encoding it claims; it was read as {name}"]
        raise _not_well_formed(error, source) from error
    return _plain(root, source), []


def _parser(encoding: str | None = None) -> etree.XMLParser:
    return etree.XMLParser(
        encoding=encoding, resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False,
        remove_comments=True, remove_pis=True,
    )  # fmt: skip


def _plain(root: etree._Element, source: str) -> etree._Element:
    """Refuse a file that declares entities, however it is encoded; take off namespaces, which some tools set."""
    dtd = root.getroottree().docinfo.internalDTD
    if dtd is not None and any(True for _ in dtd.iterentities()):
        raise FormatError(f"{source} {ENTITIES}.")
    if root.tag[0] == "{":
        for element in root.iter(etree.Element):
            element.tag = etree.QName(element).localname
    return root


def _not_well_formed(error: etree.XMLSyntaxError, source: str) -> FormatError:
    reason = (error.msg or "it is empty").split(", line ")[0]
    return FormatError(f"{source}, line {max(1, error.lineno or 1)}, is not well-formed XML: {reason}.")


def _object(element: etree._Element, number: int) -> tuple[LabelObject, list[str]]:
    """An object, and what was odd about it. Raises ValueError where it cannot be used."""
    name = clean(_text(element, "name"))
    if not name:
        raise ValueError("it has no name")
    boxes = element.findall("bndbox")
    if not boxes:
        raise ValueError(f"this {name} has no box")
    notes = [f"has {len(boxes)} boxes; the first one counts"] if len(boxes) > 1 else []
    x0, y0, x1, y1 = (_coordinate(boxes[0], corner) for corner in CORNERS)
    if x0 > x1 or y0 > y1:
        notes.append("its corners were the wrong way round")
    written = (min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1))
    flags = {}
    for flag in ("difficult", "truncated", "occluded"):
        text = _text(element, flag).lower()
        if text not in TRUE | FALSE:
            notes.append(f"{flag} is “{text}”, taken for no")
        flags[flag] = text in TRUE
    pose = clean(_text(element, "pose")) or "Unspecified"
    return LabelObject(name, written, **flags, pose=pose, number=number), notes


def _coordinate(box: etree._Element, name: str) -> float:
    text = _text(box, name)
    if not text:
        raise ValueError(f"its box has no {name}")
    value = float(text) if NUMBER.fullmatch(text) else math.nan
    if not math.isfinite(value) or abs(value) > LARGEST:
        raise ValueError(f"its {name} is “{text[:30]}”")
    return value


def _pixels(size: etree._Element | None, name: str) -> int:
    text = _text(size, name) if size is not None else ""
    value = float(text) if NUMBER.fullmatch(text) else 0.0
    return round(value) if 0 < value < LARGEST else 0


def _text(element: etree._Element, name: str) -> str:
    """The text of the first direct child of this name; empty where there is none."""
    return (element.findtext(name) or "").strip()


# ------------------------------------------------------------------------------------------------ writing


def whole_pixels(
    box: XYXY, width: int, height: int, convention: Convention = Convention.ONE_BASED
) -> tuple[int, int, int, int]:
    """(xmin, ymin, xmax, ymax) as they are written, for a box (0-based, continuous px) in an image of this size.

    At least one pixel wide and high, and the inverse of LabelObject.xyxy for boxes on whole pixels.
    """
    x0, y0, x1, y1 = (math.floor(value + 0.5) for value in box)
    left, top = min(max(x0, 0), width - 1), min(max(y0, 0), height - 1)
    right, bottom = min(max(x1, left + 1), width), min(max(y1, top + 1), height)
    first = 1 if convention is Convention.ONE_BASED else 0
    return left + first, top + first, right, bottom


def write(
    image: LabelledImage,
    classes: Sequence[LabelClass],
    *,
    folder: str,
    filename: str = "",
    depth: int = 3,
    convention: Convention = Convention.ONE_BASED,
) -> bytes:
    """An annotation file. folder and filename are names, never paths; filename is the image's own if empty.

    The children stand in the order of VOCdevkit's files, for readers that go by position; what those do not
    know comes after the box. Raises ValueError for text that XML cannot hold, or a label without its class.
    """
    names = {c.id: c.name for c in classes}
    root = etree.Element("annotation")
    _add(root, "folder", folder)
    _add(root, "filename", filename or image.path.rpartition("/")[2])
    _add(etree.SubElement(root, "source"), "database", DATABASE)
    size = etree.SubElement(root, "size")
    for name, value in (("width", image.width), ("height", image.height), ("depth", depth)):
        _add(size, name, str(value))
    _add(root, "segmented", "0")
    for box in image.boxes:
        if box.label not in names:
            raise ValueError(
                f"{image.path}: a box has class {box.label}, which is not in the list of classes"
            )
        _add_object(
            root, box, names[box.label], whole_pixels(box.xyxy, image.width, image.height, convention)
        )
    etree.indent(root, "\t")
    return etree.tostring(root, encoding="utf-8") + b"\n"


def _add_object(root: etree._Element, box: Box, name: str, written: tuple[int, int, int, int]) -> None:
    element = etree.SubElement(root, "object")
    _add(element, "name", name)
    _add(element, "pose", box.pose or "Unspecified")
    _add(element, "truncated", str(int(box.truncated)))
    _add(element, "difficult", str(int(box.difficult)))
    corners = etree.SubElement(element, "bndbox")
    for corner, value in zip(CORNERS, written, strict=True):
        _add(corners, corner, str(value))
    if box.occluded:
        _add(element, "occluded", "1")


def _add(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, name).text = text


FORMAT = Format("voc", "Pascal VOC XML", ".xml", read, write)
