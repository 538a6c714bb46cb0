"""torchvision's RetinaNet in the shape of our presets, and how the two are timed against each other."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Sequence

import torch
from torchvision import models
from torchvision.models.detection import RetinaNet as TorchvisionRetinaNet
from torchvision.models.detection.anchor_utils import AnchorGenerator
from torchvision.models.detection.backbone_utils import BackboneWithFPN
from torchvision.ops import FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from model.network.retinanet import RetinaNet, backbone
from model.network.weights import Weights, state_of
from model.records import Architecture

CLASSES = ("square", "disc", "bar")
FLOOR = 0.01


def torchvision_retinanet(architecture: Architecture) -> TorchvisionRetinaNet:
    """Theirs with our backbone, channels, anchors and image size."""
    body = getattr(models, architecture.backbone)(weights=None, norm_layer=FrozenBatchNorm2d)
    levels = {"layer2": "0", "layer3": "1", "layer4": "2"}
    channels = architecture.channels
    trunk = BackboneWithFPN(
        body,
        levels,
        list(backbone(architecture.backbone).channels),
        channels,
        LastLevelP6P7(channels, channels),
    )
    sizes = tuple(
        tuple(int(s * 2**octave) for octave in architecture.anchor_octaves) for s in architecture.anchor_sizes
    )
    network = TorchvisionRetinaNet(
        trunk,
        len(CLASSES),
        min_size=architecture.short_side,
        max_size=architecture.long_side,
        anchor_generator=AnchorGenerator(sizes, (architecture.anchor_ratios,) * len(sizes)),
        score_thresh=FLOOR,
    )
    # as after some training: a few hundred of the anchors say something, the rest is sure
    torch.nn.init.normal_(network.head.classification_head.cls_logits.weight, std=0.02)
    torch.nn.init.constant_(network.head.classification_head.cls_logits.bias, -5.5)
    return network


def same_weights(theirs: TorchvisionRetinaNet, architecture: Architecture) -> Weights:
    ours = RetinaNet(architecture, len(CLASSES))
    ours.load_state_dict(theirs.state_dict())
    return Weights(architecture, CLASSES, state_of(ours))


def race(rivals: Sequence[tuple[str, Callable[[], object]]], rounds: int) -> str:
    """A table of medians. In each round every rival runs once, so that all meet the same weather.

    The ratio is the median over rounds of the first rival's time by this one's in the same round.
    """
    for _, run in rivals:
        run()
        run()  # the first calls choose kernels
    seconds: list[list[float]] = [[] for _ in rivals]
    for _ in range(rounds):
        for times, (_, run) in zip(seconds, rivals, strict=True):
            start = time.perf_counter()
            run()
            times.append(time.perf_counter() - start)
    lines = [f"{'':36} {'median':>9} {'best':>9} {'ratio':>7}"]
    for (name, _), times in zip(rivals, seconds, strict=True):
        ratio = statistics.median(first / mine for first, mine in zip(seconds[0], times, strict=True))
        lines.append(
            f"{name:36} {1e3 * statistics.median(times):6.0f} ms {1e3 * min(times):6.0f} ms {ratio:6.2f}x"
        )
    return "\n".join(lines)
