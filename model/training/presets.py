"""Named, complete recipes: values of TrainSettings, the quickest first."""

from __future__ import annotations

from model.records import Architecture, TrainSettings

# The starter weights are of this shape, so they fit `fast` and `balanced` whole. Anchors of 16 to 406 px
# suit images of 320 to 512 px: half of what the paper has for 800 px.
_SMALL_ANCHORS = (16, 32, 64, 128, 256)

FAST = TrainSettings(
    preset="fast",
    architecture=Architecture(
        "resnet18", channels=128, anchor_sizes=_SMALL_ANCHORS, short_side=320, long_side=320
    ),
    learning_rate=5e-4,
    batch_size=8,
    epochs=30,
)

BALANCED = TrainSettings(
    preset="balanced",
    architecture=Architecture(
        "resnet18", channels=128, anchor_sizes=_SMALL_ANCHORS, short_side=512, long_side=512
    ),
    learning_rate=5e-4,
    batch_size=8,
    epochs=40,
)

# The shape, the box loss and the weights of torchvision's second RetinaNet: 41.5 AP on COCO, the first has 36.4.
ACCURATE = TrainSettings(
    preset="accurate",
    architecture=Architecture(
        "resnet50", channels=256, head_norm="group", p6_from="c5", short_side=800, long_side=1333
    ),
    weights="coco_v2",
    box_loss="giou",
    learning_rate=1e-4,
    batch_size=4,
    epochs=30,
)

# Lin et al. 2017 (arXiv:1708.02002), section 4.1: 8 GPUs x 2 images, 90,000 steps on COCO (12 epochs), the
# rate divided by ten after 60,000 and 80,000, horizontal flips and nothing else. What does not fit in
# memory at once is accumulated, so a step is one of 16 images everywhere. The warm-up is Detectron's: the
# paper does not speak of one.
PAPER = TrainSettings(
    preset="paper",
    architecture=Architecture("resnet50", channels=256, short_side=600, long_side=1000, p6_from="c5"),
    weights="imagenet",
    epochs=12,
    batch_size=16,
    optimizer="sgd",
    learning_rate=0.01,
    momentum=0.9,
    weight_decay=1e-4,
    schedule="step",
    milestones=(2 / 3, 8 / 9),
    warmup_steps=500,
    gradient_clip=0.0,
    box_loss="smooth_l1",
    best_anchor=False,
    average_decay=0.0,
    flip=0.5,
    scale_jitter=(1.0, 1.0),
)

# What tutorials fine-tune torchvision's RetinaNet with: its COCO weights and a small, steady SGD.
SGD_1E_3 = TrainSettings(
    preset="sgd",
    architecture=Architecture("resnet50", channels=256, short_side=800, long_side=1333),
    weights="coco",
    epochs=30,
    batch_size=4,
    optimizer="sgd",
    learning_rate=1e-3,
    momentum=0.9,
    weight_decay=5e-4,
    schedule="step",
    milestones=(2 / 3, 8 / 9),
    warmup_steps=500,
    gradient_clip=0.0,
    average_decay=0.0,
    scale_jitter=(1.0, 1.0),
)

# As pytorch-retinanet (yhenon) and keras-retinanet are run on Pascal VOC: Adam at a small rate that falls when
# nothing gets better, gradients clipped short, smooth L1, a network from ImageNet.
ADAM_VOC = TrainSettings(
    preset="adam_voc",
    architecture=Architecture("resnet50", channels=256, short_side=608, long_side=1024, p6_from="c5"),
    weights="imagenet",
    epochs=100,
    patience=12,
    batch_size=2,
    optimizer="adam",
    learning_rate=1e-5,
    weight_decay=0.0,
    schedule="plateau",
    plateau_epochs=3,
    warmup_steps=0,
    gradient_clip=0.1,
    box_loss="smooth_l1",
    average_decay=0.0,
    scale_jitter=(1.0, 1.0),
)

# AdamW on COCO, as torchvision trains its second RetinaNet (GIoU, group norm in the heads, decay 0.05, none for
# norms), in 10 epochs of 16 images a step under a cosine.
ADAMW_COCO = TrainSettings(
    preset="adamw_coco",
    architecture=Architecture(
        "resnet50", channels=256, head_norm="group", p6_from="c5", short_side=800, long_side=1333
    ),
    weights="imagenet",
    epochs=10,
    batch_size=16,
    optimizer="adamw",
    learning_rate=1e-4,
    weight_decay=0.05,
    schedule="cosine",
    warmup_steps=1000,
    box_loss="giou",
    average_decay=0.0,
    scale_jitter=(0.8, 1.25),
)

PRESETS: tuple[TrainSettings, ...] = (FAST, BALANCED, ACCURATE, PAPER, SGD_1E_3, ADAM_VOC, ADAMW_COCO)


def preset(name: str) -> TrainSettings:
    """The recipe of this name. Raises ValueError."""
    for settings in PRESETS:
        if settings.preset == name:
            return settings
    raise ValueError(f"there is no preset {name!r}; there are {', '.join(s.preset for s in PRESETS)}")
