"""Anchors for a project's own boxes: those that training would learn from, as it would see them."""

from __future__ import annotations

from collections import defaultdict

import torch
from torch import Tensor

from model.data.images import ImageError, read_size
from model.network.anchor_fit import FEWEST_BOXES, Placed, best_ious, place, propose, recall_of, shapes
from model.network.boxes import clip
from model.network.preprocess import boxes_to_resized, resized_size
from model.records import Box, LabelledImage, Snapshot, TrainSettings
from model.records.anchors import AnchorFit, AnchorRecall, ClassRecall
from model.training.selection import SMALLEST_PX, select

DRAWN = 600  # shapes of boxes: more would hide each other in a small picture
WELL_MET = 0.99  # a share of boxes that leaves little to gain
UNSETTLED = (
    "Weights to start from were trained with other anchors: their box subnet needs some epochs to follow."
)
LITTLE = "Nearly every box has an anchor already, so expect little of it."


def fit_anchors(snapshot: Snapshot, settings: TrainSettings) -> AnchorFit:
    """The recipe's anchors, and those proposed for the boxes of the images that would train.

    Left out as in training: images that validate or test, areas to ignore, and boxes that are difficult, have
    no area, or are thinner than SMALLEST_PX once resized. Takes seconds. Raises TrainingError when there is
    nothing to learn from.
    """
    images = select(snapshot, settings).train
    names = {c.id: c.name for c in snapshot.classes}
    boxes: list[Tensor] = []
    sizes: list[tuple[int, int]] = []
    labels: list[int] = []
    for image in images:
        size = _size(snapshot, image)
        if size is None:
            continue
        resized = resized_size(size, settings.architecture.short_side, settings.architecture.long_side)
        learned = [box for box in image.objects if box.label in names and not box.difficult]
        seen = boxes_to_resized(_clipped(learned, size), size, resized)
        keep = (seen[:, 2:] - seen[:, :2] >= SMALLEST_PX).all(dim=1)
        boxes.append(seen[keep])
        sizes.append(resized)
        labels += [box.label for box, kept in zip(learned, keep.tolist(), strict=True) if kept]
    return _fit(place(boxes, sizes), labels, names, settings)


def _fit(placed: Placed, labels: list[int], names: dict[int, str], settings: TrainSettings) -> AnchorFit:
    before = settings.architecture
    after = propose(placed, before)
    ious_before, ious_after = best_ious(placed, before), best_ious(placed, after)
    rows: dict[int, list[int]] = defaultdict(list)
    for row, label in enumerate(labels):
        rows[label].append(row)
    return AnchorFit(
        settings.preset,
        before,
        after,
        recall_of(ious_before),
        recall_of(ious_after),
        tuple(
            ClassRecall(name, recall_of(ious_before[rows[label]]), recall_of(ious_after[rows[label]]))
            for label, name in names.items()
            if label in rows
        ),
        _pairs(placed.sides[:: max(1, -(-len(labels) // DRAWN))]),
        _pairs(shapes(before)),
        _pairs(shapes(after)),
        _note(recall_of(ious_before), after != before),
    )


def _note(before: AnchorRecall, is_better: bool) -> str:
    if before.boxes < FEWEST_BOXES:
        few = "1 box to learn from is" if before.boxes == 1 else f"{before.boxes} boxes to learn from are"
        return f"{few} too few to fit anchors to: it takes {FEWEST_BOXES}. The anchors stay as they are."
    if not is_better:
        return "Nothing better was found: the anchors suit these boxes as they are."
    return f"{LITTLE} {UNSETTLED}" if before.share >= WELL_MET else UNSETTLED


def _size(snapshot: Snapshot, image: LabelledImage) -> tuple[int, int] | None:
    """(H, W) px; None where the file cannot be read. Only an image never opened is looked at for it."""
    if image.width and image.height:
        return image.height, image.width
    try:
        width, height = read_size(snapshot.folder / image.path)
    except ImageError:
        return None
    return height, width


def _clipped(boxes: list[Box], size: tuple[int, int]) -> Tensor:
    """(M, 4) px within an image of this size (H, W); what is not finite gets no area, and so is left out."""
    xyxy = torch.tensor([box.xyxy for box in boxes]).reshape(-1, 4)
    xyxy = torch.where(xyxy.isfinite().all(dim=1, keepdim=True), xyxy, 0.0)
    return clip(xyxy, size)


def _pairs(values: Tensor) -> tuple[tuple[float, float], ...]:
    return tuple((float(width), float(height)) for width, height in values.tolist())
