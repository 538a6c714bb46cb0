"""main.py evaluate: measure a model against the labels."""

from __future__ import annotations

import argparse
from typing import Any

from model.commands.command import Command, CommandError, Result
from model.commands.options import add_device, add_folder, add_model
from model.commands.projects import measures, open_and_scan
from model.records import VALIDATION_SHARE
from model.terminal import finish, in_words, percent, say


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_device(parser)
    add_model(parser)
    parser.add_argument("--split", choices=("val", "all"), default="val")


def _run(a: argparse.Namespace) -> Result:
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


COMMAND = Command("evaluate", 40, "measure a model against the labels (COCO's AP and AR)", _options, _run)
