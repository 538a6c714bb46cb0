"""ConvNeXt-Tiny (Liu et al. 2022, arXiv:2201.03545).

Its norms are layer norms: they keep no statistics, so there is nothing to freeze or to fold, and they learn
with norm "frozen" as with "batch".
"""

from __future__ import annotations

from torchvision import models

from model.network.backbones.features import features_row

# C3, C4 and C5 are the last blocks of their strides, before the layer norm that begins the next stage.
BACKBONES = features_row(
    "convnext_tiny",
    models.convnext_tiny,
    (192, 384, 768),
    (0, 1, 3, 5, 7),
    "ConvNeXt_Tiny_Weights.IMAGENET1K_V1",
    2391,
)
