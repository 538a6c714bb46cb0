"""torchvision's RetinaNet with seeded random weights, and ours with the same: what the comparisons run on."""

from __future__ import annotations

from functools import partial

import numpy as np
import torch
from torch import Tensor, nn
from torchvision import models
from torchvision.models.detection import RetinaNet as TorchvisionRetinaNet
from torchvision.models.detection.backbone_utils import _resnet_fpn_extractor
from torchvision.models.detection.retinanet import RetinaNetHead
from torchvision.models.detection.transform import GeneralizedRCNNTransform
from torchvision.ops import FrozenBatchNorm2d
from torchvision.ops.feature_pyramid_network import LastLevelP6P7

from model.network.preprocess import MEAN, STD
from model.network.retinanet import RetinaNet
from model.network.retinanet import backbone as backbone_row
from model.records import Architecture

CLASSES = 5


def random_norms(network: torch.nn.Module) -> None:
    """Running statistics as after training: with 0 and 1 a forgotten norm would not show."""
    for name, tensor in network.state_dict().items():
        if name.endswith("running_var"):
            tensor.uniform_(0.5, 1.5)
        elif name.endswith("running_mean"):
            tensor.normal_(0, 0.1)


def twins(
    backbone: str = "resnet18", seed: int = 0, version: int = 1
) -> tuple[TorchvisionRetinaNet, RetinaNet]:
    """Theirs and ours, with equal weights. 1: frozen norms, as retinanet_resnet50_fpn; 2: as its _v2."""
    torch.manual_seed(seed)
    if version == 1:
        norm, architecture = FrozenBatchNorm2d, Architecture(backbone)
        p6_inputs, head_norm = 256, None
    else:
        norm, architecture = nn.BatchNorm2d, Architecture(backbone, p6_from="c5", head_norm="group")
        p6_inputs, head_norm = backbone_row(backbone).channels[-1], partial(nn.GroupNorm, 32)
    body = getattr(models, backbone)(weights=None, norm_layer=norm)
    trunk = _resnet_fpn_extractor(
        body, 5, returned_layers=[2, 3, 4], extra_blocks=LastLevelP6P7(p6_inputs, 256)
    )
    head = RetinaNetHead(256, 9, CLASSES, norm_layer=head_norm)
    head.regression_head._loss_type = "l1" if version == 1 else "giou"
    theirs = TorchvisionRetinaNet(trunk, CLASSES, head=head)
    random_norms(theirs)
    # as after some training: logits that differ, so that there is something to find and to suppress
    logits = theirs.head.classification_head.cls_logits
    nn.init.normal_(logits.weight, std=0.05 if version == 1 else 0.02)
    nn.init.constant_(logits.bias, -2.0)
    ours = RetinaNet(architecture, CLASSES, norm="frozen" if version == 1 else "batch")
    ours.load_state_dict(theirs.state_dict())
    return theirs, ours


def pictures(sizes: list[tuple[int, int]], seed: int = 0) -> list[np.ndarray]:
    """Noise of these sizes (H, W), uint8."""
    random = np.random.default_rng(seed)
    return [random.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]


def as_torchvision_takes_them(theirs: TorchvisionRetinaNet, images: list[np.ndarray]) -> list[Tensor]:
    """The pictures as floats (3, H, W), and the transform set so that it leaves their size alone."""
    shortest, longest = {min(i.shape[:2]) for i in images}, max(max(i.shape[:2]) for i in images)
    (short,) = shortest
    theirs.transform = GeneralizedRCNNTransform(short, longest, list(MEAN), list(STD))
    return [torch.from_numpy(image).permute(2, 0, 1).float() / 255 for image in images]


def random_boxes(count: int, size: tuple[int, int], seed: int = 0) -> tuple[Tensor, Tensor, Tensor]:
    """boxes (count, 4) px, 4 to 60 px wide, inside an image of this size (H, W); labels; roles, all OBJECT."""
    generator = torch.Generator().manual_seed(seed)
    height, width = size
    sides = 4 + 56 * torch.rand(count, 2, generator=generator)
    centres = torch.rand(count, 2, generator=generator) * torch.tensor([width, height])
    boxes = torch.cat((centres - sides / 2, centres + sides / 2), dim=1)
    boxes[:, 0::2] = boxes[:, 0::2].clamp(0, width)
    boxes[:, 1::2] = boxes[:, 1::2].clamp(0, height)
    labels = torch.randint(CLASSES, (count,), generator=generator)
    return boxes, labels, torch.zeros(count, dtype=torch.int64)
