"""main.py anchors: anchors that meet a project's own boxes better, and how much better."""

from __future__ import annotations

import argparse

from model.commands.command import Command, Result
from model.commands.options import add_folder
from model.commands.projects import open_and_scan
from model.records import Architecture
from model.records.anchors import AnchorFit, AnchorRecall
from model.terminal import say


def _options(parser: argparse.ArgumentParser) -> None:
    add_folder(parser)
    parser.add_argument("--preset", choices=("fast", "balanced", "accurate", "paper"), default="fast")


def _run(a: argparse.Namespace) -> Result:
    from model.training.anchors import fit_anchors
    from model.training.presets import preset

    with open_and_scan(a.folder) as project:
        fit = fit_anchors(project.snapshot(), preset(a.preset))
    for line in table(fit):
        say(line)
    if fit.is_better:
        say("to train with them: train FOLDER --anchors fit")
    return {
        "preset": fit.preset, "boxes": fit.recall_before.boxes, "better": fit.is_better, "note": fit.note,
        "before": _values(fit.before, fit.recall_before), "after": _values(fit.after, fit.recall_after),
        "per_class": [
            {"name": c.name, "boxes": c.before.boxes, "before": _measures(c.before), "after": _measures(c.after)}
            for c in fit.per_class
        ],
    }  # fmt: skip


def table(fit: AnchorFit) -> list[str]:
    """Sizes, ratios and recall, before and after, in lines of 100 columns at most."""
    lines = [
        f"  {'':<24} {fit.preset:<28} fitted",
        f"  {'sizes of P3 to P7, px':<24} {_listed(fit.before.anchor_sizes):<28} {_listed(fit.after.anchor_sizes)}",
        f"  {'ratios, height/width':<24} {_listed(fit.before.anchor_ratios):<28} {_listed(fit.after.anchor_ratios)}",
        f"  {'anchor at IoU >= 0.5':<24} {_share(fit.recall_before):<28} {_share(fit.recall_after)}",
    ]
    for c in fit.per_class:
        lines.append(f"    {c.name[:22]:<22} {_share(c.before):<28} {_share(c.after)}")
    mean = f"{fit.recall_before.mean_iou:.3f}"
    lines.append(f"  {'mean best IoU':<24} {mean:<28} {fit.recall_after.mean_iou:.3f}")
    for c in fit.per_class:
        mean = f"{c.before.mean_iou:.3f}"
        lines.append(f"    {c.name[:22]:<22} {mean:<28} {c.after.mean_iou:.3f}")
    return [*lines, fit.note]


def _share(recall: AnchorRecall) -> str:
    return f"{100 * recall.share:.1f} % ({recall.met:,} of {recall.boxes:,})"


def _listed(values: tuple[float, ...]) -> str:
    return ", ".join(f"{value:g}" for value in values)


def _values(architecture: Architecture, recall: AnchorRecall) -> Result:
    return {"sizes": architecture.anchor_sizes, "ratios": architecture.anchor_ratios, **_measures(recall)}


def _measures(recall: AnchorRecall) -> Result:
    return {"recall": recall.share, "mean_iou": recall.mean_iou, "unmet": recall.unmet}


COMMAND = Command("anchors", 25, "propose anchors that suit the boxes of a folder", _options, _run)
