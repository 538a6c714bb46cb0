"""Numbers and names as a person says them. A number on screen has a unit."""

from __future__ import annotations

from typing import NamedTuple

from model.records import StepEnded, TrainSettings


class Wording(NamedTuple):
    """A value's name for people, and a sentence about it."""

    title: str
    words: str = ""


PRESETS = {
    "fast": Wording("Fast", "Small pictures, quick to learn: minutes on a laptop. Misses small objects."),
    "balanced": Wording("Balanced", "Larger pictures, for small objects. Takes a few times as long."),
    "accurate": Wording("Accurate", "A large network on large pictures: the best boxes. Wants a GPU."),
    "paper": Wording("Paper", "The recipe of the RetinaNet paper, to compare with. Wants a GPU and hours."),
    "sgd": Wording("SGD 1e-3", "SGD with momentum 0.9 and a weight decay of 5e-4. Wants a GPU."),
    "adam_voc": Wording(
        "Adam 1e-5 (VOC)", "Adam with a small rate, as many train on Pascal VOC. Wants a GPU."
    ),
    "adamw_coco": Wording(
        "AdamW 1e-4 (COCO)", "AdamW, 16 images a step, 10 epochs and a falling rate. Wants a GPU."
    ),
}
BACKBONES = {
    "resnet18": Wording(
        "ResNet-18", "Quick, for a CPU and a few dozen images. The starter weights are of it."
    ),
    "resnet34": Wording("ResNet-34", "Where ResNet-18 is too small and ResNet-50 too slow."),
    "resnet50": Wording("ResNet-50", "The usual choice on a GPU. The COCO weights are of it."),
    "resnet101": Wording("ResNet-101", "For many classes and thousands of images."),
    "resnet152": Wording("ResNet-152", "The deepest ResNet, where time does not count."),
    "resnext50_32x4d": Wording("ResNeXt-50 (32×4d)", "More exact than ResNet-50 at its size."),
    "efficientnet_b0": Wording(
        "EfficientNet-B0", "Small files: better than ResNet-50 with a seventh of its body."
    ),
    "efficientnet_b1": Wording("EfficientNet-B1", "B0 with more layers of the same width."),
    "efficientnet_b2": Wording(
        "EfficientNet-B2", "Small files: better than ResNet-152 with an eighth of its body."
    ),
    "efficientnet_b3": Wording("EfficientNet-B3", "Small files, and larger images than B2."),
    "efficientnet_v2_s": Wording("EfficientNetV2-S", "For a GPU: the best here on ImageNet."),
    "mobilenet_v3_large": Wording("MobileNetV3-Large", "For a laptop: the least arithmetic of all."),
    "convnext_tiny": Wording("ConvNeXt-Tiny", "For a GPU, in small batches too."),
}
DEVICES = {
    "auto": Wording("Automatic", "The GPU where there is one."),
    "cpu": Wording("Processor (CPU)"),
    "cuda": Wording("GPU (CUDA)"),
    "mps": Wording("GPU (Apple)"),
}


def duration(seconds: float) -> str:
    """ "40 s", "3 min", "1 h 05 min", "2 d 3 h"."""
    seconds = max(0, round(seconds))
    if seconds < 60:
        return f"{seconds} s"
    minutes = round(seconds / 60)
    if minutes < 60:
        return f"{minutes} min"
    hours, minutes = divmod(minutes, 60)
    if hours < 24:
        return f"{hours} h {minutes:02d} min"
    return f"{hours // 24} d {hours % 24} h"


def speed(per_second: float, thing: str = "images") -> str:
    """ "212 images/s"; below one a second "24 images/min", so that it is never "0"."""
    if per_second <= 0:
        return ""
    if per_second < 1:
        return f"{per_second * 60:.0f} {thing}/min"
    return f"{per_second:.0f} {thing}/s" if per_second >= 10 else f"{per_second:.1f} {thing}/s"


def count(number: int, one: str, many: str = "") -> str:
    """ "1 image", "3 images", "1,234 boxes", "2 classes" with many="classes"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def epoch_of(step: StepEnded, settings: TrainSettings) -> str:
    """ "epoch 3 of 30"; "epoch 3" in a run by minutes, where nobody knows how many there will be."""
    epoch = f"epoch {step.epoch + 1:,}"
    return epoch if settings.minutes is not None else f"{epoch} of {step.epochs:,}"


def listed(names: tuple[str, ...], most: int = 4) -> str:
    """ "bolt, nut, washer and 9 more"."""
    if len(names) <= most + 1:
        return ", ".join(names)
    return ", ".join(names[:most]) + f" and {len(names) - most} more"


def megabytes(size: int) -> str:
    """ "137 MB", of bytes."""
    return f"{size / 1e6:,.0f} MB"


def preset_title(name: str) -> str:
    """ "Fast" of "fast"; names that are not ours as they are, with a capital."""
    return PRESETS[name].title if name in PRESETS else name.capitalize()


def backbone_title(name: str) -> str:
    """ "ResNet-18" of "resnet18"; names that are not ours as they are."""
    return BACKBONES[name].title if name in BACKBONES else name


def device_title(name: str) -> str:
    """ "Processor (CPU)" of "cpu"; names that are not ours as they are."""
    return DEVICES[name].title if name in DEVICES else name
