"""main.py export: write the labels in a format that other tools read."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from tqdm import tqdm

from model.commands.command import Command, Result
from model.commands.options import COUNTING, add_folder, add_label_format, add_model, add_score, convention
from model.commands.projects import open_and_scan
from model.data.formats.format import Convention
from model.data.project import Project
from model.records import Box, LabelClass, LabelledImage, Labels, Snapshot, State
from model.terminal import finish, plain, quiet, say, tell


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    add_label_format(parser)
    add_model(parser)
    add_score(parser)
    parser.add_argument("--counting", choices=("one", "zero"), default="one", help=COUNTING)
    parser.add_argument("--out", type=Path, required=True, metavar="DIR")


def _run(a: argparse.Namespace) -> Result:
    from model.data.exchange import export_voc

    with open_and_scan(a.folder) as project:
        snapshot = project.snapshot()
        if a.model:
            snapshot = _with_detections(snapshot, project, a.model, a.score)
    counting = convention(a.counting) or Convention.ONE_BASED
    report: Any = finish(export_voc(snapshot, a.out, counting), "exporting")
    tell(report.problems)
    say(f"{report.boxes} boxes in {report.files} files under {report.folder}")
    return plain(report)


def _with_detections(snapshot: Snapshot, project: Project, model: str, score: float) -> Snapshot:
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


COMMAND = Command("export", 60, "write the labels in a format that other tools read", _options, _run)
