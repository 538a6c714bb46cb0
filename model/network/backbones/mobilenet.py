"""MobileNetV3-Large (Howard et al. 2019, arXiv:1905.02244)."""

from __future__ import annotations

from torchvision import models

from model.network.backbones.features import features_row

# C3 and C4 are the last blocks of their strides. C5 is the layer before the pooling, a 1x1 convolution with
# 960 channels: so it is in the paper (section 6.3) and in torchvision's detection models.
BACKBONES = features_row(
    "mobilenet_v3_large",
    models.mobilenet_v3_large,
    (40, 112, 960),
    (1, 3, 6, 12, 16),
    "MobileNet_V3_Large_Weights.IMAGENET1K_V1",
    745,
)
