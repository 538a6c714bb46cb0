"""How well a network's anchors meet the labelled boxes, and anchors that meet them better."""

from __future__ import annotations

from dataclasses import dataclass

from model.records.settings import Architecture


@dataclass(frozen=True, slots=True)
class AnchorRecall:
    """Some boxes against the anchors of one architecture."""

    boxes: int
    met: int  # boxes with an anchor at IoU 0.5 or more: what training calls foreground
    mean_iou: float  # of each box with its best anchor, 0..1; 0 where there is no box

    @property
    def share(self) -> float:
        """Of the boxes that are met, 0..1; 0 where there is no box."""
        return self.met / self.boxes if self.boxes else 0.0

    @property
    def unmet(self) -> int:
        return self.boxes - self.met


@dataclass(frozen=True, slots=True)
class ClassRecall:
    """The boxes of one class against the anchors before and after."""

    name: str
    before: AnchorRecall
    after: AnchorRecall


@dataclass(frozen=True, slots=True)
class AnchorFit:
    """Anchors proposed for a project's own boxes, beside those that it has. Shapes are (width, height) px of the
    resized image."""

    preset: str
    before: Architecture
    after: (
        Architecture  # differs from `before` in sizes and ratios only; equal where nothing better was found
    )
    recall_before: AnchorRecall
    recall_after: AnchorRecall
    per_class: tuple[ClassRecall, ...]
    box_shapes: tuple[tuple[float, float], ...]  # of some of the boxes, to draw
    anchor_shapes_before: tuple[tuple[float, float], ...]  # of one place of each level
    anchor_shapes_after: tuple[tuple[float, float], ...]
    note: str  # what to think of it, for a person

    @property
    def is_better(self) -> bool:
        return self.after != self.before
