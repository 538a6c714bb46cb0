"""Pictures dropped on the window: copied into the project's folder, the originals left as they are."""

from __future__ import annotations

import contextlib
import filecmp
import os
import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from model.records import Problem, Progress

if TYPE_CHECKING:
    from model.data.project import Project


@dataclass(frozen=True, slots=True)
class AdoptReport:
    """images are the ids to show, in the order dropped, with those that were there already."""

    folder: Path  # of the project that has them: another may be open by now
    images: tuple[int, ...]
    copied: int
    problems: tuple[Problem, ...] = ()


def adopt(project: Project, paths: Sequence[Path]) -> Iterator[Progress | AdoptReport]:
    """Make files part of a project: those outside its folder are copied into it, under a name that is free.

    What cannot be read or copied is reported and passed over. Ends with the report.
    """
    from model.data.images import ImageError, read_size

    inside: list[str] = []
    sizes: list[tuple[int, int]] = []
    problems: list[Problem] = []
    copied = 0
    for number, path in enumerate(paths):
        yield Progress(number, len(paths), path.name)
        try:
            size = read_size(path)  # first: what is no picture is not copied
            relative = _relative(path, project.folder)
            if relative is None:
                target, is_new = copy_beside(path, project.folder)
                relative, copied = target.name, copied + is_new
        except ImageError as error:
            problems.append(Problem(str(path), str(error)))
        except OSError as error:
            problems.append(Problem(str(path), f"{path.name} cannot be copied: {error.strerror or error}."))
        else:
            inside.append(relative)
            sizes.append(size)
    images = tuple(project.add_images(inside, sizes)) if inside else ()
    yield Progress(len(paths), len(paths))
    yield AdoptReport(project.folder, images, copied, tuple(problems))


def copy_beside(path: Path, folder: Path) -> tuple[Path, bool]:
    """Copy a file into a folder; where it lies now, and whether it had to be copied.

    Never over another file: "a.jpg", then "a (2).jpg" and so on; a file of that name with the same content is
    taken as it is. Nothing under the final name is ever half written.
    """
    temporary = folder / f".{os.getpid()}.{path.name[:200]}.part"  # hidden: a scan that runs passes it over
    try:
        for number in range(1, 10_000):
            target = folder / (path.name if number == 1 else f"{path.stem} ({number}){path.suffix}")
            if target.exists():
                if filecmp.cmp(path, target, shallow=False):
                    return target, False
                continue
            if not temporary.exists():
                _copy(path, temporary)
            if _claim(temporary, target):
                return target, True
    finally:
        temporary.unlink(missing_ok=True)
    raise OSError(f"{folder} holds too many files named like {path.name}")


def _copy(path: Path, target: Path) -> None:
    with path.open("rb") as source, target.open("wb") as copy:
        shutil.copyfileobj(source, copy, 1 << 20)
        copy.flush()
        os.fsync(copy.fileno())
    with contextlib.suppress(OSError):  # the time a photo was taken; not every disk takes it
        shutil.copystat(path, target)


def _claim(temporary: Path, target: Path) -> bool:
    """Give the file its name, unless another program has just taken it."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        return False
    except OSError:  # a disk without hard links: the name was free a moment ago
        if target.exists():
            return False
        temporary.rename(target)
    return True


def _relative(path: Path, folder: Path) -> str | None:
    """The path inside the folder with forward slashes, or None where it lies outside."""
    with contextlib.suppress(ValueError):
        return path.resolve().relative_to(folder.resolve()).as_posix()
    return None
