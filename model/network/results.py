"""What a network found, in the words and the frame of everyone else."""

from __future__ import annotations

from collections.abc import Sequence

from model.network.boxes import clip
from model.network.postprocess import Found
from model.network.preprocess import boxes_to_image
from model.records import Detection


def named(
    found: Found, resized: tuple[int, int], size: tuple[int, int], classes: Sequence[str]
) -> tuple[Detection, ...]:
    """Detections of one image that have an area, best first, in px of the image.

    found is in px of the resized image (H, W); size is the image's own (H, W) px; classes by label. What was
    found outside the image, in the padding of a batch, has been clipped to a line and is no detection.
    """
    # clipped again: a box that ends at the resized edge may end a millionth of a pixel outside the image
    boxes = clip(boxes_to_image(found.boxes, resized, size), size)
    rows = zip(boxes.tolist(), found.scores.tolist(), found.labels.tolist(), strict=True)
    return tuple(
        Detection(xmin, ymin, xmax, ymax, classes[label], score)
        for (xmin, ymin, xmax, ymax), score, label in rows
        if xmax > xmin and ymax > ymin  # and so no number is lost: a comparison with NaN is false
    )
