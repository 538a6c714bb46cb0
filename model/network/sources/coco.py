"""--weights coco: torchvision's first RetinaNet, trained on COCO."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from model.network.sources.source import Kind, Source, State
from model.records import Architecture

if TYPE_CHECKING:
    from torch import Tensor

TORCHVISION = "RetinaNet_ResNet50_FPN_Weights.COCO_V1"
# torchvision runs these weights with an eps of 0 in the backbone's norms, and all others with 1e-5, as we do
THEIR_EPS, EPS = 0.0, 1e-5


def _sources() -> tuple[Source, ...]:
    from model.network.torchvision_files import detector

    return (detector("coco", "COCO weights", TORCHVISION, Architecture("resnet50")),)


def _adapt(state: Mapping[str, Tensor]) -> State:
    from model.network.torchvision_files import categories

    # the same function of the input, with our eps
    shifted = {name: t + (THEIR_EPS - EPS) for name, t in state.items() if name.endswith("running_var")}
    return State({**state, **shifted}, categories(TORCHVISION))


def _read(source: Source) -> State:
    from model.network.torchvision_files import state_dict

    return _adapt(state_dict(source))


KIND = Kind(
    name="coco",
    place=20,
    title="COCO weights",
    words="Know 80 everyday things. For ResNet-50.",
    sources=_sources,
    read=_read,
    adapt=_adapt,
)
