"""Detection over files: read, detect, and write what was found as VOC XML, as JSON, or drawn on copies."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from model.data.files import write_atomically
from model.data.formats import voc
from model.data.images import ImageError, encode_jpeg, read_image
from model.data.palette import colour_for
from model.records import Box, Detection, LabelClass, LabelledImage, Labels, Problem, State

Detect = Callable[[np.ndarray], tuple[Detection, ...]]


@dataclass(frozen=True, slots=True)
class Found:
    """What was found in one file. width and height in px of the upright image, the frame of the detections."""

    path: Path
    width: int
    height: int
    detections: tuple[Detection, ...]


def top_of(paths: Sequence[Path]) -> Path:
    """The lowest folder that all these files lie under, the only one where they are all in one."""
    return Path(os.path.commonpath([path.absolute().parent for path in paths]))


def detect_files(
    detect: Detect, paths: Sequence[Path], score: float, out: Path | None, form: str, top: Path
) -> Iterator[Found | Problem]:
    """Detect in each file; where `out` is a folder, write form "voc" or "images" into it, one file for each.

    A file that cannot be read becomes a Problem, and the rest goes on. Files of equal names from different folders
    keep apart: what is written mirrors the folders below `top`, which is top_of() all files there are.
    """
    for path in paths:
        try:
            pixels = read_image(path)
        except ImageError as error:
            yield Problem(str(path), str(error))
            continue
        detections = tuple(d for d in detect(pixels) if d.score >= score)
        found = Found(path, pixels.shape[1], pixels.shape[0], detections)
        if out is not None:
            target = out / path.absolute().relative_to(top)
            if form == "voc":
                target.parent.mkdir(parents=True, exist_ok=True)
                write_atomically(target.with_name(target.name + ".xml"), _as_voc(found))
            elif form == "images":
                target.parent.mkdir(parents=True, exist_ok=True)
                drawn = target.with_name(target.name + ".jpg")
                if drawn.absolute() == path.absolute():
                    raise ValueError(f"{drawn} is the image itself; choose another --out folder")
                write_atomically(drawn, encode_jpeg(draw(pixels, detections)))
        yield found


def write_json(all_found: Sequence[Found], top: Path, out: Path) -> None:
    """All that was found, as detections.json in a folder. Raises OSError."""
    out.mkdir(parents=True, exist_ok=True)
    write_atomically(out / "detections.json", _as_json(all_found, top))


def draw(pixels: np.ndarray, detections: Sequence[Detection]) -> np.ndarray:
    """A copy of an image (H, W, 3) uint8 RGB with boxes, class names and scores drawn on it."""
    drawn = pixels.copy()
    width = max(1, round(max(pixels.shape[:2]) / 500))
    scale = max(0.4, max(pixels.shape[:2]) / 1600)
    names = sorted({d.name for d in detections})
    for d in reversed(detections):  # the best last, on top
        code = colour_for(names.index(d.name) + 1)
        colour = tuple(int(code[i : i + 2], 16) for i in (1, 3, 5))
        corner, opposite = (round(d.xmin), round(d.ymin)), (round(d.xmax), round(d.ymax))
        text, font = f"{d.name} {d.score:.2f}", cv2.FONT_HERSHEY_SIMPLEX
        cv2.rectangle(drawn, corner, opposite, (20, 20, 20), width + 2)
        cv2.rectangle(drawn, corner, opposite, colour, width)
        (text_width, text_height), base = cv2.getTextSize(text, font, scale, width)
        x, y = corner[0], max(corner[1], text_height + base)
        cv2.rectangle(drawn, (x, y - text_height - base), (x + text_width, y), colour, -1)
        cv2.putText(drawn, text, (x, y - base // 2), font, scale, (20, 20, 20), width, cv2.LINE_AA)
    return drawn


def _as_voc(found: Found) -> bytes:
    """VOC has no field for a score, and the person asked for this file above this score: that is their rule."""
    names = sorted({d.name for d in found.detections})
    classes = tuple(LabelClass(number, name, colour_for(number)) for number, name in enumerate(names, 1))
    boxes = tuple(Box(*d.xyxy, label=names.index(d.name) + 1) for d in found.detections)
    image = LabelledImage(0, found.path.name, found.width, found.height, Labels(boxes, State.DONE))
    return voc.write(image, classes, folder=found.path.absolute().parent.name)


def _as_json(all_found: Sequence[Found], top: Path) -> bytes:
    images = [
        {
            "file": found.path.absolute().relative_to(top).as_posix(),
            "width": found.width,
            "height": found.height,
            "detections": [
                {"class": d.name, "score": round(d.score, 5), "box": [round(value, 2) for value in d.xyxy]}
                for d in found.detections
            ],
        }
        for found in all_found
    ]
    what = "box: xmin, ymin, xmax, ymax in pixels of the upright image, (0, 0) the outer corner of the first pixel"
    return json.dumps({"format": what, "images": images}, ensure_ascii=False, indent=1).encode("utf-8")
