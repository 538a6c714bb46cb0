"""Everything a run needs to go on as if it had never stopped, in one safetensors file."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from torch import Tensor

from model.data.weights_header import architecture_from
from model.network.weights import (
    WeightsError,
    hash_of,
    read_safetensors,
    write_safetensors,
)
from model.records import LabelClass, TrainSettings
from model.training.errors import TrainingError
from model.training.pace import Position

FORMAT = "fovea checkpoint 1"


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A run as it lies on disk. tensors: network/..., average/..., optimizer/..., by parameters' names."""

    settings: TrainSettings
    classes: tuple[LabelClass, ...]
    position: Position
    updates: int  # of the averages
    loss_scale: float  # of float16
    tensors: dict[str, Tensor]


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint whole, or leave what was there. Raises OSError."""
    tensors = {name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()}
    header = {
        "format": FORMAT,
        "settings": json.dumps(asdict(checkpoint.settings)),
        "classes": json.dumps([asdict(c) for c in checkpoint.classes], ensure_ascii=False),
        "position": json.dumps(asdict(checkpoint.position)),
        "updates": str(checkpoint.updates),
        "loss_scale": repr(checkpoint.loss_scale),
        "hash": hash_of(tensors),
    }
    write_safetensors(path, tensors, header)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint. Raises TrainingError with a sentence."""
    try:
        header, tensors = read_safetensors(path)
    except WeightsError as error:
        raise TrainingError(f"The interrupted run cannot be resumed: {error}") from error
    if header.get("format") != FORMAT or header.get("hash") != hash_of(tensors):
        raise TrainingError(
            f"The interrupted run cannot be resumed: {path.name} is damaged or not a checkpoint."
        )
    try:
        return Checkpoint(
            settings_from(json.loads(header["settings"])),
            tuple(LabelClass(**c) for c in json.loads(header["classes"])),
            Position(**json.loads(header["position"])),
            int(header["updates"]),
            float(header["loss_scale"]),
            tensors,
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrainingError(
            f"The interrupted run cannot be resumed: {path.name} was written by another version."
        ) from error


def settings_from(values: dict[str, Any]) -> TrainSettings:
    """TrainSettings from JSON. Fields it does not know are a newer program's: TypeError."""
    known = {f.name for f in fields(TrainSettings)}
    if unknown := set(values) - known:
        raise TypeError(f"written by a newer version: {', '.join(sorted(unknown))}")
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    plain["architecture"] = architecture_from(values["architecture"])
    return TrainSettings(**plain)
