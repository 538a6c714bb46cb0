"""What a box of a sample is to training."""

from __future__ import annotations

from enum import IntEnum


class Role(IntEnum):
    """A box's role; tensors of roles are int64."""

    OBJECT = 0  # learned
    IGNORED = 1  # an object that is neither learned nor punished: VOC's "difficult", slivers of a cut
    REGION = 2  # an area, not an object, within which nothing is punished: COCO's "iscrowd"
    REJECTED = 3  # a proposal that a person refused: background that counts for more
