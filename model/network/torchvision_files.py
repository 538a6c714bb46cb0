"""torchvision's weights: what its own registry says of them, and reading them as torchvision does."""

from __future__ import annotations

import hashlib
import pickle
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.hub import HASH_REGEX
from torchvision.models import get_weight

from model.network.sources.source import Figure, Source
from model.network.weights import WeightsError
from model.records import Architecture

LICENCE = "BSD-3-Clause"  # of torchvision
# torchvision's README: pre-trained models "may have their own licenses or terms and conditions derived from
# the dataset used for training"
TERMS = (
    "That is torchvision's licence; the weights themselves may carry terms of the data they learned from, {}."
)
MIB = 1 << 20  # what torchvision counts the size of its files in
NO_CLASS = ("__background__", "N/A")  # rows of COCO's class layer that stand for nothing


def detector(name: str, title: str, torchvision: str, architecture: Architecture) -> Source:
    """The row of a RetinaNet of torchvision's, trained on COCO."""
    ap = get_weight(torchvision).meta["_metrics"]["COCO-val2017"]["box_map"]
    figure = Figure("COCO box AP", round(ap / 100, 4))
    return _source(name, title, torchvision, "COCO", figure, architecture.backbone, architecture)


def classifier(name: str, title: str, torchvision: str, backbone: str) -> Source:
    """The row of a backbone of torchvision's, trained on ImageNet."""
    top_1 = get_weight(torchvision).meta["_metrics"]["ImageNet-1K"]["acc@1"]
    return _source(
        name, title, torchvision, "ImageNet", Figure("ImageNet top-1", round(top_1 / 100, 5)), backbone, None
    )


def _source(
    name: str,
    title: str,
    torchvision: str,
    data: str,
    figure: Figure,
    backbone: str,
    architecture: Architecture | None,
) -> Source:
    weights = get_weight(torchvision)
    found: Any = HASH_REGEX.search(weights.url)
    return Source(
        name=name,
        title=title,
        url=weights.url,
        file=Path(torch.hub.get_dir()) / "checkpoints" / weights.url.rsplit("/", 1)[-1],
        size=round(weights.meta["_file_size"] * MIB),
        parameters=weights.meta["num_params"],
        licence=LICENCE,
        terms=TERMS.format(data),
        classes=tuple(c for c in weights.meta["categories"] if c not in NO_CLASS),
        figure=figure,
        hash=found[1],
        backbones=(backbone,),
        architecture=architecture,
        torchvision=torchvision,
    )


def categories(torchvision: str) -> tuple[str, ...]:
    """What each row of the class layer stands for; "" is nothing."""
    return tuple("" if c in NO_CLASS else c for c in get_weight(torchvision).meta["categories"])


def state_dict(source: Source) -> dict[str, Tensor]:
    """A file that has been fetched, by torchvision's weights API. Raises WeightsError."""
    check(source)
    try:
        weights = get_weight(source.torchvision)
        return dict(weights.get_state_dict(progress=False, check_hash=True, weights_only=True))
    except OSError as error:
        raise WeightsError(f"{source.file} cannot be read: {error.strerror or error}.") from error
    except (RuntimeError, EOFError, ValueError, pickle.UnpicklingError) as error:
        raise WeightsError(f"{source.file} cannot be read. Delete it, and it is downloaded again.") from error


def check(source: Source) -> None:
    """Raises WeightsError unless the file is the one that torchvision made.

    torch checks the hash of what it downloads, not of what is there.
    """
    try:
        is_whole = sha256_of(source.file).startswith(source.hash)
    except OSError as error:
        raise WeightsError(f"{source.file} cannot be read: {error.strerror or error}.") from error
    if not is_whole:
        raise WeightsError(f"{source.file} is damaged. Delete it, and it is downloaded again.")


def sha256_of(file: Path) -> str:
    """Hexadecimal. Raises OSError."""
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
