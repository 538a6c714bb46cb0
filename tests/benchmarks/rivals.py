"""torchvision's RetinaNet in the shape of ours, with the same weights, and how the two are timed against each other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.detection import RetinaNet as TorchvisionRetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.ops import FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from model.network.retinanet import RetinaNet, backbone
from model.network.weights import Weights, state_of
from model.records import Architecture, Detection

CLASSES = ("square", "disc", "bar")
FLOOR = 0.01
CANDIDATES = 500  # anchors above the floor, as in a picture with some objects


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a run has come."""

    seconds: float  # of training
    steps: int
    see: Callable[
        [], Callable[[np.ndarray], tuple[Detection, ...]]
    ]  # gives what detects with its weights of now
    notes: tuple[str, ...] = ()  # what has come up that a reader of its figures must know


def torchvision_retinanet(
    architecture: Architecture, size: tuple[int, int], classes: Sequence[str] = CLASSES
) -> TorchvisionRetinaNet:
    """Theirs with our backbone, channels, anchors, image size and head, and frozen norms, as it fine-tunes."""
    row = backbone(architecture.backbone)
    channels = architecture.channels
    norm = FrozenBatchNorm2d
    if architecture.backbone.startswith("convnext"):
        theirs = models.get_model(row.name)
    else:
        probe = models.get_model(row.name)
        eps = {m.eps for m in probe.modules() if isinstance(m, nn.BatchNorm2d)}
        theirs = models.get_model(row.name, norm_layer=partial(norm, eps=eps.pop()))
    if hasattr(theirs, "layer4"):
        body, levels = theirs, {"layer2": "0", "layer3": "1", "layer4": "2"}
    else:
        ends = [stage[-1].removeprefix("features.") for stage in row.stages[2:]]
        body, levels = theirs.features, {end: str(level) for level, end in enumerate(ends)}
    p6_inputs = channels if architecture.p6_from == "p5" else row.channels[-1]
    trunk = BackboneWithFPN(body, levels, list(row.channels), channels, LastLevelP6P7(p6_inputs, channels))
    sizes = tuple(
        tuple(int(s * 2**octave) for octave in architecture.anchor_octaves) for s in architecture.anchor_sizes
    )
    head_norm = partial(nn.GroupNorm, 32) if architecture.head_norm == "group" else None
    return TorchvisionRetinaNet(
        trunk,
        len(classes),
        min_size=min(size),
        max_size=max(size),
        anchor_generator=AnchorGenerator(sizes, (architecture.anchor_ratios,) * len(sizes)),
        head=RetinaNetHead(channels, architecture.anchors_per_place, len(classes), norm_layer=head_norm),
        score_thresh=FLOOR,
    )


def as_after_training(theirs: TorchvisionRetinaNet, picture: Tensor) -> None:
    """A few hundred anchors of a picture (3, H, W), 0..1, say something; the rest is sure."""
    head = theirs.head.classification_head.cls_logits
    nn.init.normal_(head.weight, std=0.02)
    nn.init.zeros_(head.bias)
    with torch.no_grad():
        batch, _ = theirs.transform([picture])
        logits = theirs.head(list(theirs.backbone(batch.tensors).values()))["cls_logits"].flatten()
        floor = torch.logit(torch.tensor(FLOOR))
        head.bias.fill_(floor - logits.topk(CANDIDATES).values[-1])


def same_weights(theirs: TorchvisionRetinaNet, architecture: Architecture) -> Weights:
    classes = tuple(f"class {number}" for number in range(theirs.head.classification_head.num_classes))
    ours = RetinaNet(architecture, len(classes))
    wanted = set(ours.state_dict())
    body = "backbone.body."
    state = {
        name if name in wanted else name.replace(body, f"{body}features."): tensor
        for name, tensor in theirs.state_dict().items()
    }
    ours.load_state_dict(state)
    return Weights(architecture, classes, state_of(ours))


def race(
    rivals: Sequence[Callable[[], object]], rounds: int, wait: Callable[[], object] = lambda: None
) -> tuple[list[float], list[float]]:
    """Median seconds of each rival, and the median over rounds of the first one's time by each one's.

    In each round every rival runs once, so that all meet the same weather. wait() ends what a device does.
    """
    for run in rivals:
        for _ in range(2):  # the first calls choose kernels
            run()
            wait()
    seconds: list[list[float]] = [[] for _ in rivals]
    for _ in range(rounds):
        for times, run in zip(seconds, rivals, strict=True):
            start = time.perf_counter()
            run()
            wait()
            times.append(time.perf_counter() - start)
    ratios = [
        statistics.median(first / mine for first, mine in zip(seconds[0], times, strict=True))
        for times in seconds
    ]
    return [statistics.median(times) for times in seconds], ratios
