"""Pascal VOC's lists of images, ImageSets/Main/train.txt and the like: which images are for what."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path, PurePosixPath

from model.data.files import write_atomically
from model.data.pairing import key
from model.data.reading import ReadError, read_bytes
from model.records import Problem

LISTS = Path("ImageSets", "Main")
# an image in two lists goes where it harms least: measured on, never trained on. trainval only says that an
# image is in one of the others; where there are no others, it is divided like all the rest
SPLITS = {"test": "test", "val": "val", "train": "train", "trainval": ""}
MOST_BYTES = 64 << 20


def read_image_sets(root: Path, images: Mapping[str, str]) -> tuple[dict[str, str], list[Problem]]:
    """The splits that a data set brings: path of image -> "train", "val" or "test"; "" is in trainval alone.

    images: key of a name without suffix -> path of the image that is meant by it.
    """
    splits: dict[str, str] = {}
    problems: list[Problem] = []
    read: set[str] = set()
    for name, split in SPLITS.items():
        file = root / LISTS / f"{name}.txt"
        listed = file.relative_to(root).as_posix()
        if not file.exists():
            continue
        try:
            text = read_bytes(file, MOST_BYTES).decode("utf-8-sig", "replace")
        except ReadError as error:
            problems += [Problem(listed, str(error))] if file.stat().st_size else []  # empty: nobody is in it
            continue
        stems = dict.fromkeys(_stem(line, images) for line in text.splitlines() if line.strip())
        found = [images[stem] for stem in stems if stem in images]
        repeats = name == "trainval" and bool(read & {"train", "val"})  # and their mistakes, which are told
        if len(found) < len(stems) and not repeats:
            missing = next(stem for stem in stems if stem not in images)
            count = len(stems) - len(found)
            problems.append(Problem(listed, f"{count} of its {len(stems)} images are not here, as {missing}"))
        if (twice := [path for path in found if path in splits]) and not repeats:
            problems.append(
                Problem(
                    listed, f"{len(twice)} of its images are in another list too, which counts: {twice[0]}"
                )
            )
        splits.update({path: split for path in found if path not in splits})
        read.add(name)
    return splits, problems


def write_image_sets(root: Path, splits: Mapping[str, str]) -> None:
    """Lists of stems, by stem -> split. trainval is train and val together; test only where there is one."""
    lists = {split: [stem for stem, s in splits.items() if s == split] for split in ("train", "val", "test")}
    lists["trainval"] = [stem for stem, split in splits.items() if split != "test"]
    for name, stems in lists.items():
        file = root / LISTS / f"{name}.txt"
        if stems or name != "test":
            write_atomically(file, "".join(f"{stem}\n" for stem in stems).encode("utf-8"))
        else:
            file.unlink(missing_ok=True)  # of an export before this one


def listed(root: Path) -> set[str]:
    """All stems that the lists of a folder name; none where there are no lists."""
    files: Iterable[Path] = (root / LISTS / f"{name}.txt" for name in ("train", "val", "test"))
    return {stem for file in files if file.is_file() for stem in file.read_text("utf-8").splitlines()}


def _stem(line: str, images: Mapping[str, str]) -> str:
    """What a line means: "x", "x.jpg", "sub/x.jpg", or "x 1" in the lists of one class."""
    text = line.strip()
    for said in (text, text.split()[0]):
        path = PurePosixPath(said)
        for name in (key(path.name), key(path.stem)):
            if name in images:
                return name
    return key(text)
