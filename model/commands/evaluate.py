"""main.py evaluate: measure a model against the labels."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from model.commands.command import Command, CommandError, Result
from model.commands.labelled import open_labelled
from model.commands.options import add_device, add_folder, add_model, share
from model.records import MEASURES, Confusion, Evaluation, Threshold
from model.terminal import finish, in_words, percent, plain, say

WIDEST = 9  # classes that the matrix is printed for; of more, the most frequent mistakes
MOST_MISTAKES = 12


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_device(parser)
    add_model(parser)
    parser.add_argument("--split", choices=("val", "test", "all"), default="val")
    parser.add_argument(
        "--score", type=share, metavar="S",
        help="from which detections count in the matrix of confusion; else where F1 is highest",
    )  # fmt: skip
    parser.add_argument(
        "--report", type=Path, metavar="FILE.html", help="write all of it, curves too, as one page to look at"
    )


def _run(a: argparse.Namespace) -> Result:
    from model.data.division import divide
    from model.data.files import write_atomically
    from model.data.runs import model_file, newest_model
    from model.detection.detector import Detector
    from model.network.weights import load
    from model.training.evaluate import evaluate as look
    from model.training.evaluate import held_out_share
    from model.training.report import report

    with open_labelled(a.folder) as labelled:
        wanted = a.model
        if labelled.project is None and wanted is None:
            wanted = newest_model(labelled.models)
        file = model_file(labelled.project, wanted)
        # as it is: to measure decides nothing about what later runs learn from
        snapshot = labelled.project.snapshot() if labelled.project else labelled.read()
    weights = load(file)
    images = snapshot.labelled()
    if a.split == "test":
        images = tuple(image for image in images if image.split == "test")
    elif a.split == "val":
        images = divide(snapshot, held_out_share(weights.about)).val
    if not images:
        raise CommandError(f"{a.folder} has no labelled image in the split “{a.split}”")
    detector = Detector(weights, device=a.device)
    findings: Any = finish(look(detector.detect, snapshot, images), "evaluating")
    evaluation: Evaluation = findings.evaluation(a.score)
    metrics = evaluation.metrics
    for line in _lines(evaluation):
        say(line)
    say(f"{file.stem}: {in_words(metrics)} on {metrics.images} images")
    paths = {image.id: image.path for image in images}
    if a.report is not None:
        facts = (f"{a.folder}, {metrics.images} images ({a.split})", f"{file}, on {detector.device}")
        page = report(f"Measures of {file.stem}", facts, evaluation, paths)
        write_atomically(a.report, page.encode("utf-8"))
        say(f"report: {a.report}")
    return {
        "model": file.stem, "split": a.split, **plain(metrics), "threshold": plain(evaluation.threshold),
        "thresholds": plain(evaluation.thresholds), "curves": plain(evaluation.curves),
        "confusion": {
            **plain(evaluation.confusion),
            "images": [[[paths[i] for i in cell] for cell in row] for row in evaluation.confusion.images],
        },
    }  # fmt: skip


def _lines(evaluation: Evaluation) -> Iterator[str]:
    """All of an evaluation but its curves, for a terminal."""
    metrics = evaluation.metrics
    for measure in MEASURES:
        yield f"  {measure.title:<10} {percent(getattr(metrics, measure.name))}  {measure.means}"
    for c in metrics.per_class:
        yield (
            f"  {c.name:<24} AP {percent(c.ap)}  AP50 {percent(c.ap50)}  AP75 {percent(c.ap75)}  "
            f"AR100 {percent(c.ar100)}  VOC AP {percent(c.voc_ap)}  {c.boxes} boxes"
        )
    if evaluation.threshold is not None:
        yield "best scores to keep detections from (highest F1 at IoU 0.5):"
        yield from map(_best, (*evaluation.thresholds, evaluation.threshold))
    yield from _confused(evaluation.confusion)


def _best(threshold: Threshold) -> str:
    return (
        f"  {threshold.name or 'all classes':<24} score {threshold.score:.3f}  precision {threshold.precision:.3f}"
        f"  recall {threshold.recall:.3f}  F1 {threshold.f1:.3f}"
    )


def _confused(confusion: Confusion) -> Iterator[str]:
    names = (*confusion.names, "background")
    if len(confusion.names) <= WIDEST:
        yield f"what objects (rows) were taken for (columns) from score {confusion.score:.3f} on:"
        width = 1 + max(len(f"{n}") for n in (*names, *(c for row in confusion.counts for c in row)))
        yield "  " + " " * width + "".join(f"{name:>{width}}" for name in names)
        for name, row in zip(names, confusion.counts, strict=True):
            yield f"  {name:<{width}}" + "".join(f"{count:>{width}}" for count in row)
        return
    yield f"most frequent mistakes from score {confusion.score:.3f} on:"
    mistakes = [
        (count, names[truth], names[told])
        for truth, row in enumerate(confusion.counts)
        for told, count in enumerate(row)
        if count and truth != told
    ]
    for count, truth, told in sorted(mistakes, key=lambda mistake: -mistake[0])[:MOST_MISTAKES]:
        yield f"  {count:>6}  {truth} taken for {told}"


COMMAND = Command(
    "evaluate", 40, "measure a model against the labels (COCO's and Pascal VOC's measures)", _options, _run
)
