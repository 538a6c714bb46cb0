"""What a weights file says of its network, and a checkpoint of its run, read without tensors and torch."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from model.records import Architecture

LARGEST_HEADER = 1 << 24  # bytes; some 500 tensors take 60 kB
LARGEST_VALUE = (
    10_000  # of any number in an Architecture: a header must not make us build a tower of a billion layers
)
WHOLE = ("channels", "head_convs", "anchor_sizes", "short_side", "long_side")


def architecture_of(path: Path) -> Architecture:
    """The network of a weights file of ours. Raises OSError, and ValueError for a file of another kind."""
    try:
        return architecture_from(json.loads(_metadata(path)["architecture"]))
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path.name} does not say what network it is for") from error


def length_of(checkpoint: Path) -> tuple[int, float | None]:
    """The epochs of an interrupted run, and its minutes where these count instead. Raises as architecture_of."""
    try:
        settings = json.loads(_metadata(checkpoint)["settings"])
        epochs, minutes = settings["epochs"], settings["minutes"]
    except (KeyError, TypeError) as error:
        raise ValueError(f"{checkpoint.name} does not say how long its run is") from error
    if not isinstance(epochs, int) or not isinstance(minutes, int | float | None):
        raise ValueError(f"{checkpoint.name} says {str(epochs)[:40]} epochs, {str(minutes)[:40]} minutes")
    return epochs, minutes


def _metadata(path: Path) -> Any:
    with path.open("rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if not 2 <= length <= LARGEST_HEADER:
            raise ValueError(f"{path.name} is not a safetensors file")
        return json.loads(file.read(length))["__metadata__"]


def architecture_from(values: Mapping[str, Any]) -> Architecture:
    """An Architecture from JSON; fields that are not there get their defaults. Raises ValueError."""
    usual = asdict(Architecture())
    if unknown := set(values) - set(usual):
        raise ValueError(f"{', '.join(sorted(unknown))}: written by a newer Fovea")
    for name, value in values.items():
        numbers = value if isinstance(value, list) else [value]
        if isinstance(usual[name], str):
            sound = isinstance(value, str)
        else:
            sound = isinstance(value, list) == isinstance(usual[name], tuple) and 1 <= len(numbers) <= 16
            sound = sound and all(_is_number(number, whole=name in WHOLE) for number in numbers)
        if not sound:
            raise ValueError(f"{name} is {str(value)[:40]}")
    read = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
    return Architecture(**{**usual, **read})


def _is_number(value: object, whole: bool) -> bool:
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        return False
    return math.isfinite(value) and (1 if whole else 0) <= value <= LARGEST_VALUE
