"""Images that show the same thing, and so must train or validate together: frames of a video, copies, bursts.

A group is what labels say (LabelledImage.group), or else what names say, or else what the camera wrote:

- the copies that Roboflow makes of a picture: `name_jpg.rf.<hash>.jpg`;
- frames named for their video: `clip.mp4_000123.jpg`, `clip.mp4#t=517.jpg`, `clip_mp4-12.jpg`;
- frames that say so: `clip_frame_000123.jpg`; where there are several such folders, also `clip/frame_000123.jpg`;
- `clip2_00012.jpg`, `clips/a/video-00012.jpg`: a word for a clip and a number, where there are several clips;
- photographs of one camera taken within 2 s of the next: Exif's DateTimeOriginal.

A plain number after a plain word says nothing: IMG_0001, BloodImage_00001 and 2009_000553 are numbered in the order
of a card, a study and a year. Nor does a folder of 0001.jpg, which may be a class. What would hold more than half of
all images is no group: there would be nothing to divide.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from model.data.exif import HEAD_BYTES, Shot, shot
from model.data.pairing import IMAGE_FOLDERS
from model.data.reading import ReadError, read_bytes
from model.records import LabelledImage

BURST_S = 2  # seconds from one photograph to the next
LARGEST_SHARE = 0.5  # of all images
MOST_PHOTOGRAPHS = 20_000  # opened: 1 s, once; a larger set is hardly one person's photographs
MOST_BYTES = 1 << 30  # of a photograph, as in images.py
JPEG = (".jpg", ".jpeg", ".jpe", ".jfif")
# folders that say what lies in them, not which clip
GENERAL = IMAGE_FOLDERS | {"", "frames", "train", "val", "valid", "validation", "test", "data", "dataset"}

COPY = re.compile(r"(?P<clip>.+)[_.](?:jpe?g|png|bmp|tiff?|webp|gif)\.rf\.[0-9a-z]{8,}", re.IGNORECASE)
VIDEO = re.compile(
    r"(?P<clip>.*[^._][._](?:mp4|avi|mov|mkv|m4v|webm|mpe?g|wmv|flv|mts|3gp))[^a-z0-9].*", re.IGNORECASE
)
FRAME = re.compile(r"(?P<clip>.*?)(?<![a-z])[ _.-]*(?:frame|frm)s?[ _.-]*\d+", re.IGNORECASE)
CLIP = re.compile(
    r"(?P<clip>(?:.*[ _.-])?(?:clip|video|vid|movie|seq|sequence)(?:[ _.-]?\d+)??)[ _.-]+\d+", re.IGNORECASE
)

_shots: dict[Path, tuple[tuple[int, int], Shot | None]] = {}  # file -> its stamp and what it said


def with_groups(folder: Path, images: Sequence[LabelledImage]) -> tuple[LabelledImage, ...]:
    """The images, each with its group; "" for one that is alone.

    Opens the photographs that no name tells of, once for each change of the file; not for the window's thread.
    """
    group = {image.path: image.group or named for image, named in zip(images, _named(images), strict=True)}
    alone = [path for path, name in group.items() if not name and path.lower().endswith(JPEG)]
    if len(alone) <= MOST_PHOTOGRAPHS:
        group |= _bursts(folder, alone)
    sizes = Counter(group.values())
    kept = {name for name, size in sizes.items() if name and 1 < size <= LARGEST_SHARE * len(images)}
    return tuple(
        image if image.group == name else replace(image, group=name)
        for image in images
        for name in [group[image.path] if group[image.path] in kept else ""]
    )


def told(images: Iterable[LabelledImage]) -> tuple[str, ...]:
    """What a person should know of the groups of images, as with_groups gives them: a sentence, or none."""
    sizes = Counter(image.group for image in images if image.group)
    if not sizes:
        return ()
    groups = "1 group of frames, copies or bursts is" if len(sizes) == 1 else (
        f"{len(sizes):,} groups of frames, copies or bursts are"
    )  # fmt: skip
    return (f"{groups} kept together, {sizes.total():,} images in all: each trains or validates whole.",)


# ------------------------------------------------------------------------------------------ names


def _named(images: Sequence[LabelledImage]) -> list[str]:
    """What each name says: a group, or ""."""
    sure: list[str] = []
    likely: list[str] = []  # only where there are several
    for image in images:
        folder, _, name = image.path.rpartition("/")
        group, is_sure = _clip(folder, name.rpartition(".")[0])
        sure.append(group if is_sure else "")
        likely.append("" if is_sure else group)
    several = len(set(likely) - {""}) > 1
    return [one or (other if several else "") for one, other in zip(sure, likely, strict=True)]


def _clip(folder: str, stem: str) -> tuple[str, bool]:
    """The clip or picture that a name is of, "" where it is of none; and whether the name alone is proof enough."""
    if match := COPY.fullmatch(stem):
        group, is_sure = _clip(folder, match["clip"])  # a copy of a frame belongs to the clip
        return (group, True) if is_sure and group else (f"copies of {folder}/{match['clip']}", True)
    if match := VIDEO.fullmatch(stem) or FRAME.fullmatch(stem):
        if match["clip"]:
            return f"frames of {folder}/{match['clip']}", True
        is_clip = any(part.lower() not in GENERAL for part in folder.split("/"))
        return (f"frames of {folder}" if is_clip else ""), False
    if match := CLIP.fullmatch(stem):
        return f"frames of {folder}/{match['clip']}", False
    return "", False


# ------------------------------------------------------------------------------------------ photographs


def _bursts(folder: Path, paths: Sequence[str]) -> dict[str, str]:
    """path -> group, of the photographs taken within BURST_S of another; a burst is named by its first."""
    taken: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for path in paths:
        if (found := _shot(folder / path)) is not None:
            taken[found.camera].append((found.second, path))
    groups: dict[str, str] = {}
    for shots in taken.values():
        shots.sort()
        for (before, neighbour), (second, path) in itertools.pairwise(shots):
            if second - before <= BURST_S:
                groups.setdefault(neighbour, f"burst of {neighbour}")
                groups[path] = groups[neighbour]
    return groups


def _shot(file: Path) -> Shot | None:
    """What a file says, remembered until the file changes."""
    try:
        status = file.stat()
        stamp = (status.st_mtime_ns, status.st_size)
        known = _shots.get(file)
        if known is None or known[0] != stamp:
            known = _shots[file] = (stamp, shot(read_bytes(file, MOST_BYTES, HEAD_BYTES)))
    except (OSError, ValueError, ReadError):  # reading it for training says what is wrong
        return None
    return known[1]
