"""When and with what a photograph was taken, from the first bytes of its file. CIPA DC-008 (Exif), TIFF 6.0."""

from __future__ import annotations

import re
import struct
from datetime import datetime
from typing import NamedTuple

HEAD_BYTES = 64 << 10  # Exif is a JPEG's first segment, and no segment is longer
MAKE, MODEL, EXIF, TAKEN = 0x010F, 0x0110, 0x8769, 0x9003
ASCII, LONG = 2, 4
MOST_ENTRIES = 1000  # of a directory; cameras write below 100
TIME = re.compile(r"(\d{4}):(\d\d):(\d\d) (\d\d):(\d\d):(\d\d)", re.ASCII)


class Shot(NamedTuple):
    """camera: maker and model. second: whole seconds on the camera's own clock, from an arbitrary beginning."""

    camera: str
    second: int


def shot(data: bytes) -> Shot | None:
    """What a JPEG's first bytes say; None where they do not name a camera and a time."""
    try:
        exif = _segment(data)
        order = {b"II": "<", b"MM": ">"}[exif[:2]]
        names, pointers = _directory(exif, order, struct.unpack_from(order + "I", exif, 4)[0])
        times, _ = _directory(exif, order, pointers[EXIF])
    except (struct.error, KeyError):
        return None
    camera = f"{names.get(MAKE, '')} {names.get(MODEL, '')}".strip()
    match = TIME.match(times.get(TAKEN, ""))
    if not camera or match is None:
        return None
    try:
        taken = datetime(*map(int, match.groups()))  # type: ignore[arg-type]
    except ValueError:  # 0000:00:00 of a camera whose clock was never set
        return None
    return Shot(camera, round((taken - datetime(1970, 1, 1)).total_seconds()))


def _segment(data: bytes) -> bytes:
    """The Exif of a JPEG, as the TIFF that it is. Raises struct.error, KeyError where there is none."""
    at = 2
    while data[:2] == b"\xff\xd8":
        marker, length = struct.unpack_from(">HH", data, at)
        if marker == 0xFFE1 and data[at + 4 : at + 10] == b"Exif\0\0":
            return data[at + 10 : at + 2 + length]
        if not 0xFFE0 <= marker <= 0xFFEF:  # Exif stands before all that is no application's segment
            break
        at += 2 + length
    raise KeyError("Exif")


def _directory(exif: bytes, order: str, at: int) -> tuple[dict[int, str], dict[int, int]]:
    """The texts and the offsets of a directory, by tag. Raises struct.error where it ends early."""
    texts: dict[int, str] = {}
    pointers: dict[int, int] = {}
    (count,) = struct.unpack_from(order + "H", exif, at)
    for entry in range(at + 2, at + 2 + 12 * min(count, MOST_ENTRIES), 12):
        tag, kind, length, value = struct.unpack_from(order + "HHII", exif, entry)
        if kind == LONG and length == 1:
            pointers[tag] = value
        elif kind == ASCII:
            start = entry + 8 if length <= 4 else value
            texts[tag] = exif[start : start + length].split(b"\0")[0].decode("ascii", "replace").strip()
    return texts, pointers
