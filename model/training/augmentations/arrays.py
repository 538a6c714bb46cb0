"""Images as OpenCV has them, and back. Both share memory: nobody writes into what he was given."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from model.network.preprocess import MEAN

# What is beyond an image's edge: the mean colour, which is 0 to the network, as the padding of a batch is.
FILL = tuple(round(255 * value) for value in MEAN)


def to_array(image: Tensor) -> np.ndarray:
    """(3, H, W) -> (H, W, 3)."""
    return np.ascontiguousarray(image.permute(1, 2, 0).numpy())


def to_image(array: np.ndarray) -> Tensor:
    """(H, W, 3) -> (3, H, W)."""
    return torch.from_numpy(array).permute(2, 0, 1)


def blank(size: tuple[int, int]) -> Tensor:
    """An image (3, H, W) of nothing, in the mean colour; the caller's own."""
    return torch.tensor(FILL, dtype=torch.uint8).expand(*size, 3).contiguous().permute(2, 0, 1)
