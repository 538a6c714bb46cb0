"""What a module of this folder exports as KIND: one thing that a network can start from. Imports no torch."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from model.records import Architecture

if TYPE_CHECKING:
    from torch import Tensor


class State(NamedTuple):
    """Tensors under RetinaNet's names, and what each row of their class layer stands for; () where unknown."""

    tensors: dict[str, Tensor]
    rows: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Figure:
    """What those who made the weights measured, 0..1, and on what."""

    label: str
    value: float

    def __str__(self) -> str:
        return f"{self.label} {self.value:.3f}"


@dataclass(frozen=True, slots=True)
class Source:
    """One file of weights: what a person should know before starting from it."""

    name: str  # of its kind: what --weights says
    title: str
    url: str  # empty: it comes with the program
    file: Path  # where it is on this machine, or will be
    size: int  # bytes; of a file that is not here, as torchvision tells it
    parameters: int
    licence: str
    terms: str  # what else may bind whoever uses it, a sentence or nothing
    classes: tuple[str, ...]  # what it tells apart
    figure: Figure | None
    hash: str  # of a download: the first digits of its SHA-256, hexadecimal
    backbones: tuple[str, ...]  # that it fits whole
    architecture: Architecture | None = None  # of a whole detector; None: a backbone alone
    torchvision: str = ""  # torchvision's name of it

    @property
    def is_here(self) -> bool:
        return self.file.is_file()


@dataclass(frozen=True, slots=True)
class Kind:
    """One row of the registry. sources() and read() import torch; the rest can be shown at once."""

    name: str  # what --weights says
    place: int  # in lists, the lowest first
    title: str
    words: str  # for a person: what it knows, what it is for
    sources: Callable[[], tuple[Source, ...]]  # one file for all backbones, or one for each
    read: Callable[[Source], State]  # raises WeightsError
    adapt: Callable[[Mapping[str, Tensor]], State] | None = None  # of torchvision's: its state_dict, as ours
