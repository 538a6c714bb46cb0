"""Draws projects from nothing: scenes from a seed, with exact boxes. To try the program, and to train on."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from model.data import scenes as scenes_package
from model.data.images import encode_jpeg
from model.data.palette import colour_for
from model.data.project import Project
from model.data.scenes.scene import XYXY, Scene
from model.discover import discover
from model.records import Box, ClassesChange, Edit, LabelClass, Labels, LabelsChange, Progress, State

JPEG_QUALITY = 92
OURS = re.compile(r"scene_\d+\.jpg|\..*")  # what an interrupted drawing may have left, and hidden files


def draw_sample(
    folder: Path, images: int = 60, seed: int = 0, scenes: str = "workbench"
) -> Iterator[Progress]:
    """Draw `images` pictures into a new or empty folder and make a project of it.

    The same seed draws the same pictures, however many. The scene says which share is left to the person; the
    others are labelled. The project is made last, so that a folder with a project is complete.
    Raises ValueError where the folder holds other things, OSError where it cannot be written.
    """
    scene = _scene(scenes)
    _refuse_a_used_folder(folder)
    folder.mkdir(parents=True, exist_ok=True)
    paths = [f"scene_{number:0{len(str(images))}d}.jpg" for number in range(1, images + 1)]
    sizes: list[tuple[int, int]] = []
    found: list[list[tuple[str, XYXY]]] = []
    for number, path in enumerate(paths):
        yield Progress(number, images, path)
        pixels, objects = scene.paint(np.random.default_rng((seed, number)))
        (folder / path).write_bytes(
            encode_jpeg(pixels, JPEG_QUALITY)
        )  # can be drawn again: no need to flush each
        sizes.append((pixels.shape[1], pixels.shape[0]))
        found.append(objects)
    labelled = images - round(images * scene.left_to_do)
    with Project.open(folder) as project:
        ids = project.add_images(paths, sizes)
        project.apply(_labels(scene, ids[:labelled], found[:labelled]))
    yield Progress(images, images)


def _scene(name: str) -> Scene:
    known: dict[str, Scene] = {scene.name: scene for scene in discover(scenes_package, "SCENE")}
    if name not in known:
        raise ValueError(f"There are no scenes “{name}”; there are {', '.join(known)}.")
    return known[name]


def _refuse_a_used_folder(folder: Path) -> None:
    if folder.exists() and not folder.is_dir():
        raise ValueError(f"{folder} is a file; the sample needs a folder.")
    if (folder / ".fovea").exists():
        raise ValueError(f"{folder} holds a project already; choose a new folder for the sample.")
    strangers = [p.name for p in folder.iterdir() if not OURS.fullmatch(p.name)] if folder.is_dir() else []
    if strangers:
        raise ValueError(
            f"{folder} is not empty: {strangers[0]} is there. Choose a new folder for the sample."
        )


def _labels(scene: Scene, ids: tuple[int, ...], found: list[list[tuple[str, XYXY]]]) -> Edit:
    classes = tuple(LabelClass(n, name, colour_for(n)) for n, name in enumerate(scene.classes, 1))
    number_of = {c.name: c.id for c in classes}
    changes = [
        LabelsChange(
            image,
            Labels(),
            Labels(
                tuple(Box(*xyxy, label=number_of[name]) for name, xyxy in objects),
                State.DONE if objects else State.EMPTY,
            ),
        )
        for image, objects in zip(ids, found, strict=True)
    ]
    return Edit("Draw the sample", (ClassesChange((), classes), *changes))
