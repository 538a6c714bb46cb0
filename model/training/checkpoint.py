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
from model.records import ClassMetrics, LabelClass, Metrics, TrainSettings
from model.training.errors import TrainingError
from model.training.pace import Position

FORMAT = "fovea checkpoint 1"
BEST = "best/"


@dataclass(frozen=True, slots=True, eq=False)
class Best:
    """The averaged weights of the best epoch so far."""

    tensors: dict[str, Tensor]
    metrics: Metrics | None
    epoch: int


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A run as it lies on disk. tensors: network/..., average/..., optimizer/..., by parameters' names.

    Random numbers need no place here: whatever is drawn follows from the settings' seed and the position.
    """

    settings: TrainSettings
    classes: tuple[LabelClass, ...]
    position: Position
    updates: int  # of the averages
    loss_scale: float  # of float16
    tensors: dict[str, Tensor]
    metrics: Metrics | None = None  # of the last epoch
    best: Best | None = None  # where the recipe is patient


def save_checkpoint(checkpoint: Checkpoint, path: Path) -> None:
    """Write a checkpoint whole, or leave what was there. Raises OSError."""
    best = checkpoint.best
    tensors = {name: tensor.contiguous() for name, tensor in checkpoint.tensors.items()}
    tensors |= {f"{BEST}{name}": tensor for name, tensor in best.tensors.items()} if best else {}
    header = {
        "format": FORMAT,
        "settings": json.dumps(asdict(checkpoint.settings)),
        "classes": json.dumps([asdict(c) for c in checkpoint.classes], ensure_ascii=False),
        "position": json.dumps(asdict(checkpoint.position)),
        "updates": str(checkpoint.updates),
        "loss_scale": repr(checkpoint.loss_scale),
        "metrics": json.dumps(checkpoint.metrics and asdict(checkpoint.metrics)),
        "best": json.dumps(best and {"epoch": best.epoch, "metrics": best.metrics and asdict(best.metrics)}),
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
            {name: tensor for name, tensor in tensors.items() if not name.startswith(BEST)},
            metrics_from(json.loads(header.get("metrics", "null"))),
            _best(json.loads(header.get("best", "null")), tensors),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise TrainingError(
            f"The interrupted run cannot be resumed: {path.name} was written by another version."
        ) from error


def metrics_from(values: dict[str, Any] | None) -> Metrics | None:
    """Metrics from JSON. Raises TypeError for fields that are not there."""
    if values is None:
        return None
    per_class = tuple(ClassMetrics(**each) for each in values["per_class"])
    return Metrics(**{**values, "per_class": per_class})


def _best(values: dict[str, Any] | None, tensors: dict[str, Tensor]) -> Best | None:
    if values is None:
        return None
    kept = {name.removeprefix(BEST): tensor for name, tensor in tensors.items() if name.startswith(BEST)}
    return Best(kept, metrics_from(values["metrics"]), values["epoch"])


def settings_from(values: dict[str, Any]) -> TrainSettings:
    """TrainSettings from JSON. Fields it does not know are a newer program's: TypeError."""
    known = {f.name for f in fields(TrainSettings)}
    if unknown := set(values) - known:
        raise TypeError(f"written by a newer version: {', '.join(sorted(unknown))}")
    plain: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
    plain["architecture"] = architecture_from(values["architecture"])
    return TrainSettings(**plain)
