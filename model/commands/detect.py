"""main.py detect: find objects in images, with a trained model."""

from __future__ import annotations

import argparse
import contextlib
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.commands.command import Command, CommandError, Result
from model.commands.options import add_device, add_model, add_score
from model.data.project import Project
from model.records import Problem
from model.terminal import plain, quiet, say, tell


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("path", type=Path, nargs="+", metavar="PATH", help="images and folders")
    add_device(parser)
    add_model(parser)
    add_score(parser)
    parser.add_argument("--out", type=Path, metavar="DIR")
    parser.add_argument("--format", choices=("voc", "json", "images"), default="json")


def _run(a: argparse.Namespace) -> Result:
    """Alone, or as one of the processes of torchrun, each with its part of the images: the first one reports."""
    from model.training.world import join, leave

    join(a.device)
    try:
        return _detect(a)
    finally:
        leave()


def _detect(a: argparse.Namespace) -> Result:
    from model.data.runs import model_file
    from model.detection.detector import Detector
    from model.detection.files import Found, detect_files, top_of, write_json
    from model.network.weights import load
    from model.training.world import World

    world = World()
    paths = _images_in(a.path)
    if not paths:
        raise CommandError("there is no image at " + ", ".join(str(path) for path in a.path))
    with contextlib.ExitStack() as stack:
        project = _project_around(a.path[0])
        file = model_file(stack.enter_context(project) if project else None, a.model)
    detector = Detector(load(file), device=a.device)
    mine = world.part(paths)
    outcomes: list[Found | Problem] = []
    steps = detect_files(detector.detect, mine, a.score, a.out, a.format, top_of(paths))
    for outcome in tqdm(
        steps, desc="detecting", total=len(mine), unit="image", disable=quiet() or not world.is_first
    ):
        outcomes.append(outcome)
        if world.is_alone:
            _print(outcome, a)  # at once
    every = world.together(outcomes)
    found = [outcome for outcome in every if isinstance(outcome, Found)]
    problems = [outcome for outcome in every if isinstance(outcome, Problem)]
    if not world.is_first:
        return {}
    if not world.is_alone:
        for outcome in every:
            _print(outcome, a)
    if a.out is not None and a.format == "json":
        write_json(found, top_of(paths), a.out)
    tell(problems)
    say(f"{file.stem}: {sum(len(f.detections) for f in found)} detections in {len(found)} images")
    if problems:
        raise CommandError(f"{len(problems)} of {len(paths)} images could not be read")
    return {"model": file.stem, "score": a.score, "images": plain(found)}


def _print(outcome: Any, a: argparse.Namespace) -> None:
    """What was found in a file as lines of a table, where it is not written into files."""
    if a.out is None and not isinstance(outcome, Problem):
        for d in outcome.detections:
            print(outcome.path, d.name, f"{d.score:.3f}", *(f"{value:.1f}" for value in d.xyxy), sep="\t")


def _project_around(path: Path) -> Project | None:
    """The project that a file or folder lies in, if any."""
    for folder in (path.absolute(), *path.absolute().parents):
        if (folder / ".fovea" / "project.db").is_file():
            return Project.open(folder, create=False)
    return None


def _images_in(paths: list[Path]) -> tuple[Path, ...]:
    """Files as they are named; of folders, the images below them."""
    from model.data.suffixes import IMAGE_SUFFIXES

    found: list[Path] = []
    for path in paths:
        if path.is_dir():
            inside = (p for p in sorted(path.rglob("*")) if ".fovea" not in p.parts)
            found += [p for p in inside if p.suffix.lower() in IMAGE_SUFFIXES]
        elif path.exists():
            found.append(path)
        else:
            raise CommandError(f"{path} does not exist")
    return tuple(found)


COMMAND = Command("detect", 50, "find objects in images, with a trained model", _options, _run)
