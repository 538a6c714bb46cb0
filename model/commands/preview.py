"""main.py preview: the augmented pictures that training is going to see, with their boxes, as files."""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np

from model.commands.command import Command, Result
from model.commands.labelled import open_labelled
from model.commands.options import add_folder, add_seed, add_settings, positive, with_settings
from model.data.files import write_atomically
from model.records.preview import Picture, PreviewBox
from model.records.settings import AUGMENTATION
from model.terminal import say

GREY = (190, 190, 190)
DASH_PX = 5


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("--preset", default="fast", metavar="NAME", help="the recipe (fast)")
    parser.add_argument("--pictures", type=positive, default=8, metavar="N", help="how many (8)")
    parser.add_argument(
        "--out", type=Path, default=Path("preview"), metavar="DIR", help="for the files (preview)"
    )
    add_seed(parser)
    add_settings(parser, AUGMENTATION)


def _run(a: argparse.Namespace) -> Result:
    from model.training.presets import preset
    from model.training.preview import preview

    settings = with_settings(replace(preset(a.preset), seed=a.seed), a)
    with open_labelled(a.folder) as labelled:
        snapshot = labelled.project.snapshot() if labelled.project else labelled.read()
    a.out.mkdir(parents=True, exist_ok=True)
    written = []
    for each in preview(snapshot, settings, pictures=a.pictures):
        if isinstance(each, str):
            say(each)
            continue
        file = a.out / f"{each.number + 1:02d}-{Path(each.path).stem}.png"
        write_atomically(file, cv2.imencode(".png", painted(each)[:, :, ::-1])[1].tobytes())
        say(f"{file}: {_in_words(each)}")
        written.append({"file": str(file), "image": each.path, "boxes": [_values(box) for box in each.boxes]})
    return {"preset": settings.preset, "pictures": written}


def painted(picture: Picture) -> np.ndarray:
    """The picture (H, W, 3) uint8 RGB with its boxes: of their class's colour, or dashed and grey if not learned."""
    image = np.frombuffer(picture.rgb, np.uint8).reshape(picture.height, picture.width, 3).copy()
    for box in picture.boxes:
        xmin, ymin, xmax, ymax = (round(value) for value in box.xyxy)
        right, bottom = min(xmax, picture.width) - 1, min(ymax, picture.height) - 1
        if box.note:
            _dashed(image, xmin, ymin, right, bottom)
        else:
            cv2.rectangle(image, (xmin, ymin), (right, bottom), _rgb(box.colour), 2)
        if box.name.isascii():  # OpenCV's font has no other letters
            place = (xmin + 3, ymin + 12)
            cv2.putText(image, box.name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, (0, 0, 0), 3, cv2.LINE_AA)
            colour = GREY if box.note else (255, 255, 255)
            cv2.putText(image, box.name, place, cv2.FONT_HERSHEY_SIMPLEX, 0.4, colour, 1, cv2.LINE_AA)
    return image


def _dashed(image: np.ndarray, left: int, top: int, right: int, bottom: int) -> None:
    """Grey dashes on black, so that they show on any picture."""
    cv2.rectangle(image, (left, top), (right, bottom), (0, 0, 0), 2)
    for x in range(left, right + 1, 2 * DASH_PX):
        image[[top, bottom], x : min(x + DASH_PX, right + 1)] = GREY
    for y in range(top, bottom + 1, 2 * DASH_PX):
        image[y : min(y + DASH_PX, bottom + 1), [left, right]] = GREY


def _rgb(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour.removeprefix("#")))


def _values(box: PreviewBox) -> Result:
    return {"name": box.name, "xyxy": box.xyxy, "note": box.note}


def _in_words(picture: Picture) -> str:
    counts = Counter(f"{box.name} ({box.note})" if box.note else box.name for box in picture.boxes)
    return ", ".join(f"{number} {name}" for name, number in sorted(counts.items())) or "no box"


COMMAND = Command("preview", 27, "write the augmented pictures that training would see", _options, _run)
