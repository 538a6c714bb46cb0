"""The boxes that RetinaNet starts from: nine at each place of each level (arXiv:1708.02002, section 4)."""

from __future__ import annotations

import torch
from torch import Tensor

from model.records import Architecture

LEVELS = 5  # P3 to P7, strides 8 to 128 px


def cells(architecture: Architecture) -> tuple[Tensor, ...]:
    """For each level the anchors around (0, 0): (9, 4) xyxy px, ratios outside, octaves inside.

    Sizes are truncated and corners rounded to whole pixels, as torchvision does: its weights were trained so.
    detectron2 and keras-retinanet keep the fractions.
    """
    levels = []
    root = torch.tensor(architecture.anchor_ratios).sqrt()  # of height / width
    for size in architecture.anchor_sizes:
        sizes = torch.tensor([float(int(size * 2**octave)) for octave in architecture.anchor_octaves])
        heights = (root[:, None] * sizes).flatten()
        widths = ((1 / root)[:, None] * sizes).flatten()
        levels.append((torch.stack((-widths, -heights, widths, heights), dim=1) / 2).round())
    return tuple(levels)


def grids(size: tuple[int, int]) -> tuple[tuple[int, int], ...]:
    """(H, W) of the feature maps P3..P7 of pixels of this size. Each stride-2 convolution rounds up."""
    halved = [size]
    for _ in range(2 + LEVELS):
        height, width = halved[-1]
        halved.append(((height + 1) // 2, (width + 1) // 2))
    return tuple(halved[-LEVELS:])


def level_ends(size: tuple[int, int], architecture: Architecture) -> tuple[int, ...]:
    """Where each of P3..P7 ends among the A anchors of pixels of this size (H, W); the last end is A."""
    ends: list[int] = []
    for rows, columns in grids(size):
        ends.append(rows * columns * architecture.anchors_per_place + (ends[-1] if ends else 0))
    return tuple(ends)


def anchors_for(size: tuple[int, int], architecture: Architecture) -> Tensor:
    """All anchors (A, 4), xyxy px, of pixels of this size (H, W): level by level, row by row, nine at once.

    Centres stand on the grid's corners, the first at (0, 0), not half a stride in as keras-retinanet has
    them; strides are the image's size over the grid's. Both as in torchvision. Anchors that reach outside the
    image are kept.
    """
    levels = []
    for (rows, columns), cell in zip(grids(size), cells(architecture), strict=True):
        y = torch.arange(rows) * (size[0] // rows)
        x = torch.arange(columns) * (size[1] // columns)
        y, x = torch.meshgrid(y, x, indexing="ij")
        places = torch.stack((x, y, x, y), dim=-1).reshape(-1, 1, 4)
        levels.append((places + cell).reshape(-1, 4))
    return torch.cat(levels)
