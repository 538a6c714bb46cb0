"""Anchors that meet a project's own boxes: k-means on IoU, then a descent on what matching will see.

Redmon and Farhadi 2017 (arXiv:1612.08242, section 2, "Dimension Clusters") fit free shapes. RetinaNet's nine
shapes of a level are one size times octaves times ratios, the ratios the same for all levels: so k-means gives
the start, and sizes and ratios are then moved one at a time.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from itertools import product
from typing import NamedTuple

import torch
from torch import Tensor

from model.network.anchors import LEVELS, cells, grids
from model.network.matching import FOREGROUND_IOU
from model.network.preprocess import padded_size
from model.records import Architecture
from model.records.anchors import AnchorRecall

FEWEST_BOXES = 20  # to fit eight numbers to; with fewer the anchors stay
MOST_BOXES = 3000  # looked at while fitting: a share of them is within 1 % (standard error) of that of all
LEAST_GAIN = 0.005  # in share or mean IoU; for less the box subnet's weights are not worth unsettling
LEAST_STRIDES, MOST_STRIDES = (
    1,
    16,
)  # a level's size over its stride: its cells see no smaller or larger thing
LEAST_RATIO, MOST_RATIO = 0.1, 10.0
STEPS = (1 / 2, 1 / 4, 1 / 8, 1 / 16, 1 / 32)  # octaves that a number is moved by, coarse to fine
MOST_SWEEPS = 12  # over all numbers, for each step
MOST_ROUNDS = 50  # of k-means; 3,000 boxes settle in about 20
AT_ONCE = 100_000  # boxes compared at once: 9 x 4 bytes each, some ten times


class Placed(NamedTuple):
    """Boxes as anchors see them: their shapes, and how far they are from where anchors stand."""

    sides: Tensor  # (M, 2) float32: width, height px of the resized image
    offsets: (
        Tensor  # (M, LEVELS, 2): |x|, |y| px from a box's centre to the nearest place of the level's grid
    )


def place(boxes_resized: Sequence[Tensor], sizes: Sequence[tuple[int, int]]) -> Placed:
    """boxes_resized: for each image (M, 4) xyxy px of the resized image; sizes: (H, W) px of each, unpadded.

    The images are padded as one alone would be; in a batch of several shapes the places of P6 and P7 may differ
    a little. Boxes must have an area.
    """
    grid_of = {size: number for number, size in enumerate(dict.fromkeys(map(padded_size, sizes)))}
    counts = torch.tensor([grids(size) for size in grid_of]).reshape(-1, LEVELS, 2)  # rows, columns
    whole = torch.tensor(list(grid_of)).reshape(-1, 1, 2)  # H, W
    strides = (whole // counts.clamp(min=1)).flip(2)  # x, y, as anchors_for() has them
    last = counts.flip(2) - 1
    lengths = torch.tensor([len(boxes) for boxes in boxes_resized], dtype=torch.int64)
    grid = torch.tensor([grid_of[padded_size(size)] for size in sizes], dtype=torch.int64)
    grid = grid.repeat_interleave(lengths)  # (M,)
    boxes = torch.cat([torch.empty(0, 4), *boxes_resized]).float()
    centres = ((boxes[:, :2] + boxes[:, 2:]) / 2)[:, None]  # (M, 1, 2)
    stride = strides[grid]  # (M, LEVELS, 2)
    nearest = (centres / stride).round().clamp(min=0).minimum(last[grid]) * stride
    return Placed(boxes[:, 2:] - boxes[:, :2], (centres - nearest).abs())


def best_ious(placed: Placed, architecture: Architecture) -> Tensor:
    """IoU of each box with its best anchor: (M,).

    The same as the largest of pairwise_iou(box, anchors_for(size)) up to rounding, without making some
    200,000 anchors an image: anchors of one shape differ in place only, and of these the nearest overlaps most.
    """
    parts = []
    for start in range(0, len(placed.sides), AT_ONCE):
        part = Placed(*(each[start : start + AT_ONCE] for each in placed))
        parts.append(_by_level(part, architecture).amax(dim=1))
    return torch.cat([torch.empty(0), *parts])


def recall(placed: Placed, architecture: Architecture) -> AnchorRecall:
    """How many of the boxes have an anchor at IoU 0.5 or more.

    The others do learn, where the recipe's best_anchor forces their best anchor on them: but then from the
    few that tie for best, where a box that is met has some ten; from a start further off; and from features
    of a level made for another size. The paper's own recipe forces none, and never sees them.
    """
    return recall_of(best_ious(placed, architecture))


def recall_of(ious: Tensor) -> AnchorRecall:
    """ious (M,): of boxes with their best anchors."""
    mean = float(ious.double().mean()) if len(ious) else 0.0
    return AnchorRecall(len(ious), int((ious >= FOREGROUND_IOU).sum()), mean)


def shapes(architecture: Architecture) -> Tensor:
    """Width and height px of the anchors at one place of each level, P3's first: (LEVELS * 9, 2)."""
    return torch.cat([cell[:, 2:] - cell[:, :2] for cell in cells(architecture)])


def propose(placed: Placed, architecture: Architecture) -> Architecture:
    """The architecture with sizes and ratios that meet these boxes better, or as it is.

    More boxes have an anchor at IoU 0.5, or as many a better one, and neither their share nor the mean IoU
    falls. The number of octaves and of ratios stays, so that weights of the same shape fit. Neither the order of
    the boxes nor chance matters. With fewer than FEWEST_BOXES, or a gain below LEAST_GAIN, nothing changes.
    """
    if len(placed.sides) < FEWEST_BOXES:
        return architecture
    some = _some(placed)
    goal = _Goal(some, architecture)
    starts = (architecture, _from_clusters(clusters(some.sides, LEVELS * 3), architecture))
    found = [goal.keep_what_may_stay(goal.descend(start)) for start in starts]
    proposed = max(found, key=goal.score_of)
    before, after = recall(placed, architecture), recall(placed, proposed)  # over all boxes, not some
    gains = after.share - before.share, after.mean_iou - before.mean_iou
    return proposed if min(gains) >= 0 and max(gains) >= LEAST_GAIN else architecture


# ------------------------------------------------------------------------------------------ k-means on IoU


def shape_ious(sides: Tensor, centres: Tensor) -> Tensor:
    """IoU of boxes (M, 2) and (K, 2), given as width and height, put centre on centre: (M, K)."""
    intersection = torch.minimum(sides[:, None], centres).prod(dim=2)
    return intersection / (sides.prod(dim=1)[:, None] + centres.prod(dim=1) - intersection)


def clusters(sides: Tensor, most: int) -> Tensor:
    """K <= `most` shapes (K, 2) that boxes (M, 2) gather around: k-means with the distance 1 - IoU.

    Seeded as k-means++ (Arthur and Vassilvitskii 2007), always with the same chance; a centre is the median of
    its boxes, as one huge box would pull a mean away.
    """
    chance = torch.Generator().manual_seed(0)
    centres = sides[torch.randint(len(sides), (1,), generator=chance)]
    while len(centres) < most:
        distances = 1 - shape_ious(sides, centres).amax(dim=1)
        if float(distances.max()) < 1e-6:  # there are no more shapes
            break
        centres = torch.cat((centres, sides[torch.multinomial(distances.square(), 1, generator=chance)]))
    nearest = torch.full((len(sides),), -1)
    for _ in range(MOST_ROUNDS):
        now = shape_ious(sides, centres).argmax(dim=1)
        if torch.equal(now, nearest):
            break
        nearest = now
        members = [sides[nearest == number] for number in range(len(centres))]
        centres = torch.stack([m.quantile(0.5, dim=0) for m in members if len(m)])
    return centres


def _from_clusters(centres: Tensor, architecture: Architecture) -> Architecture:
    """Sizes spread over the sizes of the centres (K, 2), ratios over their ratios."""
    # a level's anchors reach from its size up: the middle of its octaves is to be where the boxes are
    middle = 2 ** (sum(architecture.anchor_octaves) / len(architecture.anchor_octaves))
    sizes = centres.prod(dim=1).sqrt().quantile(_spread(LEVELS)) / middle
    ratios = (centres[:, 1] / centres[:, 0]).quantile(_spread(len(architecture.anchor_ratios)))
    return _with_numbers(architecture, [*sizes.tolist(), *ratios.tolist()])


def _spread(number: int) -> Tensor:
    """The middles of so many equal parts of 0..1."""
    return (torch.arange(number) + 0.5) / number


# ------------------------------------------------------------------------------------------ the descent


class _Goal:
    """What is sought over some boxes: more of them met, then higher IoUs; the mean IoU never below today's."""

    def __init__(self, placed: Placed, present: Architecture) -> None:
        self._placed = placed
        self._present = present
        self._mean_iou = float(_by_level(placed, present).amax(dim=1).double().mean())

    def score(self, by_level: Tensor) -> tuple[float, float, float]:
        """by_level (M, LEVELS): the IoU of each box with its best anchor of each level. More is better."""
        found = recall_of(by_level.amax(dim=1))
        return min(found.mean_iou, self._mean_iou), found.share, found.mean_iou

    def score_of(self, architecture: Architecture) -> tuple[float, float, float]:
        return self.score(_by_level(self._placed, architecture))

    def descend(self, best: Architecture) -> Architecture:
        """Move one number at a time as long as that helps, by smaller and smaller steps."""
        by_level = _by_level(self._placed, best)
        score = self.score(by_level)
        for step in STEPS:
            for _ in range(MOST_SWEEPS):
                before = score
                for which, octaves in product(_groups(best), (step, -step)):
                    candidate = _moved(best, octaves, which)
                    seen = _by_level_after(self._placed, candidate, best, by_level)
                    if (value := self.score(seen)) > score:
                        best, by_level, score = candidate, seen, value
                if score == before:
                    break
        return best

    def keep_what_may_stay(self, found: Architecture) -> Architecture:
        """With the present's numbers wherever they cost nothing: of a level that no box needs, say."""
        score = self.score_of(found)
        for place, present in enumerate(_numbers(self._present)):
            numbers = _numbers(found)
            numbers[place] = present
            candidate = _with_numbers(found, numbers)
            if (value := self.score_of(candidate)) >= score:
                found, score = candidate, value
        return found


def _level_ious(placed: Placed, level: int, cell: Tensor) -> Tensor:
    """cell (9, 4): a level's anchors around (0, 0). IoU of each box with the best of them: (M,)."""
    intersection, areas = torch.ones(()), []
    for axis in (0, 1):
        side = placed.sides[:, axis, None]  # (M, 1)
        anchor = cell[:, 2 + axis] - cell[:, axis]  # (9,)
        # of two intervals d apart: the shorter one, or what they share at their near ends
        shared = ((side + anchor) / 2 - placed.offsets[:, level, axis, None]).clamp_(min=0)
        intersection = intersection * torch.minimum(shared, torch.minimum(side, anchor))
        areas.append((side, anchor))
    (width, anchor_width), (height, anchor_height) = areas
    union = width * height + anchor_width * anchor_height - intersection
    return (intersection / union).amax(dim=1)


def _by_level(placed: Placed, architecture: Architecture) -> Tensor:
    """IoU of each box with its best anchor of each level: (M, LEVELS)."""
    found = [_level_ious(placed, level, cell) for level, cell in enumerate(cells(architecture))]
    return torch.stack(found, dim=1)


def _by_level_after(placed: Placed, now: Architecture, before: Architecture, known: Tensor) -> Tensor:
    """_by_level(now), where known (M, LEVELS) is that of `before`: looks again only at what is new."""
    if now.anchor_ratios != before.anchor_ratios:
        return _by_level(placed, now)
    by_level = known.clone()
    for level, cell in enumerate(cells(now)):
        if now.anchor_sizes[level] != before.anchor_sizes[level]:
            by_level[:, level] = _level_ious(placed, level, cell)
    return by_level


def _moved(architecture: Architecture, octaves: float, which: Collection[int]) -> Architecture:
    factor = 2**octaves
    numbers = [n * factor if place in which else n for place, n in enumerate(_numbers(architecture))]
    return _with_numbers(architecture, numbers)


def _groups(architecture: Architecture) -> Iterator[Collection[int]]:
    """Which numbers move together: each alone, all sizes, all ratios."""
    places = range(len(_numbers(architecture)))
    yield from ((place,) for place in places)
    yield places[:LEVELS]
    yield places[LEVELS:]


def _numbers(architecture: Architecture) -> list[float]:
    """What is fitted: the sizes, then the ratios."""
    return [*architecture.anchor_sizes, *architecture.anchor_ratios]


def _with_numbers(architecture: Architecture, numbers: Sequence[float]) -> Architecture:
    sizes, ratios = _sane_sizes(numbers[:LEVELS]), _sane_ratios(numbers[LEVELS:])
    return replace(architecture, anchor_sizes=sizes, anchor_ratios=ratios)


def _sane_sizes(sizes: Sequence[float]) -> tuple[int, ...]:
    """Whole px, rising, each between LEAST_STRIDES and MOST_STRIDES of its level's stride."""
    sane: list[int] = []
    for level, size in enumerate(sizes):
        stride = 8 * 2**level
        least = max(LEAST_STRIDES * stride, sane[-1] + 1 if sane else 0)
        sane.append(max(least, min(MOST_STRIDES * stride, round(size))))
    return tuple(sane)


def _sane_ratios(ratios: Sequence[float]) -> tuple[float, ...]:
    """Height over width, rising, with two decimals, so that they read well."""
    sane: list[float] = []
    for ratio in sorted(ratios):
        least = round(sane[-1] + 0.01, 2) if sane else LEAST_RATIO
        sane.append(max(least, min(MOST_RATIO, round(ratio, 2))))
    return tuple(sane)


def _some(placed: Placed) -> Placed:
    """At most MOST_BOXES, in an order of their own: the same ones however they come."""
    rows = torch.cat((placed.sides, placed.offsets.flatten(1)), dim=1).tolist()
    order = torch.tensor(sorted(range(len(rows)), key=rows.__getitem__))
    step = max(1.0, len(rows) / MOST_BOXES)
    order = order[(torch.arange(min(len(rows), MOST_BOXES)) * step).long()]
    return Placed(placed.sides[order], placed.offsets[order])
