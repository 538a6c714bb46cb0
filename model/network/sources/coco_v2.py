"""--weights coco_v2: torchvision's second RetinaNet, trained on COCO by a longer recipe."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model.network.sources.source import Kind, Source, State
from model.records import Architecture

if TYPE_CHECKING:
    from torch import Tensor

TORCHVISION = "RetinaNet_ResNet50_FPN_V2_Weights.COCO_V1"


def _sources() -> tuple[Source, ...]:
    from model.network.torchvision_files import detector

    architecture = Architecture("resnet50", p6_from="c5", head_norm="group")
    return (detector("coco_v2", "COCO weights, v2", TORCHVISION, architecture),)


def _adapt(state: Mapping[str, Tensor]) -> State:
    from model.network.torchvision_files import categories

    return State(dict(state), categories(TORCHVISION))


def _read(source: Source) -> State:
    from model.network.torchvision_files import state_dict

    return _adapt(state_dict(source))


KIND = Kind(
    name="coco_v2",
    place=30,
    title="COCO weights, v2",
    words="Know 80 everyday things, better. For ResNet-50 with group norm in the heads.",
    sources=_sources,
    read=_read,
    adapt=_adapt,
)
