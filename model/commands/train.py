"""main.py train: train a detector on the labels of a folder."""

from __future__ import annotations

import argparse
import contextlib
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from model.commands.command import Command, CommandError, Result
from model.commands.labelled import Labelled, open_labelled
from model.commands.options import add_folder, add_settings, with_settings
from model.commands.projects import measures
from model.network.sources.registry import kinds
from model.records import VALIDATION_SHARE, EpochEnded, Snapshot, TrainingEnded, TrainSettings
from model.terminal import follow_training, in_words, plain, say

if TYPE_CHECKING:
    from model.training.world import World

PRESETS = ("fast", "balanced", "accurate", "paper", "sgd", "adam_voc", "adamw_coco")  # a test compares


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("--preset", choices=PRESETS, default="fast")
    names = "|".join(kind.name for kind in kinds())
    parser.add_argument(
        "--weights", metavar=f"{names}|PATH", help="what to start from; main.py weights tells of each"
    )
    parser.add_argument(
        "--backbone", metavar="NAME", help="another than the preset's: resnet18, resnet50 ..."
    )
    parser.add_argument(
        "--image-size", type=int, nargs="+", metavar="PX", help="short side, and long side if it is another"
    )
    parser.add_argument(
        "--anchors",
        choices=("preset", "fit"),
        default="preset",
        help="fit: to the boxes of the folder, where that is better (see the command anchors)",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the newest interrupted run")
    parser.add_argument("--out", type=Path, metavar="DIR", help="where models go; FOLDER/.fovea/models")
    add_settings(parser)


def _run(a: argparse.Namespace) -> Result:
    """Alone, or as one of the processes of torchrun: the first reads labels, writes files and speaks."""
    from model.training.world import World, join, leave

    join(a.device or "auto")
    world = World()
    try:
        if world.is_first:
            share = VALIDATION_SHARE if a.validation_share is None else a.validation_share
            with open_labelled(a.folder, share, a.out) as labelled:
                return _train(a, labelled, world)
        with _silence():
            return _train(a, None, world)
    finally:
        leave()


def _train(a: argparse.Namespace, labelled: Labelled | None, world: World) -> Result:
    from model.data.runs import checkpoint_of
    from model.training.train import train as training

    plan = world.share(_plan(a, labelled) if labelled is not None else None)
    assert plan is not None, "the first process has a plan"
    settings, run, resumed = plan
    epochs: list[EpochEnded] = []
    ended: TrainingEnded | None = None
    read = labelled.read if labelled is not None else _no_labels
    events = training(read, settings, run, resume=run if resumed else None)
    try:
        # closed before anything is said: closing is what makes train() write its files
        with contextlib.closing(events):
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
    if labelled is not None and labelled.project is not None:
        _register(labelled, run, settings.preset, ended)
    say(f"{run.stem}: {in_words(ended.metrics)}; {ended.seconds / 60:.1f} min; {run}")
    if ended.reason:
        say(f"  {ended.reason}")
    speed = sum(e.images_per_second for e in epochs) / len(epochs) if epochs else None
    return {
        "model": run.stem, "file": str(run), "epochs": ended.epochs, "minutes": ended.seconds / 60,
        "images_per_second": speed, **measures(ended.metrics), "history": plain(epochs),
    }  # fmt: skip


def _plan(a: argparse.Namespace, labelled: Labelled) -> tuple[TrainSettings, Path, bool]:
    """The recipe, the weights file to write, and whether it is that of a run that goes on. Raises CommandError."""
    from model.data.runs import interrupted_run, new_run
    from model.training.presets import preset
    from model.training.world import restarts

    settings = _asked(preset(a.preset), a)
    resumed = interrupted_run(labelled.models) if a.resume or restarts() else None
    if resumed is not None:  # goes on with its own recipe
        return settings, resumed, True
    if a.resume and not restarts():
        raise CommandError(f"{a.folder} has no interrupted run to resume; leave --resume out to start one")
    if a.anchors == "fit":
        settings = _with_fitted_anchors(labelled, settings)
    labelled.models.mkdir(parents=True, exist_ok=True)
    return settings, new_run(labelled.models, settings.preset), False


def _asked(settings: TrainSettings, a: argparse.Namespace) -> TrainSettings:
    """A preset with what the command line says otherwise. Raises CommandError, and ValueError."""
    if a.epochs is not None and a.minutes is not None:
        raise CommandError("give --epochs or --minutes: a run has one length")
    settings = with_settings(settings, a)
    if a.weights is not None:
        settings = replace(settings, weights=a.weights)
    if a.image_size is not None:
        short, long = min(a.image_size), max(a.image_size)
        settings = replace(
            settings, architecture=replace(settings.architecture, short_side=short, long_side=long)
        )
    return _with_backbone(settings, a)


def _with_fitted_anchors(labelled: Labelled, settings: TrainSettings) -> TrainSettings:
    from model.commands.anchors import table
    from model.training.anchors import fit_anchors

    fit = fit_anchors(labelled.read(), settings)
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


def _register(labelled: Labelled, run: Path, preset: str, ended: TrainingEnded) -> None:
    from model.network.weights import load

    assert labelled.project is not None, "only a project has a list of models"
    metrics = ended.metrics
    ap, ap50 = (metrics.ap, metrics.ap50) if metrics else (None, None)
    if run.parent == labelled.project.models_folder:
        labelled.project.add_model(run.stem, run.name, preset, load(run).classes, ap, ap50)


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """Only the first process speaks."""
    with contextlib.ExitStack() as stack:
        nowhere = stack.enter_context(open(os.devnull, "w", encoding="utf-8"))
        stack.enter_context(contextlib.redirect_stderr(nowhere))
        stack.enter_context(contextlib.redirect_stdout(nowhere))
        yield


def _no_labels() -> Snapshot:
    raise AssertionError("the first process reads the labels, and shares them")


COMMAND = Command("train", 30, "train a detector on the labels of a folder", _options, _run)
