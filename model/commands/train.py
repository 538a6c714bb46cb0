"""main.py train: train a detector on the labels of a folder."""

from __future__ import annotations

import argparse
import contextlib
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import cast

from model.commands.command import Command, CommandError, Result
from model.commands.options import add_device, add_folder, add_seed, positive
from model.commands.projects import measures, open_and_scan
from model.data.project import Project
from model.network.sources.registry import kinds
from model.records import EpochEnded, TrainEvent, TrainingEnded, TrainSettings
from model.terminal import follow_training, in_words, plain, say


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("--preset", choices=("fast", "balanced", "accurate", "paper"), default="fast")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive, metavar="N")
    length.add_argument("--minutes", type=float, metavar="M")
    names = "|".join(kind.name for kind in kinds())
    parser.add_argument(
        "--weights", metavar=f"{names}|PATH", help="what to start from; main.py weights tells of each"
    )
    parser.add_argument(
        "--backbone", metavar="NAME", help="another than the preset's: resnet18, resnet50 ..."
    )
    parser.add_argument(
        "--anchors",
        choices=("preset", "fit"),
        default="preset",
        help="fit: to the boxes of the folder, where that is better (see the command anchors)",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the newest interrupted run")
    add_device(parser)
    add_seed(parser)


def _run(a: argparse.Namespace) -> Result:
    from model.data.runs import checkpoint_of, interrupted_run, new_run
    from model.training.presets import preset
    from model.training.train import train as training

    settings = _with_backbone(_asked(preset(a.preset), a), a)
    with open_and_scan(a.folder) as project:
        resumed = interrupted_run(project) if a.resume else None
        if a.resume and resumed is None:
            raise CommandError(
                f"{a.folder} has no interrupted run to resume; leave --resume out to start one"
            )
        if a.anchors == "fit" and resumed is None:  # a resumed run goes on with its own
            settings = _with_fitted_anchors(project, settings)
        run = resumed or new_run(project, settings.preset)
        epochs: list[EpochEnded] = []
        ended: TrainingEnded | None = None
        events = training(project.snapshot, settings, run, resume=resumed)
        try:
            # closed before anything is said: closing is what makes train() write its files
            with contextlib.closing(cast("Generator[TrainEvent, None, None]", events)):
                for event in follow_training(events):
                    if isinstance(event, EpochEnded):
                        epochs.append(event)
                    elif isinstance(event, TrainingEnded):
                        ended = event
        except KeyboardInterrupt:
            if checkpoint_of(run).is_file():
                say("the run goes on with --resume")
            raise
        if ended is None:
            raise CommandError("training stopped before it had a model")
        _register(project, run, settings.preset, ended)
    say(f"{run.stem}: {in_words(ended.metrics)}; {ended.seconds / 60:.1f} min; {run}")
    speed = sum(e.images_per_second for e in epochs) / len(epochs) if epochs else None
    return {
        "model": run.stem, "file": str(run), "epochs": ended.epochs, "minutes": ended.seconds / 60,
        "images_per_second": speed, **measures(ended.metrics), "history": plain(epochs),
    }  # fmt: skip


def _asked(settings: TrainSettings, a: argparse.Namespace) -> TrainSettings:
    """A preset with what the command line says otherwise."""
    options = {
        "epochs": a.epochs,
        "minutes": a.minutes,
        "device": a.device,
        "weights": a.weights,
        "seed": a.seed,
    }
    return replace(settings, **{name: value for name, value in options.items() if value is not None})


def _with_fitted_anchors(project: Project, settings: TrainSettings) -> TrainSettings:
    from model.commands.anchors import table
    from model.training.anchors import fit_anchors

    fit = fit_anchors(project.snapshot(), settings)
    for line in table(fit):
        say(line)
    return replace(settings, architecture=fit.after)


def _with_backbone(settings: TrainSettings, a: argparse.Namespace) -> TrainSettings:
    """With the backbone asked for; what the preset starts from is then of another network. Raises ValueError."""
    from model.network.retinanet import backbone

    if a.backbone is None or a.backbone == settings.architecture.backbone:
        return settings
    settings = replace(
        settings, architecture=replace(settings.architecture, backbone=backbone(a.backbone).name)
    )
    if a.weights is None and settings.weights != "imagenet":
        say(f"{settings.weights} weights are of another backbone than {a.backbone}: starts from imagenet")
        settings = replace(settings, weights="imagenet")
    return settings


def _register(project: Project, run: Path, preset: str, ended: TrainingEnded) -> None:
    from model.network.weights import load

    metrics = ended.metrics
    ap, ap50 = (metrics.ap, metrics.ap50) if metrics else (None, None)
    project.add_model(run.stem, run.name, preset, load(run).classes, ap, ap50)


COMMAND = Command("train", 30, "train a detector on the labels of a folder", _options, _run)
