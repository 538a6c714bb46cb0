"""--weights imagenet: a backbone that torchvision trained to name pictures; one file for each backbone."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model.network.sources.source import Kind, Source, State

if TYPE_CHECKING:
    from torch import Tensor

BODY = "backbone.body."


def _sources() -> tuple[Source, ...]:
    from model.discover import discover
    from model.network import backbones
    from model.network.torchvision_files import classifier

    rows = discover(backbones, "BACKBONES")
    return tuple(classifier("imagenet", "ImageNet backbone", row.imagenet, row.name) for row in rows)


def _adapt(state: Mapping[str, Tensor]) -> State:
    return State({BODY + name: tensor for name, tensor in state.items()}, ())


def _read(source: Source) -> State:
    from model.network.torchvision_files import state_dict

    return _adapt(state_dict(source))


KIND = Kind(
    name="imagenet",
    place=40,
    title="ImageNet backbone",
    words="Knows textures and shapes, and no boxes yet. For every network.",
    sources=_sources,
    read=_read,
    adapt=_adapt,
)
