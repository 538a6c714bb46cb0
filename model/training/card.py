"""The model card: what a person must know of a model before using it, as Markdown beside its weights."""

from __future__ import annotations

import importlib.metadata
import platform
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import torch

from model.data.digest import digest
from model.data.files import write_atomically
from model.data.runs import WEIGHTS
from model.network.sources.registry import kind_named, source_for
from model.records import (
    MEASURES,
    Architecture,
    Evaluation,
    LabelClass,
    LabelledImage,
    Threshold,
    TrainSettings,
    settings_with_options,
)
from model.training.presets import preset

VERSIONS = ("fovea", "torch", "torchvision", "numpy", "faster-coco-eval")


@dataclass(frozen=True, slots=True, eq=False)
class RunFacts:
    """What a run knows of itself when it ends or is stopped."""

    settings: TrainSettings
    classes: tuple[LabelClass, ...]
    train: tuple[LabelledImage, ...]
    val: tuple[LabelledImage, ...]
    device: str
    precision: str
    epochs: int  # whole ones
    steps: int
    seconds: float
    evaluation: Evaluation | None  # None where there was nothing to measure on
    measured_step: int = 0  # at which step the network was evaluated; the weights kept may be newer
    notes: tuple[str, ...] = ()
    reason: str = ""  # why it ended before its time


def card_file(weights: Path) -> Path:
    """The model card of a weights file."""
    return weights.with_name(weights.name.removesuffix(WEIGHTS) + ".md")


def write_card(weights: Path, run: RunFacts) -> Path:
    """Write the card beside the weights, whole or not at all. Raises OSError."""
    file = card_file(weights)
    write_atomically(file, card(weights.name, run).encode("utf-8"))
    return file


def card(name: str, run: RunFacts) -> str:
    """The card of the weights file of this name, as Markdown."""
    settings = run.settings
    parts = (
        f"# {_plain(name.removesuffix(WEIGHTS))}",
        "A RetinaNet that finds " + ", ".join(f"“{_plain(c.name)}”" for c in run.classes) + ".",
        _table(
            ("", ""),
            (
                ("Written", f"{datetime.now().astimezone():%Y-%m-%d %H:%M %z}"),
                ("Weights", f"`{name}`"),
                ("Recipe", settings.preset),
                ("Trained", f"{run.epochs} epochs, {run.steps} steps, {run.seconds / 60:.1f} min"),
                ("On", f"{run.device}, {run.precision}"),
                ("Started from", _start(settings)),
                *((("Ended early", run.reason),) if run.reason else ()),
            ),
        ),
        "## Data",
        _data(run),
        "## Measures",
        *_measures(run),
        "## Settings",
        "Those that differ from the recipe are in **bold**.",
        _settings(settings),
        *(("## Notes of the run", "\n".join(f"- {_plain(n)}" for n in run.notes)) if run.notes else ()),
        "## Versions",
        _table(("", ""), [("Python", platform.python_version()), *_versions(), ("System", _system())]),
    )
    return "\n\n".join(parts) + "\n"


# ------------------------------------------------------------------------------------------ its parts


def _data(run: RunFacts) -> str:
    rows = []
    for c in run.classes:
        cells = [cell for images in (run.train, run.val) for cell in _counts(images, c.id)]
        rows.append((c.name, *cells))
    rows.append(("images", str(len(run.train)), "", str(len(run.val)), ""))
    table = _table(("Class", "Boxes to learn", "in images", "Boxes to check", "in images"), rows)
    code = digest(run.classes, (*run.train, *run.val))
    return f"Digest of the labels (paths, sizes, boxes, classes), SHA-256: `{code}`\n\n{table}"


def _counts(images: Sequence[LabelledImage], label: int) -> tuple[str, str]:
    held = [sum(box.label == label for box in image.objects) for image in images]
    return f"{sum(held):,}", f"{sum(count > 0 for count in held):,}"


def _measures(run: RunFacts) -> Iterable[str]:
    evaluation = run.evaluation
    if evaluation is None or evaluation.metrics.ap is None:
        yield "There was no labelled image to check on, so nothing was measured."
        return
    metrics = evaluation.metrics
    when = f" after step {run.measured_step}" if run.measured_step else ""
    yield f"On the {metrics.images} images kept to check on{when}, by COCO's and Pascal VOC's rules."
    yield _table(
        ("Measure", "", "Means"), [(m.title, number(getattr(metrics, m.name)), m.means) for m in MEASURES]
    )
    yield _table(
        ("Class", "Boxes", "AP", "AP50", "AP75", "AR100", "VOC AP"),
        [
            (c.name, f"{c.boxes:,}", *map(number, (c.ap, c.ap50, c.ap75, c.ar100, c.voc_ap)))
            for c in metrics.per_class
        ],
    )
    if evaluation.threshold is not None:
        yield "Scores from which detections are best kept (highest F1 at IoU 0.5):"
        yield _table(
            ("Class", "Score", "Precision", "Recall", "F1"),
            [_threshold(t) for t in (*evaluation.thresholds, evaluation.threshold)],
        )


def number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _threshold(threshold: Threshold) -> tuple[str, ...]:
    numbers = (threshold.score, threshold.precision, threshold.recall, threshold.f1)
    return (threshold.name or "all classes", *map(number, numbers))


def _start(settings: TrainSettings) -> str:
    kind = kind_named(settings.weights)
    if kind is None:
        return f"{settings.weights} (a file: its licence is not known here)"
    source = source_for(kind, settings.architecture.backbone)
    if source is None:
        return f"{settings.weights}: {kind.title}"
    return f"{settings.weights}: {source.title}; licence: {source.licence} {source.terms}".strip()


def _settings(settings: TrainSettings) -> str:
    try:
        recipe: TrainSettings | None = preset(settings.preset)
    except ValueError:  # a recipe of its own
        recipe = None
    rows = [
        _setting(
            setting.option.group, setting.option.title, setting.option.unit, setting.name, settings, recipe
        )
        for setting in settings_with_options()
    ]
    rows.append(_setting("Network", "Start from", "", "weights", settings, recipe))
    of_recipe = None if recipe is None else recipe.architecture
    for each in fields(Architecture):
        title = each.name.replace("_", " ").capitalize()
        rows.append(_setting("Architecture", title, "", each.name, settings.architecture, of_recipe))
    return _table(("", "Setting", "Value", "Recipe's"), rows)


def _setting(group: str, title: str, unit: str, name: str, ours: Any, recipe: Any) -> tuple[str, ...]:
    value = getattr(ours, name)
    text = f"{_value(value)} {unit}".strip() if value is not None else "–"
    if recipe is None or getattr(recipe, name) == value:
        return group, title, text, ""
    return group, f"**{title}**", f"**{text}**", _value(getattr(recipe, name))


def _value(value: Any) -> str:
    match value:
        case None:
            return "–"
        case bool():
            return "yes" if value else "no"
        case float():
            return f"{value:g}"
        case tuple():
            return ", ".join(map(_value, value))
    return str(value)


def _versions() -> Iterable[tuple[str, str]]:
    for package in VERSIONS:
        try:
            yield package, importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            yield package, "not installed as a package"


def _system() -> str:
    gpu = f"; {torch.cuda.get_device_name()}" if torch.cuda.is_available() else ""
    return f"{platform.system()} {platform.machine()}{gpu}"


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(map(_plain, line)) + " |" for line in lines)


def _plain(text: str) -> str:
    """A name of a person's choosing may hold what would end a table's cell."""
    return " ".join(text.split()).replace("|", "\\|")
