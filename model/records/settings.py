"""A network and a recipe. Each setting says what it is, so that forms and command lines are made from here."""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Architecture:
    """Everything that must be known to build a network and to feed it. Stored in the header of every weights file."""

    backbone: str = "resnet50"
    channels: int = 256  # of the pyramid and of the heads
    head_convs: int = 4
    head_norm: str = "none"  # after each of the heads' convolutions; "group" is torchvision's v2
    anchor_sizes: tuple[int, ...] = (32, 64, 128, 256, 512)  # px of the resized image, one per level P3..P7
    anchor_octaves: tuple[float, ...] = (0.0, 1 / 3, 2 / 3)  # each size times 2 ** octave
    anchor_ratios: tuple[float, ...] = (0.5, 1.0, 2.0)  # height / width
    body_norm: str = "batch"  # of the backbone; "group" for one that was trained with group norms
    p6_from: str = "p5"  # torchvision's v1 weights; "c5" is the paper's and torchvision's v2
    short_side: int = 800  # px: images are scaled until the short side is this long ...
    long_side: int = 1333  # ... or the long side is this long, whichever comes first

    @property
    def anchors_per_place(self) -> int:
        return len(self.anchor_octaves) * len(self.anchor_ratios)


@dataclass(frozen=True, slots=True)
class Option:
    """What a form or a command line must know of a setting. low and high belong to the range."""

    group: str  # the heading it stands under
    title: str
    help: str  # a sentence
    low: float = -math.inf
    high: float = math.inf
    choices: tuple[str, ...] = ()
    unit: str = ""

    def flaw(self, value: Any) -> str:
        """Why a value is not one of this setting's, or ""; None is the setting left out."""
        if self.choices:
            return "" if value in self.choices else f"it must be one of {', '.join(self.choices)}"
        numbers = value if isinstance(value, tuple) else (value,)
        for number in numbers:
            if isinstance(number, int | float) and not self.low <= number <= self.high:
                return f"it must be {self.range_in_words}"
        return ""

    @property
    def range_in_words(self) -> str:
        if self.high == math.inf:
            return f"{self.low:g} or above"
        return f"from {self.low:g} to {self.high:g}"


def _setting(default: Any, group: str, title: str, help: str, **more: Any) -> Any:
    return field(default=default, metadata={"option": Option(group, title, help, **more)})


def _chance(title: str, help: str, default: float = 0.0) -> Any:
    """How often, or how strongly, an augmentation is applied: from 0, off, to 1."""
    return _setting(default, AUGMENTATION, title, help, low=0.0, high=1.0)


VALIDATION_SHARE = 0.2  # of the labelled images, where a data set brings no split of its own

LENGTH, OPTIMIZER, SCHEDULE, NETWORK = "Length", "Optimizer", "Learning rate", "Network"
AUGMENTATION, DATA, MACHINE = "Augmentation", "Data", "Machine"


@dataclass(frozen=True, slots=True)
class TrainSettings:
    """A complete recipe. Presets are values of this class (model/training/presets.py)."""

    preset: str
    architecture: Architecture
    weights: str = "starter"  # a name in model/network/sources, or the path of a file
    epochs: int = _setting(
        30, LENGTH, "Epochs", "How many times every image is seen.", low=1, high=100_000
    )  # fmt: skip
    minutes: float | None = _setting(
        None, LENGTH, "Minutes", "Train for this long instead of a number of epochs.",
        low=0.01, high=100_000, unit="min",
    )  # fmt: skip
    patience: int = _setting(
        0, LENGTH, "Patience",
        "Stop when the AP has not risen for this many epochs, and keep the best; 0 trains to the end.",
        low=0, high=1000, unit="epochs",
    )  # fmt: skip
    batch_size: int = _setting(
        8, OPTIMIZER, "Batch size",
        "Images in a step. What does not fit in memory at once is learned in parts, with the same result.",
        low=1, high=1024, unit="images",
    )  # fmt: skip
    optimizer: str = _setting(
        "adamw", OPTIMIZER, "Optimizer",
        "AdamW and Adam forgive a rate that is not quite right; SGD is the paper's and wants a higher one.",
        choices=("sgd", "adam", "adamw"),
    )  # fmt: skip
    learning_rate: float = _setting(
        1e-4, OPTIMIZER, "Learning rate", "How far a step goes: too high and it never settles, too low and it crawls.",
        low=0.0, high=1.0,
    )  # fmt: skip
    momentum: float = _setting(
        0.9, OPTIMIZER, "Momentum", "How much of the last steps' direction is kept: of SGD; the first beta of Adam.",
        low=0.0, high=0.999,
    )  # fmt: skip
    weight_decay: float = _setting(
        1e-4, OPTIMIZER, "Weight decay", "Pulls weights towards zero, against learning the images by heart.",
        low=0.0, high=1.0,
    )  # fmt: skip
    gradient_clip: float = _setting(
        10.0, OPTIMIZER, "Gradient clip", "The largest norm of all gradients together; 0 leaves them alone.",
        low=0.0, high=1e6,
    )  # fmt: skip
    average_decay: float = _setting(
        0.998, OPTIMIZER, "Averaging",
        "Decay of the averaged weights, which are what is measured, shown and kept; 0 keeps the newest.",
        low=0.0, high=0.99999,
    )  # fmt: skip
    schedule: str = _setting(
        "cosine", SCHEDULE, "Schedule",
        "How the rate falls: along a cosine, tenfold at milestones, tenfold when the AP stops rising, or not at all.",
        choices=("cosine", "step", "plateau", "constant"),
    )  # fmt: skip
    milestones: tuple[float, ...] = _setting(
        (2 / 3, 8 / 9), SCHEDULE, "Milestones", "Of the schedule “step”: shares of the run at which the rate falls.",
        low=0.0, high=1.0,
    )  # fmt: skip
    plateau_epochs: int = _setting(
        5, SCHEDULE, "Plateau", "Of the schedule “plateau”: the rate falls after this many epochs without a better AP.",
        low=1, high=1000, unit="epochs",
    )  # fmt: skip
    warmup_steps: int = _setting(
        100, SCHEDULE, "Warm-up", "Steps over which the rate rises at first; never more than a tenth of the run.",
        low=0, high=100_000, unit="steps",
    )  # fmt: skip
    frozen_stages: int = _setting(
        0, NETWORK, "Frozen stages", "How many of the backbone's stages, from the input on, keep their weights.",
        low=0, high=5, unit="stages",
    )  # fmt: skip
    unfreeze_by: float = _setting(
        0.0, NETWORK, "Unfreeze by",
        "The share of the run by which the frozen stages learn again, one after the other; 0 never.",
        low=0.0, high=1.0,
    )  # fmt: skip
    norm: str = _setting(
        "frozen", NETWORK, "Backbone's norms",
        "Batch norm as it came, for fine-tuning; batch norm that learns; or group norm, for small batches.",
        choices=("frozen", "batch", "group"),
    )  # fmt: skip
    box_loss: str = _setting(
        "l1", NETWORK, "Box loss", "What a wrong box costs: torchvision's L1, the paper's smooth L1, or GIoU.",
        choices=("l1", "smooth_l1", "giou"),
    )  # fmt: skip
    best_anchor: bool = _setting(
        True, NETWORK, "Best anchor",
        "A box that no anchor fits gets its best one, as in torchvision; the paper leaves it out.",
    )  # fmt: skip
    flip: float = _chance("Mirror", "How often an image is mirrored left to right.", default=0.5)
    vertical_flip: float = _chance(
        "Turn over", "How often an image is mirrored top to bottom: for pictures without an up."
    )
    quarter_turns: float = _chance("Quarter turns", "How often an image is turned by 90, 180 or 270 degrees.")
    rotation: float = _setting(
        0.0, AUGMENTATION, "Rotation", "The largest angle by which an image is turned, either way.",
        low=0.0, high=180.0, unit="degrees",
    )  # fmt: skip
    scale_jitter: tuple[float, float] = _setting(
        (0.8, 1.25), AUGMENTATION, "Scale", "Images are shrunk and enlarged by a factor between these two.",
        low=0.1, high=4.0,
    )  # fmt: skip
    crop: float = _chance(
        "Crop", "How often a part is cut out that keeps some box to a drawn overlap (SSD's crop)."
    )
    colour: float = _chance("Colour", "How strongly brightness, contrast, saturation and hue are changed.")
    blur: float = _chance("Blur", "How often an image is blurred, as out of focus.")
    noise: float = _chance("Noise", "How often grain is added, as in low light.")
    mosaic: float = _chance("Mosaic", "How often four images are laid side by side into one.")
    mixup: float = _chance("MixUp", "How often two images are laid over each other.")
    cutmix: float = _chance("CutMix", "How often a part of another image replaces a part of this one.")
    copy_paste: float = _chance(
        "Copy-paste", "How often boxes of another image are pasted into free places of this one."
    )
    validation_share: float = _setting(
        VALIDATION_SHARE, DATA, "Validation",
        "The share of the labelled images kept to measure on, where the folder brings no split of its own.",
        low=0.0, high=0.9,
    )  # fmt: skip
    difficult: str = _setting(
        "ignore", DATA, "Difficult boxes",
        "Whether boxes marked difficult are left out of losses and measures, or learned.",
        choices=("ignore", "learn"),
    )  # fmt: skip
    repeat_rare: float = _setting(
        0.0, DATA, "Repeat rare classes",
        "Images of classes that fewer than this share of the images hold are shown more often; 0 shows all alike.",
        low=0.0, high=1.0,
    )  # fmt: skip
    rejected_weight: float = _setting(
        4.0, DATA, "Rejected proposals", "How many times a place counts as background where a proposal was rejected.",
        low=1.0, high=100.0,
    )  # fmt: skip
    device: str = _setting(
        "auto", MACHINE, "Device", "What computes.", choices=("auto", "cpu", "cuda", "mps"),
    )  # fmt: skip
    precision: str = _setting(
        "auto", MACHINE, "Precision",
        "Automatic takes the fastest that is as good; float32 gives the same weights each time on a CPU.",
        choices=("auto", "float32", "bfloat16", "float16"),
    )  # fmt: skip
    seed: int = _setting(
        0, MACHINE, "Seed", "The same seed draws the same batches.", low=0, high=2**31 - 1,
    )  # fmt: skip
    tensorboard: bool = _setting(
        False, MACHINE, "TensorBoard", "Write event files for TensorBoard beside the model.",
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of TrainSettings that has an Option."""

    name: str
    default: Any
    option: Option


def settings_with_options() -> Iterator[Setting]:
    """The settings that a person may change one by one, in the order of their groups."""
    for each in dataclasses.fields(TrainSettings):
        if option := each.metadata.get("option"):
            yield Setting(each.name, each.default, option)


def recipe_of(plan: TrainSettings, presets: Sequence[TrainSettings]) -> TrainSettings:
    """The preset that a plan is made from; the plan itself where there is none of its name."""
    return next((preset for preset in presets if preset.preset == plan.preset), plan)
