"""ResNet-18 to 152 (He et al. 2016, arXiv:1512.03385) and ResNeXt-50 (Xie et al. 2017, arXiv:1611.05431)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch.nn.functional as F
from torch import Tensor, nn
from torchvision import models
from torchvision.models.resnet import BasicBlock, Bottleneck

from model.network.backbones.backbone import Backbone, Body, conv_norm


class ResNet(Body):
    """torchvision's trunk without its classifier, run by us. Names and initialisation are torchvision's."""

    def __init__(self, make: Callable[..., models.ResNet], norm: Callable[..., nn.Module]) -> None:
        super().__init__()
        trunk = make(weights=None, norm_layer=norm)
        self.conv1, self.bn1, self.maxpool = trunk.conv1, trunk.bn1, trunk.maxpool
        self.layer1, self.layer2 = trunk.layer1, trunk.layer2
        self.layer3, self.layer4 = trunk.layer3, trunk.layer4

    def stage(self, index: int, x: Tensor) -> Tensor:
        """As Body's."""
        if index == 0:
            return self.maxpool(F.relu(conv_norm(self.conv1, self.bn1, x), inplace=True))
        for block in (self.layer1, self.layer2, self.layer3, self.layer4)[index - 1]:
            x = _run(block, x)
        return x


def _run(block: BasicBlock | Bottleneck, x: Tensor) -> Tensor:
    """block(x) with frozen norms folded."""
    shortcut = x if block.downsample is None else conv_norm(block.downsample[0], block.downsample[1], x)
    x = F.relu(conv_norm(block.conv1, block.bn1, x), inplace=True)
    x = conv_norm(block.conv2, block.bn2, x)
    if isinstance(block, Bottleneck):
        x = conv_norm(block.conv3, block.bn3, F.relu(x, inplace=True))
    return F.relu(x + shortcut, inplace=True)


STAGES = (("conv1", "bn1"), ("layer1",), ("layer2",), ("layer3",), ("layer4",))
NARROW, WIDE = (128, 256, 512), (512, 1024, 2048)  # channels of C3, C4, C5

BACKBONES = (
    Backbone(
        "resnet18", NARROW, STAGES, partial(ResNet, models.resnet18), "ResNet18_Weights.IMAGENET1K_V1", 457
    ),
    Backbone(
        "resnet34", NARROW, STAGES, partial(ResNet, models.resnet34), "ResNet34_Weights.IMAGENET1K_V1", 558
    ),
    Backbone(
        "resnet50", WIDE, STAGES, partial(ResNet, models.resnet50), "ResNet50_Weights.IMAGENET1K_V1", 1041
    ),
    Backbone(
        "resnet101", WIDE, STAGES, partial(ResNet, models.resnet101), "ResNet101_Weights.IMAGENET1K_V1", 1450
    ),
    Backbone(
        "resnet152", WIDE, STAGES, partial(ResNet, models.resnet152), "ResNet152_Weights.IMAGENET1K_V1", 1956
    ),
    Backbone(
        "resnext50_32x4d",
        WIDE,
        STAGES,
        partial(ResNet, models.resnext50_32x4d),
        "ResNeXt50_32X4D_Weights.IMAGENET1K_V1",
        1303,
    ),
)
