"""main.py train: train a detector on the labels of a folder."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from model.commands.command import Command, CommandError, Result
from model.commands.options import add_device, add_folder, add_seed, positive
from model.commands.projects import measures, open_and_scan
from model.data.project import Project
from model.records import EpochEnded, TrainingEnded, TrainSettings
from model.terminal import follow_training, in_words, plain, say


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("--preset", choices=("fast", "balanced", "accurate", "paper"), default="fast")
    length = parser.add_mutually_exclusive_group()
    length.add_argument("--epochs", type=positive, metavar="N")
    length.add_argument("--minutes", type=float, metavar="M")
    parser.add_argument("--weights", metavar="starter|coco|imagenet|none|PATH", help="what to start from")
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
    from model.data.runs import interrupted_run, new_run
    from model.training.presets import preset
    from model.training.train import train as training

    settings = _asked(preset(a.preset), a)
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
        for event in follow_training(training(project.snapshot, settings, run, resume=resumed)):
            if isinstance(event, EpochEnded):
                epochs.append(event)
            elif isinstance(event, TrainingEnded):
                ended = event
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


def _register(project: Project, run: Path, preset: str, ended: TrainingEnded) -> None:
    from model.network.weights import load

    metrics = ended.metrics
    ap, ap50 = (metrics.ap, metrics.ap50) if metrics else (None, None)
    project.add_model(run.stem, run.name, preset, load(run).classes, ap, ap50)


COMMAND = Command("train", 30, "train a detector on the labels of a folder", _options, _run)
