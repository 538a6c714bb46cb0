"""The boxes that RetinaNet starts from: nine at each place of each pyramid level (arXiv:1708.02002, section 4)."""

from __future__ import annotations

import torch
from torch import Tensor

from model.records import Architecture


def shapes(architecture: Architecture) -> tuple[Tensor, ...]:
    """For each level the anchors around (0, 0): (9, 4) xyxy px, ratios outside, octaves inside.

    Sizes are truncated and corners rounded to whole pixels, as torchvision does: its weights were trained so.
    """
    levels = []
    for size in architecture.anchor_sizes:
        sizes = torch.tensor([int(size * 2**octave) for octave in architecture.anchor_octaves], dtype=torch.float32)
        root = torch.tensor(architecture.anchor_ratios, dtype=torch.float32).sqrt()  # of height / width
        heights = (root[:, None] * sizes[None]).flatten()
        widths = ((1 / root)[:, None] * sizes[None]).flatten()
        levels.append((torch.stack((-widths, -heights, widths, heights), dim=1) / 2).round())
    return tuple(levels)


def anchors_for(
    size: tuple[int, int], grids: tuple[tuple[int, int], ...], cells: tuple[Tensor, ...]
) -> Tensor:
    """All anchors (A, 4), xyxy px of a batch of this padded size (H, W), level by level, row by row.

    grids are the (H, W) of the levels' feature maps; cells what shapes() gives. Centres stand on the grid's corners (0),
    not half a stride in: torchvision's and detectron2's default.
    """
    levels = []
    for (rows, columns), cell in zip(grids, cells, strict=True):
        stride_y, stride_x = size[0] // rows, size[1] // columns
        y, x = torch.meshgrid(torch.arange(rows) * stride_y, torch.arange(columns) * stride_x, indexing="ij")
        shift = torch.stack((x, y, x, y), dim=-1).reshape(-1, 1, 4)
        levels.append((shift + cell.cpu()[None]).reshape(-1, 4))
    return torch.cat(levels)
