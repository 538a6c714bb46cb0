"""The command line: one thin function for each command, over the same parts as the window."""

from __future__ import annotations

import argparse
import contextlib
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.arguments import parser
from model.data.files import write_atomically
from model.data.formats.format import Convention
from model.data.project import Project
from model.records import (
    VALIDATION_SHARE,
    Box,
    EpochEnded,
    LabelClass,
    LabelledImage,
    Labels,
    Metrics,
    Problem,
    Snapshot,
    State,
    TrainingEnded,
    TrainSettings,
)
from model.terminal import finish, follow_training, in_words, percent, plain, quiet, say, tell

log = logging.getLogger(__name__)

Result = dict[str, Any]


class CommandError(Exception):
    """The command could not do all of what was asked; one line for the person."""


# ------------------------------------------------------------------------------------------ commands


def sample(a: argparse.Namespace) -> Result:
    from model.data.sample import draw_sample

    finish(draw_sample(a.dir, images=a.images, seed=a.seed, scenes=a.scenes), "drawing")
    say(f"{a.images} images are in {a.dir}")
    return {"folder": a.dir, "images": a.images}


def import_(a: argparse.Namespace) -> Result:
    from model.data.exchange import import_voc

    with open_and_scan(a.folder) as project:
        report: Any = finish(import_voc(project, a.source, counting(a)), "importing")
    tell(report.problems)
    if report.doubt:
        other = "one" if report.doubt.from_zero else "zero"
        say(f"  {report.doubt.text} If that is wrong: undo the import in the window, then --counting {other}")
    say(f"{report.boxes} boxes on {report.images} images; classes: {', '.join(report.classes) or 'none'}")
    if report.unread:
        say(f"fovea import: {report.unread} of the label files could not be read; the others are imported")
    return {**plain(report), "folder": str(a.folder), "exit_code": 1 if report.unread else 0}


def train(a: argparse.Namespace) -> Result:
    from model.data.runs import interrupted_run, new_run
    from model.training.presets import preset
    from model.training.train import train as training

    settings = asked(preset(a.preset), a)
    with open_and_scan(a.folder) as project:
        resumed = interrupted_run(project) if a.resume else None
        if a.resume and resumed is None:
            raise CommandError(
                f"{a.folder} has no interrupted run to resume; leave --resume out to start one"
            )
        run = resumed or new_run(project, settings.preset)
        epochs: list[EpochEnded] = []
        ended: TrainingEnded | None = None
        for event in follow_training(training(project.snapshot, settings, run, resume=resumed)):
            if isinstance(event, EpochEnded):
                epochs.append(event)
            elif isinstance(event, TrainingEnded):
                ended = event
        if ended is None:
            raise CommandError("training stopped before it had a model")
        register(project, run, settings.preset, ended)
    say(f"{run.stem}: {in_words(ended.metrics)}; {ended.seconds / 60:.1f} min; {run}")
    speed = sum(e.images_per_second for e in epochs) / len(epochs) if epochs else None
    return {
        "model": run.stem, "file": str(run), "epochs": ended.epochs, "minutes": ended.seconds / 60,
        "images_per_second": speed, **measures(ended.metrics), "history": plain(epochs),
    }  # fmt: skip


def evaluate(a: argparse.Namespace) -> Result:
    from model.data.runs import model_file
    from model.data.splits import split
    from model.detection.detector import Detector
    from model.network.weights import load
    from model.training.evaluate import evaluate as measure

    with open_and_scan(a.folder) as project:
        file = model_file(project, a.model)
        snapshot = project.snapshot()
    images = snapshot.labelled()
    if a.split == "val":
        images = split(images, VALIDATION_SHARE)[1]
    if not images:
        raise CommandError(f"{a.folder} has no labelled image in the split “{a.split}”")
    detector = Detector(load(file), device=a.device)
    metrics: Any = finish(measure(detector.detect, snapshot, images), "evaluating")
    for c in metrics.per_class:
        say(f"  {c.name:<24} AP {percent(c.ap)}  AP50 {percent(c.ap50)}  {c.boxes} boxes")
    say(f"{file.stem}: {in_words(metrics)} on {metrics.images} images")
    return {"model": file.stem, "split": a.split, "images": metrics.images, **measures(metrics)}


def detect(a: argparse.Namespace) -> Result:
    from model.data.runs import model_file
    from model.detection.detector import Detector
    from model.detection.files import Found, detect_files
    from model.network.weights import load

    paths = images_in(a.path)
    if not paths:
        raise CommandError("there is no image at " + ", ".join(str(path) for path in a.path))
    with contextlib.ExitStack() as stack:
        project = project_around(a.path[0])
        file = model_file(stack.enter_context(project) if project else None, a.model)
    detector = Detector(load(file), device=a.device)
    found: list[Found] = []
    problems: list[Problem] = []
    steps = detect_files(detector.detect, paths, a.score, a.out, a.format)
    for outcome in tqdm(steps, desc="detecting", total=len(paths), unit="image", disable=quiet()):
        if isinstance(outcome, Problem):
            problems.append(outcome)
            continue
        found.append(outcome)
        if a.out is None:
            for d in outcome.detections:
                print(outcome.path, d.name, f"{d.score:.3f}", *(f"{value:.1f}" for value in d.xyxy), sep="\t")
    tell(problems)
    say(f"{file.stem}: {sum(len(f.detections) for f in found)} detections in {len(found)} images")
    if problems:
        raise CommandError(f"{len(problems)} of {len(paths)} images could not be read")
    return {"model": file.stem, "score": a.score, "images": plain(found)}


def export(a: argparse.Namespace) -> Result:
    from model.data.exchange import export_voc

    with open_and_scan(a.folder) as project:
        snapshot = project.snapshot()
        if a.model:
            snapshot = with_detections(snapshot, project, a.model, a.score)
    report: Any = finish(export_voc(snapshot, a.out, counting(a) or Convention.ONE_BASED), "exporting")
    tell(report.problems)
    say(f"{report.boxes} boxes in {report.files} files under {report.folder}")
    return plain(report)


def doctor(a: argparse.Namespace) -> Result:
    from model.doctor import examine

    report = examine()
    print("\n".join(report.lines()))
    return {**report.as_json(), "exit_code": 1 if report.problems else 0}


# ------------------------------------------------------------------------------------------ what they share


def open_and_scan(folder: Path) -> Project:
    """The project of a folder, its list of images up to date. Raises ProjectError."""
    from model.data.scan import scan

    project = Project.open(folder)
    report: Any = finish(scan(project), "looking for images")
    tell(report.problems)
    return project


def project_around(path: Path) -> Project | None:
    """The project that a file or folder lies in, if any."""
    for folder in (path.absolute(), *path.absolute().parents):
        if (folder / ".fovea" / "project.db").is_file():
            return Project.open(folder, create=False)
    return None


def images_in(paths: list[Path]) -> tuple[Path, ...]:
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


def counting(a: argparse.Namespace) -> Convention | None:
    """How Pascal VOC files count pixels, as the command line says; None leaves it to what the files show."""
    return {"one": Convention.ONE_BASED, "zero": Convention.ZERO_BASED}.get(a.counting)


def asked(settings: TrainSettings, a: argparse.Namespace) -> TrainSettings:
    """A preset with what the command line says otherwise."""
    options = {
        "epochs": a.epochs,
        "minutes": a.minutes,
        "device": a.device,
        "weights": a.weights,
        "seed": a.seed,
    }
    return replace(settings, **{name: value for name, value in options.items() if value is not None})


def register(project: Project, run: Path, preset: str, ended: TrainingEnded) -> None:
    from model.network.weights import load

    metrics = ended.metrics
    ap, ap50 = (metrics.ap, metrics.ap50) if metrics else (None, None)
    project.add_model(run.stem, run.name, preset, load(run).classes, ap, ap50)


def measures(metrics: Metrics | None) -> Result:
    if metrics is None:
        return {"ap": None, "ap50": None, "ap75": None, "ar100": None, "per_class": []}
    return {
        "ap": metrics.ap, "ap50": metrics.ap50, "ap75": metrics.ap75, "ar100": metrics.ar100,
        "per_class": plain(metrics.per_class),
    }  # fmt: skip


def with_detections(snapshot: Snapshot, project: Project, model: str, score: float) -> Snapshot:
    """The images nobody has labelled get what a model finds in them: the person asks for just this, by --model.

    The project stays as it is. A class that it does not have comes after its own, in the export alone.
    """
    from model.data.images import read_image
    from model.data.palette import colour_for
    from model.data.runs import model_file
    from model.detection.detector import Detector
    from model.network.weights import load

    weights = load(model_file(project, model))
    foreign = [name for name in weights.classes if name not in {c.name for c in snapshot.classes}]
    first = project.next_class_id()
    added = tuple(LabelClass(id, name, colour_for(id)) for id, name in enumerate(foreign, first))
    classes = snapshot.classes + added
    ids = {c.name: c.id for c in classes}
    detector = Detector(weights)
    labelled = {image.id for image in snapshot.labelled()}
    images: list[LabelledImage] = []
    for image in tqdm(snapshot.images, desc="detecting", unit="image", disable=quiet()):
        if image.id not in labelled:
            pixels = read_image(snapshot.folder / image.path)
            detections = (d for d in detector.detect(pixels) if d.score >= score)
            boxes = tuple(Box(*d.xyxy, label=ids[d.name]) for d in detections)
            size = {"width": pixels.shape[1], "height": pixels.shape[0]}
            image = replace(image, **size, labels=Labels(boxes, State.DONE if boxes else State.TO_DO))
        images.append(image)
    return replace(snapshot, classes=classes, images=tuple(images))


COMMANDS: dict[str, Callable[[argparse.Namespace], Result]] = {
    "sample": sample,
    "import": import_,
    "train": train,
    "evaluate": evaluate,
    "detect": detect,
    "export": export,
    "doctor": doctor,
}


def run(arguments: list[str]) -> int:
    """Run one command. 0 only when all of it worked; otherwise one line says why not (1), or how to call it (2)."""
    try:
        a = parser().parse_args(arguments)
    except SystemExit as ended:  # argparse has said what was wrong, or printed its help
        return int(ended.code or 0)
    try:
        result = COMMANDS[a.command](a)
        if a.json:
            write_json(a.json, result)
    except KeyboardInterrupt:
        say("stopped; a training run goes on with --resume")
        return 130
    except Exception as error:  # the edge of the program: a reason for the person, the traceback for the log
        log.debug("%s failed", a.command, exc_info=True)
        say(f"fovea {a.command}: {reason(error)}")
        return 1
    return int(result.get("exit_code", 0))


def reason(error: Exception) -> str:
    """One line. Our own errors are sentences already; of a stranger the type is told too."""
    text = " ".join(str(error).split())
    if isinstance(error, OSError) and error.strerror:
        return f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    if type(error).__module__.startswith("model.") or isinstance(error, ValueError):
        return text
    return f"{type(error).__name__}: {text or 'no reason given'}"


def write_json(file: Path, result: Result) -> None:
    text = json.dumps(plain(result), ensure_ascii=False, indent=1) + "\n"
    if str(file) == "-":
        sys.stdout.write(text)
    else:
        write_atomically(file, text.encode("utf-8"))
