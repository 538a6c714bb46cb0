"""EfficientNet-B0 to B3 (Tan, Le 2019, arXiv:1905.11946) and EfficientNetV2-S (2021, arXiv:2104.00298)."""

from __future__ import annotations

from torchvision import models

from model.network.backbones.features import features_row

# C3, C4 and C5 are the last blocks of their strides, as in EfficientDet (arXiv:1911.09070). C5 is block 7's
# output (V2: block 6's): the 1280 or more channels of the convolution behind it serve the classifier alone.
V1 = (1, 2, 3, 5, 7)
V2 = (1, 2, 3, 5, 6)

BACKBONES = (
    features_row(
        "efficientnet_b0",
        models.efficientnet_b0,
        (40, 112, 320),
        V1,
        "EfficientNet_B0_Weights.IMAGENET1K_V1",
        1429,
    ),
    features_row(
        "efficientnet_b1",
        models.efficientnet_b1,
        (40, 112, 320),
        V1,
        "EfficientNet_B1_Weights.IMAGENET1K_V1",
        1913,
    ),
    features_row(
        "efficientnet_b2",
        models.efficientnet_b2,
        (48, 120, 352),
        V1,
        "EfficientNet_B2_Weights.IMAGENET1K_V1",
        1996,
    ),
    features_row(
        "efficientnet_b3",
        models.efficientnet_b3,
        (48, 136, 384),
        V1,
        "EfficientNet_B3_Weights.IMAGENET1K_V1",
        2570,
    ),
    features_row(
        "efficientnet_v2_s",
        models.efficientnet_v2_s,
        (64, 160, 256),
        V2,
        "EfficientNet_V2_S_Weights.IMAGENET1K_V1",
        2313,
    ),
)
